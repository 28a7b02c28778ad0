//! The folders: a tree from the folders that Windows knows.

use super::tables::long_name;
use super::{Dialect, Element, Writer, WxsError};
use crate::msi::schema::{self, Table};
use crate::msi::{Part, Row};

pub(super) const TABLES: &[&Table] = &[&schema::DIRECTORY];

/// The root of all folders.
const ROOT: &str = "TARGETDIR";

/// The folders that Windows Installer knows and WiX has in its schema (`StandardDirectoryType`).
const STANDARD: [&str; 28] = [
    "AdminToolsFolder",
    "AppDataFolder",
    "CommonAppDataFolder",
    "CommonFiles64Folder",
    "CommonFilesFolder",
    "DesktopFolder",
    "FavoritesFolder",
    "FontsFolder",
    "LocalAppDataFolder",
    "MyPicturesFolder",
    "NetHoodFolder",
    "PersonalFolder",
    "PrintHoodFolder",
    "ProgramFiles64Folder",
    "ProgramFilesFolder",
    "ProgramMenuFolder",
    "RecentFolder",
    "SendToFolder",
    "StartMenuFolder",
    "StartupFolder",
    "System16Folder",
    "System64Folder",
    "SystemFolder",
    "TempFolder",
    "TemplateFolder",
    "WindowsFolder",
    "PerUserProgramFilesFolder",
    "CommonFiles6432Folder",
];

impl Writer<'_> {
    /// All folders, in the section of the root: folders of several parts are inside each other.
    pub(super) fn directories(&self, part: &'static Part) -> Result<Vec<Element>, WxsError> {
        let root = self.tables.find(&schema::DIRECTORY, ROOT);
        if root.is_none_or(|root| root.part != part) {
            return Ok(Vec::new());
        }
        let top = self.below(ROOT).map(|row| {
            let id = row.key();
            if !STANDARD.contains(&id) || long_name(row.text("DefaultDir")) != "." {
                return Err(WxsError::no_element(row));
            }
            let name = self.name("Directory", "StandardDirectory");
            Ok(Element::new(name).attr("Id", id).children(self.folders(id)))
        });
        let top = top.collect::<Result<Vec<_>, _>>()?;
        Ok(match self.dialect {
            Dialect::V4 => top,
            Dialect::V3 => {
                let root = Element::new("Directory")
                    .attr("Id", ROOT)
                    .attr("Name", "SourceDir");
                vec![root.children(top)]
            }
        })
    }

    fn folders(&self, parent: &str) -> Vec<Element> {
        let rows = self.below(parent);
        let folder = |row: &Row| {
            Element::new("Directory")
                .attr("Id", row.key())
                .attr("Name", long_name(row.text("DefaultDir")))
                .children(self.folders(row.key()))
        };
        rows.map(folder).collect()
    }

    fn below<'b>(&'b self, parent: &'b str) -> impl Iterator<Item = &'b Row> {
        let rows = self.tables.of(&schema::DIRECTORY).iter().copied();
        rows.filter(move |row| row.text("Directory_Parent") == parent)
    }
}
