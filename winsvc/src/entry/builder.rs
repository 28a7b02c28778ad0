//! A service without the attribute: [`Builder`].

use std::env;
use std::process::ExitCode;

use winsvc_definition::ServiceName;

use super::forms::{Main, program};
use super::options::Runtime;
use crate::identity::Package;
use crate::service::Service;

/// Runs a service without the macro `#[winsvc::main]`.
///
/// `main` must do nothing before [`run`](Self::run) except building it: Windows gives a service process 30 seconds to connect to
/// the SCM.
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

    /// Sets the name of the service for an exe that is not stamped, as on Linux. The default is the file name of the exe.
    ///
    /// # Panics
    ///
    /// If the name is not a valid service name: it is empty, has a slash or a backslash, or more than 256 characters.
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

    /// Sets the version of an exe that is not stamped.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().version(env!("CARGO_PKG_VERSION"));
    /// ```
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Runs an async `main` and all its tasks on one thread, like `flavor = "current_thread"`.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().current_thread();
    /// ```
    pub fn current_thread(mut self) -> Self {
        self.runtime.is_current_thread = true;
        self
    }

    /// Sets the number of worker threads of an async `main`. The default is one per processor.
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// ```no_run
    /// let service = winsvc::Service::builder().worker_threads(4);
    /// ```
    pub fn worker_threads(mut self, threads: usize) -> Self {
        assert!(threads > 0, "the number of worker threads must be greater than 0");
        self.runtime.worker_threads = Some(threads);
        self
    }

    /// Replaces the word `service` that precedes the verbs, as in `NAME.exe svc install`. The argument `service` is not reserved
    /// then. It has no effect without the feature `verbs`.
    ///
    /// `cargo winsvc` cannot find this word in the exe, and leaves the scripts out of the zip. To include them, use
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
            "invalid word for the verbs {word:?}; expected ASCII letters, digits and hyphens"
        );
        std::hint::black_box(NO_WORD);
        self.verbs = Verbs::Word(word.to_owned());
        self
    }

    /// Disables the verbs: the whole command line belongs to the program.
    ///
    /// The exe still contains the code of the verbs. Without the feature `verbs` it is smaller.
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

    /// Runs the program to its end, as a service or in a terminal. Return the result from the `main` of the program.
    ///
    /// `main` may be a function or a closure in any form that [`main`](macro@crate::main) can have; a closure must name
    /// the type of its argument. `Kind` distinguishes the forms for the compiler; you never name it.
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
