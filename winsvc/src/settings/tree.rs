//! Settings as a tree in which every value has its origin, and the merging of layers.

use std::collections::BTreeMap;

use super::Origin;

/// A value and its origin.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// The untyped value of an argument or a variable. An argument may be given several times.
    Raw(Vec<String>),
    Text(String),
    Integer(i128),
    Float(f64),
    Boolean(bool),
    List(Vec<Node>),
    Table(Table),
}

pub(super) type Table = BTreeMap<String, Entry>;

#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The origin of the key: its place in a file if one contains it, even if an argument or a variable overrides the
    /// value.
    pub(super) key: Origin,
    pub(super) node: Node,
}

/// A value set by an argument or a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) path: Vec<String>,
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// Merges a stronger file into a weaker one: tables are merged, all other values replaced, including lists.
pub(super) fn merge(into: &mut Table, stronger: Table) {
    for (name, entry) in stronger {
        match into.get_mut(&name) {
            None => {
                into.insert(name, entry);
            }
            Some(weaker) => match (&mut weaker.node.value, entry.node.value) {
                (Value::Table(weaker), Value::Table(stronger)) => merge(weaker, stronger),
                (_, value) => {
                    let origin = entry.node.origin;
                    *weaker = Entry {
                        key: entry.key,
                        node: Node { value, origin },
                    };
                }
            },
        }
    }
}

/// Merges arguments or variables into weaker settings. All values of an argument that is given several times are kept,
/// because they may be the elements of a list.
pub(super) fn assign(into: &mut Table, assignments: impl IntoIterator<Item = Assignment>) {
    // Sorted, so that a table comes before its entries.
    let mut said: BTreeMap<Vec<String>, (Vec<String>, Origin)> = BTreeMap::new();
    for Assignment { path, text, origin } in assignments {
        let (texts, last) = said.entry(path).or_insert_with(|| (Vec::new(), origin.clone()));
        texts.push(text);
        *last = origin;
    }
    for (path, (texts, origin)) in said {
        let value = Value::Raw(texts);
        insert(into, &path, Node { value, origin });
    }
}

fn insert(table: &mut Table, path: &[String], node: Node) {
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    let spelled = spelled_in(name, table.keys().map(String::as_str)).unwrap_or(name);
    let entry = table.entry(spelled.to_owned()).or_insert_with(|| Entry {
        key: node.origin.clone(),
        node: Node {
            value: Value::Table(Table::new()),
            origin: node.origin.clone(),
        },
    });
    if rest.is_empty() {
        entry.node = node;
        return;
    }
    if !matches!(entry.node.value, Value::Table(_)) {
        entry.node.value = Value::Table(Table::new());
        entry.node.origin = node.origin.clone();
    }
    if let Value::Table(inner) = &mut entry.node.value {
        insert(inner, rest, node);
    }
}

/// Finds the name among `names` that matches the name in an argument or a variable. Case is ignored, and `-` and `_`
/// are equal.
pub(super) fn spelled_in<'a>(
    name: &str,
    mut names: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let plain = |name: &str| {
        let letters = name
            .chars()
            .filter(|letter| !matches!(letter, '-' | '_'))
            .flat_map(char::to_lowercase);
        letters.collect::<String>()
    };
    let wanted = plain(name);
    let exact = names.clone().find(|known| *known == name);
    exact.or_else(|| names.find(|known| plain(known) == wanted))
}

/// Collects all values that are not tables, with their keys, sorted by key.
pub(super) fn leaves<'a>(table: &'a Table, path: &str, found: &mut Vec<(String, &'a Node)>) {
    for (name, entry) in table {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match &entry.node.value {
            Value::Table(inner) => leaves(inner, &key, found),
            _ => found.push((key, &entry.node)),
        }
    }
}
