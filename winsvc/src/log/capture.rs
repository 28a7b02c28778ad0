//! What the program prints, line by line in its log files.
//!
//! ```text
//! println!, a library ──▶ pipe in the place of stdout ──▶ a thread of its own ──lines──▶ log files
//! ```
//!
//! The program waits for nothing but the thread at the other end, and that one for nothing but the files. Lines go past the
//! program's subscriber: one of its layers may print, and would never come to an end.
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

/// How many bytes a line may have; what is longer is cut.
const LONGEST: usize = 32 << 10;

/// What is printed to find out whether all that was printed before has been read. It is a line of its own, whatever stands
/// before it.
const MARK: &[u8] = b"\n\0winsvc: all read\0\n";

/// How long the end of the process is put off for what was printed last.
const PATIENCE: Duration = Duration::from_secs(2);

/// Streams that are captured for the rest of the process's life.
#[derive(Debug, Default)]
struct Capture {
    /// Where the program prints to.
    pipes: Mutex<Vec<&'static File>>,
    /// How many marks have come out at the other ends.
    marks: Mutex<usize>,
    changed: Condvar,
}

/// The one capture of this process.
static CAPTURE: OnceLock<Capture> = OnceLock::new();

/// Captures both streams; `write` takes a line. Where a stream cannot be captured it stays as it is. The second time nothing
/// happens.
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
        // Without the thread nothing is printed to a pipe that nobody reads: it is the last step that changes the stream.
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

/// Waits until what was printed so far is in the files, but not for long: the process ends next.
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
        // Somebody may hold the lock of stdout, or a pipe be full: a thread can be left behind, this one cannot.
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

/// Reads lines until there can be no more. Whatever becomes of a line, the next one is read: nobody who prints is to wait
/// for ever.
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

/// Puts lines together. An empty line says nothing in a log, and is none.
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

/// A line as text; one that was cut ends with a whole character and a sign of it.
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

    /// Gives what it has in pieces of this size.
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

    /// What comes out, with `MARK` for a mark.
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
    fn lines_come_out_as_they_were_printed() {
        let printed = "one\r\n\ntwo, größer\nno end".as_bytes();
        for size in [1, 3, 100] {
            assert_eq!(lines(printed, size), ["one", "two, größer", "no end"]);
        }
    }

    #[test]
    fn what_is_no_text_is_shown_as_far_as_it_is() {
        assert_eq!(lines(b"a\xffb\n", 9), ["a\u{fffd}b"]);
    }

    #[test]
    fn a_long_line_is_cut_at_the_end_of_a_character_and_hides_no_other() {
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
    fn a_mark_is_seen_behind_whatever_was_printed() {
        let long = "z".repeat(2 * LONGEST);
        let printed = [b"half a line", MARK, b"more\n", MARK, long.as_bytes(), MARK].concat();
        let lines = lines(&printed, 7);
        assert_eq!(lines[..4], ["half a line", "MARK", "more", "MARK"]);
        assert_eq!(lines.last().unwrap(), "MARK");
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn a_line_that_cannot_be_written_does_not_keep_the_next_from_being_read() {
        let count = RefCell::new(0);
        let fails = |_: &str| {
            *count.borrow_mut() += 1;
            std::panic::resume_unwind(Box::new("no")) // without the noise of a panic
        };
        read(Pieces(b"one\ntwo\n", 4), fails, || ());
        assert_eq!(count.into_inner(), 2);
    }

    #[test]
    fn the_end_of_the_process_is_not_put_off_for_ever() {
        let capture = Capture::default();
        let file: &'static File = Box::leak(Box::new(tempfile::tempfile().unwrap()));
        capture.pipes().push(file); // which nobody reads
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
