//! The return types of `main`, and their exit codes for the SCM and a shell.

mod service_error;

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use crate::status::Exit;
pub use service_error::{ServiceCode, ServiceError};

/// What a service's `main` may return.
///
/// | `main` returns | the SCM gets | a shell gets |
/// | --- | --- | --- |
/// | `()`, `Ok(())`, `ExitCode::SUCCESS` | 0 | 0 |
/// | `Err` with a [`ServiceError`](crate::ServiceError) in its chain | 1066 (`ERROR_SERVICE_SPECIFIC_ERROR`) with its code | the code, at most 255 |
/// | `Err` with an [`io::Error`] from Windows in its chain | the Win32 code of the topmost such error | 1 |
/// | any other `Err` | 1066 with the service's code 1 | 1 |
/// | `ExitCode::from(n)` | 1066 with the service's code *n* | *n* |
/// | a panic | 1064 (`ERROR_EXCEPTION_IN_SERVICE`) | 101 |
///
/// The message of an `Err` and of each of its [sources](Error::source) goes to the event log, or to stderr in a terminal.
///
/// The SCM treats everything but a clean end as a failure: it writes event 7023 or 7024 and, if the service is registered to do
/// so, runs the recovery actions. After a stop that the SCM itself requested, it always gets 0: otherwise the recovery would
/// restart a service that has just been stopped.
///
/// The error may be any type that implements [`Error`], `Box<dyn Error>` with or without `Send + Sync`, `anyhow::Error` and similar
/// types, a `String` or a `&str`. `Kind` only distinguishes these for the compiler; you never name it.
///
/// ```no_run
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) -> Result<(), Box<dyn std::error::Error>> {
///     let port: u16 = std::fs::read_to_string("port.txt")?.trim().parse()?;
///     println!("port {port}");
///     service.stop_requested().await;
///     Ok(())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the `main` of a service cannot return `{Self}`",
    label = "this `main`",
    note = "it can return `()`, `std::process::ExitCode` or a `Result` of these with any error: a type that implements \
            `std::error::Error`, `Box<dyn Error>`, `anyhow::Error`, `String` or `&'static str`"
)]
pub trait Outcome<Kind> {
    #[doc(hidden)]
    fn into_result(self) -> Result<(), Failure>;
}

/// How a `main` failed.
#[doc(hidden)]
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: Option<String>,
}

impl Failure {
    /// The failure by an error and what caused it.
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Self {
        let mut message = error.to_string();
        for cause in chain(error).skip(1) {
            let _ = write!(message, "\ncaused by: {cause}");
        }
        let exit = match chain(error).find_map(service_error) {
            Some(error) => Exit::ServiceSpecific(error.code()),
            None => win32_code(error).map_or(Exit::ERROR, Exit::Win32),
        };
        Self {
            exit,
            message: Some(message),
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The message to log; `None` if `main` only returned an exit code.
    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

/// This error as a `ServiceError`. An `io::Error` may wrap one that is not in its `source` chain.
fn service_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a ServiceError> {
    let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error
        .downcast_ref()
        .or_else(|| carried.and_then(|error| error.downcast_ref()))
}

/// The code of the topmost `io::Error` that came from the operating system. A Unix `errno` is not a Win32 code.
#[expect(
    clippy::cast_sign_loss,
    reason = "Windows' codes are unsigned; `io::Error` keeps their bits"
)]
fn win32_code(error: &(dyn Error + 'static)) -> Option<u32> {
    if !cfg!(windows) {
        return None;
    }
    chain(error)
        .filter_map(|error| error.downcast_ref::<io::Error>()?.raw_os_error())
        .map(|code| code as u32)
        .find(|code| *code != 0)
}

/// The error and what caused it, from the top down.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// Names of the `Kind`s, so that the implementations below do not overlap for the compiler.
#[doc(hidden)]
pub mod kind {
    #![allow(
        missing_debug_implementations,
        unreachable_pub,
        reason = "never made, only inferred"
    )]
    pub struct Plain;
    pub struct Concrete;
    pub struct Shared;
    pub struct Local;
    pub struct Text;
}

impl Outcome<kind::Plain> for () {
    fn into_result(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Outcome<kind::Plain> for Infallible {
    fn into_result(self) -> Result<(), Failure> {
        match self {}
    }
}

impl Outcome<kind::Plain> for ExitCode {
    fn into_result(self) -> Result<(), Failure> {
        // An `ExitCode` does not give its number away; it can be compared, though.
        let code = (0..=u8::MAX).find(|code| Self::from(*code) == self);
        match code {
            Some(0) => Ok(()),
            code => Err(Failure {
                exit: Exit::ServiceSpecific(code.unwrap_or(1).into()),
                message: None,
            }),
        }
    }
}

impl<T, E, TKind, EKind> Outcome<(TKind, EKind)> for Result<T, E>
where
    T: Outcome<TKind>,
    E: IntoFailure<EKind>,
{
    fn into_result(self) -> Result<(), Failure> {
        self.map_err(IntoFailure::into_failure)?.into_result()
    }
}

/// An error that `main` may return.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the `main` of a service cannot return the error `{Self}`",
    label = "this `main`",
    note = "the error can be a type that implements `std::error::Error`, `Box<dyn Error>`, `anyhow::Error`, `String` or \
            `&'static str`"
)]
pub trait IntoFailure<Kind> {
    fn into_failure(self) -> Failure;
}

impl<E: Error + 'static> IntoFailure<kind::Concrete> for E {
    fn into_failure(self) -> Failure {
        Failure::from_error(&self)
    }
}

/// `Box<dyn Error + Send + Sync>`, `anyhow::Error`, `eyre::Report`: they lend the error that they carry. (Turning them into
/// a `Box<dyn Error>` would hide an `io::Error` at the top behind anyhow's own type.)
impl<E: AsRef<dyn Error + Send + Sync + 'static>> IntoFailure<kind::Shared> for E {
    fn into_failure(self) -> Failure {
        Failure::from_error(self.as_ref())
    }
}

impl IntoFailure<kind::Local> for Box<dyn Error> {
    fn into_failure(self) -> Failure {
        Failure::from_error(self.as_ref())
    }
}

impl IntoFailure<kind::Text> for String {
    fn into_failure(self) -> Failure {
        Failure {
            exit: Exit::ERROR,
            message: Some(self),
        }
    }
}

impl IntoFailure<kind::Text> for &'static str {
    fn into_failure(self) -> Failure {
        self.to_owned().into_failure()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Config(io::Error);

    impl fmt::Display for Config {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the configuration cannot be read")
        }
    }

    impl Error for Config {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    /// An error type in the form of `anyhow::Error`: no `Error` itself, it lends one.
    struct Report(Box<dyn Error + Send + Sync>);

    impl AsRef<dyn Error + Send + Sync> for Report {
        fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
            &*self.0
        }
    }

    fn failure<K>(outcome: impl Outcome<K>) -> (Exit, Option<String>) {
        let failure = outcome.into_result().unwrap_err();
        (failure.exit, failure.message)
    }

    const PORT_TAKEN: i32 = 10048; // WSAEADDRINUSE

    fn port_taken() -> io::Error {
        io::Error::from_raw_os_error(PORT_TAKEN)
    }

    /// An operating system's code counts on Windows alone.
    fn port_taken_exit() -> Exit {
        if cfg!(windows) {
            Exit::Win32(10048)
        } else {
            Exit::ERROR
        }
    }

    #[test]
    fn a_clean_end_is_none() {
        assert!(().into_result().is_ok());
        assert!(Ok::<(), io::Error>(()).into_result().is_ok());
        assert!(ExitCode::SUCCESS.into_result().is_ok());
    }

    #[test]
    fn the_message_is_the_whole_chain() {
        let error = Config(io::Error::new(io::ErrorKind::NotFound, "no such file"));
        let message = "the configuration cannot be read\ncaused by: no such file".to_owned();
        assert_eq!(failure(Err::<(), _>(error)), (Exit::ERROR, Some(message)));
    }

    #[test]
    fn a_code_of_windows_survives_in_every_kind_of_error() {
        let boxed: Box<dyn Error> = port_taken().into();
        let shared: Box<dyn Error + Send + Sync> = port_taken().into();
        assert_eq!(failure(Err::<(), _>(port_taken())).0, port_taken_exit());
        assert_eq!(failure(Err::<(), _>(Config(port_taken()))).0, port_taken_exit());
        assert_eq!(failure(Err::<(), _>(boxed)).0, port_taken_exit());
        assert_eq!(failure(Err::<(), _>(shared)).0, port_taken_exit());
        assert_eq!(
            failure(Err::<(), _>(Report(port_taken().into()))).0,
            port_taken_exit()
        );
    }

    #[test]
    fn an_error_never_ends_as_code_0() {
        let nothing = io::Error::from_raw_os_error(0);
        assert_eq!(failure(Err::<(), _>(nothing)).0, Exit::ERROR);
    }

    #[test]
    fn text_is_an_error_without_a_code() {
        let expected = (Exit::ERROR, Some("no disk".to_owned()));
        assert_eq!(failure(Err::<(), _>("no disk")), expected);
        assert_eq!(failure(Err::<(), _>("no disk".to_owned())), expected);
    }

    #[test]
    fn an_exit_code_keeps_its_number() {
        assert_eq!(failure(ExitCode::from(3)), (Exit::ServiceSpecific(3), None));
        assert_eq!(
            failure(Ok::<_, io::Error>(ExitCode::from(255)))
                .0
                .process_exit_code(),
            255
        );
    }
}
