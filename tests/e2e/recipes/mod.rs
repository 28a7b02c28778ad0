//! The pages below keep their word: each program on them compiles for Windows, with the text and the dependencies that the
//! page shows.
//!
//! Each block in Rust becomes the `main.rs` of a package, with the last block in TOML before it as Cargo.toml. All are one
//! workspace; `Cargo.lock` beside this file has the versions.

use std::fs;
use std::path::Path;
use std::process::Command;

use winsvc_tests::fixture::{BUILD, TARGET};
use winsvc_tests::page::{Block, Page};
use winsvc_tests::paths::{checkout, lasting, lock};
use winsvc_tests::process::run;
use winsvc_tests::tool::as_a_user;

const PAGES: [&str; 5] = [
    "docs/recipes.md",
    "docs/tasks.md",
    "docs/coming-from.md",
    "docs/pipe.md",
    "docs/child.md",
];

/// A program of a page, as a package.
struct Recipe {
    name: String,
    manifest: String,
    program: String,
}

fn recipes(page: &str) -> Vec<Recipe> {
    let blocks = Page::read(page).blocks();
    let title = Path::new(page)
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let programs = blocks.iter().enumerate();
    let programs = programs.filter(|(_, block)| block.language == "rust");
    programs
        .map(|(at, program)| {
            let section = &program.section;
            let is_manifest = |block: &&Block| block.language == "toml";
            let mut before = blocks[..at].iter().rev();
            let manifest = before.find(|block| block.section == *section && is_manifest(block));
            // Or that of the page, at its beginning.
            let manifest = manifest.or_else(|| blocks.iter().take(1).find(is_manifest));
            let manifest = manifest.unwrap_or_else(|| panic!("{section} has a program without dependencies"));
            // A page's first program may stand above all sections.
            let title = if section.is_empty() { &title } else { section };
            let name = title
                .to_lowercase()
                .replace(|it: char| !it.is_alphanumeric(), "-");
            let name = format!("{name}-{at}");
            Recipe {
                manifest: format!(
                    "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                     [lints.rust]\nwarnings = \"deny\"\n\n{}",
                    manifest.text()
                ),
                program: program.text(),
                name,
            }
        })
        .collect()
}

/// Writes what has changed: cargo goes by the times of files.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn each_program_compiles_for_windows_as_it_is_printed() {
    let recipes: Vec<Recipe> = PAGES.into_iter().flat_map(recipes).collect();
    assert!(recipes.len() > 10, "{} programs", recipes.len());
    let _lock = lock("recipes");
    let workspace = lasting("recipes");
    let members: Vec<&str> = recipes.iter().map(|recipe| recipe.name.as_str()).collect();
    let winsvc = checkout().join("winsvc");
    write(
        &workspace.join("Cargo.toml"),
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[patch.crates-io]\nwinsvc.path = {winsvc:?}\n"
        ),
    );
    write(&workspace.join("Cargo.lock"), include_str!("Cargo.lock"));
    for recipe in &recipes {
        write(&workspace.join(&recipe.name).join("Cargo.toml"), &recipe.manifest);
        write(&workspace.join(&recipe.name).join("src/main.rs"), &recipe.program);
    }
    let mut cargo = Command::new("cargo");
    as_a_user(&mut cargo);
    cargo
        .args(["check", "--workspace", "--keep-going", "--target", TARGET])
        .current_dir(&workspace);
    let _ = run(&mut cargo, BUILD).ok();
}
