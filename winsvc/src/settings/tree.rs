//! Settings as a tree in which every value knows where it came from, and how layers of them become one.

use std::collections::BTreeMap;

use super::Origin;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// What an argument or a variable says, which has no type yet. An argument may say several things.
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
    /// Where the key stands: in a file, if one has it, however strong an argument or a variable sets it too.
    pub(super) key: Origin,
    pub(super) node: Node,
}

/// What an argument or a variable sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) path: Vec<String>,
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// Lays a stronger file over a weaker one: tables become one, everything else is replaced, lists too.
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

/// Lays arguments or variables over what is weaker. What is said several times is kept so, because it may be meant for
/// a list.
pub(super) fn assign(into: &mut Table, assignments: impl IntoIterator<Item = Assignment>) {
    // Sorted, so that a table as a whole comes before what stands in it.
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

/// The spelling among `names` of a name that an argument or a variable has: neither has capitals to tell apart, nor both of
/// `-` and `_`.
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

/// Every value that is no table, with its key, in the order of the keys.
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
