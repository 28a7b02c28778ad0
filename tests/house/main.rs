//! The structure of the code: its modules, their layers and the lengths of its files.

mod hosts;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use modules::Modules;

const CRATES: [&str; 6] = [
    "winsvc",
    "winsvc-host",
    "winsvc-definition",
    "winsvc-macros",
    "winsvc-cabinet",
    "cargo-winsvc",
];

/// The layers of the runtime, from the top down. A layer uses those below it.
const LAYERS: [&str; 24] = [
    "testing",
    "hosted",
    "entry",
    "host",
    "updater",
    "verbs",
    "settings",
    "log",
    "child",
    "service",
    "run",
    "update",
    "journal",
    "identity",
    "pipe",
    "rotation",
    "places",
    "sys",
    "outcome",
    "lifecycle",
    "control",
    "status",
    "text",
    "sync",
];

/// The longest that a source file or a page may be.
const LONGEST: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn modules_side_by_side_use_each_other_in_one_direction_only() {
    for name in CRATES {
        let modules = Modules::read(&root().join(name).join("src/lib.rs"));
        let cycles = modules.cycles();
        assert!(cycles.is_empty(), "{name}: {cycles:#?}");
    }
}

#[test]
fn a_layer_of_the_runtime_uses_those_below_it_only() {
    let modules = Modules::read(&root().join("winsvc/src/lib.rs"));
    let mut layers = modules.of_root();
    layers.sort_by_key(|layer| LAYERS.iter().position(|name| name == layer));
    assert_eq!(layers, LAYERS, "the layers, from the top down");
    let upwards: Vec<String> = modules
        .uses_within_root()
        .into_iter()
        .filter(|used| {
            let place = |layer: &str| LAYERS.iter().position(|name| *name == layer);
            place(&used.from) > place(&used.to)
        })
        .map(|used| used.to_string())
        .collect();
    assert!(upwards.is_empty(), "{upwards:#?}");
}

#[test]
fn a_cycle_is_found_through_reexports_and_paths_in_expressions() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("lib.rs", "mod a; mod b; mod c; pub use b::Item;");
    file("a.rs", "use crate::Item; pub struct Other;");
    file("b.rs", "pub struct Item; fn f() { let _ = crate::c::Third; }");
    file(
        "c.rs",
        "pub struct Third; #[cfg(test)] mod tests { use crate::b::Item; } fn g(_: super::a::Other) {}",
    );
    let cycles = Modules::read(&folder.path().join("lib.rs")).cycles();
    assert_eq!(cycles.len(), 1, "{cycles:#?}");
    assert!(cycles[0].starts_with("a -> b -> c -> a"), "{cycles:#?}");
}

/// All files of the checkout.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !path.is_dir() {
                files.push(path);
            } else if name != "target" && !name.starts_with('.') {
                folders.push(path);
            }
        }
    }
    files
}

#[test]
fn no_file_is_so_long_that_nobody_reads_it() {
    let mut long = Vec::new();
    for path in files() {
        let ending = path.extension().and_then(|ending| ending.to_str());
        if matches!(ending, Some("rs" | "c" | "md" | "ps1" | "sh" | "tera" | "toml")) || path.ends_with("run")
        {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > LONGEST {
                long.push((path, lines));
            }
        }
    }
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:#?}");
}

/// `tests/run` runs the unit tests of libraries only: a test program for each program would take half a minute to build.
#[test]
fn a_program_has_no_unit_tests() {
    let root = root();
    let is_of_a_program = |path: &Path| {
        let path = path.strip_prefix(&root).unwrap();
        let is_of_a_fixture = path.starts_with("fixtures") && !path.iter().any(|folder| folder == "tests");
        path.extension().is_some_and(|ending| ending == "rs")
            && (is_of_a_fixture || path.ends_with("src/main.rs"))
    };
    let mut programs = files();
    programs.retain(|path| is_of_a_program(path));
    assert!(programs.len() > 10, "{programs:?}");
    programs.retain(|path| fs::read_to_string(path).unwrap().contains("#[test]"));
    assert!(programs.is_empty(), "{programs:#?}");
}
