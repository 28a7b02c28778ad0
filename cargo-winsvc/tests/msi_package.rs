//! What a product becomes as an MSI: every table, row and cell, and the identity of the package.

mod products;

use std::fmt::Write as _;
use std::io::Cursor;

use cargo_winsvc::diagnostic::{Explain, Place};
use cargo_winsvc::msi;
use cargo_winsvc::product::Product;

use products::{fullest, smallest};
use winsvc_definition::{
    Definition, Dependency, DisplayName, SecurityDescriptor, ServiceName, StartType, Timeout, Trigger,
};

fn render(product: &Product) -> Vec<u8> {
    msi::render(product, &mut |_| {}).unwrap().content
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
fn the_codes_that_are_reported_are_those_of_the_package() {
    let package = msi::render(&smallest(), &mut |_| {}).unwrap();
    let tables = tables(&package.content);
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

/// The place of an action in the sequence of installations.
fn place(tables: &str, action: &str) -> i16 {
    let rows = rows(tables, "InstallExecuteSequence");
    let row = rows.iter().find(|row| row.starts_with(&format!("{action} |")));
    let row = row.unwrap_or_else(|| panic!("no {action}: {rows:#?}"));
    row.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn triggers_are_registered_before_the_service_starts_and_its_recovery_when_it_runs() {
    let tables = tables(&render(&with_pipes(&["acme".to_owned()])));
    let place = |action| place(&tables, action);
    assert!(place("InstallServices") < place("MsiConfigureServices"));
    assert!(place("MsiConfigureServices") < place("hello.Triggers"));
    assert!(place("hello.Triggers") < place("StartServices"));
    assert!(place("StartServices") < place("hello.Recovery"));
    let actions = rows(&tables, "CustomAction");
    let type_of = |action: &str| -> i32 {
        let row = actions.iter().find(|row| row.starts_with(&format!("{action} |")));
        row.unwrap().split(" | ").nth(1).unwrap().parse().unwrap()
    };
    // msidbCustomActionTypeContinue
    assert_eq!(type_of("hello.Triggers") & 64, 0, "vital");
    assert_eq!(type_of("hello.Recovery") & 64, 64, "never vital");
}

#[test]
fn a_removal_that_is_undone_sets_every_setting_again() {
    let tables = tables(&render(&fullest()));
    let sequence = rows(&tables, "InstallExecuteSequence");
    let back: Vec<(&str, &str)> = sequence
        .iter()
        .filter_map(|row| {
            let mut cells = row.split(" | ");
            let (_, setting) = cells.next()?.strip_suffix(".Back")?.rsplit_once('.')?;
            Some((setting, cells.next()?))
        })
        .collect();
    let removal = "REMOVE~=\"ALL\"";
    let deletion = "REMOVE~=\"ALL\" AND NOT UPGRADINGPRODUCTCODE";
    let mut back = back;
    back.sort_unstable();
    assert_eq!(
        back,
        [
            ("DelayedStart", deletion),
            ("Description", removal),
            ("Environment", deletion),
            ("FailureFlag", removal),
            ("Preshutdown", removal),
            ("Privileges", removal),
            ("Recovery", deletion),
            ("Security", removal),
            ("SidType", removal),
            ("Triggers", removal),
        ]
    );
    for row in sequence.iter().filter(|row| row.contains(".Back |")) {
        let action = row.split(" | ").next().unwrap();
        let place = place(&tables, action);
        // What is undone is undone from its end: first the service is there, then its settings, then it starts.
        assert!((1950..2000).contains(&place), "{row}");
        let is_last = action.ends_with(".Security.Back");
        assert_eq!(place == 1950, is_last, "the rights may forbid the rest: {row}");
    }
    let types: Vec<&str> = rows(&tables, "CustomAction")
        .into_iter()
        .filter(|row| row.contains(".Back |"))
        .map(|row| row.split(" | ").nth(1).unwrap())
        .collect();
    // EXE by directory, in script, as the system, at a rollback, never vital
    assert_eq!(types, ["3426"; 10]);
}

/// Products of which each has something that the others do not.
fn products() -> Vec<Product> {
    let mut products = vec![smallest(), fullest(), with_pipes(&["acme".to_owned()])];
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
        // No command at a repair, nor at a removal that succeeds.
        for row in sequence.iter().filter(|row| row.contains('.')) {
            let condition = row.split(" | ").nth(1).unwrap();
            let is_forward = condition == "NOT Installed" || condition.starts_with("OLDERVERSIONFOUND AND ");
            let is_back = row.contains(".Back |") && condition.starts_with("REMOVE~=\"ALL\"");
            assert!(is_forward || is_back, "{row}");
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

/// The rows of the actions whose names have `text`, without their sources.
fn actions_with(tables: &str, text: &str) -> Vec<String> {
    let action = |row: &&str| row.split(" | ").next().unwrap().contains(text);
    let mut found: Vec<String> = rows(tables, "InstallExecuteSequence")
        .into_iter()
        .filter(action)
        .map(str::to_owned)
        .collect();
    for row in rows(tables, "CustomAction").into_iter().filter(action) {
        let cells: Vec<&str> = row.split(" | ").collect();
        found.push([cells[0], cells[1], cells[3]].join(" | "));
    }
    found.sort();
    found
}

#[test]
fn what_an_older_version_set_and_this_one_does_not_is_taken_away_in_an_upgrade() {
    let tables = tables(&render(&smallest()));
    assert_eq!(
        actions_with(&tables, "hello.No"),
        [
            r#"hello.NoDependencies | 3170 | "[System64Folder]sc.exe" config hello depend= /"#,
            "hello.NoDependencies | OLDERVERSIONFOUND AND (OLDDEPENDENCIES00 OR OLDDEPENDENCIES01) | 5855",
            r#"hello.NoPrivileges | 3170 | "[System64Folder]sc.exe" privs hello """#,
            "hello.NoPrivileges | OLDERVERSIONFOUND AND (OLDPRIVILEGES00) | 5856",
            r#"hello.NoTriggers | 3170 | "[System64Folder]sc.exe" triggerinfo hello delete"#,
            "hello.NoTriggers | OLDERVERSIONFOUND AND (OLDTRIGGERS00) | 5857",
        ]
    );
    let key = r"2 | SYSTEM\CurrentControlSet\Services\hello";
    assert_eq!(
        rows(&tables, "RegLocator"),
        [
            format!("OLDDEPENDENCIES00 | {key} | DependOnService | 18"),
            format!("OLDDEPENDENCIES01 | {key} | DependOnGroup | 18"),
            format!("OLDPRIVILEGES00 | {key} | RequiredPrivileges | 18"),
            format!(r"OLDTRIGGERS00 | {key}\TriggerInfo\0 | Action | 18"),
        ]
    );
    assert!(place(&tables, "AppSearch") < place(&tables, "RemoveExistingProducts"));
    assert!(place(&tables, "InstallServices") < place(&tables, "hello.NoDependencies"));
    assert!(place(&tables, "hello.NoTriggers") < place(&tables, "StartServices"));
}

#[test]
fn what_this_version_set_and_an_older_one_did_not_is_given_up_where_the_upgrade_is_undone() {
    let tables = tables(&render(&fullest()));
    assert_eq!(
        actions_with(&tables, ".No"),
        [
            r#"_Gr__e_Agent.ENVGBAZR.NoPrivileges | 3426 | "[SystemFolder]sc.exe" privs "Größe Agent" """#,
            "_Gr__e_Agent.ENVGBAZR.NoPrivileges | OLDERVERSIONFOUND AND NOT (OLDPRIVILEGES00) | 5810",
            r#"_Gr__e_Agent.ENVGBAZR.NoTriggers | 3426 | "[SystemFolder]sc.exe" triggerinfo "Größe Agent" delete"#,
            "_Gr__e_Agent.ENVGBAZR.NoTriggers | OLDERVERSIONFOUND AND NOT (OLDTRIGGERS00) | 5811",
        ]
    );
    // What is undone goes backwards.
    assert!(place(&tables, "_Gr__e_Agent.ENVGBAZR.NoPrivileges") < place(&tables, "MsiConfigureServices"));
}

#[test]
fn texts_that_are_too_long_for_their_columns_are_properties() {
    let mut product = smallest();
    let name = "[n]".repeat(85);
    product.services[0].definition = Definition {
        display_name: DisplayName::new(&"[d]".repeat(85)).unwrap(),
        description: "[x] ".repeat(200),
        arguments: vec!["[a]".repeat(200)],
        dependencies: (0..32)
            .map(|index| Dependency::new(&format!("dependency number {index}")).unwrap())
            .collect(),
        ..Definition::new(ServiceName::new(&name).unwrap())
    };
    let tables = tables(&render(&product));
    let properties: std::collections::BTreeMap<&str, &str> = rows(&tables, "Property")
        .into_iter()
        .filter_map(|row| row.split_once(" | "))
        .collect();
    let [service] = rows(&tables, "ServiceInstall")[..] else {
        panic!("one service: {tables}")
    };
    let cells: Vec<&str> = service.split(" | ").collect();
    // What Windows Installer makes of a reference to a property.
    let value = |cell: &str| properties[cell.trim_start_matches('[').trim_end_matches(']')];
    assert_eq!(value(cells[1]), name);
    assert_eq!(value(cells[2]), "[d]".repeat(85));
    assert_eq!(value(cells[8]), format!(r"NT SERVICE\{name}"));
    assert_eq!(value(cells[10]), "[a]".repeat(200));
    assert_eq!(value(cells[12]), "[x] ".repeat(200));
    let dependencies: Vec<&str> = cells[7].trim_end_matches("[~]").split("[~]").collect();
    assert_eq!(dependencies.len(), 32);
    for (index, dependency) in dependencies.into_iter().enumerate() {
        assert_eq!(value(dependency), format!("dependency number {index}"));
    }
    assert!(cells[7].ends_with("[~][~]"), "{}", cells[7]);
    for table in ["ServiceControl", "MsiServiceConfig"] {
        for row in rows(&tables, table) {
            assert_eq!(value(row.split(" | ").nth(1).unwrap()), name, "{row}");
        }
    }
    for property in properties.keys().filter(|id| id.contains('.')) {
        assert!(property.contains(char::is_lowercase), "{property} is private");
    }
}

#[test]
fn a_name_that_no_code_page_holds_is_shown_as_far_as_one_does_and_installed_as_it_is() {
    let mut product = smallest();
    product.manufacturer = "გიორგი 🦀 ®".to_owned();
    let tables = tables(&render(&product));
    assert!(
        rows(&tables, "Property").contains(&"Manufacturer | გიორგი 🦀 ®"),
        "{tables}"
    );
    let summary = tables.lines().last().unwrap();
    assert!(summary.contains(r#"Some("?????? ? ®")"#), "{summary}");
    let warning = msi::summary_warning(&product).unwrap();
    assert_eq!(
        warning.message,
        "the MSI's summary shows question marks for characters of \"გიორგი 🦀 ®\""
    );
    assert_eq!(msi::summary_warning(&smallest()), None);
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
    for (table, expected) in [("CustomAction", 12), ("Registry", 2), ("MsiServiceConfig", 4)] {
        assert_eq!(rows(&tables, table).len(), expected, "{table}");
    }
}

#[test]
fn a_service_for_which_there_is_nothing_to_run_has_no_action_at_its_installation() {
    let mut product = smallest();
    product.services[0].definition.recovery.restart.clear();
    product.services[0].definition.recovery.on_error_exit = false;
    let tables = tables(&render(&product));
    let actions: Vec<&str> = rows(&tables, "CustomAction")
        .into_iter()
        .map(|row| row.split(" | ").next().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "hello.FailureFlag.Back",
            "hello.SidType.Back",
            "hello.NoDependencies",
            "hello.NoPrivileges",
            "hello.NoTriggers",
            "SetInstallLocation"
        ]
    );
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
