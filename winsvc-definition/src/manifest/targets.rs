//! The names of the tables with other values for one target.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// A table whose values are not read: they are incomplete without those of the table that it is laid over, so only both
/// together can be deserialized.
struct Unread;

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyTable;

        impl<'de> Visitor<'de> for AnyTable {
            type Value = Unread;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with values for one target")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unread, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Unread)
            }
        }

        deserializer.deserialize_map(AnyTable)
    }
}

/// Deserializes the names of the tables.
pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    struct Tables;

    impl<'de> Visitor<'de> for Tables {
        type Value = BTreeSet<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of targets")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut names = BTreeSet::new();
            while let Some((name, Unread)) = map.next_entry::<String, Unread>()? {
                names.insert(name);
            }
            Ok(names)
        }
    }

    deserializer.deserialize_map(Tables)
}
