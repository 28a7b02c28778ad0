//! Writes the status to the registry.

use crate::sys::LocalMachine;
use crate::sys::machine::Machine as _;
use crate::update::UpdateStatus;

/// The status in the registry.
#[derive(Clone, Debug)]
pub(super) struct StatusKey(pub(super) String);

impl StatusKey {
    pub(super) fn read(&self) -> UpdateStatus {
        let values = LocalMachine::new().registry_values(&self.0);
        UpdateStatus::read(&values.ok().flatten().unwrap_or_default())
    }

    /// Changes the status. A status that cannot be written is shown to nobody, and has no further effect.
    pub(super) fn change(&self, change: impl FnOnce(&mut UpdateStatus)) {
        let mut status = self.read();
        change(&mut status);
        let machine = LocalMachine::new();
        for (name, value) in status.values() {
            let _ = machine.set_registry_value(&self.0, name, &value);
        }
    }
}
