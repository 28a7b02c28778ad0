//! What is linked, of packages that use each other in different ways.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use auditable_serde::VersionInfo;
use cargo_metadata::PackageId;
use serde_json::{Value, json};

use super::*;
use crate::pe::testing::Sketch;

/// The names of the linked packages, each with those that it uses.
fn graph(linked: &Linked) -> Vec<(String, Vec<String>)> {
    let name = |index: &usize| linked.packages[*index].name.clone();
    let packages = linked.packages.iter();
    packages
        .map(|package| {
            (
                package.name.clone(),
                package.dependencies.iter().map(name).collect(),
            )
        })
        .collect()
}

fn owned(graph: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    graph
        .iter()
        .map(|(name, uses)| ((*name).to_owned(), names(uses)))
        .collect()
}

/// A workspace: `app` uses `base` in its program, `win` on Windows, `posix` elsewhere, `tool` in its build script, `derive`
/// as a macro, `check` in its tests and `extra` with a feature. All but `app` use `common`.
struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("Cargo.toml", "[workspace]\nresolver = '3'\nmembers = ['*']\n");
        for name in [
            "base", "win", "posix", "tool", "derive", "check", "extra", "common",
        ] {
            let uses = match name {
                "common" => "",
                _ => "[dependencies]\ncommon = { path = '../common' }\n",
            };
            let library = if name == "derive" {
                "[lib]\nproc-macro = true\n"
            } else {
                ""
            };
            let package = format!(
                "[package]\nname = '{name}'\nversion = '0.1.0'\nedition = '2024'\nlicense = 'MIT/ISC'\n{library}{uses}"
            );
            write(&format!("{name}/Cargo.toml"), &package);
            write(&format!("{name}/src/lib.rs"), "");
        }
        let path = |name: &str| format!("{name} = {{ path = '../{name}' }}\n");
        let app = format!(
            "[package]\nname = 'app'\nversion = '1.0.0'\nedition = '2024'\n\
             [features]\nmore = ['dep:extra']\n\
             [dependencies]\nextra = {{ path = '../extra', optional = true }}\n{}{}\
             [build-dependencies]\n{}[dev-dependencies]\n{}\
             [target.'cfg(windows)'.dependencies]\n{}[target.'cfg(unix)'.dependencies]\n{}",
            path("base"),
            path("derive"),
            path("tool"),
            path("check"),
            path("win"),
            path("posix"),
        );
        write("app/Cargo.toml", &app);
        write("app/src/main.rs", "fn main() {}");
        write("app/build.rs", "fn main() {}");
        Self { folder }
    }

    fn selection(&self) -> Selection {
        Selection {
            manifest_path: Some(self.folder.path().join("app/Cargo.toml")),
            features: vec!["more".to_owned()],
            offline: true,
            ..Selection::default()
        }
    }

    fn resolved(&self) -> (Project, Resolved) {
        let selection = self.selection();
        let toolchain = Toolchain::current();
        let project = Project::load(&selection, &toolchain.cargo).unwrap();
        let target = WindowsTarget::new("x86_64-pc-windows-gnu").unwrap();
        let program = project.default_program().unwrap().unwrap();
        let [cargo] = &project.cargo_projects(&[&program], &selection)[..] else {
            panic!("one Cargo project was expected");
        };
        let resolved = Resolved::load(cargo, &target, &toolchain).unwrap();
        (project, resolved)
    }
}

#[test]
fn packages_of_the_build_the_tests_and_other_systems_are_not_linked() {
    let workspace = Workspace::new();
    let (project, resolved) = workspace.resolved();
    let program = project.default_program().unwrap().unwrap();
    let compiled = |names: &[&str]| -> BTreeSet<PackageId> {
        let packages = resolved.metadata.packages.iter();
        let compiled = packages.filter(|package| names.contains(&package.name.as_str()));
        compiled.map(|package| package.id.clone()).collect()
    };
    // `tool` is compiled for the target too, as another program of the workspace uses it.
    let all = compiled(&["app", "base", "common", "extra", "tool", "win"]);
    assert_eq!(
        graph(&resolved.linked(&[&program], &all)),
        owned(&[
            ("app", &["base", "extra", "win"]),
            ("base", &["common"]),
            ("common", &[]),
            ("extra", &["common"]),
            ("win", &["common"]),
        ])
    );
    // cargo resolves what any member of the workspace asks for; what was not compiled is not linked.
    let fewer = compiled(&["app", "base", "common"]);
    assert_eq!(
        graph(&resolved.linked(&[&program], &fewer)),
        owned(&[("app", &["base"]), ("base", &["common"]), ("common", &[])])
    );
}

#[test]
fn the_record_in_an_exe_is_preferred_and_completed() {
    let record = json!({ "packages": [
        { "name": "app", "version": "1.0.0", "source": "local", "dependencies": [1, 2, 4], "root": true },
        { "name": "base", "version": "0.1.0", "source": "local", "dependencies": [3] },
        { "name": "cc", "version": "1.0.9", "source": "crates.io", "kind": "build" },
        { "name": "elsewhere", "version": "2.0.0", "source": "crates.io" },
        { "name": "forked", "version": "0.1.0", "source": "git" },
    ] });
    let record: VersionInfo = serde_json::from_str(&record.to_string()).unwrap();
    let (_, resolved) = Workspace::new().resolved();
    let linked = auditable::linked(&[record.clone(), record], &[resolved]);
    assert_eq!(
        graph(&linked),
        owned(&[
            ("app", &["base", "forked"]),
            ("base", &["elsewhere"]),
            ("elsewhere", &[]),
            ("forked", &[]),
        ])
    );
    assert_eq!(linked.roots, [0, 0], "both exes are of one package");
    assert_eq!(
        linked.packages[1].license.as_deref(),
        Some("MIT/ISC"),
        "from its Cargo.toml"
    );
    assert_eq!(linked.packages[2].license, None);
}

fn package(name: &str, source: Source, license: Option<&str>) -> Package {
    Package {
        name: name.to_owned(),
        version: "1.0.0+a".to_owned(),
        source,
        license: license.map(str::to_owned),
        checksum: None,
        dependencies: Vec::new(),
    }
}

#[test]
fn a_package_has_the_address_of_where_it_is_from_and_its_license() {
    let subject = Subject {
        product: "Agent",
        manufacturer: "Acme",
        version: "1.2.3",
        target: "x86_64-pc-windows-gnu",
        built: 1_700_000_000,
        programs: Vec::new(),
    };
    let git = "git+https://host/a b@0123".to_owned();
    let packages = vec![
        package("a", Source::CratesIo, Some("MIT/Apache-2.0")),
        package(
            "b",
            Source::Registry("https://host/index".to_owned()),
            Some("Our own"),
        ),
        package("c", Source::Git(git), None),
        package("d", Source::Local, None),
    ];
    let linked = Linked::new(packages, &[]);
    let content = document(&subject, &linked);
    assert!(content == document(&subject, &linked), "it does not change");
    let bill: Value = serde_json::from_slice(&content).unwrap();
    let components = bill["components"].as_array().unwrap().iter();
    let told: Vec<(&Value, &Value)> = components
        .map(|component| (&component["purl"], &component["licenses"]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["pkg:cargo/a@1.0.0%2Ba", [{ "expression": "MIT OR Apache-2.0" }]],
            ["pkg:cargo/b@1.0.0%2Ba?repository_url=https:%2F%2Fhost%2Findex", [{ "license": { "name": "Our own" } }]],
            ["pkg:cargo/c@1.0.0%2Ba?vcs_url=git%2Bhttps:%2F%2Fhost%2Fa%20b%400123", null],
            [null, null],
        ])
    );
    let another = Subject {
        version: "1.2.4",
        ..subject
    };
    let other: Value = serde_json::from_slice(&document(&another, &linked)).unwrap();
    assert_ne!(bill["serialNumber"], other["serialNumber"]);
}

/// Data in zlib's format (RFC 1950), not compressed.
fn zlib(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (a + b) % 65521)
    });
    let head = [
        &[0x78, 0x01, 0x01],
        &length.to_le_bytes()[..],
        &(!length).to_le_bytes(),
    ]
    .concat();
    [&head, data, &(b << 16 | a).to_be_bytes()].concat()
}

#[test]
fn an_exe_without_a_record_is_told_from_a_damaged_one() {
    let exe = |section: Option<Vec<u8>>| {
        let sections = section.into_iter().map(|content| (".dep-v0", content));
        let mut sketch = Sketch::default();
        sketch.sections.extend(sections);
        auditable::recorded(&sketch.build())
    };
    assert!(exe(None).unwrap().is_none());
    let record = br#"{"packages":[{"name":"app","version":"1.0.0","source":"local","root":true}]}"#;
    assert_eq!(exe(Some(zlib(record))).unwrap().unwrap().packages[0].name, "app");
    let error = exe(Some(b"damaged".to_vec())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the dependencies that `cargo auditable` has recorded in the exe"
    );
}

#[test]
fn a_lock_file_that_is_no_toml_is_an_error() {
    let (_, resolved) = Workspace::new().resolved();
    let metadata = resolved.metadata.clone();
    let error = Resolved::new(metadata, "[[package", Path::new("Cargo.lock"))
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "the lock file `Cargo.lock` is invalid");
}
