//! `service run`: the program in this terminal, as the service would run.
//!
//! It is a process of its own with the definition's arguments in its command line, because the author's program reads
//! [`std::env::args`], which nobody can change, and knows nothing of `service run`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::process;

use winsvc_definition::{Definition, command_line};

use crate::sys;

/// The variable that tells the program by whom it is run, so that its arguments are not taken for a verb. The number keeps it
/// from being heard by what the program itself starts.
const BY: &str = "WINSVC_RUN";

/// Whether this process is the program that the `service run` of this process runs.
pub(super) fn is_by(pid: u32) -> bool {
    env::var(BY).is_ok_and(|by| by == pid.to_string())
}

/// Runs the program to its end, and ends as it does. It comes back only if the program cannot be started.
pub(super) fn run(program: &OsStr, definition: &Definition, arguments: Vec<OsString>) -> io::Error {
    let exe = match env::current_exe() {
        Ok(exe) => exe,
        Err(error) => return error,
    };
    // As the SCM does it, which has the variables of the machine for it.
    let variable = |name: &str| env::var(name).ok();
    let own = definition.arguments.iter();
    let own = own.map(|argument| OsString::from(command_line::expand_argument(argument, variable)));
    let arguments: Vec<OsString> = own.chain(arguments).collect();
    let variables = definition.environment.iter();
    let mut environment: Vec<(&str, &str)> = variables
        .map(|(name, value)| (name.as_str(), value.as_str()))
        // Whoever sets a variable in the terminal wants to try something.
        .filter(|(name, _)| env::var_os(name).is_none())
        .collect();
    environment.push(("WINSVC_CONSOLE", "1"));
    let pid = process::id().to_string();
    environment.push((BY, &pid));
    sys::replace_by(&exe, program, &arguments, &environment)
}
