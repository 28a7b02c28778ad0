//! `service run`: runs the program in this terminal, as the service would run.
//!
//! It runs in a new process with the definition's arguments in its command line, because the author's program reads
//! [`std::env::args`], which cannot be changed, and is not aware of `service run`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::MAIN_SEPARATOR;
use std::process;

use winsvc_definition::{Stamp, TextName, command_line};

#[cfg(windows)]
use super::values;
use super::values::{PropertyOptions, Values};
use crate::identity::SERVICE_VARIABLE;
use crate::places::Folders;
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
pub(super) fn run(program: &OsStr, stamp: &Stamp, arguments: Vec<OsString>) -> io::Error {
    let exe = match env::current_exe() {
        Ok(exe) => exe,
        Err(error) => return error,
    };
    let definition = &stamp.definition;
    let values = values_of(stamp, &Folders::of_terminal(stamp));
    let value = |name: &TextName| values.value(name);
    // The SCM expands the command line too, with the variables of the machine.
    let line = command_line::join_named(&definition.arguments, &value);
    let line = command_line::expand(&line, |name| env::var(name).ok());
    let own = command_line::split(&line).into_iter().map(OsString::from);
    let arguments: Vec<OsString> = own.chain(arguments).collect();
    let variables = definition.environment.iter();
    let mut environment: Vec<(&str, String)> = variables
        .map(|(name, text)| (name.as_str(), text.fill(&value)))
        // A variable that is set in the terminal overrides the definition.
        .filter(|(name, _)| env::var_os(name).is_none())
        .collect();
    environment.push(("WINSVC_CONSOLE", "1".to_owned()));
    environment.push((BY, process::id().to_string()));
    environment.push((SERVICE_VARIABLE, definition.name.to_string()));
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    sys::replace_by(&exe, program, &arguments, &environment)
}

/// The values of the names in the definition's texts on this machine.
pub(super) fn values_of(stamp: &Stamp, folders: &Folders) -> Values {
    Values::new(
        stamp,
        folders,
        MAIN_SEPARATOR,
        &PropertyOptions::default(),
        &|name| recorded(stamp, name),
    )
}

/// The recorded value of a property. A record that cannot be read has no effect: the program runs with the default.
#[cfg(windows)]
fn recorded(stamp: &Stamp, name: &str) -> Option<String> {
    use crate::sys::machine::Machine as _;

    let value = sys::LocalMachine::new().registry_value(&values::records_key(stamp)?, name);
    values::recorded(value.ok()?)
}

#[cfg(not(windows))]
fn recorded(_: &Stamp, _: &str) -> Option<String> {
    None
}
