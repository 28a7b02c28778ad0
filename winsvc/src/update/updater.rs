//! The updater: it runs the actions of the state machine.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use winsvc_definition::folders::UPDATE_LOCK;
use winsvc_definition::update::manifest::ArtifactKind;
use winsvc_definition::{AutoUpdate, Update, UpdateKey, UpdateUrl};

use super::apply::msi::{self, Meaning};
use super::apply::swap::{Names, SwapError};
use super::choice::{self, Candidate, Installation};
use super::error::UpdateError;
use super::fetch::{self, FetchError, Http, Limits, Transport};
use super::files::{Disk, Files};
use super::host::{Host, UpdateEvent};
use super::machine::{self, Action, Attempt, Cause, End, Event, Phase, State};
use super::manifest::{self, Trust, Verified};
use super::request::{Installed, Outcome, Request};
use super::rollout::{self, Moment};
use super::store::{Loaded, Store};

/// How long a manifest and its signature may take each.
const MANIFEST_TIME: Duration = Duration::from_secs(60);
/// How long a package may take.
const PACKAGE_TIME: Duration = Duration::from_secs(3600);
/// The time between two looks at a new version.
const WATCH_INTERVAL: Duration = Duration::from_secs(10);
/// A short soak has this many looks too.
const FEWEST_LOOKS: u32 = 10;
/// After so many failed probes in a row a version is unhealthy.
const FAILED_PROBES: u32 = 3;
/// How long a probe may take.
const PROBE_TIME: Duration = Duration::from_secs(5);
/// The most bytes of an answer to a probe.
const PROBE_SIZE: u64 = 1 << 20;

/// Updates a product: it checks for a version, downloads, verifies and installs it, watches it, and puts the one before
/// back if it fails.
///
/// What it does is on disk before it does it. After a power cut at any point, the next [`run`](Self::run) continues it or
/// undoes it.
pub struct Updater<H> {
    settings: Update,
    installed: Installed,
    names: Names,
    store: Store,
    host: H,
    files: Box<dyn Files>,
    transport: Box<dyn Transport>,
}

impl<H: fmt::Debug> fmt::Debug for Updater<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updater")
            .field("settings", &self.settings)
            .field("installed", &self.installed)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl<H: Host> Updater<H> {
    /// An updater that downloads by `WinHTTP`. On other systems than Windows it reaches servers on the machine itself only.
    pub fn new(settings: Update, installed: Installed, host: H) -> Self {
        Self::with(settings, installed, host, Box::new(Disk), Box::new(Http))
    }

    pub(super) fn with(
        settings: Update,
        installed: Installed,
        host: H,
        files: Box<dyn Files>,
        transport: Box<dyn Transport>,
    ) -> Self {
        Self {
            names: Names::new(&installed.exe),
            store: Store::new(&installed.folder),
            settings,
            installed,
            host,
            files,
            transport,
        }
    }

    /// Finishes what the last run began, then does what is asked for. Only one process at a time does so.
    pub fn run(&mut self, request: Request) -> Result<Outcome, UpdateError> {
        let lock = self.installed.folder.join(UPDATE_LOCK);
        let Some(_lock) = self.files.lock(&lock)? else {
            return Err(UpdateError::AlreadyRunning);
        };
        let mut state = self.load()?;
        self.finish_interrupted(&mut state)?;
        if request == Request::Scheduled && self.settings.auto == AutoUpdate::Off {
            return Ok(Outcome::Off);
        }
        let version = self.host.installed()?;
        let (verified, url) = self.manifest(&state)?;
        let failed = state.failed.clone();
        let choice = choice::choose(
            &verified.manifest,
            &url,
            Installation {
                version: &version,
                arch: self.installed.arch,
                kind: self.installed.kind,
                install_id: &self.installed.install_id,
                failed: &failed,
                is_requested: request == Request::Now,
            },
        );
        let before = state.clone();
        state.sequence = verified.manifest.sequence;
        state.signing_keys = verified.signing_keys.iter().map(ToString::to_string).collect();
        if request != Request::Check {
            state.offer(choice.as_ref().ok().map(|it| &it.version), self.host.now());
        }
        if state != before {
            self.store.save(&mut *self.files, &state)?;
        }
        match choice {
            Ok(candidate) if request == Request::Check => Ok(Outcome::Available(candidate.version)),
            Ok(candidate) => self.update(&mut state, version, &candidate, request),
            Err(refusals) => {
                let action = self.advance(&mut state, Event::Superseded)?;
                self.drive(&mut state, action)?;
                Ok(Outcome::UpToDate(refusals))
            }
        }
    }

    /// The state on disk. Without one that can be read, the service is started with the exe that is there, or with the
    /// one before if that does not start.
    fn load(&mut self) -> io::Result<State> {
        match self.store.load(&mut *self.files)? {
            Loaded::State(state) => Ok(*state),
            Loaded::Damaged => {
                self.names.restore(&mut *self.files)?;
                if self.host.start().is_err() {
                    self.names.roll_back(&mut *self.files, || Ok(()))?;
                    // A service that does not start may need the next version.
                    let _ = self.host.start();
                }
                let state = State::default();
                self.store.save(&mut *self.files, &state)?;
                self.host.report(UpdateEvent::StateLost);
                Ok(state)
            }
        }
    }

    /// Continues or undoes an installation that the last run did not end. A download waits for the manifest.
    fn finish_interrupted(&mut self, state: &mut State) -> io::Result<()> {
        match state.attempt.clone() {
            None => self.clean_up(),
            Some(attempt)
                if matches!(
                    attempt.phase,
                    Phase::Installing | Phase::Soak | Phase::RollingBack
                ) =>
            {
                let is_in_place = self.is_in_place(&attempt)?;
                let action = self.advance(state, Event::Resumed { is_in_place })?;
                self.drive(state, action)
            }
            Some(_) => Ok(()),
        }
    }

    fn is_in_place(&mut self, attempt: &Attempt) -> io::Result<bool> {
        match attempt.artifact.kind {
            ArtifactKind::Exe => self.names.is_in_place(&mut *self.files, &attempt.artifact.sha256),
            ArtifactKind::Msi => Ok(self.host.installed()? == attempt.to),
        }
    }

    /// Downloads and verifies the manifest.
    fn manifest(&mut self, state: &State) -> Result<(Verified, UpdateUrl), UpdateError> {
        let url = self.settings.url.file(&self.settings.channel.manifest())?;
        let signature_url = UpdateUrl::new(&format!("{url}.minisig"))?;
        let mut get = |url, size| {
            let limits = Limits {
                size,
                time: MANIFEST_TIME,
            };
            let mut content = Vec::new();
            fetch::download(&mut *self.transport, url, limits, &mut content)?;
            Ok::<_, FetchError>(content)
        };
        let content = get(&url, manifest::LARGEST)?;
        let signature = get(&signature_url, manifest::LARGEST_SIGNATURE)?;
        let keys = state
            .signing_keys
            .iter()
            .filter_map(|key| UpdateKey::new(key).ok());
        let trust = Trust {
            settings: &self.settings,
            signing_keys: &keys.collect::<Vec<_>>(),
            sequence: state.sequence,
            now: self.host.now(),
        };
        let verified = manifest::verify(&content, &String::from_utf8_lossy(&signature), &url, trust)?;
        Ok((verified, url))
    }

    /// Updates as far as is allowed now.
    fn update(
        &mut self,
        state: &mut State,
        from: Version,
        candidate: &Candidate,
        request: Request,
    ) -> Result<Outcome, UpdateError> {
        let to = candidate.version.clone();
        let is_begun = |attempt: &Attempt| attempt.to == to && attempt.artifact == candidate.artifact;
        if state.attempt.as_ref().is_some_and(|attempt| !is_begun(attempt)) {
            let action = self.advance(state, Event::Superseded)?;
            self.drive(state, action)?;
        }
        let event = if state.attempt.is_some() {
            Event::Resumed { is_in_place: false }
        } else {
            self.host.report(UpdateEvent::Begun {
                from: from.clone(),
                to: to.clone(),
            });
            Event::Begin {
                from,
                to: to.clone(),
                artifact: candidate.artifact.clone(),
            }
        };
        let action = self.advance(state, event)?;
        self.drive(state, action)?;
        let is_ready = state
            .attempt
            .as_ref()
            .is_some_and(|it| it.phase == Phase::Verified);
        if is_ready && self.may_install(state, candidate, request) {
            let action = self.advance(state, Event::Go)?;
            self.drive(state, action)?;
        }
        Ok(match (&state.attempt, &state.last) {
            (Some(_), _) | (None, None) => Outcome::Waiting(to),
            (None, Some(last)) if last.end == End::Done => Outcome::Updated(to),
            (None, Some(last)) => Outcome::Failed(to, last.end.to_string()),
        })
    }

    fn may_install(&mut self, state: &State, candidate: &Candidate, request: Request) -> bool {
        match (request, self.settings.auto) {
            (Request::Now, _) => true,
            (Request::Scheduled, AutoUpdate::Install) => {
                let now = self.host.now();
                let moment = Moment {
                    now,
                    local_minute: self.host.local_minute(),
                    since: state.offered.as_ref().map_or(now, |offer| offer.since),
                };
                candidate.is_urgent || rollout::is_due(&self.settings, moment)
            }
            _ => false,
        }
    }

    /// Changes the state by an event, on disk too, and returns the action.
    fn advance(&mut self, state: &mut State, event: Event) -> io::Result<Action> {
        let before = state.clone();
        let has_rollback = self.has_rollback(state)?;
        let action = machine::next(state, event, has_rollback);
        if *state == before {
            return Ok(action);
        }
        match self.store.save(&mut *self.files, state) {
            // A full disk does not keep a version that fails. Rolling back twice does no harm.
            Err(_) if action == Action::RollBack => {}
            saved => saved?,
        }
        if let (Some(_), None, Some(last)) = (before.attempt, &state.attempt, &state.last) {
            self.host.report(UpdateEvent::Ended {
                to: last.version.clone(),
                end: last.end.to_string(),
            });
        }
        Ok(action)
    }

    /// Whether there is a version to roll back to. The MSI of the first version is not known to the updater.
    fn has_rollback(&mut self, state: &State) -> io::Result<bool> {
        let is_msi = state
            .attempt
            .as_ref()
            .is_some_and(|it| it.artifact.kind == ArtifactKind::Msi);
        Ok(self.settings.rollback && (!is_msi || self.files.exists(&self.previous_msi())?))
    }

    /// Runs actions until there is none.
    fn drive(&mut self, state: &mut State, mut action: Action) -> io::Result<()> {
        loop {
            let Some(attempt) = state.attempt.clone() else {
                return match action {
                    Action::CleanUp => self.clean_up(),
                    _ => Ok(()),
                };
            };
            let event = match action {
                Action::Rest | Action::CleanUp => return Ok(()),
                Action::Download => self.download(&attempt)?,
                Action::Verify => self.verify(&attempt)?,
                Action::Install => self.install(&attempt),
                Action::Watch => self.watch(&attempt)?,
                Action::RollBack => self.roll_back(&attempt)?,
            };
            if let Event::Busy(_) = event {
                self.host.report(UpdateEvent::Busy { to: attempt.to });
            }
            action = self.advance(state, event)?;
        }
    }

    fn download(&mut self, attempt: &Attempt) -> io::Result<Event> {
        let artifact = &attempt.artifact;
        let url = match UpdateUrl::new(&artifact.url) {
            Ok(url) => url,
            Err(error) => return Ok(Event::NotDownloaded(error.to_string())),
        };
        let limits = Limits {
            size: artifact.size,
            time: PACKAGE_TIME,
        };
        let mut file = self.files.create(&self.package(artifact.kind))?;
        let received = fetch::download(&mut *self.transport, &url, limits, &mut file);
        Ok(match received {
            Ok(received) if received.size == artifact.size && received.sha256 == artifact.sha256 => {
                file.finish()?;
                Event::Downloaded
            }
            Ok(_) => Event::NotDownloaded(NOT_THE_PACKAGE.to_owned()),
            Err(error) => Event::NotDownloaded(error.to_string()),
        })
    }

    fn verify(&mut self, attempt: &Attempt) -> io::Result<Event> {
        let package = self.package(attempt.artifact.kind);
        if !self.files.exists(&package)? || self.files.digest(&package)? != attempt.artifact.sha256 {
            return Ok(Event::NotVerified(NOT_THE_PACKAGE.to_owned()));
        }
        Ok(match self.host.trusts(&package) {
            Ok(()) => Event::Verified,
            Err(why) => Event::NotVerified(why),
        })
    }

    fn install(&mut self, attempt: &Attempt) -> Event {
        match attempt.artifact.kind {
            ArtifactKind::Exe => self.swap(attempt),
            ArtifactKind::Msi => self.run_msi(&self.package(ArtifactKind::Msi), false),
        }
    }

    fn swap(&mut self, attempt: &Attempt) -> Event {
        let package = self.package(ArtifactKind::Exe);
        let host = &mut self.host;
        let swapped = self
            .names
            .install(&mut *self.files, &package, &attempt.artifact.sha256, || {
                host.stop()
            });
        let interrupted = |why: String| Event::NotInstalled(Cause::Interrupted(why));
        match swapped {
            Ok(()) => match self.host.start() {
                Ok(()) => Event::Installed,
                Err(error) => Event::NotInstalled(Cause::Failed(did_not_start(&error))),
            },
            Err(SwapError::Changed) => interrupted(NOT_THE_PACKAGE.to_owned()),
            Err(SwapError::Io(error)) => interrupted(error.to_string()),
        }
    }

    /// Installs an MSI, whose transaction includes the start of the service.
    fn run_msi(&mut self, msi: &Path, rolls_back: bool) -> Event {
        let log = self.installed.folder.join("msiexec.log");
        let exit_code = match self.host.run_installer(&msi::command(msi, &log, rolls_back)) {
            Ok(exit_code) => exit_code,
            Err(error) => return Event::NotInstalled(Cause::Interrupted(error.to_string())),
        };
        match msi::meaning(exit_code) {
            Meaning::Installed | Meaning::InstalledAtRestart => Event::Installed,
            Meaning::Busy => Event::Busy("another installation is running".to_owned()),
            Meaning::NotInstalled { reason, is_final } => {
                let why = format!("{reason} (exit code {exit_code}; see {})", log.display());
                Event::NotInstalled(if is_final {
                    Cause::Failed(why)
                } else {
                    Cause::Interrupted(why)
                })
            }
        }
    }

    fn watch(&mut self, attempt: &Attempt) -> io::Result<Event> {
        if let Err(error) = self.host.start() {
            return Ok(Event::Unhealthy(did_not_start(&error)));
        }
        let soak = self.settings.soak.duration();
        let interval = WATCH_INTERVAL.min(soak / FEWEST_LOOKS);
        let looks = soak.as_millis() / interval.as_millis().max(1);
        let mut failed_probes = 0;
        for _ in 0..looks {
            self.host.pause(interval);
            if let Err(why) = self.host.health() {
                return Ok(Event::Unhealthy(why));
            }
            match self.probe() {
                Ok(()) => failed_probes = 0,
                Err(error) if failed_probes + 1 >= FAILED_PROBES => {
                    return Ok(Event::Unhealthy(format!("the health check failed: {error}")));
                }
                Err(_) => failed_probes += 1,
            }
        }
        let package = self.package(ArtifactKind::Msi);
        if attempt.artifact.kind == ArtifactKind::Msi && self.files.exists(&package)? {
            let previous = self.previous_msi();
            self.files.rename(&package, &previous)?;
        }
        Ok(Event::Healthy)
    }

    fn probe(&mut self) -> Result<(), FetchError> {
        let Some(url) = &self.settings.health else {
            return Ok(());
        };
        let limits = Limits {
            size: PROBE_SIZE,
            time: PROBE_TIME,
        };
        fetch::download(&mut *self.transport, url, limits, &mut io::sink()).map(drop)
    }

    fn roll_back(&mut self, attempt: &Attempt) -> io::Result<Event> {
        match attempt.artifact.kind {
            ArtifactKind::Exe => {
                let host = &mut self.host;
                self.names.roll_back(&mut *self.files, || host.stop())?;
            }
            ArtifactKind::Msi if self.host.installed()? == attempt.to => {
                let previous = self.previous_msi();
                if !self.files.exists(&previous)? {
                    self.host.start()?;
                    return Ok(Event::CannotRollBack(
                        "the MSI of the version before is not known".to_owned(),
                    ));
                }
                if let Event::Busy(why) | Event::NotInstalled(Cause::Failed(why) | Cause::Interrupted(why)) =
                    self.run_msi(&previous, true)
                {
                    return Err(io::Error::other(why));
                }
            }
            ArtifactKind::Msi => {}
        }
        Ok(match self.host.start() {
            Ok(()) => Event::RolledBack,
            Err(error) => Event::CannotRollBack(format!(
                "{} is in place, but {}",
                attempt.from,
                did_not_start(&error)
            )),
        })
    }

    /// Removes what an update has left.
    fn clean_up(&mut self) -> io::Result<()> {
        if self.installed.kind == ArtifactKind::Exe {
            self.names.tidy(&mut *self.files)?;
        }
        self.files.remove(&self.package(self.installed.kind))
    }

    fn package(&self, kind: ArtifactKind) -> PathBuf {
        self.installed.folder.join(format!("package.{kind}"))
    }

    /// The MSI of the installed version.
    fn previous_msi(&self) -> PathBuf {
        self.installed.folder.join("installed.msi")
    }
}

const NOT_THE_PACKAGE: &str = "the package is not the one of the update manifest";

fn did_not_start(error: &io::Error) -> String {
    format!("the service did not start: {error}")
}
