//! README.md keeps its word: the commands of its quickstart are run as they stand there, which is for a Unix shell.
//!
//! The rule: within the section `## Quickstart`, every line that begins with `$ ` in a fenced block `console` is a
//! command. All of them are run in their order in one shell, which starts in a clone of the checkout; only `tests/run`
//! is left out, which runs this very test.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::BUILD;
use winsvc_tests::paths::{checkout, lock};
use winsvc_tests::process::{require, run};
use winsvc_tests::tool::as_a_user;

fn commands(readme: &str) -> Vec<String> {
    let section = readme.lines().skip_while(|line| *line != "## Quickstart").skip(1);
    let section = section.take_while(|line| !line.starts_with("## "));
    let mut in_console = false;
    let mut commands = Vec::new();
    for line in section {
        match line {
            "```console" => in_console = true,
            "```" => in_console = false,
            _ if in_console => commands.extend(line.strip_prefix("$ ").map(str::to_owned)),
            _ => {}
        }
    }
    commands
}

#[test]
fn commands_are_the_prompts_of_the_quickstart_s_console_blocks() {
    let readme = "# T\n```console\n$ no\n```\n## Quickstart\n```sh\n$ no\n```\n```console\n$ a b\nits output\n$ c\n```\n\
                  ## Next\n```console\n$ no\n```\n";
    assert_eq!(commands(readme), ["a b", "c"]);
}

/// A copy of what git has of the checkout, and of what it is about to have. It is not within the checkout, to whose
/// workspace `cargo new` would add its package.
fn clone(folder: &Path) -> PathBuf {
    let clone = folder.join("winsvc");
    let mut git = require("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(checkout());
    for file in run(&mut git, PATIENCE).ok().lines() {
        let (source, target) = (checkout().join(file), clone.join(file));
        // A file that was deleted, but not yet from git, has nothing to copy.
        if let Ok(metadata) = source.symlink_metadata() {
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            if metadata.is_symlink() {
                symlink(fs::read_link(&source).unwrap(), target).unwrap();
            } else {
                fs::copy(source, target).unwrap();
            }
        }
    }
    clone
}

#[test]
fn the_quickstart_s_commands_work_as_written() {
    let readme = fs::read_to_string(checkout().join("README.md")).expect("README.md");
    let commands: Vec<String> = commands(&readme)
        .into_iter()
        .filter(|command| command != "tests/run")
        .collect();
    assert!(
        commands
            .iter()
            .any(|command| command.starts_with("cargo winsvc package ")),
        "{commands:?}"
    );
    let _lock = lock("build");
    let (folder, install_root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clone = clone(folder.path());
    let mut path = vec![install_root.path().join("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));

    let mut shell = require("sh");
    as_a_user(&mut shell);
    shell
        .args(["-e", "-x", "-c", &commands.join("\n")])
        .current_dir(&clone);
    shell
        .env("CARGO_INSTALL_ROOT", install_root.path())
        .env("PATH", std::env::join_paths(path).unwrap());
    let finished = run(&mut shell, BUILD).ok();

    let packages: Vec<&str> = finished
        .lines()
        .into_iter()
        .filter(|line| line.starts_with('/'))
        .collect();
    assert!(packages.len() >= 2, "the packages are named: {finished}");
    for package in packages {
        assert!(
            PathBuf::from(package).is_file(),
            "{package} is named, but no file: {finished}"
        );
    }
}
