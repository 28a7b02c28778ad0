//! The entry point: the functions that `#[winsvc::main]` calls, [`Builder`], the forms of `main` and the async runtime.

mod builder;
mod forms;
mod options;
#[cfg(feature = "tokio")]
mod runtime;

use std::process::ExitCode;

use crate::host::{self, Program};
#[cfg(feature = "verbs")]
use crate::verbs::CommandLine;

pub use builder::Builder;
pub use forms::{Argument, Main, async_main, async_main_with, main, main_with};
pub use options::Runtime;
#[cfg(all(test, feature = "tokio"))]
pub(crate) use runtime::conduct;

/// Runs the command of the command line, or the program to its end. A process that the SCM has started is a service,
/// whatever its arguments are.
fn start(program: Program) -> ExitCode {
    #[cfg(feature = "child")]
    crate::child::enter();
    #[cfg(all(windows, feature = "update"))]
    if let Some(code) = crate::updater::run_if_runner() {
        return code;
    }
    #[cfg(feature = "verbs")]
    if let Some(line) = CommandLine::of_verb(program.package) {
        let package = program.package;
        if line.may_be_of_a_service() {
            if let Ok(code) = host::run_as_service(program) {
                return code;
            }
        }
        return line.run(package);
    }
    host::run(program)
}
