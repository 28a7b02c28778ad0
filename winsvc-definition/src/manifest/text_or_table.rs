//! Values that are a string or a table.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Reads a string by `from_text`, or a table as a `T`. `expecting` is what an error says of other values.
pub(super) fn text_or_table<'de, D, T>(
    deserializer: D,
    expecting: &'static str,
    from_text: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct TextOrTable<T> {
        expecting: &'static str,
        from_text: fn(&str) -> Result<T, String>,
        value: PhantomData<T>,
    }

    impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrTable<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expecting)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.from_text)(text).map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_any(TextOrTable {
        expecting,
        from_text,
        value: PhantomData,
    })
}
