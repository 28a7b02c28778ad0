//! Man pages: one for the tool, and one for each subcommand.

use std::io::Write;
use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use thiserror::Error;

use crate::cli::{Cli, ManArgs};
use crate::diagnostic::{Diagnostic, Explain};
use crate::output::{OutputError, Staging};

/// Prints a page, or writes all of them.
pub(crate) fn run(args: &ManArgs) -> Result<(), ManError> {
    let Some(folder) = &args.out_dir else {
        // A closed stdout is no error.
        let _ = std::io::stdout().write_all(&page(args.subcommand.as_deref())?);
        return Ok(());
    };
    let mut staging = Staging::open(vec![folder.clone()])?;
    let mut pages: Vec<PathBuf> = Vec::new();
    for command in commands() {
        let man = manual(command);
        let written = staging.write(&folder.join(man.get_filename()), &render(&man))?;
        pages.push(written.path);
    }
    staging.publish()?;
    for page in pages {
        let _ = writeln!(std::io::stdout(), "{}", page.display());
    }
    Ok(())
}

/// The page of a subcommand, or of the tool.
fn page(subcommand: Option<&str>) -> Result<Vec<u8>, ManError> {
    let mut commands = commands().into_iter();
    let command = match subcommand {
        None => commands.next(),
        Some(name) => commands.skip(1).find(|command| command.get_name() == name),
    };
    let command = command.ok_or_else(|| ManError::Unknown {
        name: subcommand.unwrap_or_default().to_owned(),
        known: self::commands()
            .iter()
            .skip(1)
            .map(|it| it.get_name().to_owned())
            .collect(),
    })?;
    Ok(render(&manual(command)))
}

/// The tool, and its subcommands.
fn commands() -> Vec<Command> {
    // `cargo winsvc help` repeats what the pages have.
    let mut tool = Cli::command().disable_help_subcommand(true);
    tool.build();
    let subcommands: Vec<Command> = tool.get_subcommands().cloned().collect();
    [tool].into_iter().chain(subcommands).collect()
}

fn manual(command: Command) -> Man {
    Man::new(command).manual("cargo winsvc")
}

fn render(man: &Man) -> Vec<u8> {
    let mut page = Vec::new();
    man.render(&mut page).expect("writing to memory does not fail");
    page
}

/// The error if there are no pages.
#[derive(Debug, Error)]
pub(crate) enum ManError {
    /// There is no such subcommand.
    #[error("unknown subcommand `{name}`; expected one of {}", known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A page cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Explain for ManError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::Unknown { .. } => Diagnostic::of(self),
            Self::Output(error) => error.diagnostic(),
        }
    }
}
