//! Filters events by level and target.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// The variable that overrides the program's filter.
const VARIABLE: &str = "RUST_LOG";

/// A filter of events by level and target: `info`, `warn,acme_agent=debug`.
///
/// A directive is a level (`off`, `error`, `warn`, `info`, `debug`, `trace`) for all targets, `target=level`, or a
/// target alone, which enables all its levels. Directives are separated by commas; the one with the longest matching
/// target prefix applies. By default a target is the path of the module that logs. An empty filter is `info`. Unlike
/// `EnvFilter` of `tracing-subscriber`, directives for spans and fields (`[request]`, `{id=7}`) are an error, because
/// they require a regular expression library.
///
/// It is parsed by [`str::parse`], and with the feature `settings` it can be a value of the program's
/// [settings](crate#features), where an error contains the key, the file, the line and the column:
///
/// ```
/// use winsvc::log::Filter;
///
/// let filter: Filter = "info, hyper=warn".parse().unwrap();
/// assert_eq!(filter.to_string(), "info, hyper=warn");
///
/// let error = "info,hyper=wran".parse::<Filter>().unwrap_err();
/// assert_eq!(error.directive(), "hyper=wran");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    text: String,
    targets: Targets,
}

impl Filter {
    pub(super) fn into_targets(self) -> Targets {
        self.targets
    }
}

impl Default for Filter {
    /// `info`
    fn default() -> Self {
        Self {
            text: "info".to_owned(),
            targets: Targets::new().with_default(LevelFilter::INFO),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let directives = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        let mut targets = Targets::new();
        let mut is_empty = true;
        for directive in directives {
            is_empty = false;
            let (target, level) = parse(directive).map_err(|reason| FilterError {
                directive: directive.to_owned(),
                reason,
            })?;
            targets = match target {
                Some(target) => targets.with_target(target, level),
                None => targets.with_default(level),
            };
        }
        if is_empty {
            return Ok(Self::default());
        }
        Ok(Self {
            text: text.trim().to_owned(),
            targets,
        })
    }
}

/// Returns the target of a directive, and its level.
fn parse(directive: &str) -> Result<(Option<&str>, LevelFilter), Reason> {
    if directive.contains(['[', ']', '{', '}']) {
        return Err(Reason::SpanOrField);
    }
    let Some((name, level)) = directive.split_once('=') else {
        return match directive.parse() {
            Ok(level) => Ok((None, level)),
            Err(_) => Ok((Some(target(directive)?), LevelFilter::TRACE)),
        };
    };
    let level = level.trim();
    // `tracing` parses an empty level as ERROR.
    let parsed = level.parse().ok().filter(|_| !level.is_empty());
    let parsed = parsed.ok_or_else(|| Reason::Level(level.to_owned()))?;
    Ok((Some(target(name.trim())?), parsed))
}

fn target(name: &str) -> Result<&str, Reason> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(Reason::Target(name.to_owned()));
    }
    Ok(name)
}

/// The error for an invalid directive of a [`Filter`].
///
/// ```
/// let error = "wran=".parse::<winsvc::log::Filter>().unwrap_err();
/// let text = "invalid log directive `wran=`: unknown level ``; expected `off`, `error`, `warn`, `info`, `debug` or `trace`";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    directive: String,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Level(String),
    Target(String),
    SpanOrField,
}

impl FilterError {
    /// The invalid directive.
    ///
    /// ```
    /// let error = "info,=debug".parse::<winsvc::log::Filter>().unwrap_err();
    /// assert_eq!(error.directive(), "=debug");
    /// ```
    pub fn directive(&self) -> &str {
        &self.directive
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid log directive `{}`: ", self.directive)?;
        match &self.reason {
            Reason::Level(level) => write!(
                f,
                "unknown level `{level}`; expected `off`, `error`, `warn`, `info`, `debug` or `trace`"
            ),
            Reason::Target(name) => write!(
                f,
                "`{name}` is not a target; expected a module path such as `acme_agent::sync`"
            ),
            Reason::SpanOrField => {
                f.write_str("spans and fields are not supported; expected a level or `target=level`")
            }
        }
    }
}

impl Error for FilterError {}

/// The filter in effect: `RUST_LOG`, else the program's filter, else the default.
pub(super) struct InEffect {
    pub(super) filter: Filter,
    /// Whether the filter is from `RUST_LOG`.
    pub(super) is_overridden: bool,
    /// The error in `RUST_LOG`.
    pub(super) error: Option<FilterError>,
}

pub(super) fn in_effect(own: Option<Filter>) -> InEffect {
    choose(env::var_os(VARIABLE).as_deref(), own)
}

fn choose(variable: Option<&OsStr>, own: Option<Filter>) -> InEffect {
    let text = variable.map(|text| text.to_string_lossy().into_owned());
    let parsed = text
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.parse::<Filter>());
    let (filter, error) = match parsed {
        Some(Ok(filter)) => {
            return InEffect {
                filter,
                is_overridden: true,
                error: None,
            };
        }
        Some(Err(error)) => (own, Some(error)),
        None => (own, None),
    };
    InEffect {
        filter: filter.unwrap_or_default(),
        is_overridden: false,
        error,
    }
}

/// Deserializes a filter from the program's settings.
#[cfg(feature = "settings")]
impl<'de> serde::Deserialize<'de> for Filter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Directives;

        impl serde::de::Visitor<'_> for Directives {
            type Value = Filter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("log directives such as `info,hyper=warn`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Filter, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Directives)
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn filter(text: &str) -> Filter {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        text.parse::<Filter>().unwrap_err().to_string()
    }

    #[test]
    fn the_longest_target_wins_and_a_level_applies_to_all_others() {
        let targets = filter(" warn , acme=debug,acme::sync = off,hyper ").into_targets();
        for (target, level, passes) in [
            ("other", Level::WARN, true),
            ("other", Level::INFO, false),
            ("acme::main", Level::DEBUG, true),
            ("acme::main", Level::TRACE, false),
            ("acme::sync", Level::ERROR, false),
            ("hyper::client", Level::TRACE, true),
        ] {
            assert_eq!(targets.would_enable(target, &level), passes, "{target} {level}");
        }
    }

    #[test]
    fn an_empty_filter_is_info() {
        for text in ["", "  ", ",", "info"] {
            assert_eq!(filter(text), Filter::default(), "{text:?}");
        }
    }

    #[test]
    fn an_error_names_the_invalid_directive() {
        let levels = "expected `off`, `error`, `warn`, `info`, `debug` or `trace`";
        for (text, directive, reason) in [
            (
                "info,hyper=wran,x=y",
                "hyper=wran",
                format!("unknown level `wran`; {levels}"),
            ),
            ("a=", "a=", format!("unknown level ``; {levels}")),
            ("a=b=c", "a=b=c", format!("unknown level `b=c`; {levels}")),
            (
                "=info",
                "=info",
                "`` is not a target; expected a module path such as `acme_agent::sync`".to_owned(),
            ),
            (
                "in fo",
                "in fo",
                "`in fo` is not a target; expected a module path such as `acme_agent::sync`".to_owned(),
            ),
            (
                "acme[request]=debug",
                "acme[request]=debug",
                "spans and fields are not supported; expected a level or `target=level`".to_owned(),
            ),
        ] {
            assert_eq!(
                error(text),
                format!("invalid log directive `{directive}`: {reason}")
            );
        }
    }

    #[test]
    fn the_variable_wins_unless_it_is_empty_or_invalid() {
        let own = || Some(filter("warn"));
        let chosen = |variable: Option<&str>, own| {
            let chosen = choose(variable.map(OsStr::new), own);
            let error = chosen.error.map(|error| error.directive().to_owned());
            (chosen.filter.to_string(), chosen.is_overridden, error)
        };
        let text = str::to_owned;
        assert_eq!(chosen(Some("debug"), own()), (text("debug"), true, None));
        assert_eq!(chosen(Some(" "), own()), (text("warn"), false, None));
        assert_eq!(chosen(None, own()), (text("warn"), false, None));
        assert_eq!(chosen(None, None), (text("info"), false, None));
        assert_eq!(
            chosen(Some("a=b"), own()),
            (text("warn"), false, Some(text("a=b")))
        );
        assert_eq!(
            chosen(Some("a=b"), None),
            (text("info"), false, Some(text("a=b")))
        );
    }
}
