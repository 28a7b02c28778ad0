//! A program that logs by the crate `log` alone: its records are in the log files as events of `tracing` are.
//!
//! A process has one subscriber and one logger, so this is one test.
#![cfg(feature = "log-files")]

use std::fs;

use winsvc::log::{Filter, InitError, SetFilterError, files, set_filter, try_init};

mod sync {
    pub(crate) fn no_answer() {
        log::error!("no answer from {}", "fe80::1");
    }
}

#[test]
fn records_of_log_are_events_with_their_own_level_and_target() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(set_filter(Filter::default()), Err(SetFilterError::NotInitialized));
    let filter = "warn,acme=debug,log_records::quiet=off".parse().unwrap();
    let logs = files().json().directory(folder.path()).filter(filter);
    assert_eq!(logs.try_init(), Ok(()));
    assert_eq!(
        log::max_level(),
        log::LevelFilter::Debug,
        "the highest level of the filter"
    );
    assert_eq!(try_init(), Err(InitError::Subscriber), "the first one stays");

    sync::no_answer();
    log::info!("not for the default level");
    log::debug!(target: "acme::http", "GET /");
    log::trace!(target: "acme::http", "too much");
    log::error!(target: "log_records::quiet", "switched off");
    assert_eq!(set_filter("info".parse().unwrap()), Ok(()));
    assert_eq!(log::max_level(), log::LevelFilter::Info);
    log::info!("now for the default level");
    log::debug!(target: "acme::http", "not any more");

    let file = fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(file).unwrap();
    // As `tracing-subscriber` writes JSON, the record's place in the source is among the fields.
    let shown = |line: &str| {
        let (before, place) = line.split_once(r#","log.target":"#).unwrap();
        let level_and_message = before.split_once(',').unwrap().1;
        let target = place.split_once("},").unwrap().1;
        format!("{level_and_message} {target}")
    };
    assert_eq!(
        text.lines().map(shown).collect::<Vec<_>>(),
        [
            r#""level":"ERROR","fields":{"message":"no answer from fe80::1" "target":"log_records::sync"}"#,
            r#""level":"DEBUG","fields":{"message":"GET /" "target":"acme::http"}"#,
            r#""level":"INFO","fields":{"message":"now for the default level" "target":"log_records"}"#,
        ]
    );
}
