//! Where a program's output goes.

use std::fmt;

use super::ControlCode;
use crate::words::words;
use crate::{NamedText, validated_text};

/// The table `output`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
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
    pub max_size: Size,
    /// How many files are kept.
    pub keep_files: usize,
    /// For how many days a file is kept.
    pub keep_days: u32,
    /// Whether a new file begins when the program starts.
    pub rotate_on_start: bool,
    /// The control code that begins new files.
    pub rotate_control: ControlCode,
}

impl Default for HostOutput {
    fn default() -> Self {
        Self {
            stdout: StdoutTarget::default(),
            stderr: StderrTarget::default(),
            directory: None,
            format: OutputFormat::default(),
            timestamps: true,
            max_size: Size::bytes_of(10 << 20),
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

/// A size such as `10MB` or `512KB`. Units are powers of 1024.
///
/// ```
/// use winsvc_definition::manifest::Size;
///
/// assert_eq!(Size::new("10MB").unwrap().bytes(), 10 << 20);
/// assert!(Size::new("10").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Size {
    bytes: u64,
}

impl Size {
    const UNITS: [(&'static str, u64); 3] = [("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30)];

    /// Parses a whole number with its unit.
    pub fn new(text: &str) -> Result<Self, SizeError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let scale = Self::UNITS.iter().find(|(name, _)| *name == unit);
        let bytes = match (number.parse::<u64>(), scale) {
            (Ok(number), Some((_, scale))) => number.checked_mul(*scale).filter(|bytes| *bytes > 0),
            _ => None,
        };
        bytes.map(Self::bytes_of).ok_or_else(|| SizeError {
            found: text.to_owned(),
        })
    }

    const fn bytes_of(bytes: u64) -> Self {
        Self { bytes }
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        self.bytes
    }
}

validated_text!(Size, SizeError);

/// The error for a text that is not a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeError {
    found: String,
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid size {:?}; expected a whole number and its unit, such as \"512KB\", \"10MB\" or \"1GB\"",
            self.found
        )
    }
}

impl std::error::Error for SizeError {}
