//! Updates of a real program by a real server: files, processes and HTTP on the loopback interface.
#![cfg(all(unix, feature = "update"))]

mod server;

use std::fs;
use std::io::{self, Cursor};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use minisign::KeyPair;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use winsvc::update::{
    ArtifactKind, Guid, Host, Installed, Outcome, Request, Settings, Timeout, UpdateArch, UpdateError,
    UpdateEvent, UpdateKey, UpdateUrl, Updater, Version,
};

use server::{Answer, Server};

/// A program that prints its version, or serves until it is killed. 1.2.0 ends at once.
fn program(version: &str) -> String {
    let serve = if version == "1.2.0" {
        "exit 3"
    } else {
        "exec sleep 600"
    };
    format!("#!/bin/sh\nif [ \"$1\" = --version ]; then echo {version}; exit 0; fi\n{serve}\n")
}

/// A service: the process of an exe.
#[derive(Debug)]
struct Service {
    exe: PathBuf,
    process: Option<Child>,
    events: Vec<String>,
}

impl Host for Service {
    fn installed(&mut self) -> io::Result<Version> {
        let output = Command::new(&self.exe).arg("--version").output()?;
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .map_err(io::Error::other)
    }

    fn stop(&mut self) -> io::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    fn start(&mut self) -> io::Result<()> {
        if self.process.is_none() {
            self.process = Some(Command::new(&self.exe).stdin(Stdio::null()).spawn()?);
        }
        Ok(())
    }

    fn health(&mut self) -> Result<(), String> {
        let process = self.process.as_mut().ok_or("it does not run")?;
        match process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                self.process = None;
                Err(format!("it has ended with {status}"))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn trusts(&mut self, _package: &Path) -> Result<(), String> {
        Ok(())
    }

    fn run_installer(&mut self, _command: &[String]) -> io::Result<u32> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn report(&mut self, event: UpdateEvent) {
        self.events.push(event.to_string());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// An installed program, its vendor and the vendor's server.
struct World {
    folder: TempDir,
    keys: KeyPair,
    server: Server,
    sequence: u64,
}

impl World {
    /// A machine on which 1.0.0 is installed.
    fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            keys: KeyPair::generate_unencrypted_keypair().unwrap(),
            server: Server::start(),
            sequence: 0,
        };
        fs::create_dir(world.folder.path().join("data")).unwrap();
        fs::write(world.exe(), program("1.0.0")).unwrap();
        fs::set_permissions(world.exe(), fs::Permissions::from_mode(0o755)).unwrap();
        world
    }

    fn exe(&self) -> PathBuf {
        self.folder.path().join("agent")
    }

    /// Publishes a version for so many per cent.
    fn publish(&mut self, version: &str, percent: u8) {
        self.sequence += 1;
        let content = program(version).into_bytes();
        let sha256: String = Sha256::digest(&content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let file = format!("agent-{version}");
        let manifest = json!({
            "schema": 1,
            "product": "{00000000-0000-0000-0000-00000000000F}",
            "channel": "stable",
            "sequence": self.sequence,
            "published": "2026-11-25T10:00:00Z",
            "expires": "9999-12-25T10:00:00Z",
            "releases": [{
                "version": version,
                "rollout": { "percent": percent, "salt": version },
                "artifacts": [
                    { "arch": "x64", "kind": "exe", "url": file, "size": content.len(), "sha256": sha256 }
                ]
            }]
        });
        self.server.serve(&format!("/{file}"), Answer::File(content));
        self.sign(&manifest.to_string());
    }

    fn sign(&self, manifest: &str) {
        let comment = format!(
            "winsvc-update {{00000000-0000-0000-0000-00000000000F}} stable {}",
            self.sequence
        );
        let reader = Cursor::new(manifest.as_bytes());
        let signature = minisign::sign(Some(&self.keys.pk), &self.keys.sk, reader, Some(&comment), None);
        let signature = signature.unwrap().into_string().into_bytes();
        self.server
            .serve("/update-stable.json", Answer::File(manifest.into()));
        self.server
            .serve("/update-stable.json.minisig", Answer::File(signature));
    }

    /// An updater of the machine, whose service runs.
    fn updater(&self) -> Updater<Service> {
        let mut service = self.service();
        service.start().unwrap();
        self.updater_of(service, "1")
    }

    fn service(&self) -> Service {
        Service {
            exe: self.exe(),
            process: None,
            events: Vec::new(),
        }
    }

    fn updater_of(&self, service: Service, install_id: &str) -> Updater<Service> {
        let url = UpdateUrl::new(&self.server.url()).unwrap();
        let key = UpdateKey::new(&self.keys.pk.to_base64()).unwrap();
        let mut settings = Settings::new(Guid::from_u128(15), url, vec![key]);
        settings.soak = Timeout::new("1s").unwrap();
        let installed = Installed {
            kind: ArtifactKind::Exe,
            arch: UpdateArch::X64,
            exe: self.exe(),
            folder: self.folder.path().join("data"),
            install_id: install_id.to_owned(),
        };
        Updater::new(settings, installed, service)
    }

    /// What is left of the program's files.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn content(&self) -> String {
        fs::read_to_string(self.exe()).unwrap()
    }
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn a_program_swaps_itself_and_goes_back_from_a_version_that_fails() {
    let mut world = World::new();
    let mut updater = world.updater();
    world.publish("1.1.0", 100);
    assert_eq!(
        updater.run(Request::Check).unwrap(),
        Outcome::Available(version("1.1.0"))
    );
    assert_eq!(world.content(), program("1.0.0"));
    assert_eq!(
        updater.run(Request::Scheduled).unwrap(),
        Outcome::Updated(version("1.1.0"))
    );
    assert_eq!(world.content(), program("1.1.0"));
    assert_eq!(
        updater.run(Request::Scheduled).unwrap(),
        Outcome::UpToDate(Vec::new())
    );

    world.publish("1.2.0", 100);
    let Outcome::Failed(failed, why) = updater.run(Request::Scheduled).unwrap() else {
        panic!("1.2.0 ends at once");
    };
    assert_eq!(
        (failed, why.as_str()),
        (version("1.2.0"), "rolled back: it has ended with exit status: 3")
    );
    assert_eq!(world.content(), program("1.1.0"));
    assert!(
        matches!(updater.run(Request::Scheduled).unwrap(), Outcome::UpToDate(refusals) if refusals.len() == 1)
    );
    assert_eq!(world.files(), ["agent", "data"]);

    world.publish("1.2.1", 100);
    assert_eq!(
        updater.run(Request::Scheduled).unwrap(),
        Outcome::Updated(version("1.2.1"))
    );
    let debug = format!("{updater:?}");
    assert!(
        debug.contains("update to 1.2.0: rolled back: it has ended with exit status: 3"),
        "{debug}"
    );
}

#[test]
fn a_staged_version_reaches_a_tenth_of_a_thousand_machines() {
    let mut world = World::new();
    world.publish("1.1.0", 10);
    let offered = (0..1000).filter(|machine| {
        let mut updater = world.updater_of(world.service(), &format!("{machine:032x}"));
        updater.run(Request::Check).unwrap() == Outcome::Available(version("1.1.0"))
    });
    // The mean is 100 and the standard deviation 9.5.
    let offered = offered.count();
    assert!((53..=147).contains(&offered), "{offered}");
    assert_eq!(
        world.updater().run(Request::Now).unwrap(),
        Outcome::Updated(version("1.1.0"))
    );
}

#[test]
fn a_server_that_misbehaves_changes_nothing() {
    let mut world = World::new();
    let mut updater = world.updater();
    world.publish("1.1.0", 100);
    let package = program("1.1.0").into_bytes();
    let mut other = package.clone();
    other[30] ^= 1;
    for (answer, expected) in [
        (
            Answer::Status(503),
            "the update server answered with the status 503",
        ),
        (
            Answer::File(b"short".to_vec()),
            "the package is not the one of the update manifest",
        ),
        (
            Answer::File(other),
            "the package is not the one of the update manifest",
        ),
        (Answer::Truncated(package.clone()), "the download ended after"),
        (Answer::Endless, "the download has more than"),
        (
            Answer::Redirect("http://dl.acme.example/agent".to_owned()),
            "invalid redirect",
        ),
        (
            Answer::Redirect("/agent-1.1.0".to_owned()),
            "the update server redirects more than 5 times",
        ),
        (
            Answer::Garbage,
            "the connection to the update server failed: not an HTTP response",
        ),
        (Answer::Close, "the connection to the update server failed"),
    ] {
        world.server.serve("/agent-1.1.0", answer);
        let outcome = updater.run(Request::Scheduled).unwrap();
        let Outcome::Failed(_, why) = outcome else {
            panic!("{expected}: {outcome:?}");
        };
        assert!(why.starts_with(&format!("not installed: {expected}")), "{why}");
        assert_eq!(world.content(), program("1.0.0"));
        assert_eq!(world.files(), ["agent", "data"]);
    }
    for answer in [
        Answer::Status(404),
        Answer::Endless,
        Answer::Garbage,
        Answer::Close,
    ] {
        world.server.serve("/update-stable.json.minisig", answer);
        assert!(matches!(
            updater.run(Request::Scheduled),
            Err(UpdateError::Fetch(_))
        ));
    }
    // The version is not lost.
    world.publish("1.1.0", 100);
    assert_eq!(
        updater.run(Request::Scheduled).unwrap(),
        Outcome::Updated(version("1.1.0"))
    );
}

#[test]
fn two_updaters_do_not_update_together() {
    let mut world = World::new();
    world.publish("1.1.0", 100);
    let (mut first, mut second) = (world.updater(), world.updater());
    let gate = world.server.hold("/agent-1.1.0");
    std::thread::scope(|scope| {
        let first = scope.spawn(move || first.run(Request::Now));
        gate.wait_for_request(Duration::from_secs(30));
        assert!(matches!(
            second.run(Request::Now),
            Err(UpdateError::AlreadyRunning)
        ));
        gate.open();
        assert_eq!(first.join().unwrap().unwrap(), Outcome::Updated(version("1.1.0")));
    });
}
