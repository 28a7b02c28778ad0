//! Texts that are long, or in letters of any language.

use super::*;

#[test]
fn texts_that_are_too_long_for_their_columns_are_properties() {
    let mut product = smallest();
    let name = "[n]".repeat(85);
    product.services[0].definition = Definition {
        display_name: DisplayName::new(&"[d]".repeat(85)).unwrap(),
        description: "[x] ".repeat(200),
        arguments: vec![Argument::literal(&"[a]".repeat(200))],
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
        "the MSI's summary shows question marks for some characters of \"გიორგი 🦀 ®\""
    );
    assert_eq!(msi::summary_warning(&smallest()), None);
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
    for (table, expected) in [("CustomAction", 23), ("Registry", 13), ("MsiServiceConfig", 4)] {
        assert_eq!(rows(&tables, table).len(), expected, "{table}");
    }
}
