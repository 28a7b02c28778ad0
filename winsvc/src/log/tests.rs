//! The format of events in the event log and in a terminal.

use std::error::Error;
use std::fmt::Display;
use std::sync::{Arc, Mutex};

use tracing::{debug, error, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

/// The text of each event.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<(u16, String)>>>);

impl<'writer> MakeWriter<'writer> for Written {
    type Writer = Piece;

    fn make_writer(&'writer self) -> Piece {
        unreachable!("every event has metadata")
    }

    fn make_writer_for(&'writer self, metadata: &Metadata<'_>) -> Piece {
        Piece(Output.make_writer_for(metadata).0.number, self.clone())
    }
}

struct Piece(u16, Written);

impl Write for Piece {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if !text.is_empty() {
            let text = String::from_utf8(text.to_vec()).unwrap();
            self.1.0.lock().unwrap().push((self.0, text));
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The output of the layer for the events of `program`.
fn written(is_event_log: fn() -> bool, has_colours: bool, program: impl FnOnce()) -> Vec<(u16, String)> {
    let written = Written::default();
    let layer = fmt::layer()
        .with_ansi(false)
        .event_format(Format {
            is_event_log,
            terminal: terminal::Lines { has_colours },
        })
        .with_writer(written.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), program);
    let texts = written.0.lock().unwrap();
    texts.clone()
}

fn event_log(program: impl FnOnce()) -> Vec<(u16, String)> {
    written(|| true, true, program)
}

#[test]
fn an_event_contains_its_message_its_fields_and_its_location() {
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    let texts = event_log(|| {
        let connection = info_span!("connection", id = 7, peer = tracing::field::Empty);
        connection.record("peer", "::1");
        let _in = connection.enter();
        let _in = info_span!("request").entered();
        let error: &dyn Error = &refused;
        error!(target: "acme", attempt = 3, error, "cannot reach the server");
    });
    let text = "cannot reach the server attempt=3 error=connection refused\n\n\
                acme, in connection{id=7 peer=\"::1\"}:request";
    assert_eq!(texts, [(3, text.to_owned())]);
}

#[test]
fn levels_select_the_event_and_debug_levels_are_left_out() {
    let texts = event_log(|| {
        error!(target: "t", "e");
        warn!(target: "t", "w");
        info!(target: "t", "i");
        debug!(target: "t", "d");
        error!(target: journal::TARGET, "told by the runtime itself");
    });
    let expected = [(3, "e"), (2, "w"), (1, "i")];
    assert_eq!(
        texts,
        expected.map(|(number, text)| (number, format!("{text}\n\nt")))
    );
}

#[test]
fn a_field_may_log_an_event_while_it_is_formatted() {
    struct Chatty;

    impl Display for Chatty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            info!(target: "t", "inner");
            f.write_str("outer")
        }
    }

    let texts = event_log(|| info!(target: "t", "{Chatty}"));
    // A thread-local subscriber, as here, does not receive the inner event.
    assert_eq!(texts.last(), Some(&(1, "outer\n\nt".to_owned())));
}

#[test]
fn a_terminal_gets_a_line_of_every_level() {
    let texts = written(
        || false,
        false,
        || {
            debug!(target: "t", port = 80, "listening");
            error!(target: journal::TARGET, "said already");
        },
    );
    assert_eq!(texts.len(), 1);
    assert!(texts[0].1.ends_with(" DEBUG t: listening port=80\n"), "{texts:?}");
}

#[test]
fn a_terminal_with_colours_gets_the_same_line_in_colours() {
    let line = |has_colours| {
        let mut texts = written(
            || false,
            has_colours,
            || {
                let _in = info_span!("request", id = 7).entered();
                warn!(target: "t", port = 80, "\x1b[5mslow");
            },
        );
        texts.remove(0).1
    };
    // Compare all but the time.
    let plain = &line(false)[27..];
    assert_eq!(plain, "  WARN request{id=7}: t: \\x1b[5mslow port=80\n");
    let coloured = line(true);
    let (time, rest) = coloured.split_once("\x1b[0m ").unwrap();
    assert!(time.starts_with("\x1b[2m2"), "{coloured:?}");
    assert_eq!(
        rest,
        "\x1b[33m WARN\x1b[0m request{id=7}: \x1b[2mt:\x1b[0m \\x1b[5mslow port=80\n"
    );
}
