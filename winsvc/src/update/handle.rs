//! The program's handle to the updater of its product: [`Updates`].

use std::io;

use winsvc_definition::registration::update_key;
use winsvc_definition::{Role, Stamp};

use super::status::UpdateStatus;
use crate::identity::Package;

/// The control that asks the updater to update now.
pub(crate) const UPDATE_NOW: u8 = 128;
/// The control that asks the updater to check now.
pub(crate) const CHECK_NOW: u8 = 129;

/// The updater of the product, as its services see it: [`Service::update`](crate::Service::update) returns it.
///
/// The updater is a service of its own with the rights to install software. Other services can read what it does, and
/// ask it to begin; it takes nothing else from them.
#[derive(Clone, Debug)]
pub struct Updates {
    /// The name of the updater service.
    pub(crate) service: String,
    /// The key with the status, below `HKEY_LOCAL_MACHINE`.
    pub(crate) key: String,
}

impl Updates {
    /// The updater that is stamped into this exe.
    pub(crate) fn of_this_exe() -> Option<Self> {
        // A stamp that cannot be read has kept the service from starting.
        Self::of(&Package::stamped().ok()?)
    }

    /// The updater among the services of an exe.
    pub(crate) fn of(stamps: &[Stamp]) -> Option<Self> {
        let updater = stamps.iter().find(|stamp| stamp.role == Role::Updater)?;
        Some(Self {
            service: updater.definition.name.to_string(),
            key: update_key(&updater.layout.registry_key),
        })
    }

    /// What the updater does, and what it has done.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) -> std::io::Result<()> {
    /// if let Some(updates) = service.update() {
    ///     println!("next version: {:?}", updates.status()?.available);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> io::Result<UpdateStatus> {
        self.read()
    }

    /// Asks the updater to check for a new version. Returns at once; the result is in [`status`](Self::status).
    ///
    /// ```no_run
    /// # fn example(updates: &winsvc::update::Updates) -> std::io::Result<()> {
    /// updates.check()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn check(&self) -> io::Result<()> {
        self.send(CHECK_NOW)
    }

    /// Asks the updater to install the newest version, without waiting for a rollout or the window, and whatever `auto`
    /// is. Returns at once. The service is stopped when the new version has been downloaded.
    ///
    /// ```no_run
    /// # fn example(updates: &winsvc::update::Updates) -> std::io::Result<()> {
    /// updates.install_now()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn install_now(&self) -> io::Result<()> {
        self.send(UPDATE_NOW)
    }

    #[cfg(windows)]
    fn read(&self) -> io::Result<UpdateStatus> {
        use crate::sys::machine::Machine as _;

        let values = crate::sys::LocalMachine::new().registry_values(&self.key);
        Ok(UpdateStatus::read(&values?.unwrap_or_default()))
    }

    #[cfg(windows)]
    fn send(&self, code: u8) -> io::Result<()> {
        use crate::sys::machine::Machine as _;

        Ok(crate::sys::LocalMachine::new().control(&self.service, code)?)
    }

    #[cfg(not(windows))]
    #[expect(clippy::unused_self, reason = "as on Windows")]
    fn read(&self) -> io::Result<UpdateStatus> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(not(windows))]
    #[expect(clippy::unused_self, reason = "as on Windows")]
    fn send(&self, _: u8) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
