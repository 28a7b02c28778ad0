//! A machine that an update runs on: a disk, a service, a server. Its power may be cut before any call.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use winsvc_definition::update::manifest::{ArtifactKind, UpdateArch, UpdateManifest, comment};
use winsvc_definition::{Guid, Timeout, Update, UpdateChannel, UpdateUrl};

use super::keys::{public, sign};
use super::{settings, version};
use crate::text::civil;
use crate::update::fetch::{Response, Transport};
use crate::update::files::{Files, Sink, hex};
use crate::update::{Host, Installed, Outcome, Request, UpdateError, UpdateEvent, Updater, Version};

pub(super) fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// What a version does when it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    Good,
    DoesNotStart,
    /// It starts, and is unhealthy when it is looked at.
    Unhealthy,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) disk: BTreeMap<PathBuf, Vec<u8>>,
    /// Files that a power cut damages.
    unsynced: BTreeSet<PathBuf>,
    /// How many calls are left before the power is cut.
    pub(super) power: Option<u32>,
    pub(super) calls: u32,
    /// The exe that the running service was started from.
    pub(super) running: Option<Vec<u8>>,
    pub(super) behaviour: BTreeMap<Version, Behaviour>,
    /// The content of every exe that was started.
    pub(super) executed: Vec<Vec<u8>>,
    pub(super) server: BTreeMap<String, Vec<u8>>,
    pub(super) requests: Vec<String>,
    pub(super) events: Vec<UpdateEvent>,
    /// Somebody writes this to a file before a call of this number.
    pub(super) tampering: Option<(u32, PathBuf, Vec<u8>)>,
    pub(super) now: u64,
    pub(super) local_minute: u16,
    is_locked: bool,
    /// Exes that can be renamed only.
    pub(super) in_use: BTreeSet<PathBuf>,
    /// What is renamed at the next start of the machine.
    at_boot: Option<(PathBuf, PathBuf)>,
    /// What msiexec ends with where the version starts.
    pub(super) msi: u32,
    /// Whether Windows Installer honours `WINSVC_ROLLBACK`.
    pub(super) has_msi_rollback: bool,
    pub(super) installed_by_msi: Option<Version>,
    pub(super) commands: Vec<Vec<String>>,
}

pub(super) const EXE: &str = "/app/agent.exe";
pub(super) const FOLDER: &str = "/data";

/// The machine, which survives its updaters.
#[derive(Clone, Debug)]
pub(super) struct Machine(pub(super) Arc<Mutex<World>>);

impl Machine {
    /// A machine on which 1.0.0 runs.
    pub(super) fn new() -> Self {
        let old = b"1.0.0".to_vec();
        Self(Arc::new(Mutex::new(World {
            disk: [(PathBuf::from(EXE), old.clone())].into(),
            unsynced: BTreeSet::new(),
            power: None,
            calls: 0,
            running: Some(old),
            behaviour: BTreeMap::new(),
            executed: Vec::new(),
            server: BTreeMap::new(),
            requests: Vec::new(),
            events: Vec::new(),
            tampering: None,
            now: civil::seconds_of("2026-11-30T00:00:00Z").unwrap(),
            local_minute: 0,
            is_locked: false,
            msi: 0,
            has_msi_rollback: true,
            in_use: BTreeSet::new(),
            at_boot: None,
            installed_by_msi: None,
            commands: Vec::new(),
        })))
    }

    /// Publishes a manifest, and the packages of all its versions.
    pub(super) fn publish(&self, manifest: &UpdateManifest) {
        self.publish_by(manifest, "root");
    }

    pub(super) fn publish_by(&self, manifest: &UpdateManifest, by: &str) {
        let content = serde_json::to_vec_pretty(manifest).unwrap();
        let comment = comment(Guid::from_u128(15), &UpdateChannel::default(), manifest.sequence);
        let signature = sign(&content, by, &comment);
        let mut world = self.0.lock().unwrap();
        let mut serve = |name: String, content| {
            world
                .server
                .insert(format!("https://dl.acme.example/agent/{name}"), content)
        };
        serve("update-stable.json".to_owned(), content);
        serve("update-stable.json.minisig".to_owned(), signature.into_bytes());
        for release in &manifest.releases {
            for artifact in &release.artifacts {
                serve(artifact.url.clone(), release.version.to_string().into_bytes());
            }
        }
    }

    pub(super) fn settings() -> Update {
        Update {
            keys: vec![public("root")],
            soak: Timeout::new("10s").unwrap(),
            ..settings()
        }
    }

    /// How a version behaves.
    pub(super) fn set_behaviour(&self, text: &str, behaviour: Behaviour) {
        self.0.lock().unwrap().behaviour.insert(version(text), behaviour);
    }

    pub(super) fn run_with(
        &self,
        settings: Update,
        kind: ArtifactKind,
        request: Request,
    ) -> Result<Outcome, UpdateError> {
        self.updater(settings, kind).run(request)
    }

    /// Prepares an update in one process, and installs it in another.
    pub(super) fn run_in_two(
        &self,
        settings: &Update,
        kind: ArtifactKind,
        request: Request,
    ) -> Result<Outcome, UpdateError> {
        match self.updater(settings.clone(), kind).prepare(request)? {
            Outcome::Prepared => self.updater(settings.clone(), kind).install_prepared(),
            outcome => Ok(outcome),
        }
    }

    pub(super) fn updater(&self, settings: Update, kind: ArtifactKind) -> Updater<Self> {
        let installed = Installed {
            kind,
            arch: UpdateArch::X64,
            exe: EXE.into(),
            folder: FOLDER.into(),
            install_id: "0123456789abcdef".to_owned(),
        };
        Updater::with(
            settings,
            installed,
            self.clone(),
            Box::new(self.clone()),
            Box::new(self.clone()),
        )
    }

    /// Cuts the power, and turns the machine on again: the SCM starts the service if its exe is there.
    pub(super) fn reboot(&self) {
        let mut world = self.0.lock().unwrap();
        for path in std::mem::take(&mut world.unsynced) {
            if let Some(content) = world.disk.get_mut(&path) {
                content.truncate(content.len() / 2);
                content.extend(b"\0\0");
            }
        }
        world.power = None;
        world.is_locked = false;
        world.running = None;
        if let Some((from, to)) = world.at_boot.take() {
            if !world.disk.contains_key(&to) {
                let content = world.disk.remove(&from);
                content.map(|content| world.disk.insert(to, content));
            }
        }
        assert!(
            world.disk.contains_key(Path::new(EXE)),
            "the updater can be started"
        );
        world.in_use.clear();
        let _ = world.start();
    }

    /// Ends the updater alone.
    pub(super) fn kill_updater(&self) {
        let mut world = self.0.lock().unwrap();
        world.power = None;
        world.is_locked = false;
    }

    /// One call, unless the power is cut.
    fn call(&self) -> io::Result<()> {
        let mut world = self.0.lock().unwrap();
        match &mut world.power {
            Some(0) => return Err(io::Error::other("power cut")),
            Some(left) => *left -= 1,
            None => {}
        }
        let call = world.calls;
        world.calls += 1;
        if world.tampering.as_ref().is_some_and(|(at, ..)| *at == call) {
            let (_, path, content) = world.tampering.take().unwrap();
            if world.disk.contains_key(&path) {
                world.disk.insert(path, content);
            }
        }
        Ok(())
    }
}

impl World {
    fn start(&mut self) -> io::Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let by_msi = self
            .installed_by_msi
            .as_ref()
            .map(|it| it.to_string().into_bytes());
        let exe = by_msi.or_else(|| self.disk.get(Path::new(EXE)).cloned());
        let exe = exe.ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        self.executed.push(exe.clone());
        if self.behaviour_of(&exe) == Behaviour::DoesNotStart {
            return Err(io::Error::other("error 1067"));
        }
        self.running = Some(exe);
        Ok(())
    }

    fn behaviour_of(&self, exe: &[u8]) -> Behaviour {
        let version = std::str::from_utf8(exe).ok().and_then(|text| text.parse().ok());
        let behaviour = version.and_then(|version: Version| self.behaviour.get(&version).copied());
        behaviour.unwrap_or(Behaviour::Good)
    }
}

impl Host for Machine {
    fn installed(&mut self) -> io::Result<Version> {
        self.call()?;
        let world = self.0.lock().unwrap();
        if let Some(version) = &world.installed_by_msi {
            return Ok(version.clone());
        }
        let exe = world
            .disk
            .get(Path::new(EXE))
            .ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        Ok(version(std::str::from_utf8(exe).unwrap()))
    }

    fn stop(&mut self) -> io::Result<()> {
        self.call()?;
        self.0.lock().unwrap().running = None;
        Ok(())
    }

    fn start(&mut self) -> io::Result<()> {
        self.call()?;
        self.0.lock().unwrap().start()
    }

    fn health(&mut self) -> Result<(), String> {
        self.call().map_err(|error| error.to_string())?;
        let world = self.0.lock().unwrap();
        match &world.running {
            None => Err("the service has stopped".to_owned()),
            Some(exe) if world.behaviour_of(exe) == Behaviour::Unhealthy => {
                Err("the service has failed".to_owned())
            }
            Some(_) => Ok(()),
        }
    }

    fn trusts(&mut self, _package: &Path) -> Result<(), String> {
        self.call().map_err(|error| error.to_string())
    }

    fn run_installer(&mut self, command: &[String]) -> io::Result<u32> {
        self.call()?;
        let mut world = self.0.lock().unwrap();
        world.commands.push(command.to_vec());
        if world.msi != 0 {
            return Ok(world.msi);
        }
        let package = world.disk[Path::new(&command[2])].clone();
        let version = version(std::str::from_utf8(&package).unwrap());
        let is_older = world.installed_by_msi.as_ref().is_some_and(|it| version < *it);
        let may_be_older = command.iter().any(|word| word == "WINSVC_ROLLBACK=1") && world.has_msi_rollback;
        if is_older && !may_be_older || world.behaviour_of(&package) == Behaviour::DoesNotStart {
            return Ok(1603);
        }
        world.installed_by_msi = Some(version);
        world.executed.push(package.clone());
        world.running = Some(package);
        Ok(0)
    }

    fn installed_package(&mut self) -> Option<PathBuf> {
        self.call().ok()?;
        let world = self.0.lock().unwrap();
        let path = PathBuf::from(format!("/installer/{}", world.installed_by_msi.as_ref()?));
        world.disk.contains_key(&path).then_some(path)
    }

    fn report(&mut self, event: UpdateEvent) {
        self.0.lock().unwrap().events.push(event);
    }

    fn pause(&mut self, time: Duration) {
        self.0.lock().unwrap().now += time.as_secs();
    }

    fn now(&mut self) -> u64 {
        self.0.lock().unwrap().now
    }

    fn local_minute(&mut self) -> u16 {
        self.0.lock().unwrap().local_minute
    }
}

struct OpenFile {
    machine: Machine,
    path: PathBuf,
}

impl Write for OpenFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.machine.call()?;
        let mut world = self.machine.0.lock().unwrap();
        world.disk.entry(self.path.clone()).or_default().extend(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for OpenFile {
    fn finish(&mut self) -> io::Result<()> {
        self.machine.call()?;
        self.machine.0.lock().unwrap().unsynced.remove(&self.path);
        Ok(())
    }
}

/// The lock, which a killed process gives back.
struct Lock(Machine);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().is_locked = false;
    }
}

impl Files for Machine {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn Sink>> {
        self.call()?;
        let mut world = self.0.lock().unwrap();
        world.disk.insert(path.to_owned(), Vec::new());
        world.unsynced.insert(path.to_owned());
        Ok(Box::new(OpenFile {
            machine: self.clone(),
            path: path.to_owned(),
        }))
    }

    fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        self.call()?;
        let world = self.0.lock().unwrap();
        world
            .disk
            .get(path)
            .cloned()
            .ok_or(io::ErrorKind::NotFound.into())
    }

    fn exists(&mut self, path: &Path) -> io::Result<bool> {
        self.call()?;
        Ok(self.0.lock().unwrap().disk.contains_key(path))
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        let mut world = self.0.lock().unwrap();
        assert!(
            !world.unsynced.contains(from),
            "{from:?} is renamed before it is on the disk"
        );
        if world.in_use.contains(to) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if world.in_use.remove(from) {
            world.in_use.insert(to.to_owned());
        }
        let content = world
            .disk
            .remove(from)
            .ok_or(io::Error::from(io::ErrorKind::NotFound))?;
        world.disk.insert(to.to_owned(), content);
        Ok(())
    }

    fn rename_at_boot(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        self.0.lock().unwrap().at_boot = Some((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn cancel_rename_at_boot(&mut self, from: &Path) -> io::Result<()> {
        self.call()?;
        let mut world = self.0.lock().unwrap();
        world.at_boot = world.at_boot.take().filter(|(own, _)| own != from);
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.call()?;
        let mut world = self.0.lock().unwrap();
        if world.in_use.contains(path) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        world.disk.remove(path);
        Ok(())
    }

    fn digest(&mut self, path: &Path) -> io::Result<String> {
        self.read(path).map(|content| sha256(&content))
    }

    fn copy(&mut self, from: &Path, to: &Path) -> io::Result<String> {
        let content = self.read(from)?;
        let mut file = self.create(to)?;
        file.write_all(&content)?;
        file.finish()?;
        Ok(sha256(&content))
    }

    fn lock(&mut self, _path: &Path) -> io::Result<Option<Box<dyn Any>>> {
        self.call()?;
        if std::mem::replace(&mut self.0.lock().unwrap().is_locked, true) {
            return Ok(None);
        }
        Ok(Some(Box::new(Lock(self.clone()))))
    }
}

impl Transport for Machine {
    fn get(&mut self, url: &UpdateUrl, _timeout: Duration) -> io::Result<Response> {
        self.call()?;
        let mut world = self.0.lock().unwrap();
        world.requests.push(url.as_str().to_owned());
        let content = world.server.get(url.as_str()).cloned();
        Ok(Response {
            status: if content.is_some() { 200 } else { 404 },
            location: None,
            length: content.as_ref().map(|content| content.len() as u64),
            body: Box::new(Cursor::new(content.unwrap_or_default())),
        })
    }
}
