//! Lines of output in log files.

use std::time::SystemTime;

use super::civil::rfc3339_microseconds;
use super::json::Object;
use super::plain;

/// Formats a line of output as `tracing-subscriber` formats an event whose target is the name of the stream. Not by a
/// subscriber: a second one in the process makes `tracing` lose events that are logged while another one is.
pub(crate) fn printed(target: &str, line: &str, is_json: bool, now: SystemTime) -> String {
    let time = rfc3339_microseconds(now);
    if is_json {
        let json = Object::default()
            .text("timestamp", &time)
            .text("level", "INFO")
            .object("fields", Object::default().text("message", line))
            .text("target", target);
        json.finish() + "\n"
    } else {
        format!("{time}  INFO {target}: {}\n", plain(line))
    }
}
