//! The updater: it runs the actions of the state machine.

use std::any::Any;
use std::fmt;
use std::io;
use std::time::Duration;

use semver::Version;
use winsvc_definition::folders::UPDATE_LOCK;
use winsvc_definition::update::manifest::ArtifactKind;
use winsvc_definition::{AutoUpdate, Update, UpdateKey, UpdateUrl};

use super::activity::Activity;
use super::apply::swap::Names;
use super::choice::{self, Candidate, Installation};
use super::error::UpdateError;
use super::fetch::{self, FetchError, Http, Limits, Transport};
use super::files::{Disk, Files};
use super::host::{Host, UpdateEvent};
use super::machine::{self, Action, Attempt, End, Event, State};
use super::manifest::{self, Trust, Verified};
use super::request::{Installed, Outcome, Request};
use super::rollout::{self, Moment};
use super::store::{Loaded, Store};

/// How long a manifest and its signature may take each.
const MANIFEST_TIME: Duration = Duration::from_secs(60);

/// How much of an update one process does. An exe that is replaced cannot watch its replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Everything.
    All,
    /// Everything before the installation.
    Preparation,
}

/// Updates a product: it checks for a version, downloads, verifies and installs it, watches it, and puts the one before
/// back if it fails.
///
/// What it does is on disk before it does it. After a power cut at any point, the next [`run`](Self::run) continues it or
/// undoes it.
pub struct Updater<H> {
    pub(super) settings: Update,
    pub(super) installed: Installed,
    pub(super) names: Names,
    store: Store,
    pub(super) host: H,
    pub(super) files: Box<dyn Files>,
    pub(super) transport: Box<dyn Transport>,
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
        let _lock = self.lock()?;
        let mut state = self.load()?;
        self.finish_interrupted(&mut state)?;
        self.check(&mut state, request, Part::All)
    }

    /// Does what is asked for, but leaves an installation, and one that was interrupted, to
    /// [`install_prepared`](Self::install_prepared) in another process.
    #[cfg_attr(
        not(windows),
        allow(dead_code, reason = "tested on every host, used on Windows")
    )]
    pub(crate) fn prepare(&mut self, request: Request) -> Result<Outcome, UpdateError> {
        let _lock = self.lock()?;
        match self.store.load(&mut *self.files)? {
            Loaded::State(state) if state.is_installing() => Ok(Outcome::Prepared),
            Loaded::State(mut state) => {
                self.finish_interrupted(&mut state)?;
                self.check(&mut state, request, Part::Preparation)
            }
            Loaded::Damaged => Ok(Outcome::Prepared),
        }
    }

    /// Whether an installation was interrupted, and has to be ended before anything else.
    #[cfg_attr(
        not(windows),
        allow(dead_code, reason = "tested on every host, used on Windows")
    )]
    pub(crate) fn is_interrupted(&mut self) -> Result<bool, UpdateError> {
        let _lock = self.lock()?;
        Ok(match self.store.load(&mut *self.files)? {
            Loaded::State(state) => state.is_installing(),
            Loaded::Damaged => true,
        })
    }

    /// Installs what was prepared, or ends an installation that was interrupted.
    #[cfg_attr(
        not(windows),
        allow(dead_code, reason = "tested on every host, used on Windows")
    )]
    pub(crate) fn install_prepared(&mut self) -> Result<Outcome, UpdateError> {
        let _lock = self.lock()?;
        let mut state = self.load()?;
        // What is interrupted and may be tried again waits for permission again.
        let is_prepared = !state.is_installing();
        self.finish_interrupted(&mut state)?;
        if is_prepared && state.is_verified() {
            let action = self.advance(&mut state, Event::Resumed { is_in_place: false })?;
            self.drive(&mut state, action)?;
            self.go(&mut state)?;
        }
        Ok(outcome(&state))
    }

    fn lock(&mut self) -> Result<Box<dyn Any>, UpdateError> {
        let lock = self.installed.folder.join(UPDATE_LOCK);
        self.files.lock(&lock)?.ok_or(UpdateError::AlreadyRunning)
    }

    fn check(&mut self, state: &mut State, request: Request, part: Part) -> Result<Outcome, UpdateError> {
        if request == Request::Scheduled && self.settings.auto == AutoUpdate::Off {
            return Ok(Outcome::Off);
        }
        self.host.entered(Activity::Checking);
        let version = self.host.installed()?;
        let (verified, url) = self.manifest(state)?;
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
        if *state != before {
            self.store.save(&mut *self.files, state)?;
        }
        match choice {
            Ok(candidate) if request == Request::Check => Ok(Outcome::Available(candidate.version)),
            Ok(candidate) => self.update(state, version, &candidate, request, part),
            Err(refusals) => {
                let action = self.advance(state, Event::Superseded)?;
                self.drive(state, action)?;
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
            None => {
                // It may be in use, and does no harm.
                let _ = self.clean_up();
                Ok(())
            }
            Some(attempt) if state.is_installing() => {
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
        part: Part,
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
        if state.is_verified() && self.may_install(state, candidate, request) {
            if part == Part::Preparation {
                return Ok(Outcome::Prepared);
            }
            self.go(state)?;
        }
        Ok(outcome(state))
    }

    /// Installs the package if it is verified.
    fn go(&mut self, state: &mut State) -> io::Result<()> {
        if !state.is_verified() {
            return Ok(());
        }
        if self.installed.kind == ArtifactKind::Exe {
            // What an earlier update has left must not be taken for the version before.
            self.names.tidy(&mut *self.files)?;
        }
        let action = self.advance(state, Event::Go)?;
        self.drive(state, action)
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
        let activity = state
            .attempt
            .as_ref()
            .map_or(Activity::Idle, |it| it.phase.into());
        self.host.entered(activity);
        if let (Some(_), None, Some(last)) = (before.attempt, &state.attempt, &state.last) {
            self.host.report(UpdateEvent::Ended {
                to: last.version.clone(),
                end: last.end.clone(),
            });
        }
        Ok(action)
    }

    /// Whether there is a version to roll back to. The MSI of the first version may not be known.
    fn has_rollback(&mut self, state: &State) -> io::Result<bool> {
        let msi = state.attempt.as_ref();
        let msi = msi.filter(|it| it.artifact.kind == ArtifactKind::Msi);
        let msi = msi.map(|attempt| self.kept_msi(&attempt.from));
        Ok(self.settings.rollback && msi.map_or(Ok(true), |msi| self.files.exists(&msi))?)
    }

    /// Runs actions until there is none.
    fn drive(&mut self, state: &mut State, mut action: Action) -> io::Result<()> {
        loop {
            let Some(attempt) = state.attempt.clone() else {
                if action == Action::CleanUp {
                    // As in `finish_interrupted`.
                    let _ = self.clean_up();
                }
                return Ok(());
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
}

/// How the update stands.
fn outcome(state: &State) -> Outcome {
    match (&state.attempt, &state.last) {
        (Some(attempt), _) => Outcome::Waiting(attempt.to.clone()),
        (None, Some(last)) if last.end == End::Done => Outcome::Updated(last.version.clone()),
        (None, Some(last)) => Outcome::Failed(last.version.clone(), last.end.to_string()),
        (None, None) => Outcome::UpToDate(Vec::new()),
    }
}
