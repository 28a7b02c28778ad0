//! A service without the attribute: [`Builder`].

use std::env;
use std::process::ExitCode;

use winsvc_definition::ServiceName;

use super::forms::{Main, program};
use super::options::Runtime;
use crate::identity::Package;
use crate::service::Service;

/// What `#[winsvc::main]` says of a program, for those who want no macro.
///
/// Nothing may come before it in `main` but the making of the builder: Windows gives a service process 30 seconds to
/// say that it is one.
///
/// ```no_run
/// use std::process::ExitCode;
/// use winsvc::Service;
///
/// fn main() -> ExitCode {
///     Service::builder()
///         .name(env!("CARGO_PKG_NAME"))
///         .version(env!("CARGO_PKG_VERSION"))
///         .worker_threads(4)
///         .run(serve)
/// }
///
/// async fn serve(service: Service) -> std::io::Result<()> {
///     service.stop_requested().await;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `run`"]
pub struct Builder {
    name: Option<ServiceName>,
    version: String,
    verbs: Verbs,
    runtime: Runtime,
}

/// The word that the verbs follow.
#[derive(Clone, Debug)]
enum Verbs {
    Default,
    Word(String),
    None,
}

/// A word that the exe does not tell: [`Builder`] knows it at runtime only.
const NO_WORD: &str = "winsvc verbs 1: \0";

impl Service {
    /// A service without [`#[winsvc::main]`](macro@crate::main); [`Builder`] has an example.
    ///
    /// ```no_run
    /// fn main() -> std::process::ExitCode {
    ///     winsvc::Service::builder().run(async |service: winsvc::Service| service.stop_requested().await)
    /// }
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        Self {
            name: None,
            version: String::new(),
            verbs: Verbs::Default,
            runtime: Runtime::default(),
        }
    }

    /// The service's name where the exe was not stamped, as on Linux; without it, the name of the exe's file.
    ///
    /// # Panics
    ///
    /// If no service can have this name: it is empty, has a slash or a backslash, or more than 256 characters.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().name("acme-agent");
    /// ```
    pub fn name(mut self, name: &str) -> Self {
        match ServiceName::new(name) {
            Ok(name) => self.name = Some(name),
            Err(error) => panic!("{error}"),
        }
        self
    }

    /// The version of an exe that was not stamped.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().version(env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// An async `main` and all its tasks run on one thread, as with `flavor = "current_thread"`.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().current_thread();
    /// ```
    pub fn current_thread(mut self) -> Self {
        self.runtime.is_current_thread = true;
        self
    }

    /// How many threads run the tasks of an async `main`; one for each processor without it.
    ///
    /// # Panics
    ///
    /// If it is none.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().worker_threads(4);
    /// ```
    pub fn worker_threads(mut self, threads: usize) -> Self {
        assert!(threads > 0, "a runtime has one worker thread at least");
        self.runtime.worker_threads = Some(threads);
        self
    }

    /// Another first argument than `service` makes the second one a verb, as in `NAME.exe svc install`: `service` is the program's
    /// own then. It has no effect without the feature `verbs`.
    ///
    /// `cargo winsvc` does not see this word in the exe, and leaves the zip without scripts. Where it is to see it, use
    /// `#[winsvc::main(verbs = "svc")]`.
    ///
    /// # Panics
    ///
    /// If the word is empty, or has anything but ASCII letters, digits and hyphens.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().verbs("svc");
    /// ```
    // Inline, so that the mark is only in the exe of a program that calls this.
    #[inline]
    pub fn verbs(mut self, word: &str) -> Self {
        assert!(
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
            "the word for the verbs has ASCII letters, digits and hyphens; found {word:?}"
        );
        std::hint::black_box(NO_WORD);
        self.verbs = Verbs::Word(word.to_owned());
        self
    }

    /// No argument is taken for a verb: the whole command line is the program's own.
    ///
    /// The exe keeps the code of the verbs. Without the feature `verbs` it is smaller.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().without_verbs();
    /// ```
    #[inline]
    pub fn without_verbs(mut self) -> Self {
        std::hint::black_box(NO_WORD);
        self.verbs = Verbs::None;
        self
    }

    /// Runs the program to its end, as a service or in a terminal; give what it returns to the `main` of the program.
    ///
    /// `main` may be a function or a closure in any form that [`main`](macro@crate::main) can have; a closure has to name
    /// the type of its argument. `Kind` tells the forms apart for the compiler and is never named.
    ///
    /// ```no_run
    /// fn main() -> std::process::ExitCode {
    ///     winsvc::Service::builder().run(|| println!("done"))
    /// }
    /// ```
    pub fn run<Kind>(self, main: impl Main<Kind>) -> ExitCode {
        let name = self.name.as_ref().map(|name| name.as_str().to_owned());
        let name = name.or_else(exe_name).unwrap_or_else(|| "service".to_owned());
        let package = Package {
            // Once in the life of a process.
            name: name.leak(),
            version: self.version.leak(),
            verbs: match self.verbs {
                Verbs::Default => crate::__verbs!("service"),
                Verbs::Word(word) => Some(word.leak()),
                Verbs::None => None,
            },
        };
        super::start(program(package, main, self.runtime))
    }
}

/// The name of the exe's file without its ending, where a service can have it.
fn exe_name() -> Option<String> {
    let exe = env::current_exe().ok()?;
    let name = exe.file_stem()?.to_str()?;
    ServiceName::new(name).is_ok().then(|| name.to_owned())
}
