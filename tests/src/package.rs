//! Packages, read back by programs that are not ours: msitools, the `msi` crate, Windows Installer, 7-Zip, cabextract.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
#[cfg(windows)]
use std::process::Command;

use crate::deadline::PATIENCE;
use crate::paths::{prepared, to_windows};
use crate::process::{require, run, run_probe};
use crate::windows::Windows;

/// The tables of an MSI: each with its columns and its rows in their order, all as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    tables: BTreeMap<String, Table>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, sorted: their order in the file is that of the string pool, which says nothing.
    pub rows: Vec<Vec<String>>,
}

impl Tables {
    /// The tables as msitools exports them.
    ///
    /// # Panics
    ///
    /// When msitools cannot read the file.
    pub fn by_msitools(msi: &Path) -> Self {
        let info = |arguments: &[&str]| {
            let (verb, rest) = arguments.split_first().expect("a verb");
            run(require("msiinfo").arg(verb).arg(msi).args(rest), PATIENCE)
                .ok()
                .stdout
        };
        let mut tables = BTreeMap::new();
        for name in info(&["tables"])
            .lines()
            .filter(|name| !name.starts_with("_S") && *name != "_ForceCodepage")
        {
            tables.insert(name.to_owned(), Table::from_idt(&info(&["export", name])));
        }
        // The catalogue of tables is no table of its own here.
        tables.retain(|name, _| !matches!(name.as_str(), "_Tables" | "_Columns"));
        Self { tables }
    }

    /// The tables as Windows Installer itself exports them.
    ///
    /// # Panics
    ///
    /// When it cannot read the file.
    pub fn by_installer(windows: &Windows, msi: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the tables");
        let (msi, to) = (to_windows(msi), to_windows(folder.path()));
        let mut probe = windows.program(prepared("probe.exe"));
        let exported = run_probe(probe.args(["tables", &msi, &to]), PATIENCE).ok();
        let read = |name: &&str| {
            let export = fs::read(folder.path().join(format!("{name}.idt"))).expect("an exported table");
            (
                (*name).to_owned(),
                Table::from_idt(&String::from_utf8_lossy(&export)),
            )
        };
        Self {
            tables: exported.lines().iter().map(read).collect(),
        }
    }

    /// The tables as the `msi` crate reads them.
    ///
    /// # Panics
    ///
    /// When the crate cannot read the file.
    pub fn by_msi_crate(msi: &Path) -> Self {
        let mut package = msi::open(msi).unwrap_or_else(|error| panic!("{}: {error}", msi.display()));
        let names: Vec<String> = package.tables().map(|table| table.name().to_owned()).collect();
        let mut tables = BTreeMap::new();
        for name in names
            .into_iter()
            .filter(|name| !matches!(name.as_str(), "_Tables" | "_Columns"))
        {
            let rows = package
                .select_rows(msi::Select::table(&name))
                .expect("a table's rows");
            let columns = rows
                .columns()
                .iter()
                .map(|column| column.name().to_owned())
                .collect();
            let mut rows: Vec<Vec<String>> = rows
                .map(|row| (0..row.len()).map(|cell| text(&row[cell])).collect())
                .collect();
            rows.sort();
            tables.insert(name, Table { columns, rows });
        }
        Self { tables }
    }

    /// A table by its name.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn table(&self, name: &str) -> &Table {
        self.tables.get(name).unwrap_or_else(|| panic!("no table {name}"))
    }

    /// The names of all tables.
    pub fn names(&self) -> Vec<&str> {
        self.tables.keys().map(String::as_str).collect()
    }

    /// A property's value.
    pub fn property(&self, name: &str) -> Option<&str> {
        let row = self.table("Property").rows.iter().find(|row| row[0] == name)?;
        Some(&row[1])
    }

    /// Puts `to` in place of the cells of a column, where it must differ from run to run.
    pub fn normalise(&mut self, table: &str, column: &str, to: impl Fn(&str) -> String) {
        if let Some(table) = self.tables.get_mut(table)
            && let Some(index) = table.columns.iter().position(|name| name == column)
        {
            for row in &mut table.rows {
                row[index] = to(&row[index]);
            }
        }
    }

    /// Without a table.
    pub fn remove(&mut self, name: &str) {
        self.tables.remove(name);
    }
}

impl fmt::Display for Tables {
    /// A heading a table, a line a row, a tab between two cells.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, table)) in self.tables.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            writeln!(f, "{gap}[{name}]\n{}", table.columns.join(" | "))?;
            for row in &table.rows {
                writeln!(f, "{}", row.join(" | "))?;
            }
        }
        Ok(())
    }
}

impl Table {
    /// Reads an export: names, types, table and key, then the rows, with tabs between the cells.
    fn from_idt(export: &str) -> Self {
        let mut lines = export.split("\r\n").filter(|line| !line.is_empty());
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let columns = cells(lines.next().unwrap_or_default());
        let mut rows: Vec<Vec<String>> = lines.skip(2).map(cells).collect();
        rows.sort();
        Self { columns, rows }
    }
}

fn text(value: &msi::Value) -> String {
    match value {
        msi::Value::Null => String::new(),
        // A stream of its own, which an export names by its row.
        msi::Value::Binary => "(stream)".to_owned(),
        msi::Value::Int(number) => number.to_string(),
        // An export cannot hold these as they are (`msi_export`'s escapes).
        msi::Value::Str(text) => text
            .replace('\t', "\u{10}")
            .replace('\r', "\u{11}")
            .replace('\n', "\u{19}"),
    }
}

/// The files of an archive by their paths, as 7-Zip extracts them; it knows cabinets, zips and MSIs.
///
/// # Panics
///
/// When 7-Zip refuses the archive.
pub fn by_7zip(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder to extract to");
    let mut to = std::ffi::OsString::from("-o");
    to.push(folder.path());
    let _ = run(require("7z").args(["x", "-y"]).arg(to).arg(archive), PATIENCE).ok();
    read_tree(folder.path())
}

/// Unpacks a zip into `folder`, as an administrator does it, and gives the only folder that is in the zip: it has the
/// zip's own name.
///
/// # Panics
///
/// When 7-Zip refuses the archive, or a file cannot be written.
pub fn unpack(zip: &Path, folder: &Path) -> PathBuf {
    for (name, content) in by_7zip(zip) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder of the zip");
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    folder.join(zip.file_stem().expect("a zip's name"))
}

/// The files of a cabinet by their paths, as cabextract extracts them.
///
/// # Panics
///
/// When cabextract refuses the cabinet.
pub fn by_cabextract(cabinet: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder to extract to");
    let _ = run(
        require("cabextract")
            .arg("-q")
            .arg("-d")
            .arg(folder.path())
            .arg(cabinet),
        PATIENCE,
    )
    .ok();
    read_tree(folder.path())
}

/// The files of a cabinet by their paths, as Windows' own `expand` extracts them.
///
/// # Panics
///
/// When `expand` refuses the cabinet.
#[cfg(windows)]
pub fn by_expand(cabinet: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder to extract to");
    // Git's shell has another program of this name.
    let mut expand = Command::new(r"C:\Windows\System32\expand.exe");
    let _ = run(expand.arg(cabinet).arg("-F:*").arg(folder.path()), PATIENCE).ok();
    read_tree(folder.path())
}

/// A stream of an MSI, as the `msi` crate reads it.
///
/// # Panics
///
/// When there is no such stream.
pub fn stream_by_msi_crate(msi: &Path, name: &str) -> Vec<u8> {
    let mut package = msi::open(msi).unwrap_or_else(|error| panic!("{}: {error}", msi.display()));
    let mut content = Vec::new();
    let mut stream = package.read_stream(name).expect("a stream");
    stream.read_to_end(&mut content).expect("the stream's content");
    content
}

/// A copy of a package whose removal fails once its services are deleted, and is undone: an action of its own ends with an
/// error there.
///
/// # Panics
///
/// When msitools cannot make it.
#[cfg(unix)]
pub fn with_failing_removal(msi: &Path) -> tempfile::TempPath {
    let copy = tempfile::Builder::new()
        .suffix(".msi")
        .tempfile()
        .expect("a file for the copy")
        .into_temp_path();
    fs::copy(msi, &copy).expect("a copy of the package");
    // 3106: EXE by directory, in script, as the system, and vital
    let action = "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) \
                  VALUES ('Fail', 3106, 'System64Folder', '\"[System64Folder]cmd.exe\" /c exit 1')";
    let place = "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) \
                 VALUES ('Fail', 'REMOVE~=\"ALL\"', 2001)";
    let mut msibuild = require("msibuild");
    let _ = run(msibuild.arg(&copy).args(["-q", action, "-q", place]), PATIENCE).ok();
    copy
}

/// A stream of an MSI, as msitools extracts it.
///
/// # Panics
///
/// When there is no such stream.
pub fn stream(msi: &Path, name: &str) -> Vec<u8> {
    let output = require("msiinfo")
        .arg("extract")
        .arg(msi)
        .arg(name)
        .output()
        .expect("msiinfo");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The files below a folder by their paths, with slashes on every host.
///
/// # Panics
///
/// When the folder cannot be read.
pub fn read_tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("an extracted folder") {
            let path = entry.expect("an extracted entry").path();
            if path.is_dir() {
                read(root, &path, files);
            } else {
                let name = path.strip_prefix(root).expect("a path below").to_string_lossy();
                let name = name.replace(std::path::MAIN_SEPARATOR, "/");
                files.insert(name, fs::read(&path).expect("an extracted file"));
            }
        }
    }
    let mut files = BTreeMap::new();
    read(root, root, &mut files);
    files
}
