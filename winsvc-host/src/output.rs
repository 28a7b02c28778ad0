//! The output of the program: lines from its pipes to log files, the event log and the terminal.
//!
//! A thread for each pipe reads as fast as the destination takes the lines. A program that prints faster waits, as it would for
//! a slow disk. A full disk loses lines, and never blocks the program.

use std::io::{self, Read, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use winsvc::child::{Child, Stream};
use winsvc::hosted::{Hosted, LogFiles, LogOptions};
use winsvc_definition::events::{self, Message};
use winsvc_definition::manifest::{HostOutput, OutputFormat, StderrTarget, StdoutTarget};

/// Where the streams go.
#[derive(Clone)]
pub(crate) struct Output {
    hosted: Hosted,
    stdout: Arc<[Sink]>,
    stderr: Arc<[Sink]>,
    files: Arc<[LogFiles]>,
}

/// One destination of lines.
#[derive(Clone)]
enum Sink {
    Files(LogFiles),
    EventLog(Message),
    Terminal { is_stderr: bool },
}

/// What waits for a line: its text, and what to do then, once.
pub(crate) struct Watch {
    pub(crate) text: String,
    pub(crate) found: Box<dyn Fn() + Send + Sync>,
}

/// The threads that read the output of one process. They end with its pipes.
pub(crate) struct Readers(Receiver<()>);

impl Readers {
    /// Waits until all output is read, but no longer than this: a process that was left alone may keep the pipes.
    pub(crate) fn wait(self, patience: Duration) {
        // Nothing is ever sent; the channel closes with the last thread.
        let _ = self.0.recv_timeout(patience);
    }
}

impl Output {
    /// `shows_output` is whether a terminal, if there is one, gets the output too.
    pub(crate) fn new(
        output: &HostOutput,
        directory: Option<&Path>,
        hosted: Hosted,
        shows_output: bool,
    ) -> Self {
        let in_terminal = shows_output && hosted.has_terminal();
        let options = LogOptions {
            is_json: output.format == OutputFormat::Json,
            has_timestamps: output.timestamps,
            max_size: output.max_size.bytes(),
            keep_files: output.keep_files,
            keep_days: output.keep_days,
        };
        // In a terminal there are files only where somebody has asked for them.
        let has_files = !in_terminal || directory.is_some();
        let mut files = Vec::new();
        let mut open = |addition| {
            let opened =
                has_files.then(|| hosted.log_files(addition, directory.map(Path::to_owned), options));
            files.extend(opened.clone());
            opened.map(Sink::Files)
        };
        let terminal = |is_stderr| in_terminal.then_some(Sink::Terminal { is_stderr });
        let main: Option<Sink> = match output.stdout {
            StdoutTarget::File => open(""),
            StdoutTarget::EventLog => (!in_terminal).then_some(Sink::EventLog(events::INFORMATION)),
            StdoutTarget::Null => None,
        };
        let stdout: Vec<Sink> = match output.stdout {
            StdoutTarget::Null => Vec::new(),
            _ => main.clone().into_iter().chain(terminal(false)).collect(),
        };
        let stderr: Vec<Sink> = match output.stderr {
            StderrTarget::Null => Vec::new(),
            StderrTarget::Stdout if output.stdout == StdoutTarget::Null => Vec::new(),
            StderrTarget::Stdout => {
                let main = main.map(|sink| match sink {
                    Sink::EventLog(_) => Sink::EventLog(events::WARNING),
                    other => other,
                });
                main.into_iter().chain(terminal(true)).collect()
            }
            StderrTarget::File => open(".stderr").into_iter().chain(terminal(true)).collect(),
            StderrTarget::EventLog => (!in_terminal)
                .then_some(Sink::EventLog(events::WARNING))
                .into_iter()
                .chain(terminal(true))
                .collect(),
        };
        Self {
            hosted,
            stdout: stdout.into(),
            stderr: stderr.into(),
            files: files.into(),
        }
    }

    /// What stdout and stderr of the program have to be.
    pub(crate) fn streams(&self, is_watched: bool) -> [Stream; 2] {
        [&self.stdout, &self.stderr].map(|sinks| {
            if sinks.is_empty() && !is_watched {
                Stream::Null
            } else {
                Stream::Piped
            }
        })
    }

    /// Begins new log files.
    pub(crate) fn rotate(&self) {
        for files in self.files.iter() {
            files.rotate();
        }
    }

    /// Reads the output of the program.
    pub(crate) fn read_program(&self, child: &mut Child, watch: Option<Watch>) -> Readers {
        let (sender, readers) = mpsc::channel();
        let watch = watch.map(Arc::new);
        if let Some(pipe) = child.take_stdout() {
            self.read(pipe, "stdout", &self.stdout, watch.clone(), sender.clone());
        }
        if let Some(pipe) = child.take_stderr() {
            self.read(pipe, "stderr", &self.stderr, watch, sender);
        }
        Readers(readers)
    }

    /// Reads the output of a hook, which goes where stdout goes, under this name.
    pub(crate) fn read_command(&self, child: &mut Child, name: &'static str) {
        let (sender, _) = mpsc::channel();
        if let Some(pipe) = child.take_stdout() {
            self.read(pipe, name, &self.stdout, None, sender.clone());
        }
        if let Some(pipe) = child.take_stderr() {
            self.read(pipe, name, &self.stdout, None, sender);
        }
    }

    fn read(
        &self,
        pipe: impl Read + Send + 'static,
        name: &'static str,
        sinks: &Arc<[Sink]>,
        watch: Option<Arc<Watch>>,
        done: Sender<()>,
    ) {
        let (hosted, sinks) = (self.hosted.clone(), Arc::clone(sinks));
        let thread = thread::Builder::new().name("winsvc-output".to_owned());
        let started = thread.spawn({
            let hosted = hosted.clone();
            move || {
                read_lines(pipe, |lines| {
                    if let Some(watch) = &watch {
                        if lines.lines().any(|line| line.contains(&watch.text)) {
                            (watch.found)();
                        }
                    }
                    for sink in sinks.iter() {
                        sink.write(&hosted, name, lines);
                    }
                });
                drop(done);
            }
        });
        if let Err(error) = started {
            hosted.log_event(events::OUTPUT_LOST, &[&error]);
        }
    }
}

impl Sink {
    fn write(&self, hosted: &Hosted, name: &str, lines: &str) {
        match self {
            Self::Files(files) => files.write(name, lines),
            Self::EventLog(message) => {
                for line in lines.lines().filter(|line| !line.trim().is_empty()) {
                    hosted.log_event(*message, &[&line]);
                }
            }
            Self::Terminal { is_stderr } => {
                // A closed terminal is no reason to end the program.
                let _ = if *is_stderr {
                    io::stderr().write_all(lines.as_bytes())
                } else {
                    let mut stdout = io::stdout().lock();
                    stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush())
                };
            }
        }
    }
}

/// Reads until the pipe is closed, and passes on the whole lines of each piece that arrives. A line without an end is cut where
/// it gets too long.
fn read_lines(mut pipe: impl Read, mut take: impl FnMut(&str)) {
    /// The maximum length of a line in bytes.
    const LONGEST: usize = 32 << 10;

    let mut buffer = vec![0; 64 << 10];
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let length = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // The pipe of a killed process may be broken instead of closed.
            Err(_) => break,
        };
        let piece = &buffer[..length];
        let whole = piece
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        if whole > 0 {
            rest.extend_from_slice(&piece[..whole]);
            take(&String::from_utf8_lossy(&rest));
            rest.clear();
        }
        rest.extend_from_slice(&piece[whole..]);
        while rest.len() >= LONGEST {
            // Between two characters.
            let is_between = |at: &usize| rest.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
            let cut = (1..LONGEST).rev().find(is_between).unwrap_or(LONGEST);
            take(&format!("{}\n", String::from_utf8_lossy(&rest[..cut])));
            rest.drain(..cut);
        }
    }
    if !rest.is_empty() {
        take(&format!("{}\n", String::from_utf8_lossy(&rest)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        struct Pieces<'a>(Vec<&'a [u8]>);
        impl Read for Pieces<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() {
                    return Ok(0);
                }
                let piece = self.0.remove(0);
                buffer[..piece.len()].copy_from_slice(piece);
                Ok(piece.len())
            }
        }
        let mut all = Vec::new();
        let pieces = pieces.iter().filter(|piece| !piece.is_empty()).copied();
        read_lines(Pieces(pieces.collect()), |lines| {
            assert!(lines.ends_with('\n'));
            all.extend(lines.lines().map(str::to_owned));
        });
        all
    }

    #[test]
    fn lines_are_whole_whatever_the_pieces_are() {
        assert_eq!(lines(&[b"a\nb", b"c\r\n", b"\nd"]), ["a", "bc", "", "d"]);
        assert_eq!(lines(&[b"gr\xc3", b"\xb6\xff\n"]), ["gr\u{f6}\u{fffd}"]);
        assert_eq!(lines(&[]), [""; 0]);
    }

    #[test]
    fn a_line_without_an_end_is_cut_between_characters() {
        let long = "ä".repeat(40 << 10);
        let pieces: Vec<&[u8]> = long.as_bytes().chunks(60_001).collect();
        let lines = lines(&pieces);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= 32 << 10));
        assert_eq!(lines.concat(), long);
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in "[a-z\n]{0,200}", size in 1_usize..20) {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let expected: Vec<&str> = text.lines().collect();
            prop_assert_eq!(lines(&pieces), expected);
        }
    }
}
