//! Markdown: headings, emphasis, lists and links. Pictures and HTML are left out.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::Paragraph;

pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut writer = Writer::default();
    for event in Parser::new(text) {
        writer.event(event);
    }
    writer.end_paragraph();
    writer.end_block();
    writer.paragraphs
}

#[derive(Default)]
struct Writer {
    paragraphs: Vec<Paragraph>,
    /// The paragraph being written.
    current: Option<Paragraph>,
    /// The open lists: the number of the next item, if they are numbered.
    lists: Vec<Option<u64>>,
    /// The addresses of the open links.
    links: Vec<String>,
    /// Whether the text is that of a block of code, whose lines stay.
    is_code: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_code => {
                for line in text.lines() {
                    self.paragraph().push(line);
                    self.end_paragraph();
                }
            }
            Event::Text(text) | Event::Code(text) => self.paragraph().push(&text),
            Event::SoftBreak => self.paragraph().push(" "),
            Event::HardBreak => self.paragraph().rtf.push_str(r"\line "),
            Event::Rule => self.end_block(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.end_block();
                self.paragraph().rtf.push_str(r"{\b ");
            }
            Tag::Strong => self.paragraph().rtf.push_str(r"{\b "),
            Tag::Emphasis => self.paragraph().rtf.push_str(r"{\i "),
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::List(first) => {
                self.end_paragraph();
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::CodeBlock(_) => self.is_code = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.paragraph().rtf.push('}');
                self.end_paragraph();
                self.end_block();
            }
            TagEnd::Strong | TagEnd::Emphasis => self.paragraph().rtf.push('}'),
            TagEnd::Link => {
                let address = self.links.pop().unwrap_or_default();
                let is_shown = self
                    .current
                    .as_ref()
                    .is_some_and(|paragraph| paragraph.rtf.ends_with(&address));
                if !is_shown {
                    self.paragraph().push(&format!(" ({address})"));
                }
            }
            TagEnd::Item => self.end_paragraph(),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.end_block();
                }
            }
            TagEnd::CodeBlock => {
                self.is_code = false;
                self.end_block();
            }
            TagEnd::Paragraph => {
                self.end_paragraph();
                if self.lists.is_empty() {
                    self.end_block();
                }
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.end_paragraph();
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "\u{2022} ".to_owned(),
        };
        self.paragraph().push(&mark);
    }

    /// The paragraph being written, a new one if there is none.
    fn paragraph(&mut self) -> &mut Paragraph {
        let level = self.lists.len();
        self.current.get_or_insert_with(|| Paragraph {
            level,
            ..Paragraph::default()
        })
    }

    fn end_paragraph(&mut self) {
        self.paragraphs.extend(self.current.take());
    }

    fn end_block(&mut self) {
        if let Some(last) = self.paragraphs.last_mut() {
            last.is_last_of_block = true;
        }
    }
}
