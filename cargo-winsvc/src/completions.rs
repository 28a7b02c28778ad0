//! Scripts that complete the command line, for each shell that clap knows.
//!
//! They complete `cargo-winsvc …` and, where the shell lets a subcommand of cargo add its own, `cargo winsvc …`: bash by a
//! function that leaves other words after `cargo` to the completion of cargo, zsh because that completion calls
//! `_cargo-winsvc`, and fish because it joins the completions of a command.

use std::io::Write;

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

use crate::cli::{Cli, CompletionsArgs};

/// Completes `cargo-winsvc …` and `cargo winsvc …` in bash by the function that clap has generated.
const AFTER_CARGO_IN_BASH: &str = include_str!("completions/after-cargo.bash");

/// Prints the script for a shell.
pub(crate) fn print(args: &CompletionsArgs) {
    // A closed stdout is no error.
    let _ = std::io::stdout().write_all(&script(args.shell));
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    let program = match shell {
        // clap's script finds no subcommand's options if the name has a hyphen
        // (https://github.com/clap-rs/clap/issues/6421). It also works for other names than its own.
        Shell::Bash => "cargo_winsvc",
        _ => "cargo-winsvc",
    };
    // The name that help texts have is two words, which are no command to a shell.
    generate(shell, &mut Cli::command().bin_name(program), program, &mut script);
    match shell {
        Shell::Bash => script.extend_from_slice(AFTER_CARGO_IN_BASH.as_bytes()),
        Shell::Fish => generate(shell, &mut cargo(), "cargo", &mut script),
        _ => {}
    }
    script
}

/// cargo as a command that only has this subcommand.
fn cargo() -> Command {
    let winsvc = Cli::command().name("winsvc").bin_name("cargo winsvc");
    Command::new("cargo")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .subcommand(winsvc)
}
