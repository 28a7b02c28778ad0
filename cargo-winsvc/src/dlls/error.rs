//! The errors if a program could not start on a customer's machine.

use std::path::PathBuf;

use thiserror::Error;

use super::hints;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::pe::PeError;

/// A DLL that Windows would not find, or not load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The DLL.
    pub(super) dll: String,
    /// The file name of the exe or DLL that imports it.
    pub(super) importer: String,
    pub(super) kind: ProblemKind,
    /// The crates that bring it in, if they are known.
    pub(super) crates: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ProblemKind {
    /// Neither the package nor Windows has it.
    Missing,
    /// The package installs it in another folder than the exe's.
    Elsewhere {
        installed: String,
        expected: String,
        /// The index of its entry in `files`.
        entry: usize,
    },
    /// The package's DLL is for another processor than the exe.
    OtherMachine { dll: String, exe: String },
}

impl Problem {
    fn title(&self) -> String {
        let Self {
            dll, importer, kind, ..
        } = self;
        match kind {
            ProblemKind::Missing => {
                format!("`{importer}` imports `{dll}`, which is neither in the package nor part of Windows")
            }
            ProblemKind::Elsewhere { installed, .. } => {
                format!("`{importer}` imports `{dll}`, but the package installs it as `{installed}`")
            }
            ProblemKind::OtherMachine { dll: machine, exe } => {
                format!("`{importer}` imports `{dll}`, which is for {machine}, but the exe is for {exe}")
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        let known = hints::known(&self.dll);
        let mut notes: Vec<String> = known
            .iter()
            .map(|known| format!("`{}` is {}", self.dll, known.what))
            .collect();
        if !self.crates.is_empty() {
            let (word, verb) = match self.crates.len() {
                1 => ("crate", "links"),
                _ => ("crates", "link"),
            };
            notes.push(format!(
                "the {word} {} {verb} `{}`",
                self.crates.join(", "),
                self.dll
            ));
        }
        notes
    }

    fn help(&self) -> Vec<String> {
        match &self.kind {
            ProblemKind::Missing => {
                let known = hints::known(&self.dll).map(|known| known.help.to_owned());
                let link = known.unwrap_or_else(|| "link it statically".to_owned());
                let others = [
                    "or install it with the program: add its path to `files` in [package.metadata.winsvc.package]",
                    "or, if all machines have it, add its name to `allow-dlls` in [package.metadata.winsvc.package]",
                ];
                [link].into_iter().chain(others.map(str::to_owned)).collect()
            }
            ProblemKind::Elsewhere { expected, .. } => vec![format!(
                "Windows looks in the folder of the exe: set `target = \"{expected}\"` for this entry of `files`"
            )],
            ProblemKind::OtherMachine { exe, .. } => {
                vec![format!("replace it in `files` by the DLL for {exe}")]
            }
        }
    }
}

/// The error if a program could not start on a customer's machine.
#[derive(Debug, Error)]
pub(crate) enum DllError {
    /// DLLs would not be found, or not be loaded.
    #[error("{}", title(problems))]
    Imports {
        /// The DLLs; at least one.
        problems: Vec<Problem>,
        /// The entry of a DLL that is installed in the wrong folder.
        place: Option<Box<Place>>,
    },
    /// The import table of a program cannot be read.
    #[error("cannot read which DLLs `{exe}` imports")]
    Program {
        /// The exe.
        exe: String,
        /// What is wrong with it.
        source: PeError,
    },
    /// A file of the package cannot be read.
    #[error("cannot read the file `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

fn title(problems: &[Problem]) -> String {
    match problems {
        [problem] => problem.title(),
        _ => "the programs import DLLs that Windows would not find".to_owned(),
    }
}

impl Explain for DllError {
    fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::of(self);
        let Self::Imports { problems, place } = self else {
            return diagnostic;
        };
        for problem in problems {
            if problems.len() > 1 {
                diagnostic = diagnostic.note(problem.title());
            }
            diagnostic = problem.notes().into_iter().fold(diagnostic, Diagnostic::note);
        }
        let mut help: Vec<String> = Vec::new();
        for line in problems.iter().flat_map(Problem::help) {
            if !help.contains(&line) {
                help.push(line);
            }
        }
        // What is said of each DLL comes before what holds for all of them.
        help.sort_by_key(|line| line.starts_with("or"));
        let diagnostic = diagnostic.at(place.as_deref().cloned());
        help.into_iter().fold(diagnostic, Diagnostic::help)
    }
}
