//! Where a program's output goes.

use super::ControlCode;
use crate::words::words;
use crate::{ByteSize, NamedText};

/// The table `output`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HostOutput {
    /// Where stdout goes.
    pub stdout: StdoutTarget,
    /// Where stderr goes.
    pub stderr: StderrTarget,
    /// The folder of the log files; default: the product's.
    pub directory: Option<NamedText>,
    /// The form of a line in a log file.
    pub format: OutputFormat,
    /// Whether a line of text begins with the time.
    pub timestamps: bool,
    /// The size at which a new file begins.
    pub max_size: ByteSize,
    /// How many files are kept.
    pub keep_files: usize,
    /// For how many days a file is kept.
    pub keep_days: u32,
    /// Whether a new file begins when the program starts.
    pub rotate_on_start: bool,
    /// The control code that begins new files.
    pub rotate_control: ControlCode,
}

impl HostOutput {
    const DEFAULT_SIZE: ByteSize = match ByteSize::from_bytes(10 << 20) {
        Some(size) => size,
        None => unreachable!(),
    };
}

impl Default for HostOutput {
    fn default() -> Self {
        Self {
            stdout: StdoutTarget::default(),
            stderr: StderrTarget::default(),
            directory: None,
            format: OutputFormat::default(),
            timestamps: true,
            max_size: Self::DEFAULT_SIZE,
            keep_files: 20,
            keep_days: 30,
            rotate_on_start: false,
            rotate_control: ControlCode::ROTATE,
        }
    }
}

words! {
    /// Where the standard output goes.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum StdoutTarget {
        /// To log files.
        #[default]
        File = "file",
        /// To the event log, one event a line.
        EventLog = "event-log",
        /// Nowhere.
        Null = "null",
    }
}

words! {
    /// Where the standard error goes.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum StderrTarget {
        /// To where stdout goes.
        #[default]
        Stdout = "stdout",
        /// To log files of its own.
        File = "file",
        /// To the event log, one event a line.
        EventLog = "event-log",
        /// Nowhere.
        Null = "null",
    }
}

words! {
    /// The form of a line in a log file.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum OutputFormat {
        /// The line as the program printed it, after the time.
        #[default]
        Text = "text",
        /// A JSON object with `timestamp`, `stream` and `message`.
        Json = "json",
    }
}
