//! What a service is made of: the crates that it links, and the crates that only run in its compiler.
#![cfg(all(feature = "macros", feature = "tokio"))]

use std::env;
use std::path::Path;
use std::process::Command;

/// What is below `(proc-macro)` runs in the compiler; the exe has none of it.
const TREE: &str = "\
hello
└── winsvc
    ├── tokio
    │   └── pin-project-lite
    ├── windows-sys
    │   └── windows-link
    ├── winsvc-definition
    └── winsvc-macros (proc-macro)
        ├── proc-macro2
        │   └── unicode-ident
        ├── quote
        │   └── proc-macro2
        │       └── unicode-ident
        └── syn
            ├── proc-macro2
            │   └── unicode-ident
            ├── quote
            │   └── proc-macro2
            │       └── unicode-ident
            └── unicode-ident
";

/// The smallest service links tokio, `windows-sys` and winsvc's own crates. The attribute adds `syn`, `quote`, `proc-macro2`
/// and `unicode-ident` to the compilation, and nothing else.
#[test]
fn a_service_links_no_crate_of_the_attribute() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "hello"])
        .args(["--target", "x86_64-pc-windows-gnu", "--edges", "normal"])
        .args(["--no-dedupe", "--charset", "utf8"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");

    let tree = String::from_utf8(output.stdout).unwrap();
    let tree: String = tree.lines().map(|line| without_version(line) + "\n").collect();
    assert_eq!(tree, TREE);
}

/// `└── winsvc v0.1.0 (/path)` as `└── winsvc`.
fn without_version(line: &str) -> String {
    let (name, rest) = line.split_once(" v").unwrap_or((line, ""));
    if rest.contains("(proc-macro)") {
        format!("{name} (proc-macro)")
    } else {
        name.to_owned()
    }
}
