//! The forms of the author's `main`: its argument and, if it is async, its runtime.
//!
//! `#[winsvc::main]` selects one of the four functions here by the signature: async or not, with an argument or
//! without. The types determine the rest. Without the attribute, [`Main`] distinguishes the forms by their types alone.

use std::process::ExitCode;
use std::sync::Arc;

use super::options::Runtime;
use super::start;
use crate::host::{Body, Program};
use crate::identity::Package;
use crate::lifecycle::{Drain, LateStart, MainForm, Renewal};
use crate::outcome::Outcome;
use crate::run::{Run, as_main};
use crate::service::{Service, Starting};

/// The argument of a service's `main`: [`Service`] or [`Starting`].
///
/// The type determines when the service is ready; a `main` without an argument is ready at once.
///
/// ```
/// use winsvc::testing::{Scm, Started};
///
/// /// Starts a service of either form.
/// fn start<A: winsvc::Argument + 'static>(main: fn(A)) -> Started {
///     Scm::new("acme-agent").start(main)
/// }
///
/// assert_eq!(start(|_: winsvc::Service| ()).end().exit_code, 0);
/// assert_eq!(start(|starting: winsvc::Starting| drop(starting.ready())).end().exit_code, 0);
/// ```
#[diagnostic::on_unimplemented(
    message = "the `main` of a service cannot take `{Self}`",
    label = "this `main`",
    note = "expected no argument, `winsvc::Service` (running when `main` waits for the stop) or `winsvc::Starting` \
            (running when `main` reports ready)"
)]
pub trait Argument: sealed::Argument {}

impl Argument for Service {}
impl Argument for Starting {}

/// A function that can be the `main` of a service: `async` or not, with no argument, a [`Service`] or a [`Starting`],
/// and with a result that is an [`Outcome`]. `Kind` only distinguishes these for the compiler; it never has to be
/// named.
///
/// ```
/// use winsvc::testing::{End, Scm};
///
/// fn run<Kind>(main: impl winsvc::Main<Kind>) -> End {
///     Scm::new("acme-agent").start(main).end()
/// }
///
/// assert_eq!(run(|| ()).exit_code, 0);
/// assert_eq!(run(async |_: winsvc::Service| Err::<(), _>("no licence")).exit_code, 1066);
/// ```
#[diagnostic::on_unimplemented(
    message = "this cannot be the `main` of a service",
    note = "expected a function or closure, which may be async, that takes no argument, `winsvc::Service` or \
            `winsvc::Starting`, and returns `()`, an `ExitCode` or a `Result`"
)]
pub trait Main<Kind>: sealed::Main<Kind> {}

impl<M: sealed::Main<Kind>, Kind> Main<Kind> for M {}

pub(crate) mod sealed {
    use super::{Arc, Body, LateStart, MainForm, Run, Runtime, Service, Starting};

    pub trait Main<Kind> {
        #[allow(private_interfaces, reason = "not callable outside the crate")]
        fn into_parts(self, runtime: Runtime) -> (MainForm, Body);
    }

    #[allow(
        private_interfaces,
        reason = "not nameable, callable or implementable outside the crate"
    )]
    pub trait Argument {
        const LATE_START: LateStart;

        fn of(run: &Arc<Run>) -> Self;
    }

    #[allow(private_interfaces, reason = "not callable outside the crate")]
    impl Argument for Service {
        const LATE_START: LateStart = LateStart::Runs;

        fn of(run: &Arc<Run>) -> Self {
            Self::new(Arc::clone(run))
        }
    }

    #[allow(private_interfaces, reason = "not callable outside the crate")]
    impl Argument for Starting {
        const LATE_START: LateStart = LateStart::Fails;

        fn of(run: &Arc<Run>) -> Self {
            Self::new(Arc::clone(run))
        }
    }
}

/// The types for `Kind`, so that the implementations do not overlap.
#[doc(hidden)]
pub mod kind {
    #![allow(
        missing_debug_implementations,
        unreachable_pub,
        reason = "never constructed, only inferred"
    )]
    pub struct Bare;
    pub struct Argued;
    #[cfg(feature = "tokio")]
    pub struct AsyncBare;
    #[cfg(feature = "tokio")]
    pub struct AsyncArgued;
}

#[allow(private_interfaces, reason = "not callable outside the crate")]
impl<M, O, K> sealed::Main<(kind::Bare, O, K)> for M
where
    M: FnOnce() -> O + Send + 'static,
    O: Outcome<K>,
{
    fn into_parts(self, _: Runtime) -> (MainForm, Body) {
        // This program cannot receive a stop: its process is ended, like that of a program without signal handlers.
        let form = MainForm {
            late_start: LateStart::Runs,
            drain: Drain::Nobody,
            renewal: Renewal::Nobody,
        };
        let body = |run: &Arc<Run>| {
            run.conduct(|| {
                run.ready();
                self().into_result()
            });
        };
        (form, Box::new(body))
    }
}

#[allow(private_interfaces, reason = "not callable outside the crate")]
impl<M, A, O, K> sealed::Main<(kind::Argued, A, O, K)> for M
where
    M: FnOnce(A) -> O + Send + 'static,
    A: Argument,
    O: Outcome<K>,
{
    fn into_parts(self, _: Runtime) -> (MainForm, Body) {
        let form = MainForm {
            late_start: A::LATE_START,
            drain: Drain::Program,
            renewal: Renewal::Nobody,
        };
        let body = |run: &Arc<Run>| run.conduct(|| as_main(|| self(A::of(run)).into_result()));
        (form, Box::new(body))
    }
}

/// Runs a plain `fn main()`.
pub fn main<O, K>(package: Package, main: impl FnOnce() -> O + Send + 'static) -> ExitCode
where
    O: Outcome<K>,
{
    start(program::<(kind::Bare, O, K)>(package, main, Runtime::default()))
}

/// Runs a plain `fn main(service)` or `fn main(starting)`.
pub fn main_with<A, O, K>(package: Package, main: impl FnOnce(A) -> O + Send + 'static) -> ExitCode
where
    A: Argument,
    O: Outcome<K>,
{
    start(program::<(kind::Argued, A, O, K)>(
        package,
        main,
        Runtime::default(),
    ))
}

/// Makes the program for a host.
pub(super) fn program<Kind>(package: Package, main: impl Main<Kind>, runtime: Runtime) -> Program {
    let (form, body) = main.into_parts(runtime);
    Program { package, form, body }
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use super::super::runtime;
    use super::{
        Arc, Argument, Body, Drain, ExitCode, LateStart, MainForm, Outcome, Package, Renewal, Run, Runtime,
        kind, program, sealed, start,
    };

    #[allow(private_interfaces, reason = "not callable outside the crate")]
    impl<M, F, K> sealed::Main<(kind::AsyncBare, F, K)> for M
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output: Outcome<K>>,
    {
        fn into_parts(self, runtime: Runtime) -> (MainForm, Body) {
            let form = MainForm {
                late_start: LateStart::Runs,
                drain: Drain::Program,
                renewal: Renewal::Runtime,
            };
            let body = move |run: &Arc<Run>| {
                runtime::conduct(runtime, run, async {
                    run.ready();
                    match runtime::until_stopped(run, self()).await {
                        Some(outcome) => outcome.into_result(),
                        None => Ok(()),
                    }
                });
            };
            (form, Box::new(body))
        }
    }

    #[allow(private_interfaces, reason = "not callable outside the crate")]
    impl<M, A, F, K> sealed::Main<(kind::AsyncArgued, A, F, K)> for M
    where
        M: FnOnce(A) -> F + Send + 'static,
        A: Argument,
        F: Future<Output: Outcome<K>>,
    {
        fn into_parts(self, runtime: Runtime) -> (MainForm, Body) {
            let form = MainForm {
                late_start: A::LATE_START,
                drain: Drain::Program,
                renewal: Renewal::Runtime,
            };
            let body = move |run: &Arc<Run>| {
                runtime::conduct(runtime, run, async { self(A::of(run)).await.into_result() });
            };
            (form, Box::new(body))
        }
    }

    /// Runs an `async fn main()`. A stop drops its future, so that its destructors run.
    pub fn async_main<F, K>(
        package: Package,
        runtime: Runtime,
        main: impl FnOnce() -> F + Send + 'static,
    ) -> ExitCode
    where
        F: Future<Output: Outcome<K>>,
    {
        start(program::<(kind::AsyncBare, F, K)>(package, main, runtime))
    }

    /// Runs an `async fn main(service)` or `async fn main(starting)`.
    pub fn async_main_with<A, F, K>(
        package: Package,
        runtime: Runtime,
        main: impl FnOnce(A) -> F + Send + 'static,
    ) -> ExitCode
    where
        A: Argument,
        F: Future<Output: Outcome<K>>,
    {
        start(program::<(kind::AsyncArgued, A, F, K)>(package, main, runtime))
    }
}

/// The same functions without the feature `tokio`: calling them is a compile error with an explanation.
#[cfg(not(feature = "tokio"))]
mod asynchronous {
    use super::{ExitCode, Package, Runtime};

    /// Never implemented.
    #[diagnostic::on_unimplemented(
        message = "an `async fn main` needs the feature `tokio` of winsvc",
        label = "this `async fn main`",
        note = "add `features = [\"tokio\"]` to winsvc in Cargo.toml, or use a plain `fn main`"
    )]
    pub trait AsyncRuntime {}

    /// The replacement of the function that runs an `async fn main()`.
    pub fn async_main<M: AsyncRuntime>(_: Package, _: Runtime, _: M) -> ExitCode {
        ExitCode::FAILURE
    }

    /// The replacement of the function that runs an `async fn main(..)`.
    pub fn async_main_with<M: AsyncRuntime>(_: Package, _: Runtime, _: M) -> ExitCode {
        ExitCode::FAILURE
    }
}

pub use asynchronous::{async_main, async_main_with};
