//! The modules of a crate and what they use of each other, as their source has it: all platforms and features, without tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, UseTree};

/// A module's path from the crate's root, which is empty.
type ModulePath = Vec<String>;

#[derive(Default)]
pub(crate) struct Modules {
    known: BTreeSet<ModulePath>,
    /// Names that a module takes from elsewhere, and where they are from.
    imports: BTreeMap<(ModulePath, String), ModulePath>,
    /// Every path that begins at the root, in a parent or in a child, by the module that writes it.
    paths: Vec<(ModulePath, ModulePath)>,
}

/// One module uses another beside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Used {
    pub(crate) from: String,
    pub(crate) to: String,
    /// The module that writes the path, and the path.
    example: String,
}

impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} ({})", self.from, self.to, self.example)
    }
}

impl Modules {
    /// Reads a crate from its `lib.rs` on.
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        modules.read_file(root, root.parent().unwrap(), Vec::new());
        modules
    }

    /// The modules of the root.
    pub(crate) fn of_root(&self) -> Vec<String> {
        let modules = self.known.iter().filter(|module| module.len() == 1);
        modules.map(|module| module[0].clone()).collect()
    }

    /// What the modules of the root use of each other.
    pub(crate) fn uses_within_root(&self) -> Vec<Used> {
        self.uses_below(&[])
    }

    /// One cycle for each folder that has one: `a -> b -> a`, and what makes each step.
    pub(crate) fn cycles(&self) -> Vec<String> {
        let parents: BTreeSet<&[String]> = self
            .known
            .iter()
            .filter(|module| !module.is_empty())
            .map(|module| &module[..module.len() - 1])
            .collect();
        parents
            .into_iter()
            .filter_map(|parent| cycle(&self.uses_below(parent)))
            .collect()
    }

    /// What the children of a module use of each other, their own children included.
    fn uses_below(&self, parent: &[String]) -> Vec<Used> {
        let mut uses = BTreeMap::new();
        for (from, path) in &self.paths {
            let to = self.module_of(path);
            let depth = parent.len();
            if from.len() > depth && to.len() > depth && from.starts_with(parent) && to.starts_with(parent) {
                let (from_child, to_child) = (from[depth].clone(), to[depth].clone());
                if from_child != to_child {
                    let example = format!("{}: {}", from.join("::"), path.join("::"));
                    uses.entry((from_child, to_child)).or_insert(example);
                }
            }
        }
        uses.into_iter()
            .map(|((from, to), example)| Used { from, to, example })
            .collect()
    }

    /// The module that defines what a path names, through any number of re-exports.
    fn module_of(&self, path: &[String]) -> ModulePath {
        let mut path = path.to_vec();
        let mut seen = BTreeSet::new();
        loop {
            let length = (0..=path.len())
                .rev()
                .find(|length| self.known.contains(&path[..*length]))
                .unwrap_or(0);
            let module = path[..length].to_vec();
            let Some(name) = path.get(length) else {
                return module;
            };
            match self.imports.get(&(module.clone(), name.clone())) {
                Some(from) if seen.insert(from.clone()) => path.clone_from(from),
                _ => return module,
            }
        }
    }

    fn read_file(&mut self, file: &Path, folder: &Path, module: ModulePath) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.known.insert(module.clone());
        for item in &parsed.items {
            let Item::Mod(ItemMod {
                attrs,
                ident,
                content: None,
                ..
            }) = item
            else {
                continue;
            };
            if is_test(attrs) {
                continue;
            }
            let name = ident.to_string();
            let mut child = module.clone();
            child.push(name.clone());
            let below = folder.join(&name);
            let file = [folder.join(format!("{name}.rs")), below.join("mod.rs")]
                .into_iter()
                .find(|file| file.exists())
                .unwrap_or_else(|| panic!("no file of the module {}", child.join("::")));
            self.read_file(&file, &below, child);
        }
        let mut visitor = Visitor {
            modules: self,
            module,
            braces: 0,
        };
        visitor.visit_file(&parsed);
    }
}

/// Finds the paths of one module. Modules in braces are part of it.
struct Visitor<'a> {
    modules: &'a mut Modules,
    module: ModulePath,
    /// How many modules in braces are around.
    braces: usize,
}

impl Visitor<'_> {
    /// A path from the root on, where it does not begin in another crate.
    fn absolute(&self, segments: &[String]) -> Option<ModulePath> {
        let mut absolute = self.module.clone();
        let mut rest = segments;
        match segments.first()?.as_str() {
            "crate" => {
                absolute.clear();
                rest = &segments[1..];
            }
            "self" => rest = &segments[1..],
            "super" => {
                let mut braces = self.braces;
                while let Some(("super", after)) =
                    rest.split_first().map(|(first, after)| (first.as_str(), after))
                {
                    if braces > 0 {
                        braces -= 1;
                    } else {
                        absolute.pop()?;
                    }
                    rest = after;
                }
            }
            first => {
                let mut child = absolute.clone();
                child.push(first.to_owned());
                if !self.modules.known.contains(&child) {
                    return None;
                }
            }
        }
        absolute.extend_from_slice(rest);
        Some(absolute)
    }

    fn note(&mut self, segments: &[String]) -> Option<ModulePath> {
        let path = self.absolute(segments)?;
        self.modules.paths.push((self.module.clone(), path.clone()));
        Some(path)
    }

    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before);
                }
            }
            UseTree::Name(name) => self.import_as(before, &name.ident.to_string(), &name.ident.to_string()),
            UseTree::Rename(rename) => {
                self.import_as(before, &rename.ident.to_string(), &rename.rename.to_string());
            }
            UseTree::Glob(_) => drop(self.note(before)),
        }
    }

    fn import_as(&mut self, before: &[String], name: &str, known_as: &str) {
        let mut segments = before.to_vec();
        if name == "self" {
            drop(self.note(&segments));
            return;
        }
        segments.push(name.to_owned());
        if let Some(path) = self.note(&segments)
            && self.braces == 0
        {
            let key = (self.module.clone(), known_as.to_owned());
            self.modules.imports.insert(key, path);
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs[..],
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.braces += 1;
        visit::visit_item_mod(self, module);
        self.braces -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments: Vec<String> = path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string())
                .collect();
            drop(self.note(&segments));
        }
        visit::visit_path(self, path);
    }
}

/// Whether an attribute says that this is for tests alone.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test") || condition.starts_with("all(test")
        }
        _ => false,
    })
}

/// The first cycle, and what makes each of its steps.
fn cycle(uses: &[Used]) -> Option<String> {
    let mut done = BTreeSet::new();
    let starts: BTreeSet<&str> = uses.iter().map(|used| used.from.as_str()).collect();
    for start in starts {
        let mut way = Vec::new();
        if let Some(cycle) = walk(uses, start, &mut way, &mut done) {
            let names: Vec<&str> = cycle.iter().map(|used| used.from.as_str()).collect();
            let steps: Vec<String> = cycle.iter().map(ToString::to_string).collect();
            return Some(format!(
                "{} -> {}\n{}",
                names.join(" -> "),
                names[0],
                steps.join("\n")
            ));
        }
    }
    None
}

fn walk<'a>(
    uses: &'a [Used],
    module: &'a str,
    way: &mut Vec<&'a Used>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a Used>> {
    if let Some(start) = way.iter().position(|used| used.from == module) {
        return Some(way[start..].to_vec());
    }
    if done.contains(module) {
        return None;
    }
    for used in uses.iter().filter(|used| used.from == module) {
        way.push(used);
        if let Some(cycle) = walk(uses, &used.to, way, done) {
            return Some(cycle);
        }
        way.pop();
    }
    done.insert(module);
    None
}
