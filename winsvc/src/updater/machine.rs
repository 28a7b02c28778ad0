//! This machine, as an update needs it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use winsvc_definition::{Stamp, Timeout, events};

use super::folder;
use super::product::Product;
use super::status::StatusKey;
use crate::journal;
use crate::sys::machine::{Machine as _, Phase, code};
use crate::sys::{self, LocalMachine};
use crate::update::{Activity, Host, UpdateEnd, UpdateEvent, Version};
use crate::verbs::control::{self, Wait};

/// This machine.
#[derive(Debug)]
pub(super) struct ThisMachine {
    product: Product,
    exe: PathBuf,
    machine: LocalMachine,
    pub(super) status: StatusKey,
    /// The processes of the services that were started.
    processes: BTreeMap<String, u32>,
}

/// How long a service may take whose definition this exe does not have.
const START: Duration = Duration::from_secs(35);
const STOP: Duration = Duration::from_secs(25);

/// The time between two looks at whether the product was uninstalled.
const LOOK: Duration = Duration::from_millis(250);

impl ThisMachine {
    pub(super) fn new(product: &Product, exe: &Path) -> Self {
        Self {
            product: product.clone(),
            exe: exe.to_owned(),
            machine: LocalMachine::new(),
            status: StatusKey(product.status_key()),
            processes: BTreeMap::new(),
        }
    }

    fn phase(&self, service: &str) -> io::Result<Option<(Phase, u32)>> {
        match self.machine.status(service) {
            Ok(status) => Ok(Some((status.phase, status.pid))),
            Err(error) if error.code == code::SERVICE_DOES_NOT_EXIST => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The services that run, or ran before the installation began.
    fn running(&self) -> io::Result<Vec<String>> {
        if let Some(names) = folder::services(&self.product.folder) {
            return Ok(names);
        }
        let mut names = Vec::new();
        for name in &self.product.update.services {
            let phase = self.phase(name.as_str())?;
            if phase.is_some_and(|(phase, _)| phase != Phase::Stopped) {
                names.push(name.to_string());
            }
        }
        Ok(names)
    }

    /// Notes which services run, because only these are started again.
    fn remember(&self) -> io::Result<()> {
        folder::write_services(&self.product.folder, &self.running()?)
    }

    fn wait(&self, service: &str) -> Wait {
        let stamps = self.product.stamps.iter();
        let mut stamps = stamps.map(|stamp| &stamp.definition);
        match stamps.find(|it| it.name.as_str().eq_ignore_ascii_case(service)) {
            Some(definition) => Wait::new(definition, None::<Timeout>),
            None => Wait {
                start: START,
                stop: STOP,
            },
        }
    }

    fn stop_service(&self, service: &str) -> io::Result<()> {
        control::stop_service(&self.machine, service, self.wait(service))
    }

    fn start_service(&self, service: &str) -> io::Result<()> {
        control::start_service(&self.machine, service, self.wait(service))
    }

    /// Starts the updater again if it is not that of the installed version: a version whose updater does not start is
    /// rolled back too.
    fn renew_updater(&mut self) -> io::Result<()> {
        let service = self.product.service.clone();
        let Some((phase, _)) = self.phase(&service)? else {
            return Ok(());
        };
        let installed = self.installed()?.to_string();
        if phase != Phase::Stopped && self.status.read().updater.as_deref() == Some(&installed) {
            return Ok(());
        }
        self.stop_service(&service)?;
        self.start_service(&service)
    }

    /// Ends this process if the product was uninstalled: nothing is put back then.
    fn end_if_uninstalled(&self) {
        let is_gone = || matches!(self.phase(&self.product.service), Ok(None));
        if is_gone() {
            std::thread::sleep(LOOK);
            if is_gone() {
                journal::close();
                std::process::exit(0);
            }
        }
    }
}

impl Host for ThisMachine {
    fn installed(&mut self) -> io::Result<Version> {
        let stamps = sys::resources_of(&self.exe, Stamp::RESOURCE_IDS)?;
        let stamp = stamps.first().ok_or(io::ErrorKind::InvalidData)?;
        let stamp = Stamp::decode_known(stamp).map_err(io::Error::other)?;
        stamp.build.version.parse().map_err(io::Error::other)
    }

    fn stop(&mut self) -> io::Result<()> {
        self.remember()?;
        // One that others depend on is stopped after them.
        let mut left: Vec<String> = self
            .product
            .update
            .services
            .iter()
            .map(ToString::to_string)
            .collect();
        loop {
            let before = left.len();
            let mut failure = None;
            let mut remaining = Vec::new();
            for name in left {
                if self.phase(&name)?.is_none() {
                    continue;
                }
                if let Err(error) = self.stop_service(&name) {
                    failure = Some(error);
                    remaining.push(name);
                }
            }
            match failure {
                None => return Ok(()),
                Some(error) if remaining.len() == before => return Err(error),
                Some(_) => left = remaining,
            }
        }
    }

    fn start(&mut self) -> io::Result<()> {
        for name in self.running()? {
            if self.phase(&name)?.is_none() {
                continue;
            }
            self.start_service(&name)?;
            if let Some((_, pid)) = self.phase(&name)? {
                self.processes.insert(name, pid);
            }
        }
        self.renew_updater()
    }

    fn health(&mut self) -> Result<(), String> {
        for (name, pid) in &self.processes {
            match self.phase(name) {
                Ok(Some((Phase::Running, now))) if now == *pid => {}
                Ok(Some((Phase::Running, _))) => {
                    return Err(format!("the service \"{name}\" has failed and was started again"));
                }
                Ok(Some((phase, _))) => return Err(format!("the service \"{name}\" is {}", phase.as_str())),
                Ok(None) => return Err(format!("the service \"{name}\" is not installed any more")),
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn trusts(&mut self, package: &Path) -> Result<(), String> {
        // An exe whose own signature is not trusted here, such as one of a test certificate, cannot ask more of others.
        let Ok(Some(own)) = sys::signer(&self.exe) else {
            return Ok(());
        };
        match sys::signer(package) {
            Ok(Some(signer)) if signer == own => Ok(()),
            Ok(Some(signer)) => Err(format!(
                "the package is signed by \"{}\"; the installed version is signed by \"{}\"",
                signer.name, own.name
            )),
            Ok(None) => Err(format!(
                "the package is not signed; the installed version is signed by \"{}\"",
                own.name
            )),
            Err(error) => Err(format!("the signature of the package is not trusted: {error}")),
        }
    }

    fn run_installer(&mut self, command: &[String]) -> io::Result<u32> {
        self.remember()?;
        let Some((program, arguments)) = command.split_first() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        Ok(self.machine.run_system_program(program, arguments)?)
    }

    fn installed_package(&mut self) -> Option<PathBuf> {
        sys::installed_package(self.product.update.product).ok().flatten()
    }

    fn report(&mut self, event: UpdateEvent) {
        match &event {
            UpdateEvent::StateLost => journal::log_event(events::UPDATE_STATE_LOST, &[]),
            UpdateEvent::Begun { from, to } => {
                journal::log_event(events::UPDATE_BEGUN, &[from, to]);
                self.status
                    .change(|status| status.available = Some(to.to_string()));
            }
            UpdateEvent::Busy { to } => journal::log_event(events::UPDATE_BUSY, &[to]),
            UpdateEvent::Ended { to, end } => {
                match end {
                    UpdateEnd::Done => journal::log_event(events::UPDATED, &[to]),
                    UpdateEnd::NotInstalled(why) => {
                        journal::log_event(events::UPDATE_NOT_INSTALLED, &[to, why]);
                    }
                    UpdateEnd::RolledBack(why) => {
                        journal::log_event(events::UPDATE_ROLLED_BACK, &[to, why]);
                    }
                    UpdateEnd::LeftUnhealthy(why) => {
                        journal::log_event(events::UPDATE_UNHEALTHY, &[to, why]);
                    }
                }
                self.status.change(|status| {
                    status.available = None;
                    status.last = Some(to.to_string());
                    status.last_result = Some(end.to_string());
                });
            }
        }
    }

    fn entered(&mut self, activity: Activity) {
        self.status.change(|status| status.activity = activity);
    }

    fn pause(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let part = left.min(LOOK);
            std::thread::sleep(part);
            left -= part;
            self.end_if_uninstalled();
        }
    }
}
