//! One memory page in which a service writes its status text, and another process reads it.
//!
//! ```text
//! words of 32 bits: form │ sequence │ length in bytes │ text, UTF-8 …
//! ```
//!
//! The sequence is odd while the text is being written, and different afterwards. So a reader detects that the text
//! changed while it was copied, and copies it again. Neither side waits for the other. The reader validates everything,
//! because the writer is another process, possibly of somebody who created the name first.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

use std::sync::atomic::{AtomicU32, Ordering, fence};
use std::thread;

/// A memory page of the size that Windows uses.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct StatusPage {
    form: AtomicU32,
    sequence: AtomicU32,
    length: AtomicU32,
    text: [AtomicU32; WORDS],
}

const PAGE: usize = 4096;
const WORDS: usize = PAGE / size_of::<u32>() - 3;

/// The maximum size of a text in bytes.
const CAPACITY: usize = WORDS * size_of::<u32>();

/// The number at the beginning of the page; another layout has another number.
const FORM: u32 = u32::from_le_bytes(*b"wst1");

/// How often a copy is tried while the text changes. Writing takes a microsecond.
const TRIES: u32 = 1_000;

const _: () = assert!(size_of::<StatusPage>() == PAGE);

impl StatusPage {
    /// Replaces the text; a long text is truncated at the end of a character. There may be only one writer at a time.
    pub(crate) fn write(&self, text: &str) {
        let text = cut(text, CAPACITY).as_bytes();
        let odd = self.sequence.load(Ordering::Relaxed) | 1;
        self.sequence.store(odd, Ordering::Relaxed);
        // A reader that sees a word of the new text also sees the odd sequence.
        fence(Ordering::Release);
        self.form.store(FORM, Ordering::Relaxed);
        self.length.store(text.len() as u32, Ordering::Relaxed);
        for (word, bytes) in self.text.iter().zip(text.chunks(4)) {
            let mut four = [0; 4];
            four[..bytes.len()].copy_from_slice(bytes);
            word.store(u32::from_le_bytes(four), Ordering::Relaxed);
        }
        self.sequence.store(odd.wrapping_add(1), Ordering::Release);
    }

    /// Copies the text; `None` if there is none, or the content is invalid.
    #[cfg_attr(not(feature = "verbs"), allow(dead_code, reason = "the verbs read it"))]
    pub(crate) fn read(&self) -> Option<String> {
        for _ in 0..TRIES {
            let sequence = self.sequence.load(Ordering::Relaxed);
            if sequence % 2 == 0 {
                fence(Ordering::Acquire);
                let copied = self.copy();
                fence(Ordering::Acquire);
                if self.sequence.load(Ordering::Relaxed) == sequence {
                    return String::from_utf8(copied?).ok();
                }
            }
            thread::yield_now();
        }
        None
    }

    fn copy(&self) -> Option<Vec<u8>> {
        // Loads from read-only memory must be relaxed.
        let length = self.length.load(Ordering::Relaxed) as usize;
        let is_text = self.form.load(Ordering::Relaxed) == FORM && (1..=CAPACITY).contains(&length);
        is_text.then(|| {
            let words = self.text[..length.div_ceil(4)].iter();
            let mut text: Vec<u8> = words
                .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes())
                .collect();
            text.truncate(length);
            text
        })
    }
}

/// The beginning of a text, of at most `length` bytes and whole characters.
fn cut(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use proptest::prelude::*;

    use super::*;

    /// A page as Windows creates it: zeros.
    fn page() -> StatusPage {
        StatusPage {
            form: AtomicU32::new(0),
            sequence: AtomicU32::new(0),
            length: AtomicU32::new(0),
            text: [const { AtomicU32::new(0) }; WORDS],
        }
    }

    #[test]
    fn the_last_text_is_read_and_an_empty_one_is_none() {
        let page = page();
        assert_eq!(page.read(), None);
        page.write("serving 1,000 clients");
        page.write("serving 9 clients");
        assert_eq!(page.read().as_deref(), Some("serving 9 clients"));
        page.write("");
        assert_eq!(page.read(), None);
    }

    #[test]
    fn a_long_text_is_truncated_at_the_end_of_a_character() {
        let page = page();
        let long = format!("xx{}", "€".repeat(2_000));
        page.write(&long);
        let read = page.read().unwrap();
        assert!(long.starts_with(&read));
        assert!((CAPACITY - 2..=CAPACITY).contains(&read.len()), "{}", read.len());
    }

    #[test]
    fn a_reader_sees_only_complete_texts_while_they_change() {
        let page = page();
        let is_over = AtomicBool::new(false);
        let letters = |letter: u8| char::from(letter).to_string().repeat(usize::from(letter) * 8);
        page.write(&letters(b'a'));
        let mut seen = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    for letter in b'a'..=b'z' {
                        page.write(&letters(letter));
                    }
                }
            });
            while seen < 2_000 {
                if let Some(text) = page.read() {
                    assert_eq!(text, letters(text.as_bytes()[0]));
                    seen += 1;
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn a_reader_does_not_wait_for_a_writer_that_died() {
        let page = page();
        page.write("half");
        page.sequence.store(3, Ordering::Relaxed);
        assert_eq!(page.read(), None);
        page.write("whole");
        assert_eq!(page.read().as_deref(), Some("whole"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_back(text in "\\PC{1,300}") {
            let page = page();
            page.write(&text);
            prop_assert_eq!(page.read(), Some(text));
        }

        #[test]
        fn no_content_makes_the_reader_panic(
            is_ours in any::<bool>(), length in any::<u32>(), sequence in any::<u32>(), word in any::<u32>(),
        ) {
            let page = page();
            page.form.store(if is_ours { FORM } else { word }, Ordering::Relaxed);
            page.length.store(length % 8192, Ordering::Relaxed);
            page.sequence.store(sequence & !1, Ordering::Relaxed);
            for place in &page.text {
                place.store(word, Ordering::Relaxed);
            }
            let _ = page.read();
        }
    }
}
