//! The scripts that complete the command line, as shells run them.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn script(shell: &str) -> String {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
    text(&tool.args(["winsvc", "completions", shell]).output().unwrap())
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What bash offers for the last of the words. `before` runs before the script of ours is loaded, twice.
fn bash(folder: &Path, before: &str, words: &[&str]) -> Vec<String> {
    let path = folder.join("cargo-winsvc.bash");
    fs::write(&path, script("bash")).unwrap();
    let program = format!(
        "{before}\n\
         source '{path}'\n\
         source '{path}'\n\
         COMP_WORDS=(\"$@\")\n\
         COMP_CWORD=$(($# - 1))\n\
         [[ $(complete -p \"$1\") =~ -F\\ ([^ ]+) ]]\n\
         \"${{BASH_REMATCH[1]}}\" \"$1\" \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        path = path.display()
    );
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", &program, "bash"]).args(words);
    text(&bash.output().unwrap()).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_subcommand_of_cargo_and_leaves_cargo_s_own_alone() {
    let folder = tempfile::tempdir().unwrap();
    let own = "_of_cargo() { COMPREPLY=(\"cargo's own: ${COMP_WORDS[*]}\"); }; complete -F _of_cargo cargo";
    for before in ["", own] {
        let complete = |words: &[&str]| bash(folder.path(), before, words);
        assert_eq!(complete(&["cargo", "winsvc", "pack"]), ["package"]);
        assert_eq!(complete(&["cargo", "+nightly", "winsvc", "pack"]), ["package"]);
        assert_eq!(complete(&["cargo-winsvc", "pack"]), ["package"]);
        assert_eq!(
            complete(&["cargo", "winsvc", "package", "--no-b"]),
            ["--no-build"]
        );
        assert_eq!(
            complete(&["cargo", "winsvc", "package", "--msi-backend", "wix"]),
            ["wix", "wixl"]
        );
        let other = complete(&["cargo", "build", "--rel"]);
        let expected = if before.is_empty() {
            ""
        } else {
            "cargo's own: cargo build --rel"
        };
        assert_eq!(other, [expected]);
    }
}

/// Whether the machine has a shell. On Linux it must: `tests/run` installs it.
fn is_there(shell: &str) -> bool {
    let is_there = Command::new(shell).arg("--version").output().is_ok();
    assert!(is_there || cfg!(not(target_os = "linux")), "no {shell}");
    is_there
}

#[test]
fn fish_completes_the_subcommand_of_cargo() {
    if !is_there("fish") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cargo-winsvc.fish");
    fs::write(&path, script("fish")).unwrap();
    for (line, expected) in [
        ("cargo winsvc pack", "package"),
        ("cargo-winsvc pack", "package"),
        ("cargo winsvc package --no-b", "--no-build"),
        ("cargo winsvc package --msi-backend wixl", "wixl"),
    ] {
        let program = format!("source '{}'; complete --do-complete '{line}'", path.display());
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", &program])
            .env("HOME", folder.path());
        let found = text(&fish.output().unwrap());
        let words: Vec<&str> = found.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(words, [expected], "{line}: {found}");
    }
}

#[test]
fn zsh_completes_the_subcommand_of_cargo() {
    if !is_there("zsh") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("_cargo-winsvc"), script("zsh")).unwrap();
    // The end of cargo's own `_cargo`, which calls the function of a subcommand.
    let cargo = "#compdef cargo\n\
                 local curcontext=$curcontext ret=1\n\
                 _arguments -C '1: :(build winsvc)' '*::args:->args' && ret=0\n\
                 [[ $state == args ]] && { _call_function ret _cargo-${words[1]} || _default && ret=0 }\n\
                 return ret\n";
    fs::write(folder.path().join("_cargo"), cargo).unwrap();
    // A terminal of its own; the list of matches is what a function of ours prints in place of `compadd`.
    let program = r#"
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PROMPT=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; setopt no_list_beep"
        zpty -w shell "bindkey '^I' expand-or-complete; print -r -- '<''ready>'"
        zpty -r -m shell out '*<ready>*'
        zpty -w -n shell "$2"$'\t'$'\C-a'"print -r -- '<'"$'\C-e'"'>'"$'\n'
        zpty -r -m shell out '*<*>*<*>*' || true
        print -r -- "$out"
    "#;
    for (line, expected) in [
        ("cargo winsvc pack", "package"),
        ("cargo-winsvc comp", "completions"),
    ] {
        let mut zsh = Command::new("zsh");
        zsh.args(["-f", "-c", program, "zsh"])
            .arg(folder.path())
            .arg(line);
        let found = text(&zsh.env("TERM", "dumb").output().unwrap());
        assert!(found.contains(expected), "{line}: {found:?}");
    }
}

#[test]
fn other_shells_have_scripts() {
    for (shell, part) in [
        (
            "powershell",
            "Register-ArgumentCompleter -Native -CommandName 'cargo-winsvc'",
        ),
        ("elvish", "set edit:completion:arg-completer[cargo-winsvc]"),
    ] {
        assert!(script(shell).contains(part), "{shell}");
    }
}
