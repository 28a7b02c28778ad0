//! `cargo winsvc package` with a table `sign`: exe first, then the packages.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::package::{by_7zip, by_cabextract, stream};
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::service::State;
use winsvc_tests::signing::{Answer, TimestampServer, verify, verify_timestamp};
use winsvc_tests::tool::cargo_winsvc;
use winsvc_tests::windows::Windows;

use super::{Keys, PASSWORD, package};

fn fixture(folder: &str, table: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(&format!("sign/{folder}"))
        .manifest(&format!("[package.metadata.winsvc.sign]\n{table}"))
        .env("P12_PASSWORD", PASSWORD)
}

fn artifacts(finished: &Finished) -> Vec<Value> {
    let lines = finished.stdout.lines().map(|line| {
        let message = serde_json::from_str(line).unwrap();
        winsvc_tests::schema::validate(&message, "docs/messages.schema.json");
        message
    });
    lines
        .filter(|line: &Value| line["reason"] == "winsvc-artifact")
        .collect()
}

/// The exe that an MSI installs, written to a file.
fn installed(msi: &Path, folder: &Path) -> PathBuf {
    let cabinet = folder.join("product.cab");
    fs::write(&cabinet, stream(msi, "product.cab")).unwrap();
    let files = by_cabextract(&cabinet);
    let exe = files.values().find(|content| content.starts_with(b"MZ")).unwrap();
    let path = folder.join("installed.exe");
    fs::write(&path, exe).unwrap();
    path
}

#[test]
fn the_programs_and_the_msi_are_signed_and_the_service_runs() {
    let keys = Keys::new();
    let authority = keys.authority.certificate();
    let server = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let table = format!(
        "{}\ntimestamp = ['{}']\ndescription = 'Hello'\nurl = 'https://hello.example'",
        keys.pkcs12(),
        server.url()
    );
    let out = tempfile::tempdir().unwrap();
    let finished = package(
        &fixture("whole", &table),
        &["--message-format", "json"],
        out.path(),
    )
    .ok();
    assert!(
        finished
            .stderr
            .contains("      Signed hello.exe by CN=Acme (issuer CN=Tests CA, timestamp 20")
    );
    assert!(!finished.to_string().contains(PASSWORD), "{finished}");
    let msi = out.path().join("hello-1.0.0-x64.msi");
    let zip = out.path().join("hello-1.0.0-x64.zip");

    let told = verify_timestamp(&msi, &authority, &authority);
    for line in [
        "Calculated MsiDigitalSignatureEx",
        "Text description: Hello",
        "URL description: https://hello.example",
    ] {
        assert!(told.contains(line), "{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let exe = installed(&msi, folder.path());
    verify_timestamp(&exe, &authority, &authority);
    assert!(by_7zip(&zip)["hello-1.0.0-x64/hello.exe"] == fs::read(&exe).unwrap());
    let sums = String::from_utf8(by_7zip(&zip)["hello-1.0.0-x64/SHA256SUMS"].clone()).unwrap();

    let artifacts = artifacts(&finished);
    let [of_msi, of_zip] = &artifacts[..] else {
        panic!("{finished}");
    };
    let signature = &of_msi["signature"];
    assert_eq!(signature["algorithm"], "sha256");
    assert_eq!(
        (&signature["subject"], &signature["issuer"]),
        (&"CN=Acme".into(), &"CN=Tests CA".into())
    );
    let digest = signature["digest"].as_str().unwrap().to_uppercase();
    assert!(told.contains(&format!(": {digest}")), "{told}");
    let chain = signature["chain"].as_array().unwrap();
    let subjects: Vec<_> = chain.iter().map(|certificate| &certificate["subject"]).collect();
    assert_eq!(subjects, ["CN=Acme", "CN=Tests CA"]);
    assert_eq!(chain[0]["not_after"], "2049-12-31T23:59:59Z");
    assert_eq!(signature["timestamp"]["issuer"], "CN=Tests CA");
    assert_eq!(of_zip["signature"], Value::Null);
    for artifact in &artifacts {
        let program = &artifact["signed_programs"][0];
        assert_eq!(
            (&program["file"], &program["signature"]["subject"]),
            (&"hello.exe".into(), &"CN=Acme".into())
        );
        assert!(sums.contains(program["sha256"].as_str().unwrap()), "{sums}");
    }
    for content in fs::read_dir(out.path())
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
    {
        assert!(
            !content
                .windows(PASSWORD.len())
                .any(|bytes| bytes == PASSWORD.as_bytes())
        );
    }

    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&msi, &[]).ok();
    service.reaches(State::Running);
    windows.uninstall(&msi).ok();
    assert_eq!(service.status(), None);
}

/// No program that the tool starts, and none that those start, has the password among its arguments.
#[test]
fn the_password_is_in_no_argument() {
    let keys = Keys::new();
    let server = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let (_folder, path) = super::copy();
    let trace = keys.path("trace");
    let tool = cargo_winsvc();
    let mut strace = require("strace");
    strace.args([
        "-f",
        "-qq",
        "--seccomp-bpf",
        "-s",
        "65535",
        "-e",
        "trace=execve,execveat",
        "-o",
        &trace,
        "cargo",
    ]);
    strace.args(["winsvc", "sign", "--sign-config", &keys.pkcs12(), "--sign-config"]);
    strace.arg(format!("timestamp = ['{}']", server.url())).arg(&path);
    strace.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace
        .current_dir(tool.get_current_dir().unwrap())
        .env("P12_PASSWORD", PASSWORD);
    let _ = run(&mut strace, PATIENCE).ok();
    let trace = fs::read_to_string(trace).unwrap();
    assert!(trace.contains("\"-readpass\", \"/dev/stdin\""), "{trace}");
    assert!(trace.contains("\"add\", \"-h\", \"sha256\", \"-ts\""), "{trace}");
    assert!(!trace.contains(PASSWORD), "{trace}");
}

#[test]
fn without_signing_the_packages_are_those_of_a_project_without_the_table() {
    let keys = Keys::new();
    let [plain, unsigned] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    // The same folder for both, as the compiler writes paths into the exe.
    let signed = fixture(
        "unsigned",
        &keys.pkcs12().replace("P12_PASSWORD", "NOT_SET_ANYWHERE"),
    );
    let _ = package(
        &Fixture::new("hello").in_folder("sign/unsigned"),
        &[],
        plain.path(),
    )
    .ok();
    let finished = package(
        &signed,
        &["--no-sign", "--message-format", "json"],
        unsigned.path(),
    )
    .ok();
    for name in ["hello-1.0.0-x64.msi", "hello-1.0.0-x64.zip"] {
        let [one, two] = [&plain, &unsigned].map(|folder| fs::read(folder.path().join(name)).unwrap());
        assert!(one == two, "{name}");
    }
    for artifact in artifacts(&finished) {
        assert_eq!(
            (artifact.get("signature"), artifact.get("signed_programs")),
            (None, None)
        );
    }
}

#[test]
fn an_exe_that_was_signed_before_keeps_its_signature() {
    let keys = Keys::new();
    let other = Keys::new();
    let fixture = fixture("signed-before", &keys.pkcs12());
    let out = tempfile::tempdir().unwrap();
    let built = fixture
        .run("build", &["--out-dir", out.path().to_str().unwrap()])
        .ok();
    let exe = built.stdout.trim_end();
    verify(Path::new(exe), &keys.authority.certificate());
    let packaged = package(
        &fixture,
        &["--exe", exe, "--format", "msi", "--sign-config", &other.pkcs12()],
        out.path(),
    )
    .ok();
    assert!(
        packaged.stderr.contains("       Fresh hello.exe by CN=Acme"),
        "{packaged}"
    );
    let msi = out.path().join("hello-1.0.0-x64.msi");
    let folder = tempfile::tempdir().unwrap();
    assert!(fs::read(installed(&msi, folder.path())).unwrap() == fs::read(exe).unwrap());
    // The MSI is the other key's.
    verify(&msi, &other.authority.certificate());
}

/// The table of a workspace is that of its packages, with the paths of the workspace.
#[test]
fn a_package_has_the_signer_of_its_workspace() {
    let keys = Keys::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nmembers = ['agent']\nresolver = '3'\n[workspace.metadata.winsvc.sign]\n\
         command = ['./sign.sh', '{file}']\n",
    );
    write(
        "agent/Cargo.toml",
        "[package]\nname = 'agent'\nversion = '1.0.0'\nedition = '2024'\n[package.metadata.winsvc.sign]\nurl = 'https://agent.example'\n",
    );
    write("agent/src/main.rs", "fn main() {}\n");
    for name in ["Acme.pem", "Acme.key"] {
        fs::copy(keys.path(name), folder.path().join(name)).unwrap();
    }
    let script = keys.script(
        "sign.sh",
        "osslsigncode sign -h sha256 -certs Acme.pem -key Acme.key -in \"$1\" -out \"$1.new\" && mv \"$1.new\" \"$1\"",
    );
    fs::copy(script, folder.path().join("sign.sh")).unwrap();
    let mut tool = cargo_winsvc();
    tool.args(["build", "--target", TARGET, "--manifest-path"])
        .arg(folder.path().join("agent/Cargo.toml"));
    tool.arg("--out-dir").arg(folder.path().join("out"));
    tool.env("CARGO_TARGET_DIR", folder.path().join("target"));
    let _ = run(&mut tool, BUILD).ok();
    verify(
        &folder.path().join("out/agent.exe"),
        &keys.authority.certificate(),
    );
}
