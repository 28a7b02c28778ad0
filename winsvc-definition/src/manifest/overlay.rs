//! Tables with other values for one target.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// A table in `target`. Its values are not here: they are incomplete without those of the table that it is laid over,
/// so only both together can be deserialized, as one [`Manifest`](super::Manifest).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlay;

impl<'de> Deserialize<'de> for Overlay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyTable;

        impl<'de> Visitor<'de> for AnyTable {
            type Value = Overlay;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with values for one target")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Overlay, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Overlay)
            }
        }

        deserializer.deserialize_map(AnyTable)
    }
}
