//! What arguments mean.

use super::*;

fn read(words: &str) -> Result<Request, String> {
    parse(words.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
}

#[test]
fn a_verb_takes_its_own_options() {
    assert_eq!(
        read("install --dry-run --json"),
        Ok(Request::Verb(
            Verb::Install,
            Options {
                dry_run: true,
                json: true,
                ..Options::default()
            }
        ))
    );
    let thirty = Options {
        timeout: Some(Timeout::new("30s").unwrap()),
        ..Options::default()
    };
    for words in ["stop --timeout 30s", "stop --timeout=30s"] {
        assert_eq!(
            read(words),
            Ok(Request::Verb(Verb::Stop, thirty.clone())),
            "{words}"
        );
    }
    let last = LogOptions {
        lines: Some(7),
        follow: true,
        files: true,
    };
    assert_eq!(
        read("logs --lines=7 --follow --files"),
        Ok(Request::Verb(
            Verb::Logs,
            Options {
                logs: last,
                ..Options::default()
            }
        ))
    );
    assert_eq!(
        read("status"),
        Ok(Request::Verb(Verb::Status, Options::default()))
    );
}

#[test]
fn the_msi_changes_autostart_entries() {
    let read = |words: &[&str]| parse(words.iter().map(OsString::from)).map_err(|error| error.to_string());
    let change = |action, set: &[(&str, &str)]| {
        Ok(Request::Autostart(AutostartChange {
            name: "Acme Tray".to_owned(),
            action,
            set: set
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }))
    };
    let remove = |keep_disabled| change(AutostartAction::Remove { keep_disabled }, &[]);
    assert_eq!(
        read(&[
            "autostart",
            "add",
            "Acme Tray",
            "--set",
            "PORT=80",
            "--set",
            "URL=a=b"
        ]),
        change(AutostartAction::Add, &[("PORT", "80"), ("URL", "a=b")])
    );
    assert_eq!(
        read(&["autostart", "remove", "Acme Tray", "--keep-disabled="]),
        remove(false)
    );
    assert_eq!(
        read(&["autostart", "remove", "Acme Tray", "--keep-disabled={1}"]),
        remove(true)
    );
    for words in [
        &["autostart"][..],
        &["autostart", "add"],
        &["autostart", "list", "a"],
        &["autostart", "add", "a", "--keep-disabled=1"],
        &["autostart", "remove", "a", "--set", "PORT=80"],
    ] {
        let error = read(words).unwrap_err();
        assert!(
            error.starts_with("invalid arguments for `service autostart`; expected `add NAME"),
            "{error}"
        );
    }
}

#[test]
fn what_follows_run_is_the_program_s() {
    let words = |words: &[&str]| {
        Ok(Request::Run(Run {
            service: None,
            arguments: words.iter().map(OsString::from).collect(),
        }))
    };
    assert_eq!(
        read("run --json --help status"),
        words(&["--json", "--help", "status"])
    );
    assert_eq!(read("run -- -- a"), words(&["--", "a"]));
    assert_eq!(read("run"), words(&[]));
    assert_eq!(read("run a --service b"), words(&["a", "--service", "b"]));
    for first in ["run --service b --", "run --service=b"] {
        assert_eq!(
            read(&format!("{first} --service c")),
            Ok(Request::Run(Run {
                service: Some("b".to_owned()),
                arguments: ["--service", "c"].map(OsString::from).into(),
            }))
        );
    }
}

#[test]
fn help_is_found_wherever_it_is_looked_for() {
    for words in [
        "help",
        "--help",
        "-h",
        "help install",
        "install --help",
        "stop --json -h",
    ] {
        assert_eq!(read(words), Ok(Request::Help), "{words}");
    }
}

#[test]
fn anything_else_is_an_error_that_says_what_there_is() {
    for (words, expected) in [
        ("", "missing subcommand for `service`"),
        (
            "remove",
            if cfg!(feature = "update") {
                "unknown subcommand \"remove\" for `service`; expected one of install, uninstall, start, stop, restart, status, \
                 logs, update, run"
            } else {
                "unknown subcommand \"remove\" for `service`; expected one of install, uninstall, start, stop, restart, status, \
                 logs, run"
            },
        ),
        (
            "start --dry-run",
            "unexpected argument \"--dry-run\" for `service start`; expected --timeout, --service, --json",
        ),
        (
            "status now",
            "unexpected argument \"now\" for `service status`; expected --service, --json",
        ),
        (
            "install --json=yes",
            "unexpected argument \"--json=yes\" for `service install`; expected --dry-run, --account, --password-stdin, --set, --forget, \
             --firewall, --no-firewall, --service, --json",
        ),
        (
            "logs --lines",
            "invalid value \"\" for --lines; expected a whole number such as 50",
        ),
        (
            "logs --lines -1",
            "invalid value \"-1\" for --lines; expected a whole number such as 50",
        ),
        (
            "stop --timeout",
            "missing value for --timeout; expected a time such as 30s",
        ),
        (
            "start --service",
            "missing value for --service; expected the name of a service",
        ),
        (
            "stop --timeout 30",
            "--timeout: invalid duration \"30\"; expected a whole number and its unit, such as \"500ms\", \
             \"20s\", \"2m\" or \"1h\"",
        ),
    ] {
        assert_eq!(read(words), Err(expected.to_owned()), "{words}");
    }
}

#[cfg(feature = "update")]
#[test]
fn the_updater_is_asked_for_one_thing() {
    let update = |request, timeout: Option<&str>, json| {
        Ok(Request::Update(UpdateOptions {
            request,
            timeout: timeout.map(|text| Timeout::new(text).unwrap()),
            json,
        }))
    };
    assert_eq!(read("update"), update(None, None, false));
    assert_eq!(
        read("update --check --json"),
        update(Some(UpdateRequest::Check), None, true)
    );
    for words in ["update --now --timeout 2m", "update --timeout=2m --now"] {
        assert_eq!(read(words), update(Some(UpdateRequest::Now), Some("2m"), false));
    }
    assert_eq!(read("update --help"), Ok(Request::Help));
    for (words, found) in [
        ("update --check --now", "--now"),
        ("update --now=1", "--now=1"),
        ("update --service a", "--service"),
    ] {
        assert_eq!(
            read(words),
            Err(format!(
                "unexpected argument {found:?} for `service update`; expected --check or --now, --timeout, --json"
            ))
        );
    }
    assert_eq!(
        read("update --timeout"),
        Err("missing value for --timeout; expected a time such as 30s".to_owned())
    );
}
