//! Runs the independent programs that judge what this crate writes.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// The program's output, which must be a success.
///
/// A missing program fails the test: what it would have checked is not known to hold.
pub(crate) fn run<A: AsRef<OsStr>>(
    directory: &Path,
    program: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Vec<u8> {
    let output = match Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .output()
    {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("`{program}` is not installed; `tests/run` installs what the tests need")
        }
        Err(error) => panic!("`{program}` does not start: {error}"),
    };
    assert!(
        output.status.success(),
        "`{program}` failed: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
