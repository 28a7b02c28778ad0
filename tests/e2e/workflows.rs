//! The workflows of `cargo winsvc init --ci`: valid for the services that run them, and their steps on Linux run as written.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::BUILD;
use winsvc_tests::http::recorder;
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::schema::{from_yaml, validate};
use winsvc_tests::signing::{Authority, Leaf, verify};
use winsvc_tests::tool::shell;

use super::init::{MAIN, MANIFEST, folder, winsvc, write};

const PASSWORD: &str = "hunter2-Geheim";

const SIGN: &str = "\n[package.metadata.winsvc.sign]\n\
                    osslsigncode = { pkcs12 = \"keys/acme.p12\", password = { env = \"P12_PASSWORD\" } }\n";

/// A repository with a workflow, and the authority that signs.
struct Repository {
    folder: TempDir,
    authority: Authority,
    workflow: Value,
    /// The file with the key, in Base64.
    key: String,
    _keys: TempDir,
}

impl Repository {
    fn new(service: &str, file: &str, schema: &str) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let authority = Authority::new(keys.path());
        authority.issue(&Leaf::default());
        authority.export("Acme", PASSWORD);
        let key = run(require("base64").arg(authority.path("Acme.p12")), PATIENCE).ok();

        let folder = folder();
        write(folder.path(), "Cargo.toml", &format!("{MANIFEST}{SIGN}"));
        write(folder.path(), "src/main.rs", MAIN);
        let made = winsvc(folder.path(), &["init", "--yes", "--ci", service]).ok();
        assert!(made.stderr.contains(&format!("Adding {file}\n")), "{made}");
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let workflow = from_yaml(&text);
        validate(&workflow, schema);
        let again = winsvc(folder.path(), &["init", "--ci", service]).ok();
        let kept = format!("`{file}` is there already, and stays as it is");
        assert!(again.stderr.contains(&kept), "{again}");
        // A checkout has a lock file.
        let _ = run(
            shell(&["cargo generate-lockfile".to_owned()]).current_dir(folder.path()),
            BUILD,
        )
        .ok();
        Self {
            folder,
            authority,
            workflow,
            key: key.stdout,
            _keys: keys,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a script in the checkout, with these variables.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Finished {
        // apt-get fails while another one runs.
        static APT: Mutex<()> = Mutex::new(());
        let _apt = APT.lock().unwrap_or_else(PoisonError::into_inner);
        let mut shell = shell(&[format!("PATH=$PWD/bin:$PATH\n{script}")]);
        let finished = run(
            shell.current_dir(self.path()).envs(variables.iter().copied()),
            BUILD,
        )
        .ok();
        assert!(!finished.to_string().contains(PASSWORD), "{finished}");
        finished
    }

    fn has_signed_packages(&self) {
        for file in [
            "agent-1.0.0-x64.zip",
            "agent-1.0.0-x86.zip",
            "agent-1.0.0.intoto.json",
            "SHA256SUMS",
        ] {
            assert!(self.path().join("dist").join(file).is_file(), "{file}");
        }
        for file in ["agent-1.0.0-x64.msi", "agent-1.0.0-x86.msi"] {
            verify(
                &self.path().join("dist").join(file),
                &self.authority.certificate(),
            );
        }
        assert!(
            !self.path().join("keys/acme.p12").exists(),
            "the key is still there"
        );
    }
}

fn installs_the_service(script: &Value) {
    let script = script.as_str().unwrap();
    for line in [
        "$msi = (Get-Item 'dist/agent-*-x64*.msi' | Select-Object -First 1).FullName",
        "$service = Get-Service -Name 'agent'",
        "if ($service.Status -ne 'Running') { throw 'the service does not run' }",
        "Invoke-Msiexec '/x'",
    ] {
        assert!(script.lines().any(|found| found == line), "{line}\n{script}");
    }
}

#[test]
fn the_steps_of_github_on_linux_make_signed_packages() {
    let schema = "tests/schemas/github/github-workflow.json";
    let repository = Repository::new("github", ".github/workflows/release.yml", schema);
    // A runner has sudo.
    write(repository.path(), "bin/sudo", "#!/bin/sh\nexec \"$@\"\n");
    fs::set_permissions(
        repository.path().join("bin/sudo"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    let jobs = &repository.workflow["jobs"];
    let steps = jobs["package"]["steps"].as_array().unwrap();
    let secrets = BTreeMap::from([("P12_PASSWORD", PASSWORD), ("SIGNING_KEY", &repository.key)]);
    let mut names = Vec::new();
    for step in steps.iter().filter(|step| step["run"].is_string()) {
        let name = step["name"].as_str().unwrap();
        names.push(name);
        // The tool is there; crates.io has none yet.
        if name == "Install cargo-winsvc" {
            continue;
        }
        let environment = step["env"].as_object().into_iter().flatten();
        let environment = environment.map(|(name, value)| {
            assert_eq!(*value, format!("${{{{ secrets.{name} }}}}"));
            (name.as_str(), secrets[name.as_str()])
        });
        let environment: Vec<_> = environment.collect();
        assert_eq!(environment.is_empty(), name != "Package", "{name}");
        let _ = repository.run(step["run"].as_str().unwrap(), &environment);
    }
    assert_eq!(
        names,
        [
            "Install cargo-winsvc",
            "Install what the targets need",
            "Check the machine",
            "Test",
            "Package"
        ]
    );
    repository.has_signed_packages();
    installs_the_service(&jobs["install"]["steps"][1]["run"]);
}

#[test]
fn the_jobs_of_gitlab_on_linux_make_signed_packages_and_a_release() {
    let repository = Repository::new("gitlab", ".gitlab-ci.yml", "tests/schemas/gitlab/ci.json");
    let (folder, workflow) = (repository.path(), &repository.workflow);
    let job = &workflow["package"];
    let home = job["variables"]["CARGO_HOME"].as_str().unwrap();
    let home = home.replace("$CI_PROJECT_DIR", folder.to_str().unwrap());
    // The cache has what was downloaded before.
    let cached = std::env::var_os("CARGO_HOME")
        .map_or_else(|| std::env::home_dir().unwrap().join(".cargo"), Into::into);
    symlink(cached, &home).unwrap();
    let lines = job["script"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap());
    let (tool, lines): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains("cargo install"));
    // The tool is there; crates.io has none yet.
    assert_eq!(tool.len(), 1);
    // A variable of the type "File" is the path of a file.
    let key = repository.authority.path("variable");
    fs::write(&key, &repository.key).unwrap();
    let variables = [
        ("CARGO_HOME", home.as_str()),
        ("P12_PASSWORD", PASSWORD),
        ("SIGNING_KEY", key.to_str().unwrap()),
    ];
    let _ = repository.run(&lines.join("\n"), &variables);
    repository.has_signed_packages();
    installs_the_service(&workflow["install"]["script"][0]);

    // A server that stands in for GitLab.
    let (port, requests) = recorder();
    let api = format!("http://127.0.0.1:{port}/api/v4");
    let variables = [
        ("CI_API_V4_URL", api.as_str()),
        ("CI_PROJECT_ID", "7"),
        ("CI_COMMIT_TAG", "v1.0.0"),
        ("CI_JOB_TOKEN", "token-of-the-job"),
    ];
    let finished = repository.run(workflow["release"]["script"][0].as_str().unwrap(), &variables);
    // The trace of the shell has all arguments of programs.
    assert!(
        !finished
            .stderr
            .lines()
            .any(|line| line.contains("curl") && line.contains("token-of")),
        "{finished}"
    );
    let requests = requests.lock().unwrap().clone();
    let (release, uploads) = requests.split_last().unwrap();
    let mut assets = Vec::new();
    for upload in uploads {
        assert!(
            upload.head.contains("\r\nJOB-TOKEN: token-of-the-job\r\n"),
            "{upload:?}"
        );
        let path = upload
            .head
            .strip_prefix("PUT ")
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        let name = path
            .strip_prefix("/api/v4/projects/7/packages/generic/agent/v1.0.0/")
            .unwrap();
        assert!(
            fs::read(folder.join("dist").join(name)).unwrap() == upload.body,
            "{name}"
        );
        assets.push(json!({ "name": name, "url": format!("http://127.0.0.1:{port}{path}") }));
    }
    let files = fs::read_dir(folder.join("dist")).unwrap().flatten();
    assert_eq!(assets.len(), files.filter(|file| file.path().is_file()).count());
    assert!(
        release.head.starts_with("POST /api/v4/projects/7/releases HTTP/"),
        "{release:?}"
    );
    assert!(
        release.head.contains("\r\nJOB-TOKEN: token-of-the-job\r\n"),
        "{release:?}"
    );
    let release: Value = serde_json::from_slice(&release.body).unwrap();
    assert_eq!(
        release,
        json!({ "tag_name": "v1.0.0", "assets": { "links": assets } })
    );
}
