//! The rules of the firewall: when netsh.exe runs, and what it is told.

use winsvc_definition::{FirewallRule, FirewallTraffic, NamedText};

use super::*;
use cargo_winsvc::product::Rule;

/// The smallest product with this rule.
fn with_rule(rule: FirewallRule) -> String {
    let mut product = smallest();
    product.machine.firewall = vec![Rule { rule, feature: None }];
    tables(&render(&product))
}

fn rule() -> FirewallRule {
    FirewallRule {
        name: "hello: http".to_owned(),
        program: vec!["bin".to_owned(), "hello.exe".to_owned()],
        service: Some(ServiceName::new("hello").unwrap()),
        traffic: FirewallTraffic {
            ports: vec![NamedText::new("8080").unwrap()],
            ..FirewallTraffic::default()
        },
        description: String::new(),
        optional: false,
    }
}

/// The actions with their type, condition and command, in the order of their places.
fn actions(tables: &str) -> Vec<[String; 4]> {
    let sequence = rows(tables, "InstallExecuteSequence");
    let mut actions: Vec<(i16, [String; 4])> = sequence
        .iter()
        .filter(|row| row.starts_with("_Firewall."))
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let custom = |index| cell(tables, "CustomAction", cells[0], index);
            let (_, name) = cells[0].rsplit_once('.').unwrap();
            let row = [name, custom(1), cells[1], custom(3)].map(str::to_owned);
            (cells[2].parse().unwrap(), row)
        })
        .collect();
    actions.sort();
    actions.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn a_rule_is_added_by_an_installation_and_deleted_by_a_removal_and_each_is_undone() {
    let tables = with_rule(rule());
    let netsh = r#""[System64Folder]netsh.exe" advfirewall firewall"#;
    let delete = format!(r#"{netsh} delete rule name="hello: http""#);
    let add = format!(
        r#"{netsh} add rule name="hello: http" dir=in action=allow program="[INSTALLDIR]bin\hello.exe" service=hello protocol=tcp localport=8080 profile=domain,private enable=yes"#
    );
    let installation = "(NOT Installed OR Again) AND FIREWALL<>\"0\"";
    // A second run may not want the rule that exists.
    let clear = "NOT Installed AND FIREWALL<>\"0\" OR Again";
    let removal = "REMOVE~=\"ALL\" AND FIREWALL<>\"0\"";
    assert_eq!(
        actions(&tables),
        [
            ["Back", "3426", removal, &add],
            ["Remove", "3170", removal, &delete],
            ["Clear", "3170", clear, &delete],
            ["Undo", "3426", installation, &delete],
            ["Add", "3170", installation, &add],
        ]
        .map(|row| row.map(str::to_owned))
    );
    let of_action = |name: &str| {
        let row = rows(&tables, "InstallExecuteSequence")
            .into_iter()
            .find(|row| row.starts_with("_Firewall.") && row.contains(&format!(".{name} |")));
        place(&tables, row.unwrap().split(" | ").next().unwrap())
    };
    assert!(place(&tables, "StopServices") < of_action("Back"));
    assert!(of_action("Remove") < place(&tables, "RemoveFiles"));
    assert!(place(&tables, "InstallServices") < of_action("Clear"));
    assert!(of_action("Add") < place(&tables, "StartServices"));
}

#[test]
fn what_the_command_line_says_of_the_rules_is_remembered() {
    let tables = with_rule(rule());
    let registry = r"Property.FIREWALL | 2 | Software\hello\hello\Properties | FIREWALL | [Set.FIREWALL] | Folders.Memory";
    assert!(rows(&tables, "Registry").contains(&registry));
    assert_eq!(
        cell(&tables, "InstallExecuteSequence", "Keep.FIREWALL", 1),
        "NOT FIREWALL AND WINSVC_OLD_FIREWALL AND WINSVC_OLD_FIREWALL<>\"<default>\" AND NOT FORGET=\"1\""
    );
    assert!(place(&tables, "AppSearch") < place(&tables, "Keep.FIREWALL"));
    // Only what the command line says is a change.
    for change in ["Firewall.Change", "Firewall.Reinstall"] {
        assert!(place(&tables, change) < place(&tables, "Keep.FIREWALL"));
    }
    let secure = cell(&tables, "Property", "SecureCustomProperties", 1);
    assert!(secure.split(';').any(|name| name == "FIREWALL"), "{secure}");
    assert!(!super::tables(&render(&smallest())).contains("FIREWALL"));
}

#[test]
fn an_optional_rule_is_added_on_request_only() {
    let tables = with_rule(FirewallRule {
        optional: true,
        ..rule()
    });
    let conditions: Vec<String> = actions(&tables)
        .into_iter()
        .map(|[_, _, condition, _]| condition)
        .collect();
    assert!(
        conditions
            .iter()
            .all(|condition| condition.contains(" AND FIREWALL=\"1\"")),
        "{conditions:#?}"
    );
}

#[test]
fn a_long_command_keeps_its_references() {
    let property = NamedText::new("{LISTEN_PORT}").unwrap();
    let tables = with_rule(FirewallRule {
        description: "x".repeat(300),
        traffic: FirewallTraffic {
            ports: vec![property],
            ..FirewallTraffic::default()
        },
        ..rule()
    });
    let [_, _, _, add] = actions(&tables)
        .into_iter()
        .find(|[name, ..]| name == "Add")
        .unwrap();
    let texts: Vec<&str> = add
        .split(['[', ']'])
        .filter(|part| part.starts_with('t') && part.len() == 10)
        .collect();
    assert_eq!(texts.len(), 3, "{add}");
    let mut line = add.clone();
    for text in texts {
        line = line.replace(&format!("[{text}]"), cell(&tables, "Property", text, 1));
    }
    let expected = format!(
        r#"[System64Folder]netsh.exe" advfirewall firewall add rule name="hello: http" dir=in action=allow program="[INSTALLDIR]bin\hello.exe" service=hello protocol=tcp localport="[LISTEN_PORT]" profile=domain,private enable=yes description={}"#,
        "x".repeat(300)
    );
    assert_eq!(line.trim_start_matches('"'), expected);
}
