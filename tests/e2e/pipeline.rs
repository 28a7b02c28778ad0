//! What a release pipeline reads: a JSON object a line on stdout, and nothing else there.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{Fixture, TARGET};
use winsvc_tests::package::Tables;
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::schema::validate;
use winsvc_tests::tool::{EPOCH, cargo_winsvc};

#[cfg(unix)]
use winsvc_tests::{
    fixture::BUILD,
    package::{by_7zip, by_cabextract, stream},
    page::Page,
    paths::{build, lock},
    signing::{make_key, verify},
    tool::shell,
};

/// The objects but for the times of the steps, which are the last one of a run that succeeds.
fn messages(finished: &Finished) -> Vec<Value> {
    let mut messages = objects(finished);
    if finished.status.success() {
        let last = messages.pop().unwrap();
        assert_eq!(last["reason"], "winsvc-timings", "{finished}");
    }
    messages
}

fn objects(finished: &Finished) -> Vec<Value> {
    let lines = finished.stdout.lines();
    lines
        .map(|line| {
            let message = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            validate(&message, "docs/messages.schema.json");
            message
        })
        .collect()
}

/// A file's SHA-256, as another program computes it.
fn sha256(path: &Path) -> String {
    let mut sum = require("sha256sum");
    // By its name alone, as it escapes the backslashes of a path.
    sum.current_dir(path.parent().unwrap())
        .arg(path.file_name().unwrap());
    let sum = run(&mut sum, PATIENCE).ok();
    sum.stdout.split(' ').next().unwrap().to_owned()
}

#[test]
fn each_package_is_told_with_all_that_a_pipeline_needs() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let finished = Fixture::new("hello")
        .run("package", &["--message-format", "json", "--out-dir", folder])
        .ok();
    let expected: Vec<Value> = ["msi", "zip"]
        .map(|format| {
            let path = out.path().join(format!("hello-1.0.0-x64.{format}"));
            let mut expected = json!({
                "reason": "winsvc-artifact",
                "format": format,
                "path": path,
                "bytes": fs::metadata(&path).unwrap().len(),
                "sha256": sha256(&path),
                "package": "hello",
                "version": "1.0.0",
                "target": TARGET,
                "services": ["hello"],
                "built": EPOCH.parse::<u64>().unwrap(),
                "commit": null,
            });
            if format == "msi" {
                let tables = Tables::by_msi_crate(&path);
                expected["language"] = json!("en");
                expected["product_code"] = json!(tables.property("ProductCode"));
                expected["upgrade_code"] = json!(tables.property("UpgradeCode"));
                expected["upgrade_code_derived"] = json!(true);
                expected["package_code"] = json!(package_code(&path));
            }
            expected
        })
        .to_vec();
    assert_eq!(messages(&finished), expected);
    let derived = "(derived from manufacturer and product name; pin it with `upgrade-code`)";
    assert!(finished.stderr.contains(derived), "{finished}");

    let timings = objects(&finished).pop().unwrap();
    let steps = timings["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["check", "build", "files", "compress", "msi", "zip", "publish"]
    );
    let build = steps[1]["seconds"].as_f64().unwrap();
    assert!(build > 0.0, "{timings}");
}

#[test]
fn the_install_guide_names_the_packages_of_all_languages() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let finished = Fixture::new("hello")
        .in_folder("pipeline/guide")
        .manifest(
            "[package.metadata.winsvc.package]\nformats = [\"guide\"]\ndialogs.languages = [\"en\", \"de\"]\n\n\
             [package.metadata.winsvc.properties]\nPORT = { argument = \"--port={value}\", default = \"9182\" }",
        )
        .run("package", &["--quiet", "--out-dir", folder])
        .ok();
    let paths =
        ["md", "txt"].map(|extension| out.path().join(format!("hello-1.0.0-x64-install.{extension}")));
    assert_eq!(
        finished.lines(),
        paths.each_ref().map(|path| path.to_str().unwrap())
    );
    for path in paths {
        let guide = fs::read_to_string(path).unwrap();
        for expected in [
            "msiexec /i hello-1.0.0-x64-en.msi /qn",
            "hello-1.0.0-x64-de.msi",
            "Default: 9182.",
        ] {
            assert!(guide.contains(expected), "{guide}");
        }
    }
}

/// The package code, as the `msi` crate reads it.
fn package_code(msi: &Path) -> String {
    let package = msi::open(msi).unwrap();
    let code = package.summary_info().uuid().unwrap();
    format!("{{{}}}", code.to_string().to_uppercase())
}

#[test]
fn a_pinned_upgrade_code_is_told_from_a_derived_one() {
    let finished = Fixture::new("hello")
        .in_folder("pipeline/pinned")
        .manifest(
            "[package.metadata.winsvc.package]\nupgrade-code = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"",
        )
        .run("package", &["--message-format", "json", "--format", "msi"])
        .ok();
    let messages = messages(&finished);
    assert_eq!(
        messages[0]["upgrade_code"],
        "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}"
    );
    assert_eq!(messages[0]["upgrade_code_derived"], false);
    assert!(!finished.stderr.contains("derived"), "{finished}");
}

/// A dependency may have the package's name; `-p` takes what cargo takes.
#[test]
fn the_package_is_told_from_a_dependency_of_its_name_and_named_as_cargo_does() {
    let fixture = Fixture::new("hello").in_folder("pipeline/namesake").replace(
        "Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\nhello04 = { package = \"hello\", path = \"../namesake-lib\" }\n",
    );
    // Not below the package, where it would be a member of its workspace.
    let library = fixture.root().parent().unwrap().join("namesake-lib");
    fs::create_dir_all(library.join("src")).unwrap();
    let manifest = "[package]\nname = \"hello\"\nversion = \"0.4.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(library.join("Cargo.toml"), manifest).unwrap();
    fs::write(library.join("src/lib.rs"), "").unwrap();
    let url = format!("path+file://{}", fixture.root().display());
    for spec in [
        "hello",
        "hello@1.0.0",
        "hello@1",
        &url,
        &format!("{url}#hello@1.0.0"),
    ] {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().to_str().unwrap();
        // A path of Windows' would be another URL.
        if cfg!(unix) || !spec.contains("://") {
            let _ = fixture
                .run("build", &["--quiet", "--out-dir", folder, "-p", spec])
                .ok();
        }
    }
    let unknown = fixture.run("build", &["--quiet", "-p", "hello@2"]);
    assert_eq!(unknown.status.code(), Some(1));
    let first = "error: the workspace has no package `hello@2`";
    assert!(unknown.stderr.starts_with(first), "{unknown}");
}

#[test]
fn build_gives_the_stamped_exe() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let finished = Fixture::new("hello")
        .run("build", &["--quiet", "--out-dir", folder])
        .ok();
    let exe = out.path().join("hello.exe");
    assert_eq!(
        (finished.stdout, finished.stderr),
        (format!("{}\n", exe.display()), String::new())
    );
    let content = fs::read(&exe).unwrap();
    let stamp = format!("winsvc-stamp 1\nversion=1.0.0\nbuilt={EPOCH}\ndata-folder=hello\n");
    assert!(
        content
            .windows(stamp.len())
            .any(|bytes| bytes == stamp.as_bytes())
    );
}

/// `hello` as a program of another name, which no other test builds: the tests share the folder for finished exes.
fn prebuilt(folder: &str, name: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(&format!("pipeline/{folder}"))
        .replace("Cargo.toml", "name = \"hello\"", &format!("name = \"{name}\""))
        .version("1.4.0")
}

/// The packages of an exe that was built before are those of one that is built for them; the sources may be gone.
#[test]
fn a_built_exe_gives_the_packages_that_a_build_gives() {
    let fixture = prebuilt("prebuilt", "prebuilt-agent");
    let content =
        |packages: &[&str]| -> Vec<Vec<u8>> { packages.iter().map(|path| fs::read(path).unwrap()).collect() };
    let all = fixture.package();
    let expected = [fs::read(&all.msi).unwrap(), fs::read(&all.zip).unwrap()];
    let built = fixture.run("build", &[]).ok();
    let exe = built.stdout.trim_end();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("signed.exe");
    fs::copy(exe, &copy).unwrap();

    let broken = fixture
        .clone()
        .write("src/main.rs", "fn main() { nonsense }\n")
        .env("SOURCE_DATE_EPOCH", "1");
    let out = elsewhere.path().to_str().unwrap();
    let options: [&[&str]; 2] = [&["--no-build"], &["--exe", copy.to_str().unwrap()]];
    for option in options {
        let packaged = broken
            .run("package", &[option, &["--out-dir", out]].concat())
            .ok();
        assert!(
            content(&packaged.lines()) == expected,
            "{option:?} gives other packages"
        );
    }

    // The target is that of the exe, whatever cargo would build for.
    let mut tool = cargo_winsvc();
    tool.args(["package", "--exe"]).arg(&copy).arg("--manifest-path");
    tool.arg(broken.root().join("Cargo.toml"))
        .args(["--message-format", "json", "--out-dir", out]);
    let reported = run(tool.env("CARGO_BUILD_TARGET", "i686-pc-windows-gnu"), PATIENCE).ok();
    let reported = messages(&reported);
    assert_eq!(reported.len(), 2);
    for artifact in reported {
        assert_eq!(
            (&artifact["target"], &artifact["built"], &artifact["package"]),
            (
                &json!(TARGET),
                &json!(EPOCH.parse::<u64>().unwrap()),
                &json!("prebuilt-agent")
            )
        );
    }
}

/// The commands of docs/signing.md, as they are there; the second time they find the results of the first.
#[cfg(unix)]
#[test]
fn the_documented_commands_sign_the_exe_and_the_msi() {
    let commands = Page::read("docs/signing.md").commands("By hand");
    assert!(
        commands.iter().any(|command| command.contains("--exe")),
        "{commands:?}"
    );
    let fixture = prebuilt("signing", "acme-agent");
    let _lock = lock("build");
    fixture.write_copy();
    // Not within the checkout, whose alias `cargo winsvc` would take the place of the tool.
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("acme-agent");
    let _ = run(require("cp").arg("-R").args([&fixture.root(), &root]), PATIENCE).ok();
    let (key, certificate) = (root.join("key.pem"), root.join("chain.pem"));
    make_key(&key, &certificate);
    let mut shell = shell(&[commands.clone(), commands].concat());
    shell.current_dir(&root).env("CARGO_TARGET_DIR", build());
    let finished = run(&mut shell, BUILD).ok();

    let signed = root.join("unsigned/acme-agent.signed.exe");
    let msi = root.join("dist/acme-agent-1.4.0-x64.msi");
    for file in [&signed, &msi] {
        verify(file, &certificate);
    }
    let exe = fs::read(&signed).unwrap();
    let zip = by_7zip(&root.join("dist/acme-agent-1.4.0-x64.zip"));
    assert!(zip["acme-agent-1.4.0-x64/acme-agent.exe"] == exe, "{finished}");
    let folder = tempfile::tempdir().unwrap();
    let cabinet = folder.path().join("product.cab");
    fs::write(&cabinet, stream(&msi, "product.cab")).unwrap();
    let installed = by_cabextract(&cabinet);
    assert!(
        installed.values().any(|file| *file == exe),
        "{:?}",
        installed.keys()
    );
}

#[test]
fn an_error_is_told_with_its_place() {
    let finished = Fixture::new("hello")
        .in_folder("pipeline/error")
        .manifest("[package.metadata.winsvc]\nstart = \"boot\"\n")
        .run("package", &["--message-format", "json"]);
    assert_eq!(finished.status.code(), Some(1));
    let messages = messages(&finished);
    let [error] = &messages[..] else {
        panic!("{messages:?}")
    };
    assert_eq!(
        (&error["reason"], &error["level"], &error["message"]),
        (
            &json!("winsvc-message"),
            &json!("error"),
            &json!("unknown variant `boot`, expected one of `auto`, `delayed`, `manual`, `disabled`"),
        )
    );
    assert!(
        error["place"]["path"].as_str().unwrap().ends_with("Cargo.toml"),
        "{error}"
    );
    assert_eq!(error["place"]["column"], 9);
}
