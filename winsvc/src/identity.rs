//! Who the program is: the stamp that `cargo winsvc` left in its exe, or what Cargo told the compiler.

use std::sync::OnceLock;

use winsvc_definition::{Build, Definition, ServiceName, Stamp, StampError};

use crate::sys;

/// The package that `main` belongs to, as Cargo names it to the compiler.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "the attribute writes it")]
pub struct Package {
    /// `CARGO_PKG_NAME`
    pub name: &'static str,
    /// `CARGO_PKG_VERSION`
    pub version: &'static str,
    /// The first argument that makes the second one a verb, mostly as [`verbs!`](crate::__private::verbs) writes it.
    pub verbs: Option<&'static str>,
}

/// The word that the verbs follow, with the mark by which the packaging tool finds it in the exe
/// (`winsvc_definition::verb_word` reads it). A macro, so that a mark is only in the exe of a program that has this word.
#[cfg(feature = "verbs")]
#[doc(hidden)]
#[macro_export]
macro_rules! __verbs {
    ($word:literal) => {
        ::core::option::Option::Some(::core::concat!("winsvc verbs 1: ", $word, "\0"))
    };
}

/// Without the feature there is nothing to mark.
#[cfg(not(feature = "verbs"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __verbs {
    ($word:literal) => {
        ::core::option::Option::None
    };
}

impl Package {
    /// The word that the verbs follow; none without the feature. It is read from the mark at runtime, so that the mark is in
    /// the exe.
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

    /// What stands in for a stamp where there is none: on Linux and macOS, and in an exe straight from Cargo.
    pub(crate) fn unstamped(self) -> Stamp {
        let name = ServiceName::new(self.name).unwrap_or_else(|error| {
            // Cargo allows letters, digits, `-` and `_`, far fewer than 256 of them in practice.
            unreachable!("the package's name is no service's name: {error}")
        });
        Stamp {
            definition: Definition::new(name),
            build: Build::new(self.version),
            folders: vec![self.name.to_owned()],
        }
    }

    /// The stamp of this exe, if `cargo winsvc` has left one, for whoever registers the service: all of it must be understood.
    #[cfg(feature = "verbs")]
    pub(crate) fn stamped() -> Result<Option<Stamp>, StampError> {
        sys::resource(Stamp::RESOURCE_ID).map(Stamp::decode).transpose()
    }

    /// The stamp of this exe, or what stands in for it, for the running service. A damaged stamp is an error: a service that
    /// runs under another name would be worse than one that does not start. A value of a newer tool's is none.
    pub(crate) fn stamp(self) -> Result<Stamp, StampError> {
        let stamp = self.stamp_in(sys::resource(Stamp::RESOURCE_ID))?;
        let _ = BUILD.set(stamp.build.clone());
        Ok(stamp)
    }

    fn stamp_in(self, resource: Option<&[u8]>) -> Result<Stamp, StampError> {
        match resource {
            Some(content) => Stamp::decode_known(content),
            None => Ok(self.unstamped()),
        }
    }
}

static BUILD: OnceLock<Build> = OnceLock::new();

/// Where this program comes from: its version, and what `cargo winsvc` stamped of its build time and commit.
///
/// An exe that was never stamped knows its version alone. Where no [`main`](macro@crate::main) of winsvc has begun, as in a
/// unit test, the version is empty.
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

/// The service that this process runs as.
#[cfg(feature = "log-files")]
#[derive(Debug)]
pub(crate) struct RunningAs {
    /// The name that it was started under.
    pub(crate) name: String,
    /// The product's own folders, as the stamp has them.
    pub(crate) folders: Vec<String>,
}

#[cfg(feature = "log-files")]
static SERVICE: OnceLock<RunningAs> = OnceLock::new();

/// Remembers which service this process runs as, before `main` begins.
#[cfg(feature = "log-files")]
pub(crate) fn set_service(name: &str, folders: &[String]) {
    let _ = SERVICE.set(RunningAs {
        name: name.to_owned(),
        folders: folders.to_vec(),
    });
}

/// The service that this process runs as; `None` where no `main` of winsvc has begun.
#[cfg(feature = "log-files")]
pub(crate) fn service() -> Option<&'static RunningAs> {
    SERVICE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_stamp_cargo_says_who_the_program_is() {
        let package = Package {
            name: "acme-agent",
            version: "1.4.0",
            verbs: None,
        };
        let stamp = package.stamp().unwrap();
        assert_eq!(stamp.definition.name.as_str(), "acme-agent");
        assert_eq!(stamp.definition.display_name.as_str(), "acme-agent");
        assert_eq!(stamp.build.version, "1.4.0");
        assert_eq!(build_info().commit, None);
    }

    #[test]
    fn a_service_runs_whose_stamp_has_values_of_a_newer_tool() {
        let package = Package {
            name: "acme-agent",
            version: "1.4.0",
            verbs: None,
        };
        let stamp = package.stamp_in(Some(
            b"winsvc-stamp 1\nversion=1.5.0\nname=acme\nstart=when-idle\nwatchdog=30s\n",
        ));
        let stamp = stamp.unwrap();
        assert_eq!(stamp.definition.name.as_str(), "acme");
        assert_eq!(
            stamp.definition.start,
            Definition::new(stamp.definition.name.clone()).start
        );
        assert_eq!(stamp.definition.watchdog.unwrap().to_string(), "30s");

        let damaged = package.stamp_in(Some(b"winsvc-stamp 1\nversion=1.5.0\n"));
        assert_eq!(damaged, Err(StampError::Missing { key: "name" }));
    }
}
