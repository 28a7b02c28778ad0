//! What an exe runs as one of its services.

use crate::words::words;

words! {
    /// What an exe runs as one of its services.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Role {
        /// The author's program.
        #[default]
        Service = "service",
        /// winsvc's updater, which the tool adds to a product that updates itself.
        Updater = "updater",
    }

    error RoleError("role of a service");
}
