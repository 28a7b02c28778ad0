//! What is said about mistakes, and what is not.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::machine::{Agent, LISTEN, Machine};
use crate::values::{Mode, Shapes};

#[test]
fn a_mistake_names_key_place_and_what_is_expected() {
    for (content, expected) in [
        (
            "listen = '127.0.0.1'\n",
            "`listen` (data/acme-agent.toml, line 1, column 10): expected an address with a port, as in 127.0.0.1:8080, \
             found a string (invalid socket address syntax)",
        ),
        (
            "listen = '127.0.0.1:80'\nworkers = 70000\n",
            "`workers` (data/acme-agent.toml, line 2, column 11): expected a whole number from 0 to 65535, found 70000",
        ),
        (
            "listen = '127.0.0.1:80'\nworkers = '4'\n",
            "`workers` (data/acme-agent.toml, line 2, column 11): expected a whole number from 0 to 65535, found a string",
        ),
        (
            "listen = '127.0.0.1:80'\npeers = ['a', 5]\n",
            "`peers[1]` (data/acme-agent.toml, line 2, column 15): expected a string, found 5",
        ),
        (
            "listen = '127.0.0.1:80'\n[tls]\ncert_file = ''\n",
            "`tls.cert_file` (data/acme-agent.toml, line 3, column 1): unknown setting; expected one of \
             `cert-file`, `versions`",
        ),
        (
            "listen = '127.0.0.1:80'\n[tls]\n",
            "`tls.cert-file` is not set; set it in data/acme-agent.toml, with the variable `ACME_AGENT_TLS__CERT_FILE` or the \
             argument `--tls.cert-file`",
        ),
        (
            "listen = '127.0.0.1:80'\ntls = 1\n",
            "`tls` (data/acme-agent.toml, line 2, column 7): expected a table, found 1",
        ),
        (
            "listen = '127.0.0.1:80'\nlisten = 5\n",
            "data/acme-agent.toml, line 2, column 1: invalid TOML: duplicate key",
        ),
    ] {
        assert_eq!(Machine::new().data(content).mistake::<Agent>(), expected);
    }
    assert_eq!(
        Machine::new()
            .shipped(LISTEN)
            .arguments(&["--lisen=1"])
            .mistake::<Agent>(),
        "`lisen` (the argument `--lisen`): unknown setting; expected one of `listen`, `workers`, `peers`, `verbose`, \
         `api_token`, `tls`"
    );
}

#[test]
fn a_word_that_is_none_of_the_program_s_is_named_with_those_that_are() {
    assert_eq!(
        Machine::new().data("mode = 'fats'\n").mistake::<Shapes>(),
        "`mode` (data/acme-agent.toml, line 1, column 8): expected one of `fast`, `limited`, `named`, found `fats`"
    );
}

#[test]
fn a_variable_that_is_unknown_is_somebody_else_s() {
    let machine = Machine::new()
        .shipped(&format!("{LISTEN}[tls]\ncert-file = ''\n"))
        .variable("ACME_AGENT_HOME", "/")
        .variable("ACME_AGENT_TLS__HOME", "/")
        .variable("ACME_AGENT_WORKERS", "");
    assert_eq!(machine.read::<Agent>().unwrap().workers, 0);
    let file = machine.data("home = 1\n");
    assert!(
        file.mistake::<Agent>()
            .starts_with("`home` (data/acme-agent.toml, line 1, column 1)")
    );
}

/// A type whose mistakes repeat what they are about.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Repeats;

impl TryFrom<String> for Repeats {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} is nothing"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Unchecked")]
struct Checked;

#[derive(Debug, Deserialize)]
struct Unchecked {
    user: String,
    password: String,
}

impl TryFrom<Unchecked> for Checked {
    type Error = String;

    fn try_from(unchecked: Unchecked) -> Result<Self, String> {
        if unchecked.password.len() < 3 {
            return Err(format!("the password of {} is too short", unchecked.user));
        }
        Err(format!(
            "{} cannot log on with {}",
            unchecked.user, unchecked.password
        ))
    }
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is never made")]
struct Secretive {
    #[serde(default)]
    mode: Option<Mode>,
    #[serde(default)]
    api_token: Option<Repeats>,
    #[serde(default)]
    plain: Option<Repeats>,
    #[serde(default)]
    port: u16,
    #[serde(default)]
    account: Option<Checked>,
    #[serde(default)]
    secret: BTreeMap<String, u8>,
}

#[test]
fn what_may_be_secret_is_in_no_text() {
    let variable = |name: &str| Machine::new().variable(name, "hunter2");
    for machine in [
        variable("ACME_AGENT_MODE"),
        variable("ACME_AGENT_PLAIN"),
        variable("ACME_AGENT_API_TOKEN"),
        variable("ACME_AGENT_PORT"),
        variable("ACME_AGENT_ACCOUNT"),
        variable("ACME_AGENT_SECRET__A"),
        Machine::new().arguments(&["--plain=hunter2"]),
        Machine::new().arguments(&["--mode={ hunter2 = 1 }"]),
        Machine::new().arguments(&["--port", "hunter2"]),
        Machine::new().arguments(&["hunter2"]),
        Machine::new().with(|scm| scm.start_arguments(["--mode", "hunter2"])),
        Machine::new().data("api_token = 'hunter2'\n"),
        Machine::new().data("secret = { a = 'hunter2' }\n"),
        Machine::new().data("api_token = 'hunter2\n"),
        Machine::new().data("account = { user = 'me', password = 'hunter2' }\n"),
        Machine::new()
            .shipped("account = { user = 'me' }\n")
            .variable("ACME_AGENT_ACCOUNT__PASSWORD", "hunter2"),
    ] {
        let error = machine.read::<Secretive>().unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}

#[test]
fn what_the_program_s_own_checks_say_is_shown() {
    assert_eq!(
        Machine::new().data("plain = 'x'\n").mistake::<Secretive>(),
        "`plain` (data/acme-agent.toml, line 1, column 9): x is nothing"
    );
    assert_eq!(
        Machine::new()
            .data("account = { user = 'me', password = 'ab' }\n")
            .mistake::<Secretive>(),
        "`account` (data/acme-agent.toml, line 1, column 11): the password of me is too short"
    );
}

#[cfg(feature = "tracing")]
#[test]
fn a_log_filter_is_a_setting_and_a_directive_that_is_not_valid_is_named() {
    #[derive(Debug, Deserialize)]
    struct Logging {
        log: winsvc::log::Filter,
    }

    let read = Machine::new().data("log = 'info,hyper=warn'\n").read::<Logging>();
    assert_eq!(read.unwrap().log.to_string(), "info,hyper=warn");
    assert_eq!(
        Machine::new()
            .data("log = 'info,hyper=wran'\n")
            .mistake::<Logging>(),
        "`log` (data/acme-agent.toml, line 1, column 7): expected log directives such as `info,hyper=warn`, found a string \
         (invalid log directive `hyper=wran`: unknown level `wran`; expected `off`, `error`, `warn`, `info`, `debug` or \
         `trace`)"
    );
    let number = Machine::new().data("log = 3\n").mistake::<Logging>();
    let expected = "`log` (data/acme-agent.toml, line 1, column 7): expected log directives such as `info,hyper=warn`, found 3";
    assert!(number.starts_with(expected), "{number}");
}
