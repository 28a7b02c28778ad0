//! A database gives back exactly the rows that were put into it, whoever reads it, signed or not.

mod msi_support;
mod tools;

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use cargo_winsvc::msi::database::{Database, DatabaseError, Value, number, stream, text};
use cargo_winsvc::msi::schema::{self, Column, Kind, Table};
use msi_support::{Rows, every_table, package, summary, write};
use proptest::prelude::*;
use tempfile::TempDir;

/// A field as text, as `msiinfo` exports it.
fn shown(value: &Value<'_>, table: &Table, row: &[String]) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        // A stream is shown by its name: that of the table and the keys of the row.
        Value::Stream(_) => {
            let keys = &row[..table.columns.iter().filter(|column| column.key).count()];
            format!("{}.{}", table.name, keys.join("."))
        }
    }
}

/// A table's rows as lines, sorted.
fn expected(table: &Table, rows: &Rows) -> Vec<String> {
    let line = |row: &Vec<Value<'_>>| {
        let mut fields = Vec::new();
        for value in row {
            fields.push(shown(value, table, &fields));
        }
        fields.join("\t")
    };
    let mut lines: Vec<String> = rows
        .iter()
        .filter(|(of, _)| *of == table)
        .map(|(_, row)| line(row))
        .collect();
    lines.sort();
    lines
}

/// The `_Validation` rows of these tables, sorted.
fn expected_validation(tables: impl Iterator<Item = &'static Table>) -> Vec<String> {
    let number = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
    let mut lines: Vec<String> = tables
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        .map(|(table, column)| {
            let validation = column.validation;
            [
                table.name.to_owned(),
                column.name.to_owned(),
                if column.nullable { "Y" } else { "N" }.to_owned(),
                number(validation.min),
                number(validation.max),
                validation.key_table.unwrap_or_default().to_owned(),
                number(validation.key_column.map(i32::from)),
                validation
                    .category
                    .map(schema::Category::name)
                    .unwrap_or_default()
                    .to_owned(),
                validation.set.unwrap_or_default().to_owned(),
                validation.description.to_owned(),
            ]
            .join("\t")
        })
        .collect();
    lines.sort();
    lines
}

/// The types of a table's columns in the letters of Windows Installer.
fn letters(table: &Table) -> String {
    let letter = |column: &Column| {
        let letters = match column.kind {
            Kind::Text { width } => format!("s{width}"),
            Kind::Localized { width } => format!("l{width}"),
            Kind::Short => "i2".to_owned(),
            Kind::Long => "i4".to_owned(),
            Kind::Binary => "v0".to_owned(),
        };
        if column.nullable {
            letters.to_uppercase()
        } else {
            letters
        }
    };
    table.columns.iter().map(letter).collect::<Vec<_>>().join("\t")
}

/// A package on disk, with what `msiinfo` reads from it.
struct OnDisk {
    directory: TempDir,
}

impl OnDisk {
    fn new(package: &[u8]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("package.msi"), package).expect("written");
        Self { directory }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The types, the key and the sorted rows of a table.
    fn export(&self, file: &str, table: &str) -> (String, String, Vec<String>) {
        let export = tools::run(self.path(), "msiinfo", ["export", file, table]);
        let export = String::from_utf8(export).expect("UTF-8");
        let mut lines = export.lines().map(str::to_owned).skip(1);
        let types = lines.next().expect("the types");
        let key = lines.next().expect("the key");
        let mut rows: Vec<String> = lines.collect();
        rows.sort();
        (types, key, rows)
    }

    fn assert_holds(&self, file: &str, rows: &Rows) {
        for table in schema::TABLES
            .into_iter()
            .filter(|table| **table != schema::VALIDATION)
        {
            let (types, key, found) = self.export(file, table.name);
            let keys: Vec<&str> = table
                .columns
                .iter()
                .filter(|column| column.key)
                .map(|column| column.name)
                .collect();
            assert_eq!(types, letters(table));
            assert_eq!(key, format!("{}\t{}", table.name, keys.join("\t")));
            assert_eq!(found, expected(table, rows));
        }
    }
}

/// A field as the `msi` crate reads it. It shows a stream that is not there as one that is.
fn as_read((column, value): (&Column, &Value<'_>)) -> msi::Value {
    match value {
        Value::Null if column.kind == Kind::Binary => msi::Value::Binary,
        Value::Null => msi::Value::Null,
        Value::Text(text) => msi::Value::Str(text.to_string()),
        Value::Number(number) => msi::Value::Int(*number),
        Value::Stream(_) => msi::Value::Binary,
    }
}

/// Reads every table of the rows with the `msi` crate.
fn assert_reads_back(package: &[u8], rows: &Rows) {
    let mut read = msi::Package::open(Cursor::new(package)).expect("a package");
    for table in schema::TABLES
        .into_iter()
        .filter(|table| **table != schema::VALIDATION)
    {
        let mut expected: Vec<String> = rows
            .iter()
            .filter(|(of, _)| *of == table)
            .map(|(_, row)| {
                let fields = table.columns.iter().zip(row).map(as_read);
                format!("{:?}", fields.collect::<Vec<_>>())
            })
            .collect();
        let mut found: Vec<String> = if read.has_table(table.name) {
            let rows = read
                .select_rows(msi::Select::table(table.name))
                .expect("the table");
            rows.map(|row| {
                format!(
                    "{:?}",
                    (0..row.len()).map(|index| row[index].clone()).collect::<Vec<_>>()
                )
            })
            .collect()
        } else {
            Vec::new()
        };
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{}", table.name);
    }
}

#[test]
fn every_table_reads_back() {
    let rows = every_table();
    let package = package(&rows);
    assert_reads_back(&package, &rows);
    let on_disk = OnDisk::new(&package);
    on_disk.assert_holds("package.msi", &rows);
    let (_, _, validation) = on_disk.export("package.msi", "_Validation");
    assert_eq!(validation, expected_validation(schema::TABLES.into_iter()));
}

#[test]
fn streams_read_back() {
    let mut read = msi::Package::open(Cursor::new(package(&every_table()))).expect("a package");
    let mut stream = |name: &str| {
        let mut bytes = Vec::new();
        read.read_stream(name)
            .expect("the stream")
            .read_to_end(&mut bytes)
            .expect("its contents");
        bytes
    };
    assert_eq!(stream("data.cab"), vec![0xCA; 10_000]);
    assert!(stream("Icon.9Name").is_empty());
    assert_eq!(stream("Icon.7Name"), vec![2; 6000]);
}

#[test]
fn the_summary_reads_back() {
    let package = package(&Vec::new());
    let read = msi::Package::open(Cursor::new(&package)).expect("a package");
    let info = read.summary_info();
    assert_eq!(info.title(), Some("Installation Database"));
    assert_eq!(info.author(), Some("Acme"));
    assert_eq!(info.comments(), None);
    assert_eq!(info.arch(), Some("x64"));
    assert_eq!(info.uuid(), Some(summary("").package_code));
    assert_eq!(info.word_count(), Some(2));
    assert_eq!(info.codepage().id(), 1252);

    let on_disk = OnDisk::new(&package);
    let shown = tools::run(on_disk.path(), "msiinfo", ["suminfo", "package.msi"]);
    let shown = String::from_utf8(shown).expect("ASCII");
    for line in [
        "Subject: Agent",
        "Keywords: Installer",
        "Template: x64;1033",
        "Revision number (UUID): {01234567-89AB-CDEF-0123-456789ABCDEF}",
        "Version: 500 (1f4)",
        "Source: 2 (2)",
        "Application: winsvc 0.1",
        "Security: 2 (2)",
    ] {
        assert!(
            shown.lines().any(|found| found == line),
            "no `{line}` in\n{shown}"
        );
    }
}

#[test]
fn seventy_thousand_texts_read_back() {
    let row = |row| vec![text(format!("Property{row}")), text(format!("value {row}"))];
    let rows: Rows = (0..35_000)
        .map(|number| (&schema::PROPERTY, row(number)))
        .collect();
    let package = package(&rows);
    assert_reads_back(&package, &rows);
    let (_, _, found) = OnDisk::new(&package).export("package.msi", "Property");
    assert_eq!(found, expected(&schema::PROPERTY, &rows));
}

#[test]
fn a_text_of_more_than_65535_bytes_reads_back() {
    let rows: Rows = vec![
        (&schema::PROPERTY, vec![text("Long"), text("x".repeat(100_000))]),
        (&schema::PROPERTY, vec![text("Longer"), text("y".repeat(200_000))]),
        (&schema::PROPERTY, vec![text("Short"), text("z")]),
    ];
    let package = package(&rows);
    assert_reads_back(&package, &rows);
    OnDisk::new(&package).assert_property(&rows);
}

#[test]
fn western_texts_keep_code_page_1252() {
    let rows: Rows = vec![(
        &schema::PROPERTY,
        vec![text("Manufacturer"), text("Müller & Søn – 10 €")],
    )];
    let package = package(&rows);
    assert_eq!(read_codepage(&package), 1252);
    assert_reads_back(&package, &rows);
    OnDisk::new(&package).assert_property(&rows);
}

#[test]
fn other_texts_make_the_database_utf_8() {
    let rows: Rows = vec![
        (
            &schema::PROPERTY,
            vec![text("Manufacturer"), text("株式会社ワイン")],
        ),
        (
            &schema::PROPERTY,
            vec![text("ProductName"), text("Łódź агент 🦀")],
        ),
    ];
    let package = package(&rows);
    assert_eq!(read_codepage(&package), 65001);
    assert_reads_back(&package, &rows);
    OnDisk::new(&package).assert_property(&rows);
}

#[test]
fn summary_texts_read_back_in_their_own_code_page() {
    for (author, codepage) in [
        ("Müller", 1252),
        ("Łódź", 1250),
        ("Яндекс", 1251),
        ("株式会社", 932),
    ] {
        let package = write(Database::new(), &summary(author));
        let read = msi::Package::open(Cursor::new(&package)).expect("a package");
        assert_eq!(read.summary_info().author(), Some(author));
        assert_eq!(read.summary_info().codepage().id(), codepage);
        assert_eq!(read.summary_info().creating_application(), Some("winsvc 0.1"));
    }
}

fn read_codepage(package: &[u8]) -> i32 {
    msi::Package::open(Cursor::new(package))
        .expect("a package")
        .database_codepage()
        .id()
}

impl OnDisk {
    fn assert_property(&self, rows: &Rows) {
        let (_, _, found) = self.export("package.msi", "Property");
        assert_eq!(found, expected(&schema::PROPERTY, rows));
    }
}

/// A key and a certificate that vouches for itself.
const MAKE_CERTIFICATE: &str = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
                                -subj /CN=test -addext extendedKeyUsage=codeSigning";
const SIGN: &str = "sign -certs certificate.pem -key key.pem -in package.msi -out";
const VERIFY: &str = "verify -CAfile certificate.pem -in";

#[test]
fn osslsigncode_signs_and_the_signed_package_reads_back() {
    let rows = every_table();
    let on_disk = OnDisk::new(&package(&rows));
    let run = |program, arguments: &str| tools::run(on_disk.path(), program, arguments.split(' '));
    run(
        "openssl",
        &MAKE_CERTIFICATE.split_whitespace().collect::<Vec<_>>().join(" "),
    );
    for (signed, option) in [("signed.msi", ""), ("extended.msi", " -add-msi-dse")] {
        run("osslsigncode", &format!("{SIGN} {signed}{option}"));
        run("osslsigncode", &format!("{VERIFY} {signed}"));
        on_disk.assert_holds(signed, &rows);
    }
}

#[test]
fn a_row_that_does_not_fit_is_an_error_that_names_it() {
    let insert = |table, row: Vec<Value<'_>>| {
        let mut database = Database::new();
        database
            .insert(table, row.clone())
            .and_then(|()| database.insert(table, row))
            .expect_err("an error")
            .to_string()
    };
    let media = |disk: i32, prompt: &'static str| {
        vec![
            number(disk),
            number(1),
            text(prompt),
            Value::Null,
            Value::Null,
            Value::Null,
        ]
    };
    assert_eq!(
        insert(&schema::PROPERTY, vec![text("ProductName")]),
        "a row of the table Property has 2 fields, not 1"
    );
    assert_eq!(
        insert(&schema::PROPERTY, vec![text("ProductName"), text("")]),
        "Property.Value of row `ProductName` must not be empty"
    );
    assert_eq!(
        insert(&schema::PROPERTY, vec![text("ProductName"), number(1)]),
        "Property.Value of row `ProductName` must be a string, not a number"
    );
    assert_eq!(
        insert(&schema::PROPERTY, vec![text("ProductName"), text("Agent")]),
        "the table Property has two rows `ProductName`"
    );
    assert_eq!(
        insert(&schema::MEDIA, media(1, &"ä".repeat(65).leak()[..])),
        format!(
            "Media.DiskPrompt of row `1` has 65 characters; expected at most 64: {}",
            "ä".repeat(65)
        )
    );
    assert_eq!(
        insert(&schema::MEDIA, media(0, "")),
        "Media.DiskId of row `0` must be between 1 and 32767, not 0"
    );
    assert_eq!(
        insert(&schema::FEATURE_COMPONENTS, vec![text("Main"), text("")]),
        "FeatureComponents.Component_ of row `Main,` must not be empty"
    );
}

#[test]
fn a_stream_has_one_name_that_fits() {
    let mut database = Database::new();
    let icon = |name: &str| [text(name.to_owned()), stream(*b"icon")];
    database.insert(&schema::ICON, icon("app.ico")).expect("a row");
    assert!(matches!(
        database.stream("Icon.app.ico", Vec::new()),
        Err(DatabaseError::DuplicateStream { name }) if name == "Icon.app.ico"
    ));
    database
        .insert(&schema::ICON, icon(&"x".repeat(57)))
        .expect("62 characters with the table's name and a point");
    assert!(matches!(
        database.insert(&schema::ICON, icon(&"y".repeat(58))),
        Err(DatabaseError::StreamName { .. })
    ));
}

/// A text of the width of a column: names for keys, which also name streams, anything for the others.
fn any_text(column: &'static Column, width: u8) -> BoxedStrategy<Value<'static>> {
    let width = if width == 0 { 100 } else { width.into() };
    if column.key {
        return "[A-Za-z_.][A-Za-z0-9_.]{0,17}".prop_map(text).boxed();
    }
    let fits = move |text: &String| text.encode_utf16().count() <= width;
    "\\PC{0,40}"
        .prop_filter("it is too long", fits)
        .prop_map(text)
        .boxed()
}

fn any_field(column: &'static Column) -> BoxedStrategy<Value<'static>> {
    let range = |greatest: i32| {
        let min = column.validation.min.unwrap_or(-greatest);
        let max = column.validation.max.unwrap_or(greatest);
        (min..=max).prop_map(number).boxed()
    };
    let some = match column.kind {
        Kind::Text { width } | Kind::Localized { width } => any_text(column, width),
        Kind::Short => range(i32::from(i16::MAX)),
        Kind::Long => range(i32::MAX),
        Kind::Binary => proptest::collection::vec(any::<u8>(), 0..9000)
            .prop_map(stream)
            .boxed(),
    };
    if column.nullable {
        return prop_oneof![1 => Just(Value::Null), 3 => some].boxed();
    }
    some.prop_filter("it must not be empty", |value| *value != Value::Null)
        .boxed()
}

fn any_row() -> impl Strategy<Value = (&'static Table, Vec<Value<'static>>)> {
    let tables: Vec<_> = schema::TABLES
        .into_iter()
        .filter(|table| **table != schema::VALIDATION)
        .collect();
    proptest::sample::select(tables).prop_flat_map(|table| {
        let fields: Vec<_> = table.columns.iter().map(any_field).collect();
        (Just(table), fields)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_read_back(candidates in proptest::collection::vec(any_row(), 0..200)) {
        let mut database = Database::new();
        let mut rows = Rows::new();
        for (table, row) in candidates {
            match database.insert(table, row.clone()) {
                Ok(()) => rows.push((table, row)),
                Err(DatabaseError::DuplicateRow { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_reads_back(&write(database, &summary("Acme")), &rows);
    }
}
