//! Captures the output of the program, line by line, into its log files.
//!
//! ```text
//! println!, a library ──▶ pipe in place of stdout ──▶ separate thread ──lines──▶ log files
//! ```
//!
//! The program waits only for the thread at the other end, which waits only for the files. The lines bypass the
//! program's subscriber: one of its layers may print, which would never end.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

#[cfg(windows)]
use crate::journal;
#[cfg(windows)]
use crate::sys::Stream;

/// The maximum length of a line in bytes; a longer one is truncated.
const LONGEST: usize = 32 << 10;

/// A mark that is printed to find out whether all previous output has been read. It begins with a line end, so that it
/// is a separate line.
const MARK: &[u8] = b"\n\0winsvc: all read\0\n";

/// How long the end of the process is delayed for the remaining output.
const PATIENCE: Duration = Duration::from_secs(2);

/// The streams that are captured until the process ends.
#[derive(Debug, Default)]
struct Capture {
    /// The writers that the program prints to.
    pipes: Mutex<Vec<&'static File>>,
    /// How many marks have been read.
    marks: Mutex<usize>,
    changed: Condvar,
}

/// The capture of this process.
static CAPTURE: OnceLock<Capture> = OnceLock::new();

/// Captures both streams; `write` receives the lines. A stream that cannot be captured remains unchanged. Further calls
/// have no effect.
#[cfg(windows)]
pub(super) fn start(write: impl FnMut(Stream, &str) + Clone + Send + 'static) {
    let mut is_first = false;
    let capture = CAPTURE.get_or_init(|| {
        is_first = true;
        Capture::default()
    });
    if !is_first {
        return;
    }
    journal::drain_by(drain);
    for stream in [Stream::Stdout, Stream::Stderr] {
        // Redirecting the stream is the last step, so that nothing is printed to a pipe without a reader.
        let Ok((reader, pipe)) = crate::sys::pipe() else {
            return;
        };
        let thread = thread::Builder::new().name("winsvc-output".to_owned());
        let mut write = write.clone();
        let started = thread.spawn(move || {
            read(reader, |line| write(stream, line), || capture.mark());
        });
        if started.is_ok() && crate::sys::print_to(stream, pipe).is_ok() {
            capture.pipes().push(pipe);
        }
    }
}

/// Waits until the output so far is in the files, but not long; the process ends next.
fn drain() {
    if let Some(capture) = CAPTURE.get() {
        capture.drain(PATIENCE);
    }
}

impl Capture {
    fn mark(&self) {
        *self.marks.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    fn pipes(&self) -> std::sync::MutexGuard<'_, Vec<&'static File>> {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drain(&self, patience: Duration) {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let pipes = self.pipes().clone();
        let all = *marks + pipes.len();
        // Marking may block, because stdout is locked or a pipe is full. A separate thread can be abandoned.
        let thread = thread::Builder::new().name("winsvc-output".to_owned());
        let marking = thread.spawn(move || {
            let _ = io::stdout().flush();
            for mut pipe in pipes {
                let _ = pipe.write_all(MARK);
            }
        });
        if marking.is_ok() {
            let is_missing = |marks: &mut usize| *marks < all;
            drop(self.changed.wait_timeout_while(marks, patience, is_missing));
        }
    }
}

/// Reads lines until the pipe is closed. An error in handling a line does not end the loop, or printing would block
/// forever.
fn read(mut reader: impl Read, mut write: impl FnMut(&str), mark: impl Fn()) {
    let mut take = |line: &[u8], is_cut| {
        if MARK.strip_prefix(b"\n").and_then(|mark| mark.strip_suffix(b"\n")) == Some(line) {
            mark();
        } else if !line.is_empty() {
            let text = text(line, is_cut);
            let _ = catch_unwind(AssertUnwindSafe(|| write(&text)));
        }
    };
    let mut lines = Lines::default();
    let mut buffer = vec![0; 8 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => lines.push(&buffer[..count], &mut take),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    lines.push(b"\n", &mut take);
}

/// Splits bytes into lines, and leaves empty lines out.
#[derive(Debug, Default)]
struct Lines {
    line: Vec<u8>,
    is_cut: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], take: &mut impl FnMut(&[u8], bool)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (content, is_whole) = match piece.strip_suffix(b"\n") {
                Some(content) => (content, true),
                None => (piece, false),
            };
            let fits = content.len().min(LONGEST - self.line.len());
            self.line.extend_from_slice(&content[..fits]);
            self.is_cut |= fits < content.len();
            if is_whole {
                let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
                take(line, self.is_cut);
                self.line.clear();
                self.is_cut = false;
            }
        }
    }
}

/// The text of a line; if it was truncated, it ends with a complete character and an ellipsis.
fn text(line: &[u8], is_cut: bool) -> String {
    if !is_cut {
        return String::from_utf8_lossy(line).into_owned();
    }
    let end = match std::str::from_utf8(line) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => line.len(),
    };
    format!("{}…", String::from_utf8_lossy(&line[..end]))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    /// Returns its content in pieces of this size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.1.min(buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(size);
            buffer[..size].copy_from_slice(now);
            self.0 = later;
            Ok(size)
        }
    }

    /// The lines that are read, with `MARK` for a mark.
    fn lines(printed: &[u8], size: usize) -> Vec<String> {
        let lines = RefCell::new(Vec::new());
        read(
            Pieces(printed, size),
            |line| lines.borrow_mut().push(line.to_owned()),
            || lines.borrow_mut().push("MARK".to_owned()),
        );
        lines.into_inner()
    }

    #[test]
    fn lines_are_read_as_they_were_printed() {
        let printed = "one\r\n\ntwo, größer\nno end".as_bytes();
        for size in [1, 3, 100] {
            assert_eq!(lines(printed, size), ["one", "two, größer", "no end"]);
        }
    }

    #[test]
    fn invalid_utf_8_is_replaced() {
        assert_eq!(lines(b"a\xffb\n", 9), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_long_line_is_truncated_at_the_end_of_a_character_and_hides_no_other() {
        let printed = format!("x{}\nnext\n", "€".repeat(LONGEST));
        let lines = lines(printed.as_bytes(), 5_000);
        assert_eq!(lines.len(), 2);
        let cut = lines[0].strip_suffix('…').unwrap();
        assert!(printed.starts_with(cut) && (LONGEST - 3..=LONGEST).contains(&cut.len()));
        assert_eq!(lines[1], "next");
        let whole = "y".repeat(LONGEST);
        assert_eq!(super::tests::lines(whole.as_bytes(), 5_000), [whole]);
    }

    #[test]
    fn a_mark_is_found_after_any_output() {
        let long = "z".repeat(2 * LONGEST);
        let printed = [b"half a line", MARK, b"more\n", MARK, long.as_bytes(), MARK].concat();
        let lines = lines(&printed, 7);
        assert_eq!(lines[..4], ["half a line", "MARK", "more", "MARK"]);
        assert_eq!(lines.last().unwrap(), "MARK");
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn a_line_that_cannot_be_written_does_not_block_the_next() {
        let count = RefCell::new(0);
        let fails = |_: &str| {
            *count.borrow_mut() += 1;
            std::panic::resume_unwind(Box::new("no")) // without the output of the panic hook
        };
        read(Pieces(b"one\ntwo\n", 4), fails, || ());
        assert_eq!(count.into_inner(), 2);
    }

    #[test]
    fn the_end_of_the_process_is_not_delayed_forever() {
        let capture = Capture::default();
        let file: &'static File = Box::leak(Box::new(tempfile::tempfile().unwrap()));
        capture.pipes().push(file); // without a reader
        capture.drain(Duration::from_millis(10));
        assert_eq!(*capture.marks.lock().unwrap(), 0);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_made_up(
            texts in proptest::collection::vec("[^\n\r\0]{1,40}", 0..20), size in 1_usize..50,
        ) {
            let printed = texts.join("\n");
            prop_assert_eq!(lines(printed.as_bytes(), size), texts);
        }
    }
}
