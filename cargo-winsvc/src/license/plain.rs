//! Plain text: lines that an author's editor wrapped become paragraphs again.

use super::Paragraph;

/// A line of at least this many characters was ended by wrapping, unless the next one begins a paragraph.
const WRAPPED: usize = 45;

pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut previous: Option<&str> = None;
    for line in text.lines() {
        let content = line.trim();
        match previous {
            _ if content.is_empty() => {
                if let Some(last) = paragraphs.last_mut() {
                    last.is_last_of_block = true;
                }
                previous = None;
                continue;
            }
            Some(before) if continues(before, line) => {
                let paragraph = paragraphs.last_mut().expect("a line came before");
                paragraph.push(" ");
                paragraph.push(content);
            }
            _ => {
                let mut paragraph = Paragraph {
                    level: usize::from(indent(line) > 0),
                    ..Paragraph::default()
                };
                paragraph.push(content);
                paragraphs.push(paragraph);
            }
        }
        previous = Some(line);
    }
    if let Some(last) = paragraphs.last_mut() {
        last.is_last_of_block = true;
    }
    paragraphs
}

/// Whether a line is in the same paragraph as the one before it.
fn continues(before: &str, line: &str) -> bool {
    before.trim_end().chars().count() >= WRAPPED && !begins_item(line)
}

/// Whether the line begins with `-`, `*`, `1.`, `(a)` or the like.
fn begins_item(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    let is_short = first.len() <= 5;
    match first.strip_suffix(['.', ')']) {
        Some(number) => {
            let number = number.trim_start_matches('(');
            let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
            is_short && (is_number || number.len() == 1)
        }
        None => ["-", "*", "\u{2022}"].contains(&first),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
