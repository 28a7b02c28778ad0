//! What a product becomes as WiX source, for each version of WiX, and what other programs make of it.

#[path = "../products/mod.rs"]
mod products;
#[path = "../tools/mod.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_winsvc::msi;
use cargo_winsvc::msi::database::Value;
use cargo_winsvc::msi::schema;
use cargo_winsvc::product::{Arch, File, Product};
use cargo_winsvc::wxs::{self, Dialect, Paths, Source};

use products::{fullest, smallest, with_features, with_properties, with_updates};

fn source(product: &Product, dialect: Dialect) -> Source {
    let paths = Paths {
        stem: "agent".to_owned(),
        folder: "/project/target/winsvc".into(),
        payload: "agent-wxs".to_owned(),
        project: "/project".into(),
    };
    wxs::render(product, product.languages()[0], dialect, &paths).unwrap()
}

fn with_dialogs() -> Product {
    Product {
        dialogs: Some(products::dialogs()),
        ..smallest()
    }
}

#[test]
fn the_smallest_product_has_this_source() {
    insta::assert_snapshot!(source(&smallest(), Dialect::V4).text);
}

#[test]
fn the_fullest_product_has_this_source() {
    insta::assert_snapshot!(source(&fullest(), Dialect::V4).text);
}

#[test]
fn a_product_with_dialogs_has_this_source() {
    insta::assert_snapshot!(source(&with_dialogs(), Dialect::V4).text);
}

#[test]
fn the_fullest_product_has_this_source_for_wix_3() {
    insta::assert_snapshot!(source(&fullest(), Dialect::V3).text);
}

/// Whether the files would fit the MSI is known only when WiX has compressed them.
#[test]
fn a_product_that_might_be_too_large_has_its_cabinets_beside_the_msi() {
    let large = |name| File {
        size: 1_500_000_000,
        ..products::file(name, b"")
    };
    let mut product = smallest();
    product.files.extend([large("a.bin"), large("b.bin")]);
    let text = source(&product, Dialect::V4).text;
    let media: Vec<&str> = text.lines().filter(|line| line.contains("<Media ")).collect();
    assert_eq!(media.len(), 2, "{media:?}");
    assert!(
        media.iter().all(|line| line.contains("EmbedCab=\"no\"")),
        "{media:?}"
    );
    assert!(text.contains("DiskId=\"2\""));
}

/// WiX's own schemas are not part of the project. Beside the checkout there may be a folder with them: `all.xsd` for WiX 4
/// and later, `wix3.xsd` for WiX 3.
fn schema(dialect: Dialect) -> Option<PathBuf> {
    let name = match dialect {
        Dialect::V3 => "wix3.xsd",
        Dialect::V4 => "all.xsd",
    };
    let folder = std::env::var_os("WINSVC_XSD").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/xsd"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if !path.is_file() {
        eprintln!("not validated: there is no `{}`", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn sources_are_valid_by_the_schemas_of_wix() {
    for dialect in [Dialect::V4, Dialect::V3] {
        let Some(schema) = schema(dialect) else {
            continue;
        };
        for product in [
            smallest(),
            products::without_service::without_service(),
            fullest(),
            with_properties(),
            with_features(),
            with_updates(),
            with_dialogs(),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("a.wxs"), source(&product, dialect).text).unwrap();
            let arguments = ["--noout", "--schema", schema.to_str().unwrap(), "a.wxs"];
            tools::run(folder.path(), "xmllint", arguments);
        }
    }
}

/// Columns that wixl fills otherwise, and why.
const OTHERWISE: [(&str, &str); 20] = [
    ("Component.Attributes", "no `Transitive`"),
    ("Component.Condition", "understood from version 0.106 on"),
    (
        "CustomAction.Type",
        "no impersonation unless the source asks for it",
    ),
    ("Directory.DefaultDir", NO_SHORT_NAMES),
    ("File.FileName", NO_SHORT_NAMES),
    ("File.Language", NO_VERSIONS),
    ("File.Sequence", "another order of the files in the cabinet"),
    ("File.Version", NO_VERSIONS),
    ("MsiFileHash.HashPart1", EMPTY_FILES),
    ("MsiFileHash.HashPart2", EMPTY_FILES),
    ("MsiFileHash.HashPart3", EMPTY_FILES),
    ("MsiFileHash.HashPart4", EMPTY_FILES),
    ("Property.Value", "a new product code; no `Secure`; a `$` is lost"),
    ("RegLocator.Key", NO_CODE_PAGE),
    ("Registry.Key", NO_CODE_PAGE),
    ("Registry.Value", "the type `expandable` is not written"),
    ("ServiceControl.Name", NO_CODE_PAGE),
    ("ServiceInstall.ErrorControl", "no `Vital`"),
    ("ServiceInstall.Name", NO_CODE_PAGE),
    ("Shortcut.Name", NO_SHORT_NAMES),
];
const NO_SHORT_NAMES: &str = "no short names";
const NO_VERSIONS: &str = "no versions of files";
const EMPTY_FILES: &str = "the MD5 of empty files, where Windows Installer has zeros";
const NO_CODE_PAGE: &str = "UTF-8 in a database without a code page";

/// Tables of which wixl leaves out rows, and why.
const LEFT_OUT: [(&str, &str); 23] = [
    ("ActionText", NO_DIALOGS),
    ("AdminUISequence", NO_DIALOGS),
    ("CheckBox", NO_DIALOGS),
    ("ComboBox", NO_DIALOGS),
    ("Control", NO_DIALOGS),
    ("ControlCondition", NO_DIALOGS),
    ("ControlEvent", NO_DIALOGS),
    ("CreateFolder", "only the folders of components"),
    ("CustomAction", "no programs in folders, no messages, no rollback"),
    ("Dialog", NO_DIALOGS),
    ("Environment", "understood from version 0.105 on"),
    ("EventMapping", NO_DIALOGS),
    ("IniFile", "understood from version 0.102 on"),
    (
        "InstallExecuteSequence",
        "no actions for tables that are left out",
    ),
    ("InstallUISequence", NO_DIALOGS),
    ("MsiLockPermissionsEx", "no `PermissionEx`"),
    ("MsiServiceConfig", "no `ServiceConfig`"),
    ("Property", "no `Hidden`"),
    ("Registry", "no lists of strings"),
    ("RemoveFile", "only the folders of components"),
    ("TextStyle", NO_DIALOGS),
    ("UIText", NO_DIALOGS),
    ("Upgrade", "no range without a lowest version"),
];
const NO_DIALOGS: &str = "no dialogs in version 0.101";

/// The rows of each table, with their fields as texts.
type Tables = BTreeMap<String, BTreeSet<Vec<String>>>;

fn built_by_wixl(product: &Product) -> Tables {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths {
        stem: "agent".to_owned(),
        folder: folder.path().to_owned(),
        payload: "agent-wxs".to_owned(),
        project: folder.path().to_owned(),
    };
    let contents = msi::contents(product, product.languages()[0]).unwrap();
    let source = wxs::render_for_wixl(product, &contents, &paths).unwrap();
    fs::write(folder.path().join("agent.wxs"), source.text).unwrap();
    for (name, content) in source.files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::File::create(path).unwrap();
        content.copy(content.size().unwrap(), &mut file).unwrap();
    }
    let arch = product.arch.as_str();
    tools::run(
        folder.path(),
        "wixl",
        ["-a", arch, "-o", "agent.msi", "agent.wxs"],
    );
    stored(&folder.path().join("agent.msi"))
}

fn stored(path: &Path) -> Tables {
    let mut package = ::msi::Package::open(fs::File::open(path).unwrap()).unwrap();
    let names: Vec<String> = package.tables().map(|table| table.name().to_owned()).collect();
    let mut tables = Tables::new();
    for name in names {
        let rows = package.select_rows(::msi::Select::table(&name)).unwrap();
        let rows = rows.map(|row| {
            let fields = (0..row.len()).map(|index| match &row[index] {
                ::msi::Value::Null => String::new(),
                ::msi::Value::Int(number) => number.to_string(),
                ::msi::Value::Str(text) => text.clone(),
                ::msi::Value::Binary => "<stream>".to_owned(),
            });
            fields.collect()
        });
        tables.insert(name, rows.collect());
    }
    tables
}

fn ours(product: &Product) -> Tables {
    let contents = msi::hashed_contents(product, product.languages()[0]).unwrap();
    let mut tables = Tables::new();
    for row in contents.rows {
        let fields = row.cells.iter().map(|value| match value {
            Value::Null => String::new(),
            Value::Text(text) => text.clone().into_owned(),
            Value::Number(number) => number.to_string(),
            Value::Stream(_) => "<stream>".to_owned(),
        });
        let rows = tables.entry(row.table.name.to_owned()).or_default();
        rows.insert(fields.collect());
    }
    tables
}

/// The fields of the primary key.
fn key<'a>(table: &str, row: &'a [String]) -> &'a [String] {
    let table = schema::TABLES.into_iter().find(|it| it.name == table).unwrap();
    &row[..table.key_len()]
}

/// A second implementation of the same source: where wixl understands a row, it makes the same of it.
#[test]
fn wixl_makes_the_same_of_what_it_understands() {
    let (mut otherwise, mut left_out) = (BTreeSet::new(), BTreeSet::new());
    for arch in [Arch::X64, Arch::X86] {
        for product in [smallest(), fullest(), with_properties(), with_dialogs()] {
            let product = Product { arch, ..product };
            let built = built_by_wixl(&product);
            for (name, rows) in ours(&product) {
                let theirs = built.get(&name).into_iter().flatten();
                let theirs: BTreeMap<_, _> = theirs.map(|row| (key(&name, row), row)).collect();
                let table = schema::TABLES.into_iter().find(|it| it.name == name).unwrap();
                for row in &rows {
                    let Some(their) = theirs.get(key(&name, row)) else {
                        left_out.insert(name.clone());
                        continue;
                    };
                    let columns = table.columns.iter().zip(row.iter().zip(their.iter()));
                    let different = columns.filter(|(_, (our, their))| our != their);
                    otherwise.extend(different.map(|(column, _)| format!("{name}.{}", column.name)));
                }
            }
        }
    }
    // Later versions of wixl understand more.
    let unknown = |found: BTreeSet<String>, known: &[(&str, &str)]| -> Vec<String> {
        let is_known = |name: &String| known.iter().any(|(known, _)| known == name);
        found.into_iter().filter(|name| !is_known(name)).collect()
    };
    assert_eq!(unknown(otherwise, &OTHERWISE), [""; 0]);
    assert_eq!(unknown(left_out, &LEFT_OUT), [""; 0]);
}
