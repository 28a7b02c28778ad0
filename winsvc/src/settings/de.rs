//! Deserializes the tree of settings with serde: untyped strings become the types of the program's struct.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::file::parse_value;
use super::tree::{Entry, Node, Table, Value, spelled_in};
use super::value_error::ValueError;
use super::{Origin, tree};

/// All settings.
pub(super) struct Whole<'a>(pub(super) &'a Table);

impl<'de> Deserializer<'de> for Whole<'_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let entries = Entries::all(self.0);
        visitor
            .visit_map(entries)
            .map_err(|mistake| mistake.at_whole(self.0))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let entries = Entries::of(self.0, fields);
        visitor
            .visit_map(entries)
            .map_err(|mistake| mistake.at_whole(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

impl Node {
    fn raw(text: &str, origin: &Origin) -> Self {
        Self {
            value: Value::Raw(vec![text.to_owned()]),
            origin: origin.clone(),
        }
    }

    /// Reads the value; an error gets its origin and, if it has none, the expected type.
    fn visit<'de, V: Visitor<'de>>(
        &self,
        visitor: V,
        read: impl FnOnce(&Value, V) -> Result<V::Value, ValueError>,
    ) -> Result<V::Value, ValueError> {
        let expected = (&visitor as &dyn Expected).to_string();
        let is_leaf = !matches!(self.value, Value::List(_) | Value::Table(_));
        read(&self.value, visitor).map_err(|mistake| {
            let mistake = mistake.at(self);
            if is_leaf {
                mistake.expecting(expected, kind(&self.value))
            } else {
                mistake
            }
        })
    }

    /// A list or table that an argument or a variable contains as TOML.
    fn structured(&self, open: char) -> Option<Self> {
        let text = raw(&self.value)?;
        text.trim_start()
            .starts_with(open)
            .then(|| parse_value(text, &self.origin))?
    }

    /// The elements of a list in an argument or a variable: one for each time it is given, or separated by commas.
    fn listed(&self) -> Option<Vec<Self>> {
        let one = |text: &str| Self::raw(text, &self.origin);
        match &self.value {
            Value::Raw(texts) if texts.len() > 1 => Some(texts.iter().map(|text| one(text)).collect()),
            Value::Raw(texts) => Some(
                texts
                    .iter()
                    .filter(|text| !text.trim().is_empty())
                    .flat_map(|text| text.split(','))
                    .map(|text| one(text.trim()))
                    .collect(),
            ),
            _ => None,
        }
    }
}

/// The string of an argument or a variable; the last one if a single value is expected.
fn raw(value: &Value) -> Option<&str> {
    match value {
        Value::Raw(texts) => texts.last().map(String::as_str),
        _ => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Raw(_) | Value::Text(_) => "a string",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::List(_) => "a list",
        Value::Table(_) => "a table",
    }
}

fn visit_integer<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, ValueError> {
    if let Ok(number) = i64::try_from(number) {
        visitor.visit_i64(number)
    } else if let Ok(number) = u64::try_from(number) {
        visitor.visit_u64(number)
    } else {
        visitor.visit_i128(number)
    }
}

fn visit_any<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, ValueError> {
    match value {
        // The struct does not specify a type, as with `flatten` and `untagged`: a string that looks like a number
        // becomes one.
        Value::Raw(texts) => {
            let text = texts.last().map_or("", String::as_str);
            match (text, text.parse::<i128>(), text.parse::<f64>()) {
                ("true", ..) => visitor.visit_bool(true),
                ("false", ..) => visitor.visit_bool(false),
                (_, Ok(number), _) => visit_integer(number, visitor),
                (_, _, Ok(number)) if number.is_finite() => visitor.visit_f64(number),
                _ => visitor.visit_str(text),
            }
        }
        Value::Text(text) => visitor.visit_str(text),
        Value::Integer(number) => visit_integer(*number, visitor),
        Value::Float(number) => visitor.visit_f64(*number),
        Value::Boolean(boolean) => visitor.visit_bool(*boolean),
        Value::List(nodes) => visitor.visit_seq(Elements::of(nodes)),
        Value::Table(table) => visitor.visit_map(Entries::all(table)),
    }
}

fn visit_number<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, ValueError> {
    let Some(text) = raw(value) else {
        return visit_any(value, visitor);
    };
    match (text.trim().parse::<i128>(), text.trim().parse::<f64>()) {
        (Ok(number), _) => visit_integer(number, visitor),
        (_, Ok(number)) => visitor.visit_f64(number),
        _ => Err(ValueError::no(&visitor, "a string")),
    }
}

fn visit_bool<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, ValueError> {
    match raw(value).map(str::trim) {
        None => visit_any(value, visitor),
        Some("true" | "1") => visitor.visit_bool(true),
        Some("false" | "0") => visitor.visit_bool(false),
        Some(_) => Err(ValueError::no(&visitor, "a string")),
    }
}

fn visit_text<'de, V: Visitor<'de>>(value: &Value, visitor: V) -> Result<V::Value, ValueError> {
    match raw(value) {
        Some(text) => visitor.visit_str(text),
        None => visit_any(value, visitor),
    }
}

/// The methods that differ only in how they read an untyped string.
macro_rules! scalars {
    ($($read:ident: $($method:ident)*;)*) => {
        $($(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
                self.visit(visitor, $read)
            }
        )*)*
    };
}

impl<'de> Deserializer<'de> for &Node {
    type Error = ValueError;

    scalars! {
        visit_any: deserialize_any deserialize_unit;
        visit_bool: deserialize_bool;
        visit_number:
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
            deserialize_f32 deserialize_f64;
        visit_text: deserialize_char deserialize_str deserialize_string deserialize_identifier;
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.visit(visitor, |value, visitor| match value {
            Value::List(nodes) => visitor.visit_seq(Elements::of(nodes)),
            value => visit_text(value, visitor),
        })
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let toml = self.structured('[');
        self.visit(visitor, |value, visitor| match (value, toml, self.listed()) {
            (_, Some(list), _) => visit_any(&list.value, visitor),
            (_, None, Some(nodes)) => visitor.visit_seq(Elements::of(&nodes)),
            (value, None, None) => visit_any(value, visitor),
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let toml = self.structured('{');
        self.visit(visitor, |value, visitor| {
            visit_any(toml.as_ref().map_or(value, |table| &table.value), visitor)
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let toml = self.structured('{');
        self.visit(visitor, |value, visitor| {
            match toml.as_ref().map_or(value, |table| &table.value) {
                Value::Table(table) => visitor.visit_map(Entries::of(table, fields)),
                value => visit_any(value, visitor),
            }
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let toml = self.structured('{');
        self.visit(visitor, |value, visitor| {
            match toml.as_ref().map_or(value, |table| &table.value) {
                Value::Text(text) => visitor.visit_enum(word(text)),
                Value::Table(table) if table.len() == 1 => {
                    let (name, entry) = table
                        .first_key_value()
                        .ok_or_else(|| ValueError::no(&visitor, "nothing"))?;
                    visitor.visit_enum(Variant { name, entry })
                }
                value => match raw(value) {
                    Some(text) => visitor.visit_enum(word(text)),
                    None => Err(ValueError::no(&visitor, kind(value))),
                },
            }
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }
}

fn word(text: &str) -> StrDeserializer<'_, ValueError> {
    text.into_deserializer()
}

/// The elements of a list.
struct Elements<'a> {
    nodes: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'a> Elements<'a> {
    fn of(nodes: &'a [Node]) -> Self {
        Self {
            nodes: nodes.iter().enumerate(),
        }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some((index, node)) = self.nodes.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(node);
        read.map(Some)
            .map_err(|mistake| mistake.at(node).below(format!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

/// The entries of a table, with the names of the struct's fields.
struct Entries<'a> {
    entries: Box<dyn Iterator<Item = (&'a str, &'a Entry)> + 'a>,
    value: Option<(&'a str, &'a Entry)>,
}

impl<'a> Entries<'a> {
    fn all(table: &'a Table) -> Self {
        Self {
            entries: Box::new(table.iter().map(|(name, entry)| (name.as_str(), entry))),
            value: None,
        }
    }

    /// An entry that only comes from arguments or variables is assigned to the matching field. A variable without a
    /// matching field is ignored, because other programs also set variables.
    fn of(table: &'a Table, fields: &'static [&'static str]) -> Self {
        let entries = table.iter().filter_map(move |(name, entry)| {
            let is_loose = !entry.key.is_shown();
            let field = || spelled_in(name, fields.iter().copied());
            match is_loose.then(field).flatten() {
                Some(field) => Some((field, entry)),
                None if matches!(entry.key, Origin::Variable { .. }) => None,
                None => Some((name.as_str(), entry)),
            }
        });
        Self {
            entries: Box::new(entries),
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        self.value = self.entries.next();
        let Some((name, entry)) = self.value else {
            return Ok(None);
        };
        // A key may be a number, and is untyped too.
        let key = Node::raw(name, &entry.key);
        let read = seed.deserialize(&key);
        read.map(Some).map_err(|mistake| mistake.at_key(&entry.key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ValueError> {
        let Some((name, entry)) = self.value.take() else {
            return Err(ValueError::custom("a value was requested before its key"));
        };
        let read = seed.deserialize(&entry.node);
        read.map_err(|mistake| mistake.at(&entry.node).below(name))
    }
}

/// An enum variant with a value: a table with one entry.
struct Variant<'a> {
    name: &'a str,
    entry: &'a Entry,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = ValueError;
    type Variant = Content<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content<'a>), ValueError> {
        let variant = seed.deserialize(word(self.name));
        let variant = variant.map_err(|mistake| mistake.at_key(&self.entry.key))?;
        Ok((variant, Content(self)))
    }
}

struct Content<'a>(Variant<'a>);

impl Content<'_> {
    fn place<T>(&self, read: Result<T, ValueError>) -> Result<T, ValueError> {
        read.map_err(|mistake| mistake.at(&self.0.entry.node).below(self.0.name))
    }
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        match &self.0.entry.node.value {
            tree::Value::Table(table) if table.is_empty() => Ok(()),
            _ => self.place(Err(ValueError::custom("this variant takes no value"))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ValueError> {
        self.place(seed.deserialize(&self.0.entry.node))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.place(self.0.entry.node.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.place(self.0.entry.node.deserialize_struct("", fields, visitor))
    }
}
