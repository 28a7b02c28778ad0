//! What a product becomes as an MSI: every table, row and cell, and the identity of the package.

mod products;

use std::fmt::Write as _;
use std::io::Cursor;

use cargo_winsvc::diagnostic::{Explain, Place};
use cargo_winsvc::msi;
use cargo_winsvc::product::Product;

use products::{fullest, smallest};
use winsvc_definition::{Definition, SecurityDescriptor, ServiceName, Timeout, Trigger};

fn render(product: &Product) -> Vec<u8> {
    msi::render(product, &mut |_| {}).unwrap()
}

/// All tables but those that describe tables, as an independent reader sees them.
fn tables(package: &[u8]) -> String {
    let mut package = ::msi::Package::open(Cursor::new(package)).unwrap();
    let mut text = format!("code page {:?}\n", package.database_codepage());
    let names: Vec<String> = package.tables().map(|table| table.name().to_owned()).collect();
    for name in names.iter().filter(|name| !name.starts_with('_')) {
        let rows = package.select_rows(::msi::Select::table(name)).unwrap();
        let columns: Vec<String> = rows
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        let _ = writeln!(text, "\n[{name}] {}", columns.join(" | "));
        for row in rows {
            let cells: Vec<String> = (0..row.len())
                .map(|index| match &row[index] {
                    ::msi::Value::Null => String::new(),
                    ::msi::Value::Int(number) => number.to_string(),
                    ::msi::Value::Str(text) => text.clone(),
                    ::msi::Value::Binary => "<stream>".to_owned(),
                })
                .collect();
            let _ = writeln!(text, "{}", cells.join(" | "));
        }
    }
    let summary = package.summary_info();
    let _ = writeln!(
        text,
        "\n[summary] {:?} | {:?} | {:?} | {:?} | {:?} | {:?} | {:?}",
        summary.title(),
        summary.subject(),
        summary.author(),
        summary.comments(),
        summary.arch(),
        summary.word_count(),
        summary.uuid().map(|uuid| uuid.to_string()),
    );
    text
}

#[test]
fn the_smallest_product_has_these_tables() {
    insta::assert_snapshot!(tables(&render(&smallest())));
}

#[test]
fn the_fullest_product_has_these_tables() {
    insta::assert_snapshot!(tables(&render(&fullest())));
}

#[test]
fn the_same_product_is_the_same_package() {
    assert!(render(&fullest()) == render(&fullest()));
}

#[test]
fn another_content_is_another_product_and_another_package() {
    let codes = |product: &Product| {
        let text = tables(&render(product));
        let product_code = text
            .lines()
            .find(|line| line.starts_with("ProductCode"))
            .unwrap()
            .to_owned();
        let package_code = text.lines().last().unwrap().to_owned();
        (product_code, package_code)
    };
    let mut other = smallest();
    other.files[0].content = b"other".to_vec();
    let (one, two) = (codes(&smallest()), codes(&other));
    assert_ne!(one.0, two.0);
    assert_ne!(one.1, two.1);
}

#[test]
fn a_version_that_msi_cannot_hold_is_an_error_that_names_the_ways_out() {
    let text = "[package]\nversion = \"2024.1.0\"\n";
    let product = Product {
        version: Err(Place {
            path: "Cargo.toml".into(),
            text: text.to_owned(),
            span: 20..30,
        }),
        full_version: "2024.1.0".to_owned(),
        ..smallest()
    };
    let error = msi::render(&product, &mut |_| {}).unwrap_err().diagnostic();
    assert_eq!(
        error.message,
        "an MSI cannot have the version 2024.1.0: its numbers end at 255.255.65535"
    );
    assert_eq!(error.place.unwrap().line_column(), (2, 11));
    assert!(
        error.help[0].contains("`version = \"24.11.3\"`"),
        "{:?}",
        error.help
    );
}

/// The rows of a table as lines of [`tables`].
fn rows<'a>(tables: &'a str, table: &str) -> Vec<&'a str> {
    let lines = tables
        .lines()
        .skip_while(|line| !line.starts_with(&format!("[{table}]")));
    lines.skip(1).take_while(|line| !line.is_empty()).collect()
}

/// The smallest product, with a trigger for each pipe.
fn with_pipes(pipes: &[String]) -> Product {
    let mut product = smallest();
    let triggers = pipes
        .iter()
        .map(|pipe| Trigger::new(&format!("start\tnamed-pipe\tpipe={pipe}")).unwrap());
    product.services[0].definition.triggers = triggers.collect();
    product
}

#[test]
fn a_command_line_that_its_column_cannot_hold_is_a_property() {
    let action = |pipe: &str| {
        let tables = tables(&render(&with_pipes(&[pipe.to_owned()])));
        let find = |table| {
            let row = rows(&tables, table)
                .into_iter()
                .find(|row| row.starts_with("hello.Triggers"));
            row.map(str::to_owned)
        };
        (find("CustomAction").unwrap(), find("Property"))
    };
    let fits = 255 - r#""[System64Folder]sc.exe" triggerinfo hello start/namedpipe/"#.len();
    let pipe = "p".repeat(fits);
    let target = format!(r#""[System64Folder]sc.exe" triggerinfo hello start/namedpipe/{pipe}"#);
    assert_eq!(
        action(&pipe),
        (
            format!("hello.Triggers | 3106 | System64Folder | {target} | "),
            None
        )
    );
    // What has a meaning in the table has none in a property.
    let pipe = format!("[{}] %", "p".repeat(fits));
    assert_eq!(
        action(&pipe),
        (
            r#"hello.Triggers | 3106 | System64Folder | "[System64Folder]sc.exe" [hello.Triggers] | "#
                .to_owned(),
            Some(format!(
                r#"hello.Triggers | triggerinfo hello "start/namedpipe/{pipe}""#
            ))
        )
    );
}

#[test]
fn commands_run_where_the_service_is_there_and_does_not_run() {
    let tables = tables(&render(&with_pipes(&["acme".to_owned()])));
    let sequence = rows(&tables, "InstallExecuteSequence");
    let place = |action: &str| -> i16 {
        let row = sequence.iter().find(|row| row.starts_with(action)).unwrap();
        row.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let installs = ["InstallServices |", "MsiConfigureServices |", "StartServices |"].map(place);
    // What is undone is undone from its end.
    let removes = ["StopServices |", "DeleteServices |"].map(place);
    for (command, install, back) in [
        ("Recovery", 5860, 1950),
        ("FailureFlag", 5861, 1951),
        ("Triggers", 5862, 1952),
    ] {
        let rows = [
            format!("hello.{command} | NOT Installed | {install}"),
            format!("hello.{command}.Back | REMOVE~=\"ALL\" | {back}"),
        ];
        for row in rows {
            assert!(sequence.contains(&row.as_str()), "{row}: {sequence:#?}");
        }
        assert!(installs[0] < installs[1] && installs[1] < install && install < installs[2]);
        assert!(removes[0] < back && back < removes[1]);
    }
    assert_eq!(sequence.iter().filter(|row| row.starts_with("hello.")).count(), 6);
}

#[test]
fn a_long_name_of_a_service_leaves_room_for_the_names_of_its_rows() {
    let mut product = with_pipes(&["acme".to_owned()]);
    product.services[0].definition = Definition {
        preshutdown_timeout: Some(Timeout::new("5m").unwrap()),
        security: Some(SecurityDescriptor::new("D:(A;;GA;;;SY)").unwrap()),
        name: ServiceName::new(&"ü".repeat(100)).unwrap(),
        ..product.services[0].definition.clone()
    };
    let tables = tables(&render(&product));
    for (table, expected) in [("CustomAction", 7), ("Registry", 4), ("MsiServiceConfig", 4)] {
        assert_eq!(rows(&tables, table).len(), expected, "{table}");
    }
}

#[test]
fn a_service_for_which_there_is_nothing_to_run_has_no_action_for_it() {
    let mut product = smallest();
    product.services[0].definition.recovery.restart.clear();
    product.services[0].definition.recovery.on_error_exit = false;
    let tables = tables(&render(&product));
    assert_eq!(
        rows(&tables, "CustomAction"),
        ["SetInstallLocation | 51 | ARPINSTALLLOCATION | [INSTALLDIR] | "]
    );
    assert!(!tables.contains("System64Folder"), "{tables}");
}

#[test]
fn a_trigger_that_sc_does_not_have_is_an_error_that_names_the_way_out() {
    let mut product = smallest();
    product.services[0].definition.triggers = vec![Trigger::new("start\tdomain-leave").unwrap()];
    let error = msi::render(&product, &mut |_| {}).unwrap_err().diagnostic();
    assert_eq!(
        error.message,
        "an MSI cannot register the trigger `start domain-leave`: sc.exe, which it runs for that, has no option for it"
    );
    assert!(
        error.help[0].contains("`NAME.exe service install`"),
        "{:?}",
        error.help
    );
}
