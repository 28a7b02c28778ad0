//! Settings in TOML: files, the defaults in the program, and single values in arguments and variables.

use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::tree::{Entry, Node, Table, Value};
use super::{Error, Origin};
use crate::places::trust::{self, Distrusted};

/// Reads a file; `None` if it does not exist. Any user could have created the last `open_folders` folders of the path,
/// and the file in them.
pub(super) fn read(path: &Path, open_folders: usize) -> Result<Option<Table>, Error> {
    let read = trust::read(path, open_folders);
    let bytes = read.map_err(|error| distrusted(path, error))?;
    let Some(bytes) = bytes else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| Error::NotText {
        path: path.to_owned(),
    })?;
    let path: Arc<Path> = path.into();
    parse(&text, |line, column| Origin::File {
        path: Arc::clone(&path),
        line,
        column,
    })
    .map(Some)
}

fn distrusted(path: &Path, error: Distrusted) -> Error {
    let path = path.to_owned();
    match error {
        Distrusted::Foreign { path: owned, owner } => Error::Foreign { path, owned, owner },
        Distrusted::Link { path: link } => Error::Link { path, link },
        Distrusted::Unknown(error) => Error::Unreadable { path, error },
        error @ (Distrusted::Writable { .. } | Distrusted::Shared { .. }) => Error::Unreadable {
            path,
            error: error.into(),
        },
    }
}

/// Parses a document; `origin` creates the origin of a line and a column.
pub(super) fn parse(text: &str, origin: impl Fn(usize, usize) -> Origin) -> Result<Table, Error> {
    // The byte order mark that Windows editors write is not part of the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let at = |offset: usize| {
        let (line, column) = position(text, offset);
        origin(line, column)
    };
    let document = DeTable::parse(text).map_err(|error| Error::Syntax {
        origin: at(error.span().map_or(text.len(), |span| span.start)),
        message: error.message().to_owned(),
    })?;
    table(document.into_inner(), &at)
}

/// Parses a single value of an argument or a variable; `None` if it is not TOML.
pub(super) fn parse_value(text: &str, origin: &Origin) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    node(value.into_inner(), origin.clone(), &|_| origin.clone()).ok()
}

fn table(table: DeTable<'_>, at: &dyn Fn(usize) -> Origin) -> Result<Table, Error> {
    let entries = table.into_iter().map(|(key, value)| {
        let entry = Entry {
            key: at(key.span().start),
            node: node_at(value.span().start, value.into_inner(), at)?,
        };
        Ok((key.into_inner().into_owned(), entry))
    });
    entries.collect()
}

fn node_at(offset: usize, value: DeValue<'_>, at: &dyn Fn(usize) -> Origin) -> Result<Node, Error> {
    node(value, at(offset), at)
}

fn node(value: DeValue<'_>, origin: Origin, at: &dyn Fn(usize) -> Origin) -> Result<Node, Error> {
    let no_number = || Error::Syntax {
        origin: origin.clone(),
        message: "a number that is too large".to_owned(),
    };
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => {
            let number = i128::from_str_radix(integer.as_str(), integer.radix());
            Value::Integer(number.map_err(|_| no_number())?)
        }
        DeValue::Float(float) => Value::Float(float.as_str().parse().map_err(|_| no_number())?),
        DeValue::Boolean(boolean) => Value::Boolean(boolean),
        // The types of date libraries deserialize from strings.
        DeValue::Datetime(datetime) => Value::Text(datetime.to_string()),
        DeValue::Array(array) => {
            let nodes = array
                .into_iter()
                .map(|value| node_at(value.span().start, value.into_inner(), at));
            Value::List(nodes.collect::<Result<_, _>>()?)
        }
        DeValue::Table(inner) => Value::Table(table(inner, at)?),
    };
    Ok(Node { value, origin })
}

/// The line and column of an offset, as editors count them: from 1, in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn defaults(line: usize, column: usize) -> Origin {
        Origin::Defaults { line, column }
    }

    #[test]
    fn a_value_has_its_line_and_column() {
        let text = "\u{feff}# ä\r\n[tls]\r\n  größe = 5 # €\r\n  list = [1,\r\n 2]\r\n";
        let text = text.replace("größe", "\"größe\"");
        let table = parse(&text, defaults).unwrap();
        let Value::Table(tls) = &table["tls"].node.value else {
            panic!("{table:?}")
        };
        assert_eq!(table["tls"].key, defaults(2, 2));
        assert_eq!(tls["größe"].key, defaults(3, 3));
        assert_eq!(tls["größe"].node.origin, defaults(3, 13));
        let Value::List(list) = &tls["list"].node.value else {
            panic!("{tls:?}")
        };
        assert_eq!(list[1].origin, defaults(5, 2));
    }

    #[test]
    fn a_syntax_error_does_not_show_the_content() {
        let error = parse("a = 1\npassword = \"hunter2\nb = 2\n", defaults).unwrap_err();
        assert!(matches!(&error, Error::Syntax { origin, .. } if *origin == defaults(2, 20)));
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_windows_path_in_double_quotes_is_explained() {
        let error = parse("cert = \"C:\\certs\\a.pem\"\n", defaults).unwrap_err();
        assert!(error.to_string().contains("single quotes"), "{error}");
    }

    #[test]
    fn an_error_names_a_file_that_is_not_utf_8() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme-agent.toml");
        fs::write(&path, b"\xFF\xFEa\0").unwrap();
        assert!(matches!(read(&path, 0), Err(Error::NotText { path: found }) if found == path));
        assert!(matches!(read(folder.path(), 0), Err(Error::Unreadable { .. })));
        assert!(matches!(read(&folder.path().join("none"), 0), Ok(None)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), line in "[a-z\\[\\]{}=\"'.,0-9e\n -]{0,40}") {
            let _ = parse(&text, defaults);
            let _ = parse(&line, defaults);
            let _ = parse_value(&line, &defaults(1, 1));
        }
    }
}
