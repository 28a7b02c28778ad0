//! `service run`: runs the program in this terminal, as the service would run.
//!
//! It runs in a new process with the definition's arguments in its command line, because the author's program reads
//! [`std::env::args`], which cannot be changed, and is not aware of `service run`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::process;

use winsvc_definition::{Definition, command_line};

use crate::identity::SERVICE_VARIABLE;
use crate::sys;

/// Set for the new process, so that its arguments are not parsed as a command. The process id in it prevents that
/// processes started by the program are affected.
const BY: &str = "WINSVC_RUN";

/// Whether `service run` in the process `pid` started this process.
pub(super) fn is_by(pid: u32) -> bool {
    env::var(BY).is_ok_and(|by| by == pid.to_string())
}

/// Runs the program to its end as this service, and exits with its exit code. Returns only if the program cannot be
/// started.
pub(super) fn run(program: &OsStr, definition: &Definition, arguments: Vec<OsString>) -> io::Error {
    let exe = match env::current_exe() {
        Ok(exe) => exe,
        Err(error) => return error,
    };
    // The SCM expands arguments too, with the variables of the machine.
    let variable = |name: &str| env::var(name).ok();
    let own = definition.arguments.iter();
    let own = own.map(|argument| OsString::from(command_line::expand_argument(argument, variable)));
    let arguments: Vec<OsString> = own.chain(arguments).collect();
    let variables = definition.environment.iter();
    let mut environment: Vec<(&str, &str)> = variables
        .map(|(name, value)| (name.as_str(), value.as_str()))
        // A variable that is set in the terminal overrides the definition.
        .filter(|(name, _)| env::var_os(name).is_none())
        .collect();
    environment.push(("WINSVC_CONSOLE", "1"));
    let pid = process::id().to_string();
    environment.push((BY, &pid));
    environment.push((SERVICE_VARIABLE, definition.name.as_str()));
    sys::replace_by(&exe, program, &arguments, &environment)
}
