//! The identity of the program: the stamp in its exe, or the data of its package.

use std::sync::OnceLock;

use winsvc_definition::{Build, Definition, Layout, Role, ServiceName, Stamp, StampError};

#[cfg(feature = "log-files")]
use crate::places::Folders;
use crate::sys;

/// The package of `main`, with the variables that Cargo sets for the compiler.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "the attribute writes it")]
pub struct Package {
    /// `CARGO_PKG_NAME`
    pub name: &'static str,
    /// `CARGO_PKG_VERSION`
    pub version: &'static str,
    /// The first argument that introduces a command, usually created by [`verbs!`](crate::__private::verbs).
    pub verbs: Option<&'static str>,
}

/// The first argument that introduces a command, with the mark by which the packaging tool finds it in the exe
/// (`winsvc_definition::verb_word` reads it). A macro, so that only programs with this argument contain the mark.
#[cfg(feature = "verbs")]
#[doc(hidden)]
#[macro_export]
macro_rules! __verbs {
    ($word:literal) => {
        ::core::option::Option::Some(::core::concat!("winsvc verbs 1: ", $word, "\0"))
    };
}

/// Without the feature there is no mark.
#[cfg(not(feature = "verbs"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __verbs {
    ($word:literal) => {
        ::core::option::Option::None
    };
}

/// The mark by which the packaging tool finds that the exe can run the updater (`winsvc_definition::has_updater` looks
/// for it).
#[cfg(feature = "update")]
const UPDATER: &str = "winsvc updater 1\0";

impl Package {
    /// The first argument that introduces a command; `None` without the feature. It is read from the mark at runtime,
    /// so that the mark is in the exe.
    #[cfg_attr(
        not(any(windows, feature = "verbs")),
        allow(dead_code, reason = "no verbs, and no window that could tell of them")
    )]
    pub(crate) fn verb_word(self) -> Option<&'static str> {
        if !cfg!(feature = "verbs") {
            return None;
        }
        let mark = std::hint::black_box(self.verbs?);
        let word = mark.rsplit(' ').next()?;
        Some(word.strip_suffix('\0').unwrap_or(word))
    }

    /// The replacement of a missing stamp: on Linux and macOS, and in an exe built by Cargo alone.
    pub(crate) fn unstamped(self) -> Stamp {
        #[cfg(feature = "host")]
        if let Some(stamp) = REPLACEMENT.get() {
            return stamp.clone();
        }
        let name = ServiceName::new(self.name).unwrap_or_else(|error| {
            // Cargo allows letters, digits, `-` and `_`, far fewer than 256 of them in practice.
            unreachable!("the package's name is no service's name: {error}")
        });
        Stamp {
            definition: Definition::new(name),
            role: Role::Service,
            build: Build::new(self.version),
            layout: Layout {
                data_folder: vec![self.name.to_owned()],
                ..Layout::default()
            },
            properties: Vec::new(),
            firewall: Vec::new(),
            host: None,
            autostart: Vec::new(),
            update: None,
        }
    }

    /// The stamps of the services of this exe, for registering them: every value in them must be known.
    #[cfg(feature = "verbs")]
    pub(crate) fn stamped() -> Result<Vec<Stamp>, StampError> {
        resources().map(Stamp::decode).collect()
    }

    /// The stamp of the service with this name, or else of the first service of this exe, or the replacement of a
    /// stamp, for running the service. A damaged stamp is an error, because a service under the wrong name would be
    /// worse than one that does not start. Unknown values of a newer tool are not an error.
    pub(crate) fn stamp(self, name: Option<&str>) -> Result<Stamp, StampError> {
        // So that the mark is in the exe.
        #[cfg(feature = "update")]
        std::hint::black_box(UPDATER);
        let stamp = self.stamp_in(resources(), name)?;
        let _ = BUILD.set(stamp.build.clone());
        Ok(stamp)
    }

    fn stamp_in<'a>(
        self,
        resources: impl Iterator<Item = &'a [u8]>,
        name: Option<&str>,
    ) -> Result<Stamp, StampError> {
        let mut stamps = resources
            .map(Stamp::decode_known)
            .collect::<Result<Vec<_>, _>>()?;
        // A service may be registered under any name.
        let named = stamps.iter().position(|stamp| {
            name.is_some_and(|name| stamp.definition.name.as_str().eq_ignore_ascii_case(name))
        });
        if stamps.is_empty() {
            let mut stamp = self.unstamped();
            // Without a stamp, nothing else tells several services of one program from each other.
            if let Some(name) = name.and_then(|name| ServiceName::new(name).ok()) {
                stamp.definition = Definition::new(name);
            }
            Ok(stamp)
        } else {
            Ok(stamps.swap_remove(named.unwrap_or_default()))
        }
    }
}

/// What an exe that is not stamped uses in place of a stamp.
#[cfg(feature = "host")]
static REPLACEMENT: OnceLock<Stamp> = OnceLock::new();

/// Sets what an exe that is not stamped uses in place of a stamp. Further calls have no effect.
#[cfg(feature = "host")]
pub(crate) fn replace_stamp(stamp: Stamp) {
    let _ = REPLACEMENT.set(stamp);
}

/// The variable that chooses one of several services in a terminal, or under an init system. `service run` sets it.
pub(crate) const SERVICE_VARIABLE: &str = "WINSVC_SERVICE";

/// The service that the variable chooses.
pub(crate) fn chosen_service() -> Option<String> {
    std::env::var(SERVICE_VARIABLE)
        .ok()
        .filter(|name| !name.is_empty())
}

/// The stamps in the resources of this exe.
fn resources() -> impl Iterator<Item = &'static [u8]> {
    Stamp::RESOURCE_IDS.map_while(sys::resource)
}

static BUILD: OnceLock<Build> = OnceLock::new();

/// Returns the version of this program, and the build time and commit that `cargo winsvc` stamped.
///
/// An exe that was not stamped contains only the version. If no [`main`](macro@crate::main) of winsvc has started, as
/// in a unit test, the version is empty.
///
/// ```no_run
/// #[winsvc::main]
/// async fn main() {
///     let build = winsvc::build_info();
///     println!("version {}, commit {:?}", build.version, build.commit);
/// }
/// ```
pub fn build_info() -> &'static Build {
    static UNKNOWN: Build = Build::UNKNOWN;
    BUILD.get().unwrap_or(&UNKNOWN)
}

#[cfg(feature = "log-files")]
#[derive(Debug)]
pub(crate) struct RunningAs {
    /// The name that the service was started under.
    pub(crate) name: String,
    /// Its folders.
    pub(crate) folders: Folders,
}

#[cfg(feature = "log-files")]
static SERVICE: OnceLock<RunningAs> = OnceLock::new();

/// Stores the service that this process runs as, before `main` starts.
#[cfg(feature = "log-files")]
pub(crate) fn set_service(name: &str, folders: &Folders) {
    let _ = SERVICE.set(RunningAs {
        name: name.to_owned(),
        folders: folders.clone(),
    });
}

/// The service that this process runs as; `None` if no `main` of winsvc has started.
#[cfg(feature = "log-files")]
pub(crate) fn service() -> Option<&'static RunningAs> {
    SERVICE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_stamp_the_package_is_the_identity() {
        let package = Package {
            name: "acme-agent",
            version: "1.4.0",
            verbs: None,
        };
        let stamp = package.stamp(Some("acme-agent")).unwrap();
        assert_eq!(stamp.definition.name.as_str(), "acme-agent");
        assert_eq!(stamp.definition.display_name.as_str(), "acme-agent");
        assert_eq!(stamp.build.version, "1.4.0");
        assert_eq!(build_info().commit, None);
    }

    #[test]
    fn a_service_ignores_stamp_values_of_a_newer_tool() {
        let package = Package {
            name: "acme-agent",
            version: "1.4.0",
            verbs: None,
        };
        let read = |resources: &[&'static [u8]], name| package.stamp_in(resources.iter().copied(), name);
        let newer = b"winsvc-stamp 1\nversion=1.5.0\nname=acme\nstart=when-idle\nwatchdog=30s\n";
        let stamp = read(&[newer], None).unwrap();
        assert_eq!(stamp.definition.name.as_str(), "acme");
        assert_eq!(
            stamp.definition.start,
            Definition::new(stamp.definition.name.clone()).start
        );
        assert_eq!(stamp.definition.watchdog.unwrap().to_string(), "30s");

        let damaged = read(&[b"winsvc-stamp 1\nversion=1.5.0\n"], None);
        assert_eq!(damaged, Err(StampError::Missing { key: "name" }));
    }

    #[test]
    fn a_service_finds_its_own_stamp_by_the_name_that_it_was_started_under() {
        let package = Package {
            name: "acme",
            version: "1.4.0",
            verbs: None,
        };
        let resources: [&[u8]; 2] = [
            b"winsvc-stamp 1\nversion=1.5.0\nname=agent\n",
            b"winsvc-stamp 1\nversion=1.5.0\nname=updater\n",
        ];
        let found = |name| {
            let stamp = package.stamp_in(resources.into_iter(), name).unwrap();
            stamp.definition.name.as_str().to_owned()
        };
        assert_eq!(found(Some("Updater")), "updater");
        assert_eq!(found(Some("agent")), "agent");
        assert_eq!(found(Some("agent-2")), "agent", "registered under another name");
        assert_eq!(found(None), "agent");
    }
}
