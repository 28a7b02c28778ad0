//! How small packages are made.

use crate::words::words;

words! {
    /// How much time `cargo winsvc package` spends on compression.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Compression {
        /// In the least time.
        Fast = "fast",
        /// Small packages in little time.
        #[default]
        Default = "default",
        /// The smallest packages, in about ten times the default's time.
        Max = "max",
    }
}
