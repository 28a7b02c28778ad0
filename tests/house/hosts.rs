//! The tables of `docs/host.md` beside other hosts: every option of theirs is in it, and every test that it names exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::root;

/// Values below `Parameters` in the registry, and of the service itself (NSSM 2.24, `settings.cpp` of commit 9b37719).
const NSSM: &str = "Application AppParameters AppDirectory AppExit AppEvents AppAffinity AppEnvironment AppEnvironmentExtra \
    AppNoConsole AppPriority AppRestartDelay AppStdin AppStdinShareMode AppStdinCreationDisposition AppStdinFlagsAndAttributes \
    AppStdout AppStdoutShareMode AppStdoutCreationDisposition AppStdoutFlagsAndAttributes AppStdoutCopyAndTruncate AppStderr \
    AppStderrShareMode AppStderrCreationDisposition AppStderrFlagsAndAttributes AppStderrCopyAndTruncate AppStopMethodSkip \
    AppStopMethodConsole AppStopMethodWindow AppStopMethodThreads AppKillProcessTree AppThrottle AppRedirectHook AppRotateFiles \
    AppRotateOnline AppRotateSeconds AppRotateBytes AppRotateBytesHigh AppRotateDelay AppTimestampLog DependOnGroup \
    DependOnService Description DisplayName Environment ImagePath ObjectName Name Start Type";

/// Elements of the XML file (WinSW 3, `XmlServiceConfig.cs` of commit e4cf507).
const WINSW: &str = "id name description executable arguments startarguments stopexecutable stoparguments workingdirectory \
    startmode delayedAutoStart depend serviceaccount securityDescriptor env priority stoptimeout onfailure resetfailure \
    preshutdown preshutdownTimeout prestart poststart prestop poststop log logmode logpath logname outfilepattern \
    errfilepattern outfiledisabled errfiledisabled sizeThreshold keepFiles pattern period autoRollAtTime zipOlderThanNumDays \
    zipDateFormat hidewindow interactive beeponshutdown autoRefresh download extensions sharedDirectoryMapping";

/// Options of `shawl add` and `shawl run` (shawl 1.9.0, `docs/cli.md`).
const SHAWL: &str = "--name --cwd --dependencies --pass --restart --no-restart --restart-if --restart-if-not --restart-delay \
    --stop-timeout --no-log --no-log-cmd --log-dir --log-as --log-cmd-as --log-rotate --log-retain --pass-start-args --env \
    --path --path-prepend --priority --kill-process-tree --interactive";

/// Options of `servy-cli install` (servy 9.8, `InstallServiceOptions.cs` of 2026-08-22).
const SERVY: &str = "name displayName description path startupDir params startupType priority cpuAffinity startTimeout \
    stopTimeout enableConsoleUI stdout stderr enableRotation enableSizeRotation rotationSize enableDateRotation \
    dateRotationType maxRotations useLocalTimeForRotation debug enableHealth heartbeatInterval maxFailedChecks recoveryAction \
    recoveryOnCleanExit maxRestartAttempts heartbeatUrl heartbeatUrlTimeoutSeconds enableHeartbeatUrlFlags failureProgramPath \
    failureProgramStartupDir failureProgramParams envVars deps user password preLaunchPath preLaunchStartupDir preLaunchParams \
    preLaunchEnv preLaunchStdout preLaunchStderr preLaunchTimeout preLaunchRetryAttempts preLaunchIgnoreFailure postLaunchPath \
    postLaunchStartupDir postLaunchParams preStopPath preStopStartupDir preStopParams preStopTimeout preStopLogAsError \
    postStopPath postStopStartupDir postStopParams";

/// How many complaints there are, each of which a user of another host has made.
const COMPLAINTS: usize = 15;

/// A table of Markdown: its rows below these headings, cell by cell.
fn table(page: &str, headings: &[&str]) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let mut lines = page.lines().skip_while(|line| cells(line) != headings);
    assert!(lines.next().is_some(), "no table {headings:?}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(rows.iter().all(|row| row.len() == headings.len()), "{headings:?}");
    rows
}

/// What is in backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// All tests as `module::function`, and how many have this name. The module of `mod.rs`, `main.rs` and `tests.rs` is that of
/// their folder.
fn tests() -> BTreeMap<String, usize> {
    let mut tests = BTreeMap::new();
    let sources = [
        "winsvc",
        "winsvc-host",
        "winsvc-definition",
        "cargo-winsvc",
        "tests",
    ];
    let mut folders: Vec<_> = sources.iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                for name in tests_in(&path) {
                    *tests.entry(name).or_default() += 1;
                }
            }
        }
    }
    tests
}

fn tests_in(path: &Path) -> Vec<String> {
    let stem = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let module = match stem(path).as_str() {
        "mod" | "main" | "tests" => stem(path.parent().unwrap()),
        stem => stem.to_owned(),
    };
    let text = fs::read_to_string(path).unwrap();
    // A test of proptest is within a macro, so that the source is read as lines. Other attributes may follow.
    let mut lines = text.lines().map(str::trim);
    let mut names = Vec::new();
    while lines.any(|line| line == "#[test]") {
        let function = lines
            .by_ref()
            .find_map(|line| line.strip_prefix("fn ")?.split_once('('));
        names.extend(function.map(|(name, _)| format!("{module}::{name}")));
    }
    names
}

/// Whether a cell names tests that exist, or gives a reason why there is none.
fn check_tests(cell: &str, tests: &BTreeMap<String, usize>) -> Result<(), String> {
    if let Some(reason) = cell.strip_prefix("none: ") {
        return if reason.is_empty() {
            Err("no reason".to_owned())
        } else {
            Ok(())
        };
    }
    let names: Vec<&str> = quoted(cell).collect();
    if names.is_empty() {
        return Err("neither a test nor a reason".to_owned());
    }
    for name in names {
        match tests.get(name) {
            Some(1) => {}
            Some(count) => return Err(format!("`{name}` is the name of {count} tests")),
            None => return Err(format!("there is no test `{name}`")),
        }
    }
    Ok(())
}

#[test]
fn each_option_of_other_hosts_is_in_the_table_and_has_a_test_or_a_reason() {
    let page = fs::read_to_string(root().join("docs/host.md")).unwrap();
    let headings = ["option", "NSSM", "WinSW", "shawl", "servy", "here", "test"];
    let rows = table(&page, &headings);
    let tests = tests();
    let mut wrong = Vec::new();
    for row in &rows {
        if let Err(error) = check_tests(&row[6], &tests) {
            wrong.push(format!("{}: {error}", row[0]));
        }
    }
    for (column, options) in [(1, NSSM), (2, WINSW), (3, SHAWL), (4, SERVY)] {
        let shown: Vec<&str> = rows.iter().flat_map(|row| quoted(&row[column])).collect();
        let options: Vec<&str> = options.split_whitespace().collect();
        let host = headings[column];
        let missing = options.iter().filter(|option| !shown.contains(option));
        wrong.extend(missing.map(|option| format!("`{option}` of {host} is not in the table")));
        let unknown = shown.iter().filter(|option| !options.contains(option));
        wrong.extend(unknown.map(|option| format!("{host} has no option `{option}`")));
    }
    assert!(wrong.is_empty(), "docs/host.md: {wrong:#?}");
}

#[test]
fn each_complaint_about_other_hosts_has_a_test_or_a_reason() {
    let page = fs::read_to_string(root().join("docs/host.md")).unwrap();
    let rows = table(&page, &["complaint", "here", "test"]);
    assert_eq!(rows.len(), COMPLAINTS);
    let tests = tests();
    let wrong = rows.iter().filter_map(|row| {
        let error = check_tests(&row[2], &tests).err()?;
        Some(format!("{}: {error}", row[0]))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "docs/host.md: {wrong:#?}");
}

#[test]
fn a_cell_without_a_test_is_found() {
    let tests = tests();
    let check = |cell: &str| check_tests(cell, &tests);
    assert_eq!(check("`hosts::a_cell_without_a_test_is_found`"), Ok(()));
    assert_eq!(check("none: Windows has no such thing"), Ok(()));
    assert!(check("the tests of the tool").is_err());
    assert!(check("`hosts::nothing`").is_err());
    assert!(check("none: ").is_err());
    let page = "| a | b |\n| --- | --- |\n| `x`, `y` | – |\n\n| c |\n";
    assert_eq!(table(page, &["a", "b"]), [["`x`, `y`", "–"]]);
}
