//! What the runtime has to tell whoever looks after the service.
//!
//! The one place where its messages leave: today for stderr, which a terminal, an init system and a container show and
//! which is null in a service under the SCM. The event log's entries are to be written here too.

use std::fmt::Display;
use std::io::Write as _;

/// The service failed, and ends.
pub(crate) fn error(text: impl Display) {
    write("error", &text);
}

/// Something is not as it should be; the service goes on.
pub(crate) fn warning(text: impl Display) {
    write("warning", &text);
}

fn write(level: &str, text: &dyn Display) {
    // `eprintln!` would panic where stderr is closed, and there is nobody left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{level}: {text}");
}
