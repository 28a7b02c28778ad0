//! What happens when a program exits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor, value::SeqAccessDeserializer};

use crate::Timeout;
use crate::words::words;

/// The table `restart`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
#[serde(try_from = "Fields")]
pub struct RestartTable {
    /// After which exits the program starts again.
    pub on: RestartOn,
    /// The exit codes that are not a failure.
    pub success_codes: Vec<ExitStatusCode>,
    /// The exit codes after which the program starts again, whatever `on` says.
    pub restart_codes: Vec<ExitStatusCode>,
    /// The exit codes after which the service stops without a failure.
    pub stop_codes: Vec<ExitStatusCode>,
    /// The exit codes after which the service fails at once.
    pub fail_codes: Vec<ExitStatusCode>,
    /// The delays before the first restart, the second, and so on; the last one repeats.
    pub delay: Vec<Timeout>,
    /// How long the program must run for the next exit to count as the first.
    pub healthy_after: Timeout,
    /// How many restarts may follow each other; `None` for any number.
    pub max_attempts: Option<u32>,
    /// What happens after the last of them.
    pub give_up: GiveUp,
    /// The control code that ends a delay.
    pub retry_control: ControlCode,
}

impl Default for RestartTable {
    fn default() -> Self {
        Self {
            on: RestartOn::default(),
            success_codes: vec![ExitStatusCode(0)],
            restart_codes: Vec::new(),
            stop_codes: Vec::new(),
            fail_codes: Vec::new(),
            delay: [1, 5, 30, 120].map(Timeout::seconds).into(),
            healthy_after: Timeout::seconds(60),
            max_attempts: None,
            give_up: GiveUp::default(),
            retry_control: ControlCode::RETRY,
        }
    }
}

words! {
    /// After which exits a program starts again.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum RestartOn {
        /// After each.
        Always = "always",
        /// After a failure: an exit code that is not in `success-codes`.
        #[default]
        Failure = "failure",
        /// After none.
        Never = "never",
    }
}

words! {
    /// What happens when a program has started too often.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum GiveUp {
        /// The service fails with the exit code, and the SCM runs its recovery actions.
        #[default]
        Fail = "fail",
        /// The service stops without a failure.
        Stop = "stop",
    }
}

/// The exit code of a process: 32 bits, signed or not.
///
/// ```
/// use winsvc_definition::manifest::ExitStatusCode;
///
/// assert_eq!(ExitStatusCode::new(-1).unwrap(), ExitStatusCode::new(0xffff_ffff).unwrap());
/// assert!(ExitStatusCode::new(1 << 32).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "i64", extend("minimum" = i32::MIN, "maximum" = u32::MAX)))]
#[serde(try_from = "i64")]
pub struct ExitStatusCode(u32);

impl ExitStatusCode {
    /// Checks the range.
    #[expect(
        clippy::cast_sign_loss,
        reason = "Windows shows the same 32 bits with or without a sign"
    )]
    pub fn new(number: i64) -> Result<Self, ExitCodeError> {
        let signed = i32::try_from(number).map(|number| number as u32);
        let code = u32::try_from(number).or(signed);
        code.map(Self).map_err(|_| ExitCodeError { found: number })
    }

    /// The code as Windows has it.
    pub const fn code(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for ExitStatusCode {
    type Error = ExitCodeError;

    fn try_from(number: i64) -> Result<Self, ExitCodeError> {
        Self::new(number)
    }
}

/// The error for a number that is not an exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitCodeError {
    found: i64,
}

impl fmt::Display for ExitCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid exit code {}; expected a number of 32 bits",
            self.found
        )
    }
}

impl std::error::Error for ExitCodeError {}

/// A control code of a service's own, as in `sc control NAME 128`.
///
/// ```
/// use winsvc_definition::manifest::ControlCode;
///
/// assert!(ControlCode::new(200).is_ok());
/// assert!(ControlCode::new(1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "i64", extend("minimum" = ControlCode::LOWEST, "maximum" = u8::MAX)))]
#[serde(try_from = "i64")]
pub struct ControlCode(u8);

impl ControlCode {
    /// The code by which NSSM rotates its files.
    pub(super) const ROTATE: Self = Self(128);
    const RETRY: Self = Self(129);

    /// The lowest code that Windows leaves to services.
    const LOWEST: u8 = 128;

    /// Checks the range.
    pub fn new(number: i64) -> Result<Self, ControlCodeError> {
        let code = u8::try_from(number).ok().filter(|code| *code >= Self::LOWEST);
        code.map(Self).ok_or(ControlCodeError { found: number })
    }

    /// The number.
    pub const fn code(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for ControlCode {
    type Error = ControlCodeError;

    fn try_from(number: i64) -> Result<Self, ControlCodeError> {
        Self::new(number)
    }
}

/// The error for a number that is not a control code of a service's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlCodeError {
    found: i64,
}

impl fmt::Display for ControlCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid control code {}; expected a number from {} to 255",
            self.found,
            ControlCode::LOWEST
        )
    }
}

impl std::error::Error for ControlCodeError {}

/// The keys of the table.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// After which exits the program starts again.
    #[serde(default)]
    on: RestartOn,
    /// The exit codes that are not a failure; default: 0.
    success_codes: Option<Vec<ExitStatusCode>>,
    /// The exit codes after which the program starts again, whatever `on` says.
    #[serde(default)]
    restart_codes: Vec<ExitStatusCode>,
    /// The exit codes after which the service stops without a failure.
    #[serde(default)]
    stop_codes: Vec<ExitStatusCode>,
    /// The exit codes after which the service fails at once.
    #[serde(default)]
    fail_codes: Vec<ExitStatusCode>,
    /// The delays before the first restart, the second, and so on; the last one repeats.
    delay: Option<Delays>,
    /// How long the program must run for the next exit to count as the first; default: a minute.
    healthy_after: Option<Timeout>,
    /// How many restarts may follow each other; default: any number.
    max_attempts: Option<u32>,
    /// What happens after the last of them.
    #[serde(default)]
    give_up: GiveUp,
    /// The control code that ends a delay; default: 129.
    retry_control: Option<ControlCode>,
}

impl TryFrom<Fields> for RestartTable {
    type Error = RestartTableError;

    fn try_from(fields: Fields) -> Result<Self, RestartTableError> {
        let defaults = Self::default();
        let delay = fields.delay.map_or(defaults.delay, |delays| delays.0);
        if delay.is_empty() {
            return Err(RestartTableError::NoDelay);
        }
        let lists = [
            ("restart-codes", &fields.restart_codes),
            ("stop-codes", &fields.stop_codes),
            ("fail-codes", &fields.fail_codes),
        ];
        for (index, (list, codes)) in lists.iter().enumerate() {
            for (other, others) in &lists[index + 1..] {
                if let Some(code) = codes.iter().find(|code| others.contains(code)) {
                    return Err(RestartTableError::TwoActions {
                        code: code.0,
                        list,
                        other,
                    });
                }
            }
        }
        Ok(Self {
            on: fields.on,
            success_codes: fields.success_codes.unwrap_or(defaults.success_codes),
            restart_codes: fields.restart_codes,
            stop_codes: fields.stop_codes,
            fail_codes: fields.fail_codes,
            delay,
            healthy_after: fields.healthy_after.unwrap_or(defaults.healthy_after),
            max_attempts: fields.max_attempts,
            give_up: fields.give_up,
            retry_control: fields.retry_control.unwrap_or(defaults.retry_control),
        })
    }
}

/// The error for a table of restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RestartTableError {
    /// The list of delays is empty.
    NoDelay,
    /// An exit code has two actions.
    TwoActions {
        code: u32,
        list: &'static str,
        other: &'static str,
    },
}

impl fmt::Display for RestartTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDelay => f.write_str("the list `delay` is empty; expected a duration, or several"),
            Self::TwoActions { code, list, other } => {
                write!(f, "the exit code {code} is in `{list}` and in `{other}`")
            }
        }
    }
}

impl std::error::Error for RestartTableError {}

/// A duration, or a list of them.
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "crate::schema::OneOf<(Timeout, Vec<Timeout>)>")
)]
struct Delays(Vec<Timeout>);

impl<'de> Deserialize<'de> for Delays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Vec<Timeout>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as \"5s\", or a list of them")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<Timeout>, E> {
                Timeout::new(text).map(|delay| vec![delay]).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<Timeout>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list))
            }
        }

        deserializer.deserialize_any(Either).map(Self)
    }
}
