//! A host, its folder and its program, which is a script.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use winsvc::testing::{Scm, Started};
use winsvc::{Starting, State};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a program and `agent.toml`.
pub(crate) struct Lab {
    folder: TempDir,
    /// In the command line or the environment of all processes of the program, and of no others.
    mark: String,
    arguments: Vec<OsString>,
}

impl Lab {
    /// A folder with the shell script `agent`, whose first argument is a mark. Its table has `program`, and these keys.
    pub(crate) fn new(script: &str, table: &str) -> Self {
        static LABS: AtomicU32 = AtomicU32::new(0);
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let mark = format!("lab-{}-{number}", std::process::id());
        let lab = Self {
            folder: tempfile::tempdir().unwrap(),
            arguments: vec![mark.clone().into()],
            mark,
        };
        lab.script("agent", script);
        lab.table(&format!("program = 'bin/agent'\n{table}"));
        lab
    }

    /// Writes the table; its output goes to files in `logs`.
    pub(crate) fn table(&self, table: &str) {
        // Keys come before tables.
        let text = format!("version = '1.4.0'\nname = 'acme'\n[host]\n{table}\n");
        let text = if text.contains("[host.output]") {
            text.replace("[host.output]", "[host.output]\ndirectory = 'logs'")
        } else {
            text + "[host.output]\ndirectory = 'logs'\n"
        };
        fs::write(self.config(), text).unwrap();
    }

    /// Writes a shell script into `bin`.
    pub(crate) fn script(&self, name: &str, script: &str) {
        fs::create_dir_all(self.path("bin")).unwrap();
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nexport LAB=$1\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn argument(&mut self, argument: &str) {
        self.arguments.push(argument.into());
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("agent.toml")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    pub(crate) fn scm() -> Scm {
        Scm::new("acme")
            .start_timeout(Duration::from_secs(5))
            .stop_timeout(Duration::from_secs(5))
    }

    /// Starts the host as a service.
    pub(crate) fn start(&self, scm: Scm) -> Started {
        let (file, arguments) = (self.config(), self.arguments.clone());
        scm.start(move |starting: Starting| winsvc_host::run_file(starting, &file, arguments))
    }

    /// Starts the host as a service, and waits until it runs.
    pub(crate) fn run(&self) -> Started {
        let started = self.start(Self::scm());
        started.wait_for(State::Running);
        started
    }

    /// The texts of the log files whose names begin like this, the oldest first.
    pub(crate) fn logs(&self, stem: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("logs")) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(stem));
        files.sort();
        files
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    }

    /// The whole log.
    pub(crate) fn log(&self) -> String {
        self.logs("acme.2").concat()
    }

    /// What is in the log without the times.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.log()
            .lines()
            .map(|line| line.split_once("  INFO ").unwrap_or(("", line)).1.to_owned())
            .collect()
    }

    /// Waits until the log has this text.
    pub(crate) fn wait_for_log(&self, text: &str) {
        wait(&format!("{text:?} in the log"), || self.log().contains(text));
    }

    /// The processes that are left of the program.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").unwrap();
        let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        ids.filter(|id| {
            ["cmdline", "environ"].iter().any(|file| {
                let text = fs::read(format!("/proc/{id}/{file}")).unwrap_or_default();
                String::from_utf8_lossy(&text).contains(&self.mark)
            })
        })
        .filter(|id| *id != std::process::id())
        .collect()
    }

    pub(crate) fn assert_nothing_runs(&self) {
        wait("the end of all processes", || self.processes().is_empty());
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for id in self.processes() {
            kill(id, "KILL");
        }
    }
}

/// Waits for a condition.
pub(crate) fn wait(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "no {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for the end of a service that has much to do.
pub(crate) fn wait_for_end(started: &Started) {
    let end = Instant::now() + PATIENCE * 6;
    while !started.has_ended() {
        assert!(Instant::now() < end, "the service does not end");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits for an event of the service with this number, and returns the texts of all of them.
pub(crate) fn wait_for_event(started: &Started, number: u16) -> Vec<String> {
    let texts = || -> Vec<String> {
        let events = started.events().into_iter();
        let events = events.filter(|event| event.number == number);
        events.map(|event| event.text).collect()
    };
    wait(&format!("event {number}"), || !texts().is_empty());
    texts()
}

pub(crate) fn kill(id: u32, signal: &str) {
    let status = std::process::Command::new("kill")
        .args([format!("-{signal}"), id.to_string()])
        .stderr(std::process::Stdio::null())
        .status();
    assert!(status.is_ok());
}

/// A program that is not a shell script.
pub(crate) fn python(lab: &Lab, name: &str, script: &str) {
    let path = lab.path("bin").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("#!/usr/bin/env python3\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(crate) fn exists(path: impl AsRef<Path>) -> bool {
    path.as_ref().exists()
}
