//! What is published with the packages: each file is read by the schema of the program that it is for, or by a second
//! reader, and names what the packages really are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use roxmltree::Document;
use serde_json::{Value, json};
use tempfile::TempDir;
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{Fixture, TARGET};
use winsvc_tests::package::{Tables, by_7zip};
use winsvc_tests::process::{require, run};
use winsvc_tests::schema::{from_yaml, validate};
use winsvc_tests::tool::{EPOCH, as_a_user};

/// All formats that are made from others.
pub(crate) const FORMATS: &str = "msi,zip,sbom,winget,scoop,chocolatey,provenance,sha256sums";

const CHANNELS: &str = "
[package.metadata.winsvc.package]
manufacturer = 'Acme & Söhne: \"A\"'
version = \"24.11.3\"

[package.metadata.winsvc.channels]
url = \"https://github.com/acme/agent/releases/download/v{version}/{file}\"
license = \"MIT/Apache-2.0\"
license-url = \"https://acme.example/license?a=1&b=2\"
tags = [\"agent\", \"yes\"]
winget.identifier = \"Acme.Agent\"
scoop.name = \"agent\"
";

/// The fixture `hello` with all that the manifests say.
pub(crate) fn fixture(folder: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(&format!("channels/{folder}"))
        .replace(
            "Cargo.toml",
            "publish = false",
            "publish = false\nhomepage = \"https://acme.example\"\nrepository = \"https://github.com/acme/agent\"",
        )
        .manifest(CHANNELS)
}

/// The files of a run, and what it reported.
pub(crate) struct Published {
    folder: TempDir,
    pub(crate) messages: Vec<Value>,
    /// What it said to people.
    pub(crate) stderr: String,
}

impl Published {
    pub(crate) fn new(fixture: &Fixture, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let options = ["--format", FORMATS, "--message-format", "json", "--out-dir", path];
        let finished = fixture.run("package", &[&options, more].concat()).ok();
        let messages = finished
            .lines()
            .into_iter()
            .map(|line| serde_json::from_str(line).unwrap());
        Self {
            messages: messages.collect(),
            stderr: finished.stderr,
            folder,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    /// The SHA-256 of a file, as another program computes it.
    pub(crate) fn sha256(&self, name: &str) -> String {
        let mut sum = require("sha256sum");
        let sum = run(sum.current_dir(self.folder.path()).arg(name), PATIENCE).ok();
        sum.stdout.split(' ').next().unwrap().to_owned()
    }
}

const MSI: &str = "hello-1.0.0-x64.msi";
const ZIP: &str = "hello-1.0.0-x64.zip";
const SBOM: &str = "hello-1.0.0-x64.cdx.json";
const STATEMENT: &str = "hello-1.0.0.intoto.json";
pub(crate) const DOWNLOADS: &str = "https://github.com/acme/agent/releases/download/v1.0.0";

#[test]
fn every_file_is_valid_for_its_reader_and_the_same_from_run_to_run() {
    let fixture = fixture("all");
    let planned = planned(&fixture);
    let published = Published::new(&fixture, &[]);
    is_reported(&published);
    is_as_planned(&published, &planned);
    winget_finds_the_msi(&published);
    scoop_finds_the_zip(&published);
    chocolatey_finds_the_msi(&published);
    the_checksums_are_those_of(&published, &[SBOM, MSI, ZIP, STATEMENT]);
    the_bill_lists_what_is_linked(&published, &fixture.root());
    the_statement_names_the_downloads(&published, &fixture.root());

    let again = Published::new(&fixture, &[]);
    let files = |published: &Published| -> BTreeMap<String, Vec<u8>> {
        winsvc_tests::package::read_tree(published.folder.path())
    };
    assert!(
        files(&published) == files(&again),
        "the files differ from run to run"
    );
}

/// What a dry run says would be written, by format, path in the folder for results and upgrade code.
fn planned(fixture: &Fixture) -> Vec<(Value, PathBuf, Value)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let path = path.to_str().unwrap();
    let options = [
        "--format",
        FORMATS,
        "--message-format",
        "json",
        "--out-dir",
        path,
        "--dry-run",
    ];
    let finished = fixture.run("package", &options).ok();
    assert!(!Path::new(path).exists(), "{finished}");
    let steps = finished.lines().into_iter().map(|line| {
        let step: Value = serde_json::from_str(line).unwrap();
        validate(&step, "docs/messages.schema.json");
        step
    });
    let files = steps.filter(|step| step["action"] == "write");
    files.map(|step| described(&step, Path::new(path))).collect()
}

fn described(file: &Value, folder: &Path) -> (Value, PathBuf, Value) {
    let path = Path::new(file["path"].as_str().unwrap());
    let path = path.strip_prefix(folder).unwrap().to_owned();
    (file["format"].clone(), path, file["upgrade_code"].clone())
}

fn is_as_planned(published: &Published, planned: &[(Value, PathBuf, Value)]) {
    let (_, artifacts) = published.messages.split_last().unwrap();
    let made = artifacts.iter().map(|it| described(it, published.folder.path()));
    assert_eq!(made.collect::<Vec<_>>(), planned);
}

fn is_reported(published: &Published) {
    assert!(
        published.stderr.contains("    Finished packaging in "),
        "{}",
        published.stderr
    );
    for message in &published.messages {
        validate(message, "docs/messages.schema.json");
    }
    let (timings, artifacts) = published.messages.split_last().unwrap();
    assert_eq!(timings["reason"], "winsvc-timings");
    for artifact in artifacts {
        let path = Path::new(artifact["path"].as_str().unwrap());
        assert!(path.is_file(), "{artifact}");
        let is_of_all = !matches!(artifact["format"].as_str().unwrap(), "msi" | "zip" | "sbom");
        assert_eq!(artifact["target"].is_null(), is_of_all, "{artifact}");
    }
    let formats = artifacts
        .iter()
        .map(|artifact| artifact["format"].as_str().unwrap());
    assert_eq!(
        formats.collect::<Vec<_>>().join(","),
        FORMATS.replace("winget", "winget,winget,winget")
    );
}

fn winget_finds_the_msi(published: &Published) {
    let read = |kind: &str, name: &str| {
        let text = published.text(&format!(
            "winget/manifests/a/Acme/Agent/1.0.0/Acme.Agent{name}.yaml"
        ));
        let schema = format!("manifest.{kind}.1.12.0.json");
        let (first, _) = text.split_once('\n').unwrap();
        assert_eq!(
            first,
            format!(
                "# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.1.12.0.schema.json"
            )
        );
        let manifest = from_yaml(&text);
        validate(&manifest, &format!("tests/schemas/winget/{schema}"));
        assert_eq!(manifest["PackageIdentifier"], "Acme.Agent");
        assert_eq!(manifest["PackageVersion"], "1.0.0");
        assert_eq!(manifest["ManifestType"], kind);
        manifest
    };
    let tables = Tables::by_msi_crate(&published.path(MSI));
    let property = |name| tables.property(name).unwrap();
    assert_eq!(read("version", "")["DefaultLocale"], "en-US");
    let installer = read("installer", ".installer");
    assert_eq!(
        installer["Installers"],
        json!([{
            "Architecture": "x64",
            "InstallerUrl": format!("{DOWNLOADS}/{MSI}"),
            "InstallerSha256": published.sha256(MSI).to_uppercase(),
            "ProductCode": property("ProductCode"),
            "AppsAndFeaturesEntries": [{
                // What winget sees is the version of the MSI.
                "DisplayVersion": property("ProductVersion"),
                "ProductCode": property("ProductCode"),
                "UpgradeCode": property("UpgradeCode"),
            }],
        }])
    );
    assert_eq!(installer["ReleaseDate"], "2023-11-14", "the day of {EPOCH}");
    assert_eq!(installer["Scope"], "machine");
    assert_eq!(
        installer["InstallerSwitches"]["InstallLocation"],
        "INSTALLDIR=\"<INSTALLPATH>\""
    );
    let locale = read("defaultLocale", ".locale.en-US");
    assert_eq!(locale["Publisher"], property("Manufacturer"));
    assert_eq!(locale["PackageName"], property("ProductName"));
    assert_eq!(locale["License"], "MIT OR Apache-2.0");
    assert_eq!(locale["Tags"], json!(["agent", "yes"]));
}

fn scoop_finds_the_zip(published: &Published) {
    let manifest = published.json("scoop/agent.json");
    validate(&manifest, "tests/schemas/scoop/schema.json");
    let archive = &manifest["architecture"]["64bit"];
    assert_eq!(archive["url"], format!("{DOWNLOADS}/{ZIP}"));
    assert_eq!(archive["hash"], published.sha256(ZIP));
    let folder = archive["extract_dir"].as_str().unwrap();
    let content = by_7zip(&published.path(ZIP));
    for script in ["install.cmd", "uninstall.cmd"] {
        assert!(
            content.contains_key(&format!("{folder}/{script}")),
            "{:?}",
            content.keys()
        );
        assert!(
            manifest.to_string().contains(&format!("$dir\\\\{script}")),
            "{manifest:#}"
        );
    }
    assert_eq!(manifest["license"]["identifier"], "MIT|Apache-2.0");
    assert_eq!(manifest["checkver"]["github"], "https://github.com/acme/agent");
    assert_eq!(
        manifest["autoupdate"]["architecture"]["64bit"],
        json!({
            "url": "https://github.com/acme/agent/releases/download/v$version/hello-$version-x64.zip",
            "extract_dir": "hello-$version-x64",
        })
    );
    assert_eq!(manifest["autoupdate"]["hash"]["url"], "$baseurl/SHA256SUMS");
}

fn chocolatey_finds_the_msi(published: &Published) {
    let content = by_7zip(&published.path("hello.1.0.0.nupkg"));
    let text = |name: &str| {
        let content = content
            .get(name)
            .unwrap_or_else(|| panic!("{name}: {:?}", content.keys()));
        String::from_utf8(content.clone()).unwrap()
    };
    let types = text("[Content_Types].xml");
    let types = Document::parse(&types).unwrap();
    let extensions = types.descendants().filter_map(|node| node.attribute("Extension"));
    let extensions: BTreeSet<&str> = extensions.collect();
    for name in content.keys().filter(|name| *name != "[Content_Types].xml") {
        let extension = name.rsplit('.').next().unwrap();
        assert!(extensions.contains(extension), "{name} has no type");
    }
    let relationships = text("_rels/.rels");
    let relationships = Document::parse(&relationships).unwrap();
    let targets = relationships.descendants().filter_map(|node| {
        let kind = node.attribute("Type")?.rsplit('/').next()?;
        Some((kind, node.attribute("Target")?.strip_prefix('/')?))
    });
    let targets: BTreeMap<&str, &str> = targets.collect();
    assert!(content.contains_key(targets["core-properties"]), "{targets:?}");

    let nuspec = text(targets["manifest"]);
    let nuspec = Document::parse(&nuspec).unwrap();
    let namespace = "http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd";
    let metadata = nuspec
        .descendants()
        .find(|node| node.has_tag_name((namespace, "metadata")));
    let metadata = metadata.unwrap().children().filter(roxmltree::Node::is_element);
    let metadata: BTreeMap<&str, &str> = metadata
        .map(|node| (node.tag_name().name(), node.text().unwrap()))
        .collect();
    let expected = [
        ("id", "hello"),
        ("version", "1.0.0"),
        ("title", "hello"),
        ("authors", "Acme & Söhne: \"A\""),
        ("projectUrl", "https://acme.example"),
        ("licenseUrl", "https://acme.example/license?a=1&b=2"),
        ("requireLicenseAcceptance", "false"),
        ("description", "The smallest service that winsvc makes"),
        ("tags", "agent yes"),
    ];
    assert_eq!(metadata, BTreeMap::from(expected));

    let script = text("tools/chocolateyinstall.ps1");
    for line in [
        format!("  url64bit       = '{DOWNLOADS}/{MSI}'"),
        format!("  checksum64     = '{}'", published.sha256(MSI)),
        "  softwareName   = 'hello'".to_owned(),
    ] {
        assert!(script.lines().any(|it| it == line), "{line}\n{script}");
    }
}

/// Compares `SHA256SUMS` with these files.
pub(crate) fn the_checksums_are_those_of(published: &Published, files: &[&str]) {
    let mut check = require("sha256sum");
    check
        .args(["--check", "--strict", "SHA256SUMS"])
        .current_dir(published.folder.path());
    let checked = run(&mut check, PATIENCE).ok();
    let expected: Vec<String> = files.iter().map(|name| format!("{name}: OK")).collect();
    assert_eq!(checked.lines(), expected);
}

fn the_bill_lists_what_is_linked(published: &Published, root: &Path) {
    let bill = published.json(SBOM);
    validate(&bill, "tests/schemas/cyclonedx/bom-1.6.schema.json");
    let content = by_7zip(&published.path(ZIP));
    assert!(content["hello-1.0.0-x64/sbom.cdx.json"] == fs::read(published.path(SBOM)).unwrap());
    assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z");

    let components = bill["components"].as_array().unwrap();
    let (exe, libraries) = components.split_first().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("exe"), &content["hello-1.0.0-x64/hello.exe"]).unwrap();
    let sum = run(require("sha256sum").arg(folder.path().join("exe")), PATIENCE).ok();
    let sum = sum.stdout.split(' ').next().unwrap();
    assert_eq!(
        (exe["name"].as_str(), exe["hashes"][0]["content"].as_str()),
        (Some("hello.exe"), Some(sum))
    );

    // cargo's own list of what is linked for the target.
    let mut tree = Command::new("cargo");
    as_a_user(&mut tree);
    tree.args([
        "tree",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{lib} {p}",
    ]);
    tree.args(["--target", TARGET, "--no-dedupe", "--manifest-path"])
        .arg(root.join("Cargo.toml"));
    let tree = run(&mut tree, PATIENCE).ok();
    let linked = tree.lines().into_iter().map(|line| {
        let mut words = line
            .split_whitespace()
            .skip_while(|word| !word.starts_with('v') || !word.contains('.'));
        let version = words.next().unwrap().trim_start_matches('v');
        let name = line
            .split(&format!(" v{version}"))
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap();
        format!("{name} {version}")
    });
    let listed = libraries.iter().map(|library| {
        format!(
            "{} {}",
            library["name"].as_str().unwrap(),
            library["version"].as_str().unwrap()
        )
    });
    let listed: BTreeSet<String> = listed.collect();
    assert_eq!(listed, linked.collect::<BTreeSet<_>>());
    assert!(
        listed.iter().any(|library| library.starts_with("tokio ")),
        "{listed:?}"
    );

    let tokio = libraries
        .iter()
        .find(|library| library["name"] == "tokio")
        .unwrap();
    assert_eq!(
        tokio["purl"],
        format!("pkg:cargo/tokio@{}", tokio["version"].as_str().unwrap())
    );
    assert_eq!(tokio["licenses"], json!([{ "expression": "MIT" }]));
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    assert!(
        lock.contains(tokio["hashes"][0]["content"].as_str().unwrap()),
        "{tokio}"
    );
    let winsvc = libraries
        .iter()
        .find(|library| library["name"] == "winsvc")
        .unwrap();
    assert_eq!(
        winsvc.get("purl"),
        None,
        "a package in a folder is in no registry"
    );

    let dependencies = bill["dependencies"].as_array().unwrap().iter();
    let dependencies: BTreeMap<&str, &Value> = dependencies
        .map(|entry| (entry["ref"].as_str().unwrap(), &entry["dependsOn"]))
        .collect();
    assert_eq!(*dependencies["product"], json!(["file:hello.exe"]));
    assert_eq!(*dependencies["file:hello.exe"], json!(["path:hello@1.0.0"]));
    assert_eq!(dependencies["path:hello@1.0.0"][0], winsvc["bom-ref"]);
}

fn the_statement_names_the_downloads(published: &Published, root: &Path) {
    let statement = published.json(STATEMENT);
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    let subjects =
        [MSI, ZIP, SBOM].map(|name| json!({ "name": name, "digest": { "sha256": published.sha256(name) } }));
    assert_eq!(statement["subject"], json!(subjects));
    let definition = &statement["predicate"]["buildDefinition"];
    assert_eq!(definition["externalParameters"]["targets"], json!([TARGET]));
    assert_eq!(definition["externalParameters"]["profile"], "release");
    let rustc = definition["internalParameters"]["rustc"].as_str().unwrap();
    assert!(rustc.starts_with("rustc 1."), "{rustc}");
    let lock = run(require("sha256sum").arg(root.join("Cargo.lock")), PATIENCE).ok();
    let lock = lock.stdout.split(' ').next().unwrap();
    assert_eq!(
        definition["resolvedDependencies"],
        json!([{ "name": "Cargo.lock", "digest": { "sha256": lock } }])
    );
}

#[test]
fn what_is_linked_into_an_exe_that_was_built_before_is_not_guessed() {
    let fixture = fixture("prebuilt");
    let _ = fixture.run("build", &["--quiet"]).ok();
    assert_eq!(
        fixture.refused_by_build(&["--no-build", "--format", "zip,sbom"]),
        "error: cannot determine what is linked into an exe that was built before\n\
         note: the features that it was built with are unknown\n\
         help: build and package in one run, or build the exe with `cargo auditable winsvc build`\n"
    );
}

#[test]
fn the_bill_of_a_workspace_has_what_each_of_its_programs_links() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let options = ["--quiet", "--format", "zip,sbom", "--out-dir", out];
    let _ = Fixture::new("suite").run("package", &options).ok();
    let bill = fs::read(folder.path().join("Acme-Suite-1.0.0-x64.cdx.json")).unwrap();
    let bill: Value = serde_json::from_slice(&bill).unwrap();
    validate(&bill, "tests/schemas/cyclonedx/bom-1.6.schema.json");
    let dependencies = bill["dependencies"].as_array().unwrap().iter();
    let dependencies: BTreeMap<&str, &Value> = dependencies
        .map(|entry| (entry["ref"].as_str().unwrap(), &entry["dependsOn"]))
        .collect();
    let exes = ["suite-agent", "suite-updater", "suite-tray"];
    let files = exes.map(|exe| format!("file:{exe}.exe"));
    assert_eq!(*dependencies["product"], json!(files));
    for (exe, file) in exes.iter().zip(&files) {
        let package = format!("path:{exe}@1.0.0");
        assert_eq!(*dependencies[file.as_str()], json!([package]));
        let uses_winsvc = dependencies[package.as_str()]
            .to_string()
            .contains("path:winsvc@");
        assert_eq!(uses_winsvc, *exe != "suite-tray", "{exe}: {dependencies:#?}");
    }
}
