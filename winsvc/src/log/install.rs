//! Installs a layer as the program's subscriber, and as the logger of the crate `log`.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing_log::{AsLog as _, LogTracer};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry, reload};

use super::filter::{self, Filter, InEffect};

/// The installed subscriber.
#[derive(Debug)]
struct Installed {
    targets: reload::Handle<Targets, Registry>,
    /// Whether `RUST_LOG` has set the filter.
    is_overridden: bool,
    /// Whether records of `log` come here.
    takes_log: bool,
}

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// Installs `layer` as the program's subscriber.
pub(super) fn install(
    layer: impl Layer<Registry> + Send + Sync,
    own: Option<Filter>,
) -> Result<(), InitError> {
    let InEffect {
        filter,
        is_overridden,
        error,
    } = filter::in_effect(own);
    let text = filter.to_string();
    let (targets, handle) = reload::Layer::new(filter.into_targets());
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(targets));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| InitError::Subscriber)?;
    // After the subscriber, from which the highest level is: records above that cost a comparison.
    let logger = LogTracer::builder()
        .with_max_level(LevelFilter::current().as_log())
        .init();
    let _ = INSTALLED.set(Installed {
        targets: handle,
        is_overridden,
        takes_log: logger.is_ok(),
    });
    if let Some(error) = error {
        tracing::warn!("RUST_LOG is ignored; using the log filter `{text}`: {error}");
    }
    logger.map_err(|_| InitError::Logger)
}

/// Replaces the filter of [`init`](super::init), [`Builder::init`](super::Builder::init) or `Files::init`, as when the settings of
/// the program have changed.
///
/// ```no_run
/// # #[cfg(feature = "settings")] {
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     log: winsvc::log::Filter,
/// }
///
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) -> Result<(), winsvc::settings::Error> {
///     let settings: Settings = service.settings().read()?;
///     winsvc::log::builder().filter(settings.log).init();
///     let mut reloads = service.settings().reloads::<Settings>();
///     while let Some(changed) = reloads.next().await {
///         if let Err(error) = winsvc::log::set_filter(changed.log) {
///             tracing::warn!("{error}");
///         }
///     }
///     Ok(())
/// }
/// # }
/// ```
pub fn set_filter(filter: Filter) -> Result<(), SetFilterError> {
    let installed = INSTALLED.get().ok_or(SetFilterError::NotInitialized)?;
    if installed.is_overridden {
        return Err(SetFilterError::Overridden);
    }
    let replaced = installed.targets.reload(filter.into_targets());
    replaced.map_err(|_| SetFilterError::NotInitialized)?;
    if installed.takes_log {
        tracing_log::log::set_max_level(LevelFilter::current().as_log());
    }
    Ok(())
}

/// The error of [`try_init`](super::try_init).
///
/// ```
/// use winsvc::log::{self, InitError};
///
/// log::try_init().unwrap();
/// assert_eq!(log::try_init(), Err(InitError::Subscriber));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitError {
    /// The program already has a `tracing` subscriber. Nothing was changed.
    Subscriber,
    /// The program already has a logger of the crate `log`, which keeps the records of `log`. Events of `tracing` are logged.
    Logger,
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subscriber => "the program already has a `tracing` subscriber",
            Self::Logger => {
                "the program already has a logger of the crate `log`; only events of `tracing` are logged"
            }
        })
    }
}

impl Error for InitError {}

/// The error of [`set_filter`]. Nothing was changed.
///
/// ```
/// use winsvc::log::{Filter, SetFilterError, set_filter};
///
/// assert_eq!(set_filter(Filter::default()), Err(SetFilterError::NotInitialized));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetFilterError {
    /// The program's subscriber was not installed by an `init` of this module.
    NotInitialized,
    /// `RUST_LOG` is set, which overrides the program's filters.
    Overridden,
}

impl fmt::Display for SetFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInitialized => {
                "cannot change the log filter: the subscriber was not installed by `winsvc::log`"
            }
            Self::Overridden => "the log filter is unchanged: RUST_LOG is set and overrides it",
        })
    }
}

impl Error for SetFilterError {}
