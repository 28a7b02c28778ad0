//! docs/guide.md keeps its word: the test does what a reader does, from the first command to the last, and compares what
//! it sees with what the page shows.
//!
//! What a block is for stands behind its fence, where a reader does not see it:
//!
//! | block | what the test does |
//! | --- | --- |
//! | `console` | runs the commands, those after `$` in a shell, those after `>` in Wine, and compares the output that is shown |
//! | `console`, with a line `^C` | lets the program run until the next block, which is `console meanwhile`, is done, and presses Ctrl-C |
//! | `console not-tested` | nothing; the paragraph before it has to say "not tested" |
//! | `rust file=PATH`, `toml file=PATH` | writes the file |
//! | `toml append=PATH` | adds the lines to the file |
//! | `diff file=PATH` | changes the file |
//! | `text events` | compares the lines with the events that the service has reported |
//!
//! Two commands are left out: `git clone`, as the reader begins beside a clone, and the installation of the tool, which
//! README.md's test runs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::BUILD;
use winsvc_tests::http::free_port;
use winsvc_tests::page::{self, Block, Page, Prompt, is_as_shown};
use winsvc_tests::paths::checkout;
use winsvc_tests::process::{Finished, Running, require, run};
use winsvc_tests::residue::Snapshot;
use winsvc_tests::service::State;
use winsvc_tests::tool::{as_a_user, path};
use winsvc_tests::windows::{Event, Windows};

/// The commands that the test does not run.
const LEFT_OUT: [&str; 2] = [
    "git clone URL winsvc",
    "cargo install --locked --path winsvc/cargo-winsvc",
];

/// A reader at work.
struct Reader {
    /// Where the reader begins, with the clone of the repository in it.
    folder: TempDir,
    /// The folder that the shell is in.
    current: PathBuf,
    windows: Windows,
    /// The events that the page has shown so far.
    events: usize,
    /// A program that waits for Ctrl-C, and what it prints then.
    in_a_terminal: Option<(Running, Vec<String>)>,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        symlink(checkout(), folder.path().join("winsvc")).unwrap();
        Self {
            current: folder.path().to_owned(),
            folder,
            windows: Windows::new(),
            events: 0,
            in_a_terminal: None,
        }
    }

    /// What the reader takes along to the Windows machine, and the folder of its command prompt.
    fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    fn follow(&mut self, block: &Block) {
        let file = |name| block.attribute(name).map(|file| self.current.join(file));
        match block.language.as_str() {
            "console" if block.is("not-tested") => {
                let introduction = &block.introduction;
                assert!(introduction.contains("not tested"), "{introduction:?}");
            }
            "console" => {
                for command in block.commands() {
                    self.type_in(&command);
                }
                if block.is("meanwhile") {
                    self.press_ctrl_c();
                }
            }
            "rust" | "toml" if block.attribute("file").is_some() => {
                let file = file("file").unwrap();
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, block.text()).unwrap();
            }
            "toml" => {
                let file = file("append").unwrap();
                let text = fs::read_to_string(&file).unwrap() + &block.text();
                fs::write(file, text).unwrap();
            }
            "diff" => {
                let file = file("file").unwrap();
                fs::write(&file, block.patch(&fs::read_to_string(&file).unwrap())).unwrap();
            }
            "text" if block.is("events") => self.compare_events(&block.lines),
            _ => panic!("nothing tests the block {block:?}"),
        }
    }

    fn type_in(&mut self, command: &page::Command) {
        if let Some(folder) = command.line.strip_prefix("cd ") {
            self.current.push(folder);
            return;
        }
        if LEFT_OUT.contains(&command.line.as_str()) {
            return;
        }
        let finished = match command.prompt {
            Prompt::Unix => {
                let mut shell = self.shell(&command.line);
                if let Some(ctrl_c) = command.output.iter().position(|line| line == "^C") {
                    let running = Running::start(&mut shell);
                    let (before, after) = command.output.split_at(ctrl_c);
                    until(&before.join("\n"), BUILD, || {
                        let printed = lines(&running.stdout());
                        if is_as_shown(before, &printed) {
                            return Ok(());
                        }
                        assert!(printed.len() <= before.len(), "more than is shown: {printed:?}");
                        Err(printed)
                    });
                    self.in_a_terminal = Some((running, after[1..].to_vec()));
                    return;
                }
                run(&mut shell, BUILD)
            }
            Prompt::Windows => self.at_the_command_prompt(&command.line),
        };
        compare(command, &finished);
    }

    fn shell(&self, line: &str) -> Command {
        let mut shell = require("sh");
        as_a_user(&mut shell);
        shell
            .arg("-c")
            // In a terminal curl shows no progress of its own accord.
            .arg(format!(
                "exec 2>&1; curl() {{ command curl --no-progress-meter \"$@\"; }}; {line}"
            ))
            .current_dir(&self.current)
            .env("PATH", path());
        for role in ["AUTHOR", "COMMITTER"] {
            shell.env(format!("GIT_{role}_NAME"), "Reader");
            shell.env(format!("GIT_{role}_EMAIL"), "reader@example.com");
        }
        shell
    }

    /// Runs a command as the line of a script, so that cmd reads it as at its prompt. Wine has no curl, and its network is
    /// that of the host.
    fn at_the_command_prompt(&self, line: &str) -> Finished {
        if line.starts_with("curl ") {
            return run(&mut self.shell(line), PATIENCE);
        }
        let downloads = self.downloads();
        fs::create_dir_all(&downloads).unwrap();
        for package in fs::read_dir(self.current.join("dist")).unwrap() {
            let package = package.unwrap();
            fs::copy(package.path(), downloads.join(package.file_name())).unwrap();
        }
        fs::write(downloads.join("typed.cmd"), format!("@{line}\r\n")).unwrap();
        let mut cmd = self.windows.program("cmd");
        cmd.args(["/c", "typed.cmd"]).current_dir(downloads);
        run(&mut cmd, PATIENCE)
    }

    fn press_ctrl_c(&mut self) {
        let (running, after) = self.in_a_terminal.take().expect("a program in a terminal");
        let before = lines(&running.stdout()).len();
        running.interrupt();
        let finished = running.finish(PATIENCE);
        let printed = &lines(&finished.stdout)[before..];
        assert!(
            is_as_shown(&after, printed),
            "{after:?}\nis shown, but: {finished}"
        );
    }

    /// Events: a level, a number and a text, whose other lines are below it. Wine knows no numbers.
    fn compare_events(&mut self, shown: &[String]) {
        let mut expected: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in shown {
            let event = line.split_once(": ").and_then(|(event, text)| {
                let (level, number) = event.split_once(' ')?;
                number.parse::<u32>().ok()?;
                Some((level, vec![text]))
            });
            match event {
                Some(event) => expected.push(event),
                None => expected.last_mut().expect("an event").1.push(line),
            }
        }
        until("the events that are shown", PATIENCE, || {
            let events = self.windows.events();
            let reported: Vec<_> = events[self.events..].iter().map(level_and_lines).collect();
            let mut rest = reported.iter();
            if expected.iter().all(|event| rest.any(|it| it == event)) {
                self.events = events.len();
                return Ok(());
            }
            Err(format!("{reported:?}"))
        });
    }
}

/// An event as it is compared: without empty lines.
fn level_and_lines(event: &Event) -> (&'static str, Vec<&str>) {
    let (level, text) = match event {
        Event::Error(text) => ("error", text),
        Event::Warning(text) => ("warning", text),
        Event::Information(text) => ("information", text),
    };
    (level, text.lines().filter(|line| !line.is_empty()).collect())
}

fn compare(command: &page::Command, finished: &Finished) {
    assert!(finished.status.success(), "{}: {finished}", command.line);
    let printed = lines(&finished.stdout);
    assert!(
        command.output.is_empty() || is_as_shown(&command.output, &printed),
        "{}\nshows\n{}\nbut: {finished}",
        command.line,
        command.output.join("\n"),
    );
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_reader_who_does_what_the_guide_says_installs_upgrades_and_removes_a_service() {
    let guide = Page::read("docs/guide.md").replace("8080", &free_port().to_string());
    let mut reader = Reader::new();
    let before = Snapshot::take(&reader.windows);
    for block in guide.blocks() {
        reader.follow(&block);
        if block.section == "Upgrade" {
            let installed = reader.windows.installed();
            assert_eq!(installed.len(), 1, "one version: {installed:?}");
            assert_eq!(installed[0].version, "0.2.0");
            reader.windows.service("visits").reaches(State::Running);
        }
    }
    assert_eq!(reader.windows.service("visits").status(), None);
    let residue = before.difference(&Snapshot::take(&reader.windows));
    assert_eq!(residue, Vec::<String>::new());
}
