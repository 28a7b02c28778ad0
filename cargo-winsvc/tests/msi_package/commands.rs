//! The commands of sc.exe and reg.exe, when they run, and what they are told.

use super::*;

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
fn triggers_are_registered_before_the_service_starts_and_its_recovery_when_it_runs() {
    let tables = tables(&render(&with_pipes(&["acme".to_owned()])));
    let place = |action| place(&tables, action);
    assert!(place("InstallServices") < place("MsiConfigureServices"));
    assert!(place("MsiConfigureServices") < place("hello.Triggers"));
    assert!(place("hello.Triggers") < place("StartServices"));
    assert!(place("StartServices") < place("hello.Recovery"));
    let type_of = |action| -> i32 { cell(&tables, "CustomAction", action, 1).parse().unwrap() };
    // msidbCustomActionTypeContinue
    assert_eq!(type_of("hello.Triggers") & 64, 0, "vital");
    assert_eq!(type_of("hello.Recovery") & 64, 64, "never vital");
}

#[test]
fn a_removal_that_is_undone_sets_every_setting_again() {
    let tables = tables(&render(&fullest()));
    let mut sequence = rows(&tables, "InstallExecuteSequence");
    sequence.retain(|row| !row.starts_with("_Firewall.") && !row.starts_with("_Task."));
    let mut back: Vec<(&str, &str)> = sequence
        .iter()
        .filter_map(|row| {
            let mut cells = row.split(" | ");
            let (_, setting) = cells.next()?.strip_suffix(".Back")?.rsplit_once('.')?;
            Some((setting, cells.next()?))
        })
        .collect();
    let removal = "REMOVE~=\"ALL\"";
    let deletion = "REMOVE~=\"ALL\" AND NOT UPGRADINGPRODUCTCODE";
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
        .filter(|row| row.contains(".Back |") && !row.starts_with("_Firewall.") && !row.starts_with("_Task."))
        .map(|row| row.split(" | ").nth(1).unwrap())
        .collect();
    // EXE by directory, in script, as the system, at a rollback, never vital
    assert_eq!(types, ["3426"; 10]);
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
    let mut searches = rows(&tables, "RegLocator");
    searches.retain(|row| row.starts_with("OLD"));
    assert_eq!(
        searches,
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
            "KeepAccount0",
            "hello.Keep.delayed",
            "hello.Keep.manual",
            "hello.Keep.disabled",
            "PurgeFolders",
            "Account.Change",
            "Account.Reinstall.Again",
            "Account.Reinstall",
            "UseAccount0",
            "AllowLogon",
            "SetInstallFolder",
            "SetInstallLocation"
        ]
    );
}

#[test]
fn a_trigger_that_sc_does_not_have_is_an_error_that_names_the_way_out() {
    let mut product = smallest();
    product.services[0].definition.triggers = vec![Trigger::new("start\tdomain-leave").unwrap()];
    let error = rendered(&product).unwrap_err().diagnostic();
    assert_eq!(
        error.message,
        "an MSI cannot register the trigger `start domain-leave`: it registers triggers with sc.exe, which has no option for this one"
    );
    assert!(
        error.help[0].contains("`NAME.exe service install`"),
        "{:?}",
        error.help
    );
}
