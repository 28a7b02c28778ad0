//! Texts of the table: their names and variables, expanded as the service runs.

use std::env;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use winsvc::child::Command;
use winsvc::hosted::Hosted;
use winsvc_definition::manifest::HostCommand;
use winsvc_definition::{NamedText, TextName, command_line};

/// What the names in texts stand for.
#[derive(Clone)]
pub(crate) struct Texts {
    hosted: Hosted,
    /// The folder in place of the installation folder.
    install: Option<PathBuf>,
}

impl Texts {
    pub(crate) fn new(hosted: Hosted, install: Option<PathBuf>) -> Self {
        Self { hosted, install }
    }

    /// The text with the values of its names, and of the variables that are written `%NAME%`.
    pub(crate) fn text(&self, text: &NamedText) -> String {
        let named = text.fill(&|name| self.value(name));
        command_line::expand(&named, |name| env::var(name).ok())
    }

    /// The text as a path. A relative one is below the installation folder.
    pub(crate) fn path(&self, text: &NamedText) -> PathBuf {
        let path = native(self.text(text));
        if path.has_root() {
            return path;
        }
        self.install().join(path)
    }

    /// The text as a program: a path, or a name to look up in the installation folder and on `PATH`.
    pub(crate) fn program(&self, text: &NamedText) -> PathBuf {
        let name = native(self.text(text));
        let path = self.path(text);
        let is_name = name.parent().is_some_and(|folder| folder.as_os_str().is_empty());
        if is_name && !path.exists() { name } else { path }
    }

    /// A command of the table, in the installation folder.
    pub(crate) fn command(&self, command: &HostCommand) -> Command {
        let arguments = command.arguments().iter().map(|text| self.text(text));
        Command::new(self.program(command.program()))
            .args(arguments)
            .current_dir(self.install())
    }

    pub(crate) fn install(&self) -> PathBuf {
        PathBuf::from(self.value(&TextName::Install))
    }

    fn value(&self, name: &TextName) -> String {
        match (&self.install, name) {
            (Some(install), TextName::Install) => with_separator(install),
            _ => self.hosted.value(name),
        }
    }
}

fn with_separator(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    format!("{}{MAIN_SEPARATOR}", folder.trim_end_matches(MAIN_SEPARATOR))
}

/// A path with the separators of the system: cmd.exe takes a slash for the beginning of an option.
fn native(path: String) -> PathBuf {
    if cfg!(windows) {
        path.replace('/', "\\").into()
    } else {
        path.into()
    }
}
