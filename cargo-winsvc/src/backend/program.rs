//! Runs other programs.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use super::BackendError;

/// Runs a program in a folder, which must succeed. Returns what it prints.
pub(super) fn run<A: AsRef<OsStr>>(
    program: &Path,
    arguments: &[A],
    folder: &Path,
) -> Result<String, BackendError> {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.map_err(|source| BackendError::Start {
        program: program.display().to_string(),
        source,
    })?;
    let text = printed(&output);
    if output.status.success() {
        return Ok(text);
    }
    let name = program
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let arguments = arguments
        .iter()
        .map(|argument| argument.as_ref().to_string_lossy().into_owned());
    let command: Vec<String> = std::iter::once(name).chain(arguments).collect();
    Err(BackendError::Failed {
        command: command.join(" "),
        status: output.status,
        output: text,
    })
}

fn printed(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}
