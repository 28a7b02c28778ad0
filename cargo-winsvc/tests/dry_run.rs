//! `--dry-run` and `-D warnings`, with programs in place of cargo, rustc and the signing program that record their calls.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const TARGET: &str = "x86_64-pc-windows-gnu";

struct Project {
    folder: TempDir,
    /// The programs that were called, and how.
    calls: TempDir,
}

impl Project {
    fn new(tables: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
            calls: tempfile::tempdir().unwrap(),
        };
        let manifest = format!(
            "[package]\nname = \"agent\"\nversion = \"1.2.3\"\nedition = \"2021\"\ndescription = \"Watches.\"\n\
             license = \"MIT\"\nhomepage = \"https://acme.example\"\n[workspace]\n{tables}"
        );
        fs::create_dir(project.path("src")).unwrap();
        fs::write(project.path("src/main.rs"), "fn main() {}\n").unwrap();
        fs::write(project.path("Cargo.toml"), manifest).unwrap();
        fs::write(project.path("a.p12"), "").unwrap();
        fs::create_dir(project.calls.path().join("lib")).unwrap();
        fs::write(project.calls.path().join("lib/libstd-1.rlib"), "").unwrap();
        let real = |program: &str| which(program).display().to_string();
        project.program("cargo", &format!("exec '{}' \"$@\"", real("cargo")));
        let lib = project.calls.path().join("lib");
        let rustc = format!(
            "case $* in *target-libdir*) echo '{}' ;; *) exec '{}' \"$@\" ;; esac",
            lib.display(),
            real("rustc")
        );
        project.program("rustc", &rustc);
        project.program("signer", "exit 1");
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a program that records its call before it does this.
    fn program(&self, name: &str, does: &str) {
        let path = self.calls.path().join(name);
        let record = self.calls.path().join("calls");
        let text = format!(
            "#!/bin/sh\necho \"{name} $*\" >> '{}'\n{does}\n",
            record.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-winsvc"));
        tool.arg("winsvc").args(arguments).args(["--target", TARGET]);
        tool.current_dir(self.folder.path());
        for (variable, program) in [("CARGO", "cargo"), ("RUSTC", "rustc")] {
            tool.env(variable, self.calls.path().join(program));
        }
        tool.env_remove("CARGO_TARGET_DIR").env("P12_PASSWORD", "hunter2");
        tool
    }

    /// The calls without their options.
    fn calls(&self) -> BTreeSet<String> {
        let calls = fs::read_to_string(self.calls.path().join("calls")).unwrap_or_default();
        let words = calls
            .lines()
            .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
        words.collect()
    }
}

fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found.find(|path| path.is_file()).unwrap()
}

fn tree(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        }
        found.insert(path);
    }
    found
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn signed(project: &Project) -> String {
    format!(
        "[package.metadata.winsvc.sign]\ntimestamp = ['http://t.example']\n[package.metadata.winsvc.sign.osslsigncode]\n\
         program = '{}'\npkcs12 = 'a.p12'\npassword = {{ env = 'P12_PASSWORD' }}\n",
        project.calls.path().join("signer").display()
    )
}

fn add(project: &Project, tables: &str) {
    let path = project.path("Cargo.toml");
    let manifest = fs::read_to_string(&path).unwrap() + tables;
    fs::write(path, manifest).unwrap();
}

#[test]
fn a_dry_run_starts_nothing_and_writes_nothing() {
    let project = Project::new("[package.metadata.winsvc.package]\nmanufacturer = 'Acme'\n");
    add(&project, &signed(&project));
    let before = tree(project.folder.path());
    for (command, results) in [
        (
            &["build"][..],
            &["target/winsvc/x86_64-pc-windows-gnu/agent.exe"][..],
        ),
        (
            &["package", "--out-dir", "dist"],
            &["dist/agent-1.2.3-x64.msi", "dist/agent-1.2.3-x64.zip"],
        ),
    ] {
        let output = project.run(&[command, &["--dry-run"]].concat());
        assert!(output.status.success(), "{output:?}");
        let root = fs::canonicalize(project.folder.path()).unwrap();
        let expected: Vec<String> = results
            .iter()
            .map(|it| root.join(it).display().to_string())
            .collect();
        assert_eq!(text(&output.stdout).lines().collect::<Vec<_>>(), expected);
        let steps = text(&output.stderr);
        assert!(
            steps.contains("       Build agent.exe (x86_64-pc-windows-gnu)"),
            "{steps}"
        );
        assert!(
            steps.contains(" build --message-format json-render-diagnostics --manifest-path "),
            "{steps}"
        );
        assert!(
            steps.contains("        Sign agent.exe") && steps.contains("/signer"),
            "{steps}"
        );
        assert!(!steps.contains("hunter2"), "{steps}");
    }
    assert_eq!(tree(project.folder.path()), before);
    // cargo asks rustc for its version itself.
    let expected = ["cargo metadata", "rustc --print", "rustc -", "rustc -vV"];
    let calls = project.calls();
    assert!(
        calls.contains("cargo metadata") && calls.iter().all(|call| expected.contains(&&**call)),
        "{calls:?}"
    );
}

#[test]
fn a_dry_run_describes_its_steps_for_programs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/messages.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let project = Project::new("");
    add(&project, &signed(&project));
    let output = project.run(&[
        "package",
        "--dry-run",
        "--format",
        "msi,sha256sums",
        "--message-format",
        "json",
    ]);
    assert!(output.status.success(), "{output:?}");
    let steps: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for step in &steps {
        let errors: Vec<String> = schema.iter_errors(step).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {step:#}");
    }
    let [build, sign, msi, sums] = &steps[..] else {
        panic!("{steps:#?}")
    };
    assert_eq!(
        (&build["action"], &build["target"], &build["programs"]),
        (&json!("build"), &json!(TARGET), &json!(["agent.exe"]))
    );
    assert_eq!(
        (&sign["files"], &sign["timestamp"]),
        (
            &json!(["agent.exe", "agent-1.2.3-x64.msi"]),
            &json!(["http://t.example"])
        )
    );
    assert_eq!(
        (&msi["format"], &msi["language"], &msi["upgrade_code_derived"]),
        (&json!("msi"), &json!("en"), &json!(true))
    );
    assert_eq!(
        (&sums["format"], &sums["target"]),
        (&json!("sha256sums"), &Value::Null)
    );
}

#[test]
fn a_dry_run_says_what_setup_would_install() {
    let project = Project::new("");
    let mut tool = project.command(&["build", "--dry-run", "--setup"]);
    // There is no linker on this PATH.
    let output = tool.env("PATH", project.calls.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let steps = text(&output.stderr);
    let install = "     Install x86_64-w64-mingw32-gcc for x86_64-pc-windows-gnu\n";
    assert!(
        steps.contains(install) && steps.contains("       Build agent.exe"),
        "{steps}"
    );
}

#[test]
fn a_dry_run_makes_all_checks() {
    let refused = |tables: &str, expected: &str| {
        let project = Project::new(tables);
        let output = project.run(&["package", "--dry-run"]);
        assert_eq!(output.status.code(), Some(1));
        let error = text(&output.stderr);
        assert!(error.contains(expected), "{error}");
    };
    refused(
        "[package.metadata.winsvc]\nstart = 'boot'\n",
        "unknown variant `boot`",
    );
    refused(
        "[package.metadata.winsvc.package]\nfiles = ['absent.toml']\n",
        "absent.toml",
    );
    refused(
        "[package.metadata.winsvc.sign.osslsigncode]\npkcs12 = 'a.p12'\npassword.env = 'NOT_SET_ANYWHERE'\n",
        "NOT_SET_ANYWHERE",
    );
    refused(
        "[package.metadata.winsvc.package]\nformats = ['zip', 'winget']\n",
        "winget",
    );
}

#[test]
fn denied_warnings_are_all_printed_and_end_the_command() {
    let project = Project::new("[package.metadata.winsvc]\nstart-timeout = '30m'\nstop-timeout = '10m'\n");
    let before = tree(project.folder.path());
    let denied = project.run(&["package", "-D", "warnings"]);
    assert_eq!(denied.status.code(), Some(1));
    let error = text(&denied.stderr);
    assert_eq!(error.matches("warning: ").count(), 3, "{error}");
    assert!(
        error.ends_with("error: 3 warnings denied\nnote: `-D warnings` is set, so nothing was written\n"),
        "{error}"
    );
    assert_eq!(project.calls(), BTreeSet::from(["cargo metadata".to_owned()]));

    let json = project.run(&["build", "--deny=warnings", "--message-format", "json"]);
    assert_eq!(json.status.code(), Some(1));
    let messages: Vec<Value> = text(&json.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let levels: Vec<&str> = messages.iter().filter_map(|it| it["level"].as_str()).collect();
    assert_eq!(levels, ["warning", "error"], "{messages:#?}");
    assert_eq!(messages[1]["message"], "1 warning denied");

    let dry = project.run(&["package", "--dry-run", "-D", "warnings"]);
    assert_eq!(dry.status.code(), Some(1));
    let allowed = project.run(&["package", "--dry-run"]);
    assert!(allowed.status.success(), "{allowed:?}");
    let unknown = project.run(&["package", "-D", "dead-code"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(tree(project.folder.path()), before);
}
