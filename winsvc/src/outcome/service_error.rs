//! Errors with a code of the service's own: [`ServiceCode`] and [`ServiceError`].

use std::error::Error;
use std::fmt;

/// An error with its own service-specific exit code.
///
/// In a `main` that returns [`ServiceError`], `?` converts such errors.
///
/// ```no_run
/// use std::fmt;
///
/// #[derive(Debug)]
/// enum AgentError {
///     NoLicence,
///     ServerGone,
/// }
///
/// impl winsvc::ServiceCode for AgentError {
///     fn service_code(&self) -> u32 {
///         match self {
///             Self::NoLicence => 10,
///             Self::ServerGone => 11,
///         }
///     }
/// }
///
/// #[winsvc::main]
/// async fn main(service: winsvc::Service) -> Result<(), winsvc::ServiceError> {
///     Ok(serve(service).await?)
/// }
///
/// async fn serve(service: winsvc::Service) -> Result<(), AgentError> {
///     service.stop_requested().await;
///     Err(AgentError::ServerGone)
/// }
/// # impl std::error::Error for AgentError {}
/// # impl fmt::Display for AgentError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("") }
/// # }
/// ```
pub trait ServiceCode: Error + Send + Sync + 'static {
    /// `dwServiceSpecificExitCode`, the number in event 7024. 0 is not a failure code; it is replaced by 1.
    ///
    /// ```
    /// # #[derive(Debug)]
    /// struct NoLicence;
    ///
    /// impl winsvc::ServiceCode for NoLicence {
    ///     fn service_code(&self) -> u32 {
    ///         10
    ///     }
    /// }
    /// # impl std::fmt::Display for NoLicence {
    /// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("no licence") }
    /// # }
    /// # impl std::error::Error for NoLicence {}
    ///
    /// assert_eq!(winsvc::ServiceError::from(NoLicence).code(), 10);
    /// ```
    fn service_code(&self) -> u32;
}

/// An error with a service-specific exit code.
///
/// It may be anywhere in the source chain of the error that `main` returns: inside an error type of the program, an
/// `anyhow::Error` or a `Box<dyn Error>`. The topmost one is used. Its message and its sources are those of the wrapped error.
///
/// ```no_run
/// use winsvc::ServiceError;
///
/// #[winsvc::main]
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let licence = std::fs::read("licence.key").map_err(|error| ServiceError::new(10, error))?;
///     println!("{} bytes", licence.len());
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ServiceError {
    code: u32,
    error: Box<dyn Error + Send + Sync>,
}

impl ServiceError {
    /// Wraps an error with this code. 0 is not a failure code; it is replaced by 1.
    ///
    /// ```
    /// let error = winsvc::ServiceError::new(10, "there is no licence");
    /// assert_eq!(error.to_string(), "there is no licence");
    /// ```
    pub fn new(code: u32, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            code: code.max(1),
            error: error.into(),
        }
    }

    /// Returns the code.
    ///
    /// ```
    /// assert_eq!(winsvc::ServiceError::new(0, "0 would be no failure").code(), 1);
    /// ```
    pub fn code(&self) -> u32 {
        self.code
    }
}

impl<E: ServiceCode> From<E> for ServiceError {
    fn from(error: E) -> Self {
        Self::new(error.service_code(), error)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::outcome::{Failure, Outcome};
    use crate::status::Exit;

    #[derive(Debug)]
    struct Gone;

    impl fmt::Display for Gone {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the server has gone")
        }
    }

    impl Error for Gone {}

    impl ServiceCode for Gone {
        fn service_code(&self) -> u32 {
            7
        }
    }

    fn failure<K>(outcome: impl Outcome<K>) -> Failure {
        outcome.into_result().unwrap_err()
    }

    #[test]
    fn an_error_that_knows_its_code_gives_it() {
        let ends = || -> Result<(), ServiceError> { Err(Gone)? };
        let failure = failure(ends());
        assert_eq!(failure.exit(), Exit::ServiceSpecific(7));
        assert_eq!(failure.message(), Some("the server has gone"));
    }

    #[test]
    fn a_code_counts_wherever_it_stands_in_the_chain() {
        let wrapped = io::Error::other(ServiceError::new(70_000, "no licence"));
        let boxed: Box<dyn Error> = Box::new(wrapped);
        let failure = failure(Err::<(), _>(boxed));
        assert_eq!(failure.exit(), Exit::ServiceSpecific(70_000));
        assert_eq!(failure.exit().process_exit_code(), 255);
    }

    #[test]
    fn no_code_is_a_success() {
        let failure = failure(Err::<(), _>(ServiceError::new(0, "nothing")));
        assert_eq!(failure.exit(), Exit::ERROR);
    }
}
