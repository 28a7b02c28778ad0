//! What a product becomes as an MSI: every table, row and cell, and the identity of the package.

mod autostart;
mod cabinets;
mod commands;
mod files;
mod firewall;
mod folders;
mod own_commands;
#[path = "../products/mod.rs"]
mod products;
mod properties;
mod texts;
mod update;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};

use cargo_winsvc::diagnostic::{Explain, Place};
use cargo_winsvc::msi::{self, MsiError, Options, Payload, Rendered};
use cargo_winsvc::product::{Content, Product};

use products::{fullest, smallest, with_features, with_properties};
use winsvc_definition::manifest::Language;
use winsvc_definition::{
    Argument, Definition, Dependency, DisplayName, SecurityDescriptor, ServiceName, StartType, Timeout,
    Trigger,
};

fn render(product: &Product) -> Vec<u8> {
    rendered(product).unwrap().0
}

/// The package, and what is reported about it.
fn rendered(product: &Product) -> Result<(Vec<u8>, Rendered), MsiError> {
    let payload = compressed(product, Options::default())?;
    let mut out = Cursor::new(Vec::new());
    let rendered = msi::render(product, product.languages()[0], &payload, &mut out)?;
    Ok((out.into_inner(), rendered))
}

fn compressed(product: &Product, options: Options) -> Result<Payload, MsiError> {
    msi::compress(product, options, &std::env::temp_dir(), &mut |_| {})
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
fn a_product_with_features_has_these_tables() {
    insta::assert_snapshot!(tables(&render(&with_features())));
}

#[test]
fn the_fullest_product_has_these_tables() {
    insta::assert_snapshot!(tables(&render(&fullest())));
}

#[test]
fn a_product_with_dialogs_has_these_tables() {
    let product = Product {
        dialogs: Some(products::dialogs()),
        ..smallest()
    };
    insta::assert_snapshot!(tables(&render(&product)));
}

#[test]
fn the_same_product_is_the_same_package() {
    assert!(render(&fullest()) == render(&fullest()));
}

#[test]
fn the_codes_that_are_reported_are_those_of_the_package() {
    let (content, package) = rendered(&smallest()).unwrap();
    let tables = tables(&content);
    let code = |code: uuid::Uuid| format!("{{{}}}", code.to_string().to_uppercase());
    let product = format!("ProductCode | {}", code(package.product_code));
    assert!(rows(&tables, "Property").contains(&product.as_str()), "{product}");
    assert!(
        tables
            .lines()
            .last()
            .unwrap()
            .contains(&package.package_code.to_string())
    );
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
    other.files[0].content = Content::Bytes(b"two".as_slice().into());
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
    let error = rendered(&product).unwrap_err().diagnostic();
    assert_eq!(
        error.message,
        "the version 2024.1.0 is too high for an MSI; expected at most 255.255.65535"
    );
    assert_eq!(error.place.unwrap().line_column(), (2, 11));
    assert!(
        error.help[0].contains("`version = \"24.11.3\"`"),
        "{:?}",
        error.help
    );
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

/// The rows of a table as lines of [`tables`].
fn rows<'a>(tables: &'a str, table: &str) -> Vec<&'a str> {
    let lines = tables
        .lines()
        .skip_while(|line| !line.starts_with(&format!("[{table}]")));
    lines.skip(1).take_while(|line| !line.is_empty()).collect()
}

/// A cell of the row with this key.
fn cell<'a>(tables: &'a str, table: &str, key: &str, index: usize) -> &'a str {
    let rows = rows(tables, table);
    let row = rows.iter().find(|row| row.starts_with(&format!("{key} |")));
    let row = row.unwrap_or_else(|| panic!("no {key}: {rows:#?}"));
    row.split(" | ").nth(index).unwrap()
}

/// The place of an action in the sequence of installations.
fn place(tables: &str, action: &str) -> i16 {
    let place = cell(tables, "InstallExecuteSequence", action, 2);
    place.parse().unwrap()
}

/// Products of which each has something that the others do not.
fn products() -> Vec<Product> {
    let mut products = vec![
        smallest(),
        fullest(),
        with_properties(),
        with_pipes(&["acme".to_owned()]),
    ];
    for start in StartType::ALL {
        let mut product = smallest();
        product.services[0].definition.start = start;
        products.push(product);
    }
    products
}

#[test]
fn no_package_has_what_fails_or_harms_on_windows() {
    for product in products() {
        let tables = tables(&render(&product));
        // With a restart among its rows, error 1939 ends the installation.
        assert!(!tables.contains("MsiServiceConfigFailureActions"), "{tables}");
        // A message file of the package's would be held open by the Event Log service.
        let sources: Vec<&str> = rows(&tables, "Registry")
            .into_iter()
            .filter(|row| row.contains(r"Services\EventLog\"))
            .map(|row| row.rsplit(" | ").nth(1).unwrap())
            .collect();
        assert_eq!(sources, [r"#%%SystemRoot%\System32\EventCreate.exe", "#7"]);
        // An upgrade leaves the service where it is.
        let sequence = rows(&tables, "InstallExecuteSequence");
        assert!(sequence.contains(&"DeleteServices | NOT UPGRADINGPRODUCTCODE | 2000"));
        assert!(sequence.contains(&"StopServices | VersionNT | 1900"));
        // Nothing stands between these two (ICE63).
        assert_eq!(
            (
                place(&tables, "InstallInitialize"),
                place(&tables, "RemoveExistingProducts")
            ),
            (1500, 1501)
        );
        let properties = rows(&tables, "Property");
        for property in ["MSIRESTARTMANAGERCONTROL | Disable", "REINSTALLMODE | amus"] {
            assert!(properties.contains(&property), "{properties:#?}");
        }
        // A condition without this would stop a removal as well.
        for row in rows(&tables, "LaunchCondition") {
            assert!(row.starts_with("Installed OR "), "{row}");
        }
        // No command at a repair, nor at a removal that succeeds, unless an administrator asks for it,
        // but the product's own and those that delete rules of the firewall and tasks.
        for row in rows(&tables, "CustomAction") {
            let cells: Vec<&str> = row.split(" | ").collect();
            let is_deferred = cells[1].parse::<i32>().unwrap() & 1024 != 0;
            let is_it = |step: &&&str| step.split(" | ").next() == Some(cells[0]);
            let step = sequence.iter().find(is_it).unwrap_or_else(|| panic!("{row}"));
            let condition = step.split(" | ").nth(1).unwrap();
            let is_forward = [
                "NOT Installed",
                "(NOT Installed OR Again)",
                "OLDERVERSIONFOUND AND ",
                "(OLDERVERSIONFOUND OR Again) AND ",
            ]
            .iter()
            .any(|beginning| condition.starts_with(beginning));
            let is_back = cells[0].ends_with(".Back") && condition.starts_with("REMOVE~=\"ALL\"");
            let is_asked_for = ["ACCOUNT AND ", "TOKEN_FILE AND "]
                .iter()
                .any(|property| condition.starts_with(property))
                || condition.ends_with("PURGE=\"1\"");
            let is_removal = cells[0].ends_with(".Remove")
                && (condition.starts_with("REMOVE~=\"ALL\" AND FIREWALL")
                    || ["Command", "_Task."].iter().any(|own| cells[0].starts_with(own)));
            assert!(
                !is_deferred || is_forward || is_back || is_asked_for || is_removal,
                "{step}"
            );
        }
    }
}

#[test]
fn a_former_name_is_stopped_and_deleted_by_the_version_that_no_longer_has_it() {
    let mut product = smallest();
    product.services[0].former_names = vec![ServiceName::new("old [name]").unwrap()];
    let tables = tables(&render(&product));
    let controls = rows(&tables, "ServiceControl");
    // msidbServiceControlEventStop, …Delete: at the installation, waiting
    let row = "_old__name_.STPDFDMP.Former | old [\\[]name[\\]] | 10 |  | 1 | hello.exe";
    assert!(controls.contains(&row), "{controls:#?}");
}

#[test]
fn folders_whose_names_joined_by_dots_are_one_are_two() {
    let mut product = smallest();
    for target in ["conf.d/x.txt", "conf/d/y.txt"] {
        product.files.push(products::file(target, b""));
    }
    let tables = tables(&render(&product));
    let names: Vec<&str> = rows(&tables, "Directory")
        .into_iter()
        .map(|row| row.rsplit('|').next().unwrap().trim())
        .collect();
    let count = |name| names.iter().filter(|it| **it == name).count();
    assert_eq!(
        (count("conf.d"), count("conf"), count("d")),
        (1, 1, 1),
        "{names:?}"
    );
}

#[test]
fn a_delay_is_set_for_automatic_services_alone() {
    for start in StartType::ALL {
        let mut product = smallest();
        product.services[0].definition.start = start;
        let tables = tables(&render(&product));
        let delay: Vec<&str> = rows(&tables, "MsiServiceConfig")
            .into_iter()
            .filter(|row| row.starts_with("hello.DelayedStart"))
            .map(|row| row.split(" | ").nth(4).unwrap())
            .collect();
        let expected: &[&str] = match start {
            StartType::Auto => &["0"],
            StartType::Delayed => &["1"],
            StartType::Manual | StartType::Disabled => &[],
        };
        assert_eq!(delay, expected, "{start:?}");
    }
}
