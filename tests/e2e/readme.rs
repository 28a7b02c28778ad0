//! README.md keeps its word: the commands of its quickstart are run as they stand there, which is for a Unix shell.
//!
//! The rule: within the section `## Quickstart`, every line that begins with `$ ` in a fenced block `console` is a
//! command. All of them are run in their order in one shell, which starts beside a clone of the checkout; only the
//! command that makes the clone is left out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::BUILD;
use winsvc_tests::page::Page;
use winsvc_tests::paths::{checkout, lock};
use winsvc_tests::process::{require, run};
use winsvc_tests::tool::as_a_user;

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let docs = fs::read_dir(checkout().join("docs")).unwrap();
    let docs = docs
        .map(|page| page.unwrap().path())
        .filter(|page| page.is_file());
    let others = ["README.md", "benches/README.md"].map(PathBuf::from);
    let dead: Vec<String> = docs
        .chain(others)
        .flat_map(|page| Page::read(page).dead_links())
        .collect();
    assert_eq!(dead, Vec::<String>::new());
}

/// Makes `winsvc` in the folder: a copy of what git has of the checkout, and of what it is about to have. It is not
/// within the checkout, to whose workspace `cargo new` would add its package.
fn clone(folder: &Path) {
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
}

#[test]
fn the_quickstart_s_commands_work_as_written() {
    let commands = Page::read("README.md").commands("Quickstart");
    let commands: Vec<String> = commands
        .into_iter()
        .filter(|command| command != "git clone URL winsvc")
        .collect();
    assert!(
        commands
            .iter()
            .any(|command| command.starts_with("cargo winsvc package ")),
        "{commands:?}"
    );
    let _lock = lock("build");
    let (folder, install_root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    clone(folder.path());
    let mut path = vec![install_root.path().join("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));

    let mut shell = require("sh");
    as_a_user(&mut shell);
    shell
        .args(["-e", "-x", "-c", &commands.join("\n")])
        .current_dir(folder.path());
    shell
        .env("CARGO_INSTALL_ROOT", install_root.path())
        // What is shown is that the commands work, not how fast the tool is; its optimisation takes minutes.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
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
