//! The actions of the updater: each ends with an event for the state machine.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use winsvc_definition::UpdateUrl;
use winsvc_definition::update::manifest::ArtifactKind;

use super::apply::msi::{self, Meaning};
use super::apply::swap::SwapError;
use super::fetch::{self, FetchError, Limits};
use super::host::Host;
use super::machine::{Attempt, Cause, Event};
use super::updater::Updater;

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

impl<H: Host> Updater<H> {
    pub(super) fn download(&mut self, attempt: &Attempt) -> io::Result<Event> {
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

    pub(super) fn verify(&mut self, attempt: &Attempt) -> io::Result<Event> {
        let package = self.package(attempt.artifact.kind);
        if !self.files.exists(&package)? || self.files.digest(&package)? != attempt.artifact.sha256 {
            return Ok(Event::NotVerified(NOT_THE_PACKAGE.to_owned()));
        }
        Ok(match self.host.trusts(&package) {
            Ok(()) => Event::Verified,
            Err(why) => Event::NotVerified(why),
        })
    }

    pub(super) fn install(&mut self, attempt: &Attempt) -> Event {
        match attempt.artifact.kind {
            ArtifactKind::Exe => self.swap(attempt),
            ArtifactKind::Msi => {
                // Without it the version can be installed, but not be rolled back.
                let _ = self.keep_installed(&attempt.from);
                // A version that was withdrawn is replaced by an older one.
                let is_older = attempt.to < attempt.from;
                self.run_msi(&self.package(ArtifactKind::Msi), is_older)
            }
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

    /// Keeps the MSI of the installed version, unless the updater has installed it.
    fn keep_installed(&mut self, version: &Version) -> io::Result<()> {
        let kept = self.kept_msi(version);
        if self.files.exists(&kept)? {
            return Ok(());
        }
        let Some(package) = self.host.installed_package() else {
            return Ok(());
        };
        let copy = kept.with_extension("msi.new");
        self.files.copy(&package, &copy)?;
        self.files.rename(&copy, &kept)
    }

    /// Installs an MSI, whose transaction includes the start of the service.
    fn run_msi(&mut self, msi: &Path, is_older: bool) -> Event {
        let log = self.installed.folder.join("msiexec.log");
        let exit_code = match self.host.run_installer(&msi::command(msi, &log, is_older)) {
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

    pub(super) fn watch(&mut self, attempt: &Attempt) -> io::Result<Event> {
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
            self.files.rename(&package, &self.kept_msi(&attempt.to))?;
            self.files.remove(&self.kept_msi(&attempt.from))?;
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

    pub(super) fn roll_back(&mut self, attempt: &Attempt) -> io::Result<Event> {
        match attempt.artifact.kind {
            ArtifactKind::Exe => {
                let host = &mut self.host;
                self.names.roll_back(&mut *self.files, || host.stop())?;
            }
            ArtifactKind::Msi if self.host.installed()? == attempt.to => {
                if let Some(why) = self.roll_back_msi(attempt)? {
                    // A version that does not work is better than none.
                    let _ = self.host.start();
                    return Ok(Event::CannotRollBack(why));
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

    /// Installs the MSI of the version before over the new one. Returns why that is not possible; it is an error if it
    /// may be possible later.
    fn roll_back_msi(&mut self, attempt: &Attempt) -> io::Result<Option<String>> {
        let kept = self.kept_msi(&attempt.from);
        if !self.files.exists(&kept)? {
            return Ok(Some(format!("the MSI of {} is not known", attempt.from)));
        }
        match self.run_msi(&kept, true) {
            Event::Busy(why) | Event::NotInstalled(Cause::Interrupted(why)) => Err(io::Error::other(why)),
            Event::NotInstalled(Cause::Failed(why)) => Ok(Some(why)),
            _ if self.host.installed()? == attempt.to => Ok(Some(format!(
                "Windows Installer has left {} in place",
                attempt.to
            ))),
            _ => Ok(None),
        }
    }

    /// Removes what an update has left.
    pub(super) fn clean_up(&mut self) -> io::Result<()> {
        if self.installed.kind == ArtifactKind::Exe {
            self.names.tidy(&mut *self.files)?;
        }
        self.files.remove(&self.package(self.installed.kind))
    }

    fn package(&self, kind: ArtifactKind) -> PathBuf {
        self.installed.folder.join(format!("package.{kind}"))
    }

    /// The MSI of a version that is or was installed.
    pub(super) fn kept_msi(&self, version: &Version) -> PathBuf {
        self.installed.folder.join(format!("{version}.msi"))
    }
}

const NOT_THE_PACKAGE: &str = "the package is not the one of the update manifest";

fn did_not_start(error: &io::Error) -> String {
    format!("the service did not start: {error}")
}
