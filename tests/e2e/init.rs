//! `cargo winsvc init` and `new`: what they write compiles, is packaged, and is not written twice.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use winsvc_tests::fixture::{BUILD, TARGET};
use winsvc_tests::paths;
use winsvc_tests::process::{Finished, require, run};
use winsvc_tests::tool::cargo_winsvc;

pub(crate) const MANIFEST: &str = "[package]\nname = \"agent\"\nversion = \"1.0.0\"\nedition = \"2024\"\nauthors = [\"Acme <a@example.com>\"]\n\n\
                        [dependencies]\n";

pub(crate) const MAIN: &str = "//! Does what it does.\n\n#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {\n    println!( \"hello\" );  // as it was\n}\n";

const INIT: &str = "--- a/Cargo.toml
+++ b/Cargo.toml
@@ -5,3 +5,12 @@
 authors = [\"Acme <a@example.com>\"]
 
 [dependencies]
+winsvc = \"0.1.0\"
+
+[package.metadata.winsvc]
+display-name = \"agent\"
+
+[package.metadata.winsvc.package]
+manufacturer = \"Acme\"
+# By this code, Windows finds the earlier version in an upgrade. It must never change.
+upgrade-code = \"CODE\"
--- a/src/main.rs
+++ b/src/main.rs
@@ -1,6 +1,6 @@
 //! Does what it does.
 
-#[tokio::main(flavor = \"current_thread\")]
+#[winsvc::main(flavor = \"current_thread\")]
 async fn main() {
     println!( \"hello\" );  // as it was
 }
";

/// A folder in which the crates of this checkout stand in for those of crates.io. It lies outside of the checkout, whose
/// alias would stand in for the tool.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let winsvc = paths::checkout().join("winsvc").display().to_string();
    let patch = format!("[patch.crates-io]\nwinsvc = {{ path = '{winsvc}' }}\n");
    write(folder.path(), ".cargo/config.toml", &patch);
    folder
}

pub(crate) fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn winsvc(folder: &Path, arguments: &[&str]) -> Finished {
    run(cargo_winsvc().current_dir(folder).args(arguments), BUILD)
}

fn packages(folder: &Path) {
    let finished = winsvc(folder, &["package", "--target", TARGET, "--out-dir", "dist"]).ok();
    assert_eq!(finished.lines().len(), 2, "{finished}");
}

#[test]
fn a_program_becomes_a_service_once() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "Cargo.toml", MANIFEST);
    write(folder, "src/main.rs", MAIN);

    let refused = winsvc(folder, &["init"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains(
            "error: there is no terminal to ask whether to change files\n\
             help: `--yes` changes them without asking, `--dry-run` shows the changes"
        ),
        "{refused}"
    );

    let shown = winsvc(folder, &["init", "--dry-run"]).ok();
    let code = shown
        .stdout
        .split("upgrade-code = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_eq!(shown.stdout, INIT.replace("CODE", code));
    assert_eq!(fs::read_to_string(folder.join("Cargo.toml")).unwrap(), MANIFEST);
    assert_eq!(fs::read_to_string(folder.join("src/main.rs")).unwrap(), MAIN);
    write(folder, "init.diff", &shown.stdout);
    let git = run(
        require("git")
            .current_dir(folder)
            .args(["apply", "--check", "init.diff"]),
        BUILD,
    );
    let _ = git.ok();

    let made = winsvc(folder, &["init", "--yes"]).ok();
    for line in [
        "Adding dependency winsvc 0.1.0 to Cargo.toml",
        "Adding #[winsvc::main] to src/main.rs",
    ] {
        assert!(made.stderr.contains(line), "{made}");
    }
    assert!(
        made.stderr.contains("help: a stop ends `main` wherever it is"),
        "{made}"
    );
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    assert!(
        manifest.starts_with(MANIFEST) && manifest.contains(code),
        "{manifest}"
    );
    packages(folder);

    let again = winsvc(folder, &["init"]).ok();
    assert_eq!(again.stderr, "    Finished nothing to change\n");
    assert_eq!(fs::read_to_string(folder.join("Cargo.toml")).unwrap(), manifest);
}

#[test]
fn a_runtime_that_is_not_tokio_is_left_alone() {
    let folder = folder();
    let folder = folder.path();
    let main = "#[actix_web::main]\nasync fn main() {}\n";
    write(folder, "Cargo.toml", MANIFEST);
    write(folder, "src/main.rs", main);
    let refused = winsvc(folder, &["init", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused
            .stderr
            .contains("`#[actix_web::main]` starts a runtime that winsvc does not know"),
        "{refused}"
    );
    assert!(refused.stderr.contains("main.rs:1:1"), "{refused}");
    assert_eq!(fs::read_to_string(folder.join("Cargo.toml")).unwrap(), MANIFEST);
    assert_eq!(fs::read_to_string(folder.join("src/main.rs")).unwrap(), main);
}

#[test]
fn a_source_for_wix_is_taken_over() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "Cargo.toml", MANIFEST);
    write(folder, "src/main.rs", MAIN);
    write(
        folder,
        "wix/main.wxs",
        r#"<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
             <Product Id="*" Name="Old Agent" Manufacturer="Acme Inc." Version="1.0.0"
                      UpgradeCode="{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}">
               <Component>
                 <File Source="agent.exe" />
                 <ServiceInstall Name="old-agent" Type="ownProcess" Start="demand" ErrorControl="normal" />
               </Component>
               <CustomAction Id="Register" Property="A" Value="B" />
             </Product>
           </Wix>"#,
    );
    let made = winsvc(folder, &["init", "--yes", "--from-wix"]).ok();
    assert!(
        made.stderr
            .contains("are not taken over (docs/coming-from.md): CustomAction Register"),
        "{made}"
    );
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let added = &manifest[manifest.find("[package.metadata.winsvc]").unwrap()..];
    assert_eq!(
        added,
        "[package.metadata.winsvc]\naccount = \"local-system\"\nname = \"old-agent\"\nstart = \"manual\"\n\n[package.metadata.winsvc.package]\n\
         manufacturer = \"Acme Inc.\"\nproduct-name = \"Old Agent\"\n\
         # By this code, Windows finds the earlier version in an upgrade. It must never change.\n\
         upgrade-code = \"6BA7B810-9DAD-11D1-80B4-00C04FD430C8\"\n"
    );
    packages(folder);
}

#[test]
fn a_new_program_is_a_service() {
    let folder = folder();
    let _ = winsvc(folder.path(), &["new", "my agent", "--name", "my-agent"]).ok();
    packages(&folder.path().join("my agent"));
}
