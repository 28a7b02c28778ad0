//! `cargo winsvc package` with a table `sign`: exe first, then the packages.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET};
use winsvc_tests::package::{by_7zip, by_cabextract, stream};
use winsvc_tests::process::{Finished, run};
use winsvc_tests::signing::{Answer, TimestampServer, verify};
use winsvc_tests::tool::cargo_winsvc;

use super::{Keys, PASSWORD, copy, exe, package, sign, traced};

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
pub(super) fn installed(msi: &Path, folder: &Path) -> PathBuf {
    let cabinet = folder.join("product.cab");
    fs::write(&cabinet, stream(msi, "product.cab")).unwrap();
    let files = by_cabextract(&cabinet);
    let exe = files.values().find(|content| content.starts_with(b"MZ")).unwrap();
    let path = folder.join("installed.exe");
    fs::write(&path, exe).unwrap();
    path
}

#[test]
fn the_password_is_in_no_argument() {
    let keys = Keys::new();
    let server = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let (_folder, path) = copy();
    let timestamp = format!("timestamp = ['{}']", server.url());
    let trace = traced(
        &[&keys.pkcs12(), &timestamp],
        &[("P12_PASSWORD", PASSWORD)],
        &path,
    );
    assert!(trace.contains("\"-readpass\", \"/dev/stdin\""), "{trace}");
    assert!(trace.contains("\"add\", \"-h\", \"sha256\", \"-ts\""), "{trace}");
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

#[test]
fn the_programs_among_the_files_are_signed() {
    let (keys, other) = (Keys::new(), Keys::new());
    let (_folder, signed) = copy();
    let _ = sign(&[&other.pkcs12()], &signed).ok();
    let [unsigned, signed] = [exe(), &signed].map(|path| fs::read(path).unwrap());
    let files = "[[package.metadata.winsvc.package.files]]\nsource = 'plugins/'\nsign = true\n\
                 [[package.metadata.winsvc.package.files]]\nsource = 'other.dll'\n";
    let fixture = fixture("files", &format!("{}\n{files}", keys.pkcs12()))
        .write("plugins/helper.dll", &unsigned)
        .write("plugins/signed.dll", &signed)
        .write("plugins/readme.txt", "no program")
        .write("other.dll", &unsigned);
    let out = tempfile::tempdir().unwrap();
    let finished = package(
        &fixture,
        &["--format", "zip", "--message-format", "json"],
        out.path(),
    )
    .ok();
    let content = by_7zip(&out.path().join("hello-1.0.0-x64.zip"));
    let content = |name: &str| &content[&format!("hello-1.0.0-x64/{name}")];
    let helper = out.path().join("helper.dll");
    fs::write(&helper, content("plugins/helper.dll")).unwrap();
    verify(&helper, &keys.authority.certificate());
    assert!(*content("plugins/signed.dll") == signed);
    assert_eq!(content("plugins/readme.txt"), b"no program");
    assert!(*content("other.dll") == unsigned);
    // The files of the project stay as they are.
    assert!(fs::read(fixture.root().join("plugins/helper.dll")).unwrap() == unsigned);
    let artifacts = artifacts(&finished);
    let programs = artifacts[0]["signed_programs"].as_array().unwrap().iter();
    let programs: Vec<&str> = programs
        .map(|program| program["file"].as_str().unwrap())
        .collect();
    assert_eq!(
        programs,
        ["hello.exe", "plugins/helper.dll", "plugins/signed.dll"]
    );
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
