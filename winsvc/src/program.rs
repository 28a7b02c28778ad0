//! The author's program as a host runs it: `main` with the form of its argument and, if it is async, its runtime.
//!
//! `#[winsvc::main]` chooses between the four functions here by what it sees of the signature: async or not, an
//! argument or none. The types do the rest.

use std::process::ExitCode;
use std::sync::Arc;

use crate::host;
use crate::identity::Package;
use crate::lifecycle::{Drain, LateStart, Manner, Renewal};
use crate::outcome::Outcome;
use crate::run::Run;
use crate::service::{Service, Starting};

/// A program, ready to be run by a host.
pub(crate) struct Program {
    pub(crate) package: Package,
    pub(crate) manner: Manner,
    /// Runs `main` by [`Run::conduct`] and cleans up after it.
    pub(crate) body: Body,
}

pub(crate) type Body = Box<dyn FnOnce(&Arc<Run>) + Send>;

/// What a service's `main` may take: [`Service`] or [`Starting`].
///
/// The type says when the service is ready; a `main` without an argument is ready as it begins.
#[diagnostic::on_unimplemented(
    message = "the `main` of a service cannot take `{Self}`",
    label = "this `main`",
    note = "it can take nothing, `winsvc::Service` (running as soon as it waits for its stop) or \
            `winsvc::Starting` (running when it says so)"
)]
pub trait Argument: sealed::Argument {}

impl Argument for Service {}
impl Argument for Starting {}

mod sealed {
    use super::{Arc, LateStart, Run, Service, Starting};

    #[allow(
        private_interfaces,
        reason = "nobody outside can name, call or implement this"
    )]
    pub trait Argument {
        const LATE_START: LateStart;

        fn of(run: &Arc<Run>) -> Self;
    }

    #[allow(private_interfaces, reason = "as above")]
    impl Argument for Service {
        const LATE_START: LateStart = LateStart::Runs;

        fn of(run: &Arc<Run>) -> Self {
            Self::new(Arc::clone(run))
        }
    }

    #[allow(private_interfaces, reason = "as above")]
    impl Argument for Starting {
        const LATE_START: LateStart = LateStart::Fails;

        fn of(run: &Arc<Run>) -> Self {
            Self::new(Arc::clone(run))
        }
    }
}

/// Runs a plain `fn main()`. It cannot hear of a stop: the process ends under it, as a program does that knows nothing of
/// signals.
pub fn main<O, K>(package: Package, main: impl FnOnce() -> O + Send + 'static) -> ExitCode
where
    O: Outcome<K>,
{
    host::run(Program {
        package,
        manner: Manner {
            late_start: LateStart::Runs,
            drain: Drain::Nobody,
            renewal: Renewal::Nobody,
        },
        body: Box::new(|run| {
            run.conduct(|| {
                run.ready();
                main().into_result()
            });
        }),
    })
}

/// Runs a plain `fn main(service)` or `fn main(starting)`.
pub fn main_with<A, O, K>(package: Package, main: impl FnOnce(A) -> O + Send + 'static) -> ExitCode
where
    A: Argument,
    O: Outcome<K>,
{
    host::run(Program {
        package,
        manner: Manner {
            late_start: A::LATE_START,
            drain: Drain::Program,
            renewal: Renewal::Nobody,
        },
        body: Box::new(|run| run.conduct(|| main(A::of(run)).into_result())),
    })
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use super::{Argument, Drain, ExitCode, LateStart, Manner, Outcome, Package, Program, Renewal, host};
    use crate::runtime;

    /// Runs an `async fn main()`. A stop drops its future, so that destructors run.
    pub fn async_main<F, K>(package: Package, main: impl FnOnce() -> F + Send + 'static) -> ExitCode
    where
        F: Future<Output: Outcome<K>>,
    {
        host::run(Program {
            package,
            manner: Manner {
                late_start: LateStart::Runs,
                drain: Drain::Program,
                renewal: Renewal::Runtime,
            },
            body: Box::new(|run| {
                runtime::conduct(run, async {
                    run.ready();
                    match runtime::until_stopped(run, main()).await {
                        Some(outcome) => outcome.into_result(),
                        None => Ok(()),
                    }
                });
            }),
        })
    }

    /// Runs an `async fn main(service)` or `async fn main(starting)`.
    pub fn async_main_with<A, F, K>(package: Package, main: impl FnOnce(A) -> F + Send + 'static) -> ExitCode
    where
        A: Argument,
        F: Future<Output: Outcome<K>>,
    {
        host::run(Program {
            package,
            manner: Manner {
                late_start: A::LATE_START,
                drain: Drain::Program,
                renewal: Renewal::Runtime,
            },
            body: Box::new(|run| {
                runtime::conduct(run, async { main(A::of(run)).await.into_result() });
            }),
        })
    }
}

/// The same names without a runtime: they take nothing, and the compiler says why.
#[cfg(not(feature = "tokio"))]
mod asynchronous {
    use super::{ExitCode, Package};

    /// Implemented by nothing.
    #[diagnostic::on_unimplemented(
        message = "an `async fn main` needs the feature `tokio` of winsvc",
        label = "this `async fn main`",
        note = "add `features = [\"tokio\"]` to winsvc in Cargo.toml, or make it a plain `fn main`"
    )]
    pub trait AsyncRuntime {}

    /// Stands in for the function that runs an `async fn main()`.
    pub fn async_main<M: AsyncRuntime>(_: Package, _: M) -> ExitCode {
        ExitCode::FAILURE
    }

    /// Stands in for the function that runs an `async fn main(..)`.
    pub fn async_main_with<M: AsyncRuntime>(_: Package, _: M) -> ExitCode {
        ExitCode::FAILURE
    }
}

pub use asynchronous::{async_main, async_main_with};
