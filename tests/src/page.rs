//! The pages of the documentation, as the tests follow them: fenced blocks, the commands in them, and the links.

use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::checkout;

/// A page of the documentation.
#[derive(Clone, Debug)]
pub struct Page {
    path: PathBuf,
    text: String,
}

/// A fenced block of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The heading of the section (`## …`) that it is in.
    pub section: String,
    /// The first word behind the fence: `rust`, `console`.
    pub language: String,
    /// The other words behind it, which a reader does not see: `file=src/main.rs`.
    pub attributes: Vec<String>,
    /// Its lines.
    pub lines: Vec<String>,
    /// The paragraph before it.
    pub introduction: String,
}

/// Where a command is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// `$ `: a Unix shell.
    Unix,
    /// `> `: a command prompt of Windows.
    Windows,
}

/// A command, with the output that the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Where it is typed.
    pub prompt: Prompt,
    /// What is typed; a line that ends with `\` goes on.
    pub line: String,
    /// The lines below it; none where the page does not show its output.
    pub output: Vec<String>,
}

impl Page {
    /// Reads a page by its path in the checkout.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn read(path: impl AsRef<Path>) -> Self {
        let path = checkout().join(path);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// A page of this text, as if it were at the root of the checkout.
    pub fn of(text: &str) -> Self {
        let path = checkout().join("PAGE.md");
        let text = text.to_owned();
        Self { path, text }
    }

    /// The page with `to` wherever it says `from`.
    #[must_use]
    pub fn replace(mut self, from: &str, to: &str) -> Self {
        self.text = self.text.replace(from, to);
        self
    }

    /// The fenced blocks, in their order.
    pub fn blocks(&self) -> Vec<Block> {
        let (mut section, mut introduction) = (String::new(), String::new());
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for line in self.text.lines() {
            match (line.strip_prefix("```"), is_open) {
                (Some(info), false) => {
                    let mut words = info.split_whitespace().map(str::to_owned);
                    blocks.push(Block {
                        section: section.clone(),
                        language: words.next().unwrap_or_default(),
                        attributes: words.collect(),
                        lines: Vec::new(),
                        introduction: std::mem::take(&mut introduction),
                    });
                    is_open = true;
                }
                (Some(_), true) => is_open = false,
                (None, true) => blocks
                    .last_mut()
                    .expect("the open block")
                    .lines
                    .push(line.to_owned()),
                (None, false) => {
                    if let Some(heading) = line.strip_prefix("## ") {
                        heading.clone_into(&mut section);
                    }
                    // Blank lines between a paragraph and its block do not end it.
                    if !line.is_empty() {
                        introduction.push_str(line);
                        introduction.push('\n');
                    } else if !introduction.ends_with("\n\n") {
                        introduction.push('\n');
                    }
                }
            }
        }
        for block in &mut blocks {
            let last = block.introduction.trim().rsplit("\n\n").next();
            block.introduction = last.unwrap_or_default().to_owned();
        }
        blocks
    }

    /// What is typed at Unix prompts in the blocks `console` of a section, by its heading.
    pub fn commands(&self, section: &str) -> Vec<String> {
        let blocks = self.blocks().into_iter();
        let blocks = blocks.filter(|block| block.section == section && block.language == "console");
        let commands = blocks.flat_map(|block| block.commands());
        let unix = commands.filter(|command| command.prompt == Prompt::Unix);
        unix.map(|command| command.line).collect()
    }

    /// Every link to a page or a heading that does not exist, as `page: link`.
    pub fn dead_links(&self) -> Vec<String> {
        let folder = self.path.parent().expect("the page's folder");
        let links = self.links().into_iter().filter(|link| {
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => self.path.clone(),
                path => folder.join(path),
            };
            if fragment.is_empty() {
                return !target.exists();
            }
            let target = fs::read_to_string(&target).unwrap_or_default();
            let mut headings = target.lines().filter(|line| line.starts_with('#'));
            !headings.any(|heading| anchor(heading.trim_start_matches('#').trim_start()) == fragment)
        });
        links
            .map(|link| format!("{}: {link}", self.path.display()))
            .collect()
    }

    /// The targets of the links, without those to other sites and those in code.
    fn links(&self) -> Vec<String> {
        let mut in_code = false;
        let mut links = Vec::new();
        for line in self.text.lines() {
            if line.starts_with("```") {
                in_code = !in_code;
            } else if !in_code {
                let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
                links.extend(
                    targets
                        .filter(|target| !target.contains("://"))
                        .map(str::to_owned),
                );
            }
        }
        links
    }
}

impl Block {
    /// The value of an attribute: `src/main.rs` of `file=src/main.rs`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find_map(|attribute| attribute.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether it has an attribute without a value.
    pub fn is(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute == name)
    }

    /// Its text, with a line break at the end.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// The commands in it; lines before the first are none's output.
    pub fn commands(&self) -> Vec<Command> {
        let mut commands: Vec<Command> = Vec::new();
        for line in &self.lines {
            let typed = [("$ ", Prompt::Unix), ("> ", Prompt::Windows)]
                .into_iter()
                .find_map(|(prefix, prompt)| Some((prompt, line.strip_prefix(prefix)?)));
            match (typed, commands.last_mut()) {
                (Some((prompt, line)), _) => commands.push(Command {
                    prompt,
                    line: line.to_owned(),
                    output: Vec::new(),
                }),
                (None, Some(command)) if command.line.ends_with('\\') && command.output.is_empty() => {
                    command.line.push('\n');
                    command.line.push_str(line);
                }
                (None, Some(command)) => command.output.push(line.clone()),
                (None, None) => {}
            }
        }
        commands
    }

    /// Applies a block in the language `diff` to a text: lines that begin with a blank or `-` are replaced by those that
    /// begin with a blank or `+`; `@@` separates places.
    ///
    /// # Panics
    ///
    /// When the text has not exactly one such place.
    pub fn patch(&self, text: &str) -> String {
        let places = self.lines.split(|line| line == "@@");
        places.fold(text.to_owned(), |text, place| {
            let side = |mark: char| -> String {
                let lines = place.iter().filter_map(|line| {
                    line.strip_prefix(mark)
                        .or_else(|| line.strip_prefix(' '))
                        .or_else(|| line.is_empty().then_some(""))
                });
                lines.flat_map(|line| [line, "\n"]).collect()
            };
            let (old, new) = (side('-'), side('+'));
            assert_eq!(text.matches(&old).count(), 1, "places for\n{old}\nin\n{text}");
            text.replacen(&old, &new, 1)
        })
    }
}

/// Whether an output is as a page shows it: with `…` for anything within a line, and a line `...` for any number of
/// lines. Blanks at the ends of lines, and how many there are between two words, make no difference.
pub fn is_as_shown(shown: &[String], output: &[String]) -> bool {
    match (shown, output) {
        ([], []) => true,
        ([shown, rest @ ..], output) if shown.trim() == "..." => {
            (0..=output.len()).any(|skipped| is_as_shown(rest, &output[skipped..]))
        }
        ([shown, rest @ ..], [line, output @ ..]) => {
            is_line_as_shown(&words(shown), &words(line)) && is_as_shown(rest, output)
        }
        _ => false,
    }
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_line_as_shown(shown: &str, line: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else {
        return shown == line;
    };
    line.strip_prefix(before).is_some_and(|line| {
        let mut ends = line.char_indices().map(|(at, _)| at).chain([line.len()]);
        ends.any(|at| is_line_as_shown(after, &line[at..]))
    })
}

/// The anchor that a heading has where its page is shown: small letters, blanks as hyphens, and no punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        _ if character.is_alphanumeric() => Some(character.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn blocks_have_their_section_and_their_attributes_and_their_introduction() {
        let page = Page::of(
            "# T\n## One\nA.\n\nB\nC:\n\n```rust file=src/main.rs\nfn main() {}\n```\n## Two\n```\n```\n",
        );
        let blocks = page.blocks();
        assert_eq!(
            blocks[0],
            Block {
                section: "One".to_owned(),
                language: "rust".to_owned(),
                attributes: vec!["file=src/main.rs".to_owned()],
                lines: lines("fn main() {}"),
                introduction: "B\nC:".to_owned(),
            }
        );
        assert_eq!(blocks[0].attribute("file"), Some("src/main.rs"));
        assert_eq!(
            (blocks[1].section.as_str(), blocks[1].language.as_str()),
            ("Two", "")
        );
    }

    #[test]
    fn commands_are_the_prompts_with_what_is_shown_below_them() {
        let page = Page::of("```console\n$ a \\\n    b\n> c\nits output\n\nmore\n```\n");
        let command = |prompt, line: &str, output: &str| Command {
            prompt,
            line: line.to_owned(),
            output: lines(output),
        };
        assert_eq!(
            page.blocks()[0].commands(),
            [
                command(Prompt::Unix, "a \\\n    b", ""),
                command(Prompt::Windows, "c", "its output\n\nmore"),
            ]
        );
    }

    #[test]
    fn commands_of_a_section_are_the_prompts_of_its_console_blocks() {
        let page = Page::of(
            "# T\n```console\n$ no\n```\n## Quickstart\n```sh\n$ no\n```\n```console\n$ a b\nits output\n$ c\n```\n\
             ## Next\n```console\n$ no\n```\n",
        );
        assert_eq!(page.commands("Quickstart"), ["a b", "c"]);
        assert_eq!(page.commands("Missing"), [""; 0]);
    }

    #[test]
    fn a_diff_replaces_what_is_there_once() {
        let page = Page::of("```diff\n a\n-b\n+c\n@@\n+x\n d\n```\n");
        assert_eq!(page.blocks()[0].patch("a\nb\nd\n"), "a\nc\nx\nd\n");
        let twice = std::panic::catch_unwind(|| page.blocks()[0].patch("a\nb\na\nb\n"));
        assert!(twice.is_err());
    }

    #[test]
    fn an_output_is_compared_but_for_what_the_page_leaves_out() {
        let is = |shown, output| is_as_shown(&lines(shown), &lines(output));
        assert!(is("a  …c\n...\nd", "a b c \nx\ny\nd"));
        assert!(is("...\nd", "d"));
        assert!(!is("a", "a\nb"));
        assert!(!is("a…c", "abd"));
        assert!(!is("a\nb", "a"));
    }

    #[test]
    fn an_anchor_is_the_heading_in_small_letters_without_punctuation() {
        assert_eq!(
            anchor("`[package.metadata.winsvc]`: the service"),
            "packagemetadatawinsvc-the-service"
        );
        assert_eq!(anchor("spawn_blocking"), "spawn_blocking");
    }
}
