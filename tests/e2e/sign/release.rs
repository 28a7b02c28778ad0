//! A release by one command: signed packages for two architectures, and all that is published with them.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use winsvc_tests::fixture::TARGET;
use winsvc_tests::package::{by_7zip, read_tree, unpack};
use winsvc_tests::schema::{from_yaml, validate};
use winsvc_tests::service::State;
use winsvc_tests::signing::{Answer, TimestampServer, verify_by_openssl, verify_timestamp};
use winsvc_tests::windows::Windows;

use super::package::installed;
use super::{Keys, PASSWORD};
use crate::channels::{self, DOWNLOADS, FORMATS, Published};

const ARCHITECTURES: [&str; 2] = ["x64", "x86"];

fn file(arch: &str, extension: &str) -> String {
    format!("hello-1.0.0-{arch}.{extension}")
}

#[test]
fn one_command_makes_a_signed_release_whose_service_runs() {
    let keys = Keys::new();
    let server = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let sign = format!(
        "[package.metadata.winsvc.sign]\n{}\ntimestamp = ['{}']\ndescription = 'Hello'\nurl = 'https://hello.example'",
        keys.pkcs12(),
        server.url()
    );
    let fixture = channels::fixture("release")
        .manifest(&sign)
        .env("P12_PASSWORD", PASSWORD);
    let targets = ["--target", TARGET, "--target", "i686-pc-windows-gnu"];
    let published = Published::new(&fixture, &targets);
    has_no_secret(&published);
    let artifacts = reported(&published);
    for arch in ARCHITECTURES {
        is_signed(&published, &keys, arch, &artifacts[&file(arch, "msi")]);
        assert_eq!(artifacts[&file(arch, "zip")]["signature"], Value::Null);
    }
    manifests_name_the_signed_files(&published);
    let names = ARCHITECTURES.map(|arch| ["cdx.json", "msi", "zip"].map(|extension| file(arch, extension)));
    let names: Vec<&str> = names
        .iter()
        .flatten()
        .map(String::as_str)
        .chain(["hello-1.0.0.intoto.json"])
        .collect();
    channels::the_checksums_are_those_of(&published, &names);
    let statement = published.json("hello-1.0.0.intoto.json");
    let subjects: BTreeMap<&str, &str> = statement["subject"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subject| {
            (
                subject["name"].as_str().unwrap(),
                subject["digest"]["sha256"].as_str().unwrap(),
            )
        })
        .collect();
    let (_, files) = names.split_last().unwrap();
    let expected: Vec<String> = files.iter().map(|name| published.sha256(name)).collect();
    assert_eq!(
        subjects,
        files
            .iter()
            .copied()
            .zip(expected.iter().map(String::as_str))
            .collect()
    );
    service_runs(&published);
}

/// The files by their names, as they are reported.
fn reported(published: &Published) -> BTreeMap<String, Value> {
    for message in &published.messages {
        validate(message, "docs/messages.schema.json");
    }
    let line = "      Signed hello.exe by CN=Acme (issuer CN=Tests CA, timestamp 20";
    assert_eq!(published.stderr.matches(line).count(), 2, "{}", published.stderr);
    let artifacts = published
        .messages
        .iter()
        .filter(|message| message["reason"] == "winsvc-artifact");
    let formats = artifacts
        .clone()
        .map(|artifact| artifact["format"].as_str().unwrap());
    let packages = "msi,zip,sbom";
    let expected = FORMATS
        .replace(packages, &[packages; 2].join(","))
        .replace("winget", "winget,winget,winget");
    assert_eq!(formats.collect::<Vec<_>>().join(","), expected);
    artifacts
        .map(|artifact| {
            let name = artifact["path"].as_str().unwrap().rsplit('/').next().unwrap();
            (name.to_owned(), artifact.clone())
        })
        .collect()
}

/// By two verifiers, and by what is reported.
fn is_signed(published: &Published, keys: &Keys, arch: &str, artifact: &Value) {
    let authority = keys.authority.certificate();
    let msi = published.path(&file(arch, "msi"));
    let zip = published.path(&file(arch, "zip"));
    let folder = tempfile::tempdir().unwrap();
    let exe = installed(&msi, folder.path());
    let content = by_7zip(&zip);
    let in_zip = |name: &str| &content[&format!("hello-1.0.0-{arch}/{name}")];
    assert!(*in_zip("hello.exe") == fs::read(&exe).unwrap());
    let program = &artifact["signed_programs"][0];
    assert_eq!(program["file"], "hello.exe");
    let sums = String::from_utf8(in_zip("SHA256SUMS").clone()).unwrap();
    assert!(sums.contains(program["sha256"].as_str().unwrap()), "{sums}");

    for (path, signature) in [(&msi, &artifact["signature"]), (&exe, &program["signature"])] {
        let told = verify_timestamp(path, &authority, &authority);
        for line in [
            "Text description: Hello",
            "URL description: https://hello.example",
        ] {
            assert!(told.contains(line), "{told}");
        }
        assert_eq!(
            told.contains("Calculated MsiDigitalSignatureEx"),
            path == &msi,
            "{told}"
        );
        let digest = signature["digest"].as_str().unwrap();
        assert!(told.contains(&format!(": {}", digest.to_uppercase())), "{told}");
        let signed = verify_by_openssl(path, &authority);
        let end = signed[signed.len() - 32..]
            .iter()
            .map(|byte| format!("{byte:02x}"));
        assert_eq!(end.collect::<String>(), digest);

        assert_eq!(signature["algorithm"], "sha256");
        assert_eq!(
            (&signature["subject"], &signature["issuer"]),
            (&"CN=Acme".into(), &"CN=Tests CA".into())
        );
        let chain = signature["chain"].as_array().unwrap();
        let subjects: Vec<_> = chain.iter().map(|certificate| &certificate["subject"]).collect();
        assert_eq!(subjects, ["CN=Acme", "CN=Tests CA"]);
        assert_eq!(chain[0]["not_after"], "2049-12-31T23:59:59Z");
        assert_eq!(signature["timestamp"]["issuer"], "CN=Tests CA");
    }
    let bill = published.json(&file(arch, "cdx.json"));
    validate(&bill, "tests/schemas/cyclonedx/bom-1.6.schema.json");
    assert_eq!(bill["components"][0]["hashes"][0]["content"], program["sha256"]);
    assert!(*in_zip("sbom.cdx.json") == fs::read(published.path(&file(arch, "cdx.json"))).unwrap());
}

fn manifests_name_the_signed_files(published: &Published) {
    let [x64, x86] = ARCHITECTURES.map(|arch| published.sha256(&file(arch, "msi")));
    let installer = published.text("winget/manifests/a/Acme/Agent/1.0.0/Acme.Agent.installer.yaml");
    let installer = from_yaml(&installer);
    validate(&installer, "tests/schemas/winget/manifest.installer.1.12.0.json");
    let installers = installer["Installers"].as_array().unwrap().iter();
    let installers: Vec<_> = installers
        .map(|it| ["Architecture", "InstallerUrl", "InstallerSha256"].map(|key| it[key].as_str().unwrap()))
        .collect();
    let url = |arch, extension| format!("{DOWNLOADS}/{}", file(arch, extension));
    assert_eq!(
        installers,
        [
            ["x64", &url("x64", "msi"), &x64.to_uppercase()],
            ["x86", &url("x86", "msi"), &x86.to_uppercase()],
        ]
    );

    let scoop = published.json("scoop/agent.json");
    validate(&scoop, "tests/schemas/scoop/schema.json");
    for (key, arch) in [("64bit", "x64"), ("32bit", "x86")] {
        let archive = &scoop["architecture"][key];
        let found = json!({ "url": archive["url"], "hash": archive["hash"] });
        let hash = published.sha256(&file(arch, "zip"));
        assert_eq!(found, json!({ "url": url(arch, "zip"), "hash": hash }));
    }

    let script = by_7zip(&published.path("hello.1.0.0.nupkg"))["tools/chocolateyinstall.ps1"].clone();
    let script = String::from_utf8(script).unwrap();
    for line in [
        format!("  checksum       = '{x86}'"),
        format!("  checksum64     = '{x64}'"),
    ] {
        assert!(script.lines().any(|it| it == line), "{line}\n{script}");
    }
}

fn has_no_secret(published: &Published) {
    assert!(!published.stderr.contains(PASSWORD), "{}", published.stderr);
    assert!(
        !published
            .messages
            .iter()
            .any(|message| message.to_string().contains(PASSWORD))
    );
    let files = read_tree(published.path("").as_path());
    let packed = ARCHITECTURES.map(|arch| by_7zip(&published.path(&file(arch, "zip"))));
    for (name, content) in files.iter().chain(packed.iter().flatten()) {
        let mut windows = content.windows(PASSWORD.len());
        assert!(!windows.any(|bytes| bytes == PASSWORD.as_bytes()), "{name}");
    }
}

fn service_runs(published: &Published) {
    let windows = Windows::new();
    let service = windows.service("hello");
    let msi = published.path(&file("x64", "msi"));
    windows.install(&msi, &[]).ok();
    service.reaches(State::Running);
    windows.uninstall(&msi).ok();
    assert_eq!(service.status(), None);

    let folder = unpack(&published.path(&file("x64", "zip")), &windows.drive_c("services"));
    let script = |name: &str| {
        let script = format!(
            r"C:\services\{}\{name}",
            folder.file_name().unwrap().to_str().unwrap()
        );
        let (code, finished) = windows.exit_code("cmd", &["/c", &script]);
        assert_eq!(code, 0, "{finished}");
    };
    script("install.cmd");
    service.reaches(State::Running);
    script("uninstall.cmd");
    assert_eq!(service.status(), None);
}
