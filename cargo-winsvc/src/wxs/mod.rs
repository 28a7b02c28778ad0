//! WiX source: the same installation as the MSI, for teams that build or extend it with the WiX toolset.
//!
//! The source is made from the rows of the MSI, as `wix msi decompile` makes it: whatever a product can have, its MSI has
//! rows for, and each table has its element here (`components`, `services`, `actions`, `dialogs`, `package`).
//! Each row knows the part of the package that it belongs to, and each part has a section with a comment: what it does,
//! and which keys of Cargo.toml it comes from.
//!
//! Elements and attributes are those of WiX 4 and later, or of WiX 3 ([`Dialect`]). Source: the schemas
//! (`wix.xsd`), `Compiler.cs` and `Decompiler.cs` of `wixtoolset/wix`.

mod actions;
mod components;
mod dialogs;
mod directories;
mod error;
mod package;
mod services;
mod tables;
mod wixl;
mod xml;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Serialize;
use tera::Context;
use winsvc_definition::manifest::Language;
use winsvc_templates::WXS;

pub use self::error::WxsError;
use self::tables::Tables;
use self::xml::{Element, Node, comment, escaped, literal};
use crate::msi::schema::{self, Table};
use crate::msi::{self, Contents, Part, Row, file_id};
use crate::product::{Content, File, Product};
use crate::texts::render_text;

/// The versions of WiX that read a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// WiX 3.
    V3,
    /// WiX 4 and later.
    V4,
}

/// Where a source is, and the files that it refers to.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The name of the source's MSI without its extension.
    pub stem: String,
    /// The folder of the source.
    pub folder: PathBuf,
    /// The folder beside the source for the files that the tool makes.
    pub payload: String,
    /// The project's folder, below which most of the other files are.
    pub project: PathBuf,
}

impl Dialect {
    /// The name of a source.
    pub fn file_name(self, stem: &str) -> String {
        match self {
            Self::V3 => format!("{stem}.v3.wxs"),
            Self::V4 => format!("{stem}.wxs"),
        }
    }
}

/// A source, and the files beside it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its text.
    pub text: String,
    /// The files that the tool makes: their paths below the folder of the source, and their content.
    pub files: Vec<(String, Content)>,
}

/// A part of the package in a source, and its elements.
struct Section {
    part: &'static Part,
    elements: Vec<Element>,
}

/// The tables that WiX fills itself: it numbers and hashes files, describes the columns, and inscribes certificates.
const SELF_MADE: [&Table; 4] = [
    &schema::MSI_DIGITAL_CERTIFICATE,
    &schema::MSI_DIGITAL_SIGNATURE,
    &schema::MSI_FILE_HASH,
    &schema::VALIDATION,
];

/// Renders the product as WiX source in one of its languages.
pub fn render(
    product: &Product,
    language: Language,
    dialect: Dialect,
    paths: &Paths,
) -> Result<Source, WxsError> {
    let contents = msi::contents(product, language)?;
    let writer = Writer::new(&contents, product, dialect, paths);
    writer.check()?;
    writer.source(writer.sections()?)
}

/// Renders as much of the product as wixl understands.
pub fn render_for_wixl(product: &Product, contents: &Contents, paths: &Paths) -> Result<Source, WxsError> {
    let writer = Writer::new(contents, product, Dialect::V3, paths);
    let sections = writer.sections()?;
    writer.source(sections.iter().map(wixl::understood).collect())
}

/// What the elements are made from.
struct Writer<'a> {
    tables: Tables<'a>,
    contents: &'a Contents,
    product: &'a Product,
    /// The files of the product by the keys of their rows.
    files: BTreeMap<String, &'a File>,
    dialect: Dialect,
    paths: &'a Paths,
}

impl<'a> Writer<'a> {
    fn new(contents: &'a Contents, product: &'a Product, dialect: Dialect, paths: &'a Paths) -> Self {
        Self {
            tables: Tables::new(&contents.rows),
            contents,
            product,
            files: product.files.iter().map(|file| (file_id(file), file)).collect(),
            dialect,
            paths,
        }
    }

    fn source(&self, mut sections: Vec<Section>) -> Result<Source, WxsError> {
        sections.retain(|section| !section.elements.is_empty());
        Ok(Source {
            text: self.text(&sections)?,
            files: self.files_beside(),
        })
    }

    /// Refuses rows that no function here looks at.
    fn check(&self) -> Result<(), WxsError> {
        let unknown = |row: &&Row| !has_element(row.table) && !SELF_MADE.contains(&row.table);
        match self.contents.rows.iter().find(unknown) {
            Some(row) => Err(WxsError::no_element(row)),
            None => Ok(()),
        }
    }

    /// The sections in the order of the parts of the package.
    fn sections(&self) -> Result<Vec<Section>, WxsError> {
        let mut parts: Vec<&'static Part> = Vec::new();
        for row in &self.contents.rows {
            if !parts.contains(&row.part) {
                parts.push(row.part);
            }
        }
        let mut sections = Vec::new();
        for part in parts {
            let elements = [
                self.package(part),
                self.directories(part)?,
                self.properties(part)?,
                self.components(part)?,
                self.actions(part)?,
                self.dialogs(part)?,
            ];
            sections.push(Section {
                part,
                elements: elements.concat(),
            });
        }
        Ok(sections)
    }

    /// The rows of a table that belong to a part.
    fn rows(&self, table: &Table, part: &'static Part) -> impl Iterator<Item = &'a Row> + use<'a> {
        let rows: Vec<&'a Row> = self.tables.of(table).to_vec();
        rows.into_iter().filter(move |row| row.part == part)
    }

    /// Adds a condition: an attribute of WiX 4, the content of the element in WiX 3.
    fn condition(&self, element: Element, condition: &str) -> Element {
        match self.dialect {
            _ if condition.is_empty() => element,
            Dialect::V4 => element.attr("Condition", condition),
            Dialect::V3 => element.content(condition),
        }
    }

    /// A text that is an attribute of WiX 4, and the content of the element in WiX 3.
    fn text_of(&self, element: Element, name: &'static str, text: &str) -> Element {
        match self.dialect {
            Dialect::V4 => element.attr(name, text),
            Dialect::V3 => element.content(text),
        }
    }

    /// The name of one of the two in this version of WiX.
    fn name(&self, v3: &'static str, v4: &'static str) -> &'static str {
        match self.dialect {
            Dialect::V3 => v3,
            Dialect::V4 => v4,
        }
    }

    /// The text of the source.
    fn text(&self, sections: &[Section]) -> Result<String, WxsError> {
        #[derive(Serialize)]
        struct SectionText {
            comment: String,
            elements: String,
        }
        let sections = sections.iter().map(|Section { part, elements }| {
            let mut text = String::new();
            for element in elements {
                element.write(2, &mut text);
            }
            SectionText {
                comment: section_comment(part),
                elements: text,
            }
        });
        let mut head = String::new();
        self.head().write(1, &mut head);
        let end = match self.dialect {
            Dialect::V3 => "Product",
            Dialect::V4 => "Package",
        };
        let project = relative(&self.paths.folder, &self.paths.project);
        let mut context = Context::new();
        context.insert("is_v3", &(self.dialect == Dialect::V3));
        context.insert("name", &comment(&self.product.name));
        context.insert("version", &comment(&self.product.full_version));
        context.insert("tool", env!("CARGO_PKG_VERSION"));
        context.insert("arch", self.product.arch.as_str());
        context.insert("stem", &comment(&self.paths.stem));
        context.insert("source", &comment(&self.dialect.file_name(&self.paths.stem)));
        context.insert("payload", &escaped(&self.paths.payload, true));
        context.insert("project", &escaped(&slashes(&project), true));
        // Its children follow, so that its end does not.
        context.insert("head", head.trim_end().trim_end_matches(" />"));
        context.insert("end", end);
        context.insert("sections", &sections.collect::<Vec<_>>());
        Ok(render_text(WXS, &context)?)
    }

    /// The files that the source needs beside it.
    fn files_beside(&self) -> Vec<(String, Content)> {
        let mut files = Vec::new();
        for file in &self.product.files {
            if matches!(file.content, Content::Bytes(_)) {
                files.push((self.beside(&file.target.to_string()), file.content.clone()));
            }
        }
        files.extend(self.pictures());
        files.extend(self.licenses());
        files
    }

    /// The path of a file that the tool makes, below the folder of the source.
    fn beside(&self, name: &str) -> String {
        format!("{}/{name}", self.paths.payload)
    }

    /// The path of a file of the product in the source.
    fn source_of(&self, path: &Path) -> String {
        match path.strip_prefix(&self.paths.project) {
            Ok(below) => format!("$(var.Project)/{}", literal(&slashes(below))),
            Err(_) => literal(&slashes(path)),
        }
    }
}

/// The path of a file that the tool makes in the source.
fn beside_variable(name: &str) -> String {
    format!("$(var.Payload)/{}", literal(name))
}

/// Whether the rows of a table become elements.
fn has_element(table: &Table) -> bool {
    let groups: [&[&Table]; 6] = [
        package::TABLES,
        directories::TABLES,
        components::TABLES,
        services::TABLES,
        actions::TABLES,
        dialogs::TABLES,
    ];
    groups.concat().contains(&table)
}

/// The path from one folder to another, if there is one.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let common = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    if common == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    if path.as_os_str().is_empty() {
        ".".into()
    } else {
        path
    }
}

/// A path with the separators that WiX understands on every system.
fn slashes(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// The comment before a section, in lines of the width of a page.
fn section_comment(part: &Part) -> String {
    const INDENT: &str = "         ";
    let mut text = wrapped(&format!("{}. {}", part.title, part.purpose), INDENT);
    if !part.keys.is_empty() {
        let keys = format!("From Cargo.toml: {}", part.keys.join(", "));
        text = format!("{text}\n{INDENT}{}", wrapped(&keys, INDENT));
    }
    comment(&text)
}

/// A text in lines, all but the first one indented.
fn wrapped(text: &str, indent: &str) -> String {
    const WIDTH: usize = 115;
    let (mut lines, mut width) = (String::new(), indent.len());
    for word in text.split(' ') {
        let len = word.chars().count();
        if width + 1 + len > WIDTH {
            lines.push('\n');
            lines.push_str(indent);
            width = indent.len();
        } else if !lines.is_empty() {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += len;
    }
    lines
}

/// A comment before the children of a component that belong to another part than the component.
fn part_comment(part: &Part) -> Node {
    Node::Comment(match part.keys {
        [] => part.title.to_owned(),
        keys => format!("{}: {}", part.title, keys.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a table finds out here that it needs an element.
    #[test]
    fn every_table_of_the_schema_has_an_element_or_is_made_by_wix() {
        for table in schema::TABLES {
            let is_made = SELF_MADE.contains(&table);
            assert!(has_element(table) != is_made, "{}", table.name);
        }
    }

    #[test]
    fn paths_lead_from_the_source_to_the_project() {
        let path = |from: &str, to: &str| slashes(&relative(Path::new(from), Path::new(to)));
        assert_eq!(path("/a/target/winsvc", "/a"), "../..");
        assert_eq!(path("/a/b", "/c d"), "../../c d");
        assert_eq!(path("/a", "/a"), ".");
        assert_eq!(path("out", "/a"), "/a");
    }
}
