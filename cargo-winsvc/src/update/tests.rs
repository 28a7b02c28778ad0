//! Releases of a product: the manifests that are written, and the ones that are not.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use tempfile::TempDir;
use winsvc_definition::update::manifest::{ArtifactKind, UpdateManifest};

use super::*;
use crate::cli::{Cli, Command};
use crate::config::tests as config;
use crate::diagnostic::Explain as _;
use crate::shell::{MessageFormat, Verbosity};

const SHELL: Shell = Shell {
    format: MessageFormat::Human,
    verbosity: Verbosity::Quiet,
    color: None,
    deny_warnings: false,
};

/// 2026-11-30T00:00:00Z
const NOW: u64 = 1_795_996_800;

/// A folder with the keys `root` and `other`, and packages.
struct Vendor {
    folder: TempDir,
    root: UpdateKey,
    version: &'static str,
}

impl Vendor {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let generate = |name: &str| key::generate(&folder.path().join(name), None).unwrap();
        let root = generate("root");
        generate("other");
        let vendor = Self {
            folder,
            root,
            version: "1.2.3",
        };
        vendor.zip(b"MZ 1.2.3");
        vendor
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn key(&self, name: &str) -> String {
        let text = fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap();
        text.lines().nth(1).unwrap().to_owned()
    }

    /// Writes the zip of the version.
    fn zip(&self, exe: &[u8]) {
        let name = format!("acme-{}-x64", self.version);
        let mut zip = ::zip::ZipWriter::new(fs::File::create(self.path(&format!("{name}.zip"))).unwrap());
        let options = ::zip::write::SimpleFileOptions::default();
        for (file, content) in [("README.txt", &b"read"[..]), ("acme.exe", exe)] {
            zip.start_file(format!("{name}/{file}"), options).unwrap();
            std::io::Write::write_all(&mut zip, content).unwrap();
        }
        zip.finish().unwrap();
    }

    /// `cargo winsvc release` with these arguments, signed by `root` unless they say otherwise.
    fn release(&self, arguments: &[&str]) -> Result<UpdateManifest, String> {
        let folder = self.folder.path().to_str().unwrap();
        let secret = format!("file:{folder}/root");
        let mut all = vec!["cargo-winsvc", "release", "--out-dir", folder];
        if !arguments.contains(&"--secret-key") {
            all.extend(["--secret-key", &secret]);
        }
        all.extend(arguments);
        let Command::Release(args) = Cli::try_parse_from(all)
            .map_err(|error| error.to_string())?
            .command
        else {
            panic!("release was asked for");
        };
        let table = format!(
            "[package.metadata.winsvc.update]\nurl = 'https://dl.acme.example/agent'\nkeys = ['{}']",
            self.root
        );
        let mut project = config::project();
        project.version = self.version.parse().unwrap();
        let config = config::parse_for(&project, &table).unwrap();
        release(&project, &config, &args, NOW, SHELL)
            .map_err(|error| anstream::adapter::strip_str(&error.diagnostic().to_string()).to_string())?;
        let channel = args.channel.map_or("stable".to_owned(), |it| it.to_string());
        let content = fs::read(self.path(&format!("update-{channel}.json"))).unwrap();
        Ok(serde_json::from_slice(&content).unwrap())
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let message = self.release(arguments).unwrap_err();
        message.replace(self.folder.path().to_str().unwrap(), "DIR")
    }
}

fn versions(manifest: &UpdateManifest) -> Vec<(String, u8, bool)> {
    let releases = manifest.releases.iter();
    releases
        .map(|it| (it.version.to_string(), it.rollout.percent, it.withdrawn))
        .collect()
}

#[test]
fn the_first_manifest_lists_the_packages_that_are_there() {
    let vendor = Vendor::new();
    let manifest = vendor.release(&["--first", "--percent", "10"]).unwrap();
    assert_eq!((manifest.sequence, manifest.channel.as_str()), (1, "stable"));
    assert_eq!(manifest.published, "2026-11-30T00:00:00Z");
    assert_eq!(manifest.expires, "2026-12-30T00:00:00Z");
    assert_eq!(versions(&manifest), [("1.2.3".to_owned(), 10, false)]);
    let [artifact] = &manifest.releases[0].artifacts[..] else {
        panic!("there is one package");
    };
    assert_eq!(
        (artifact.kind, artifact.url.as_str()),
        (ArtifactKind::Exe, "acme-1.2.3-x64.exe")
    );
    // The exe is published beside the zip.
    let exe = fs::read(vendor.path("acme-1.2.3-x64.exe")).unwrap();
    let (size, sha256) = crate::hashing::sha256_of(&exe[..]).unwrap();
    assert_eq!(
        (artifact.size, artifact.sha256.as_str()),
        (size, hex(&sha256).as_str())
    );
}

#[test]
fn the_signature_is_verified_by_the_runtime_s_own_reader_and_by_minisign() {
    let vendor = Vendor::new();
    vendor.release(&["--first"]).unwrap();
    let path = vendor.path("update-stable.json");
    let content = fs::read(&path).unwrap();
    let signature = fs::read_to_string(vendor.path("update-stable.json.minisig")).unwrap();
    let key = minisign_verify::PublicKey::from_base64(vendor.root.as_str()).unwrap();
    let decoded = minisign_verify::Signature::decode(&signature).unwrap();
    key.verify(&content, &decoded, false).unwrap();
    assert!(
        decoded.trusted_comment().starts_with("winsvc-update {"),
        "{signature}"
    );
    assert!(decoded.trusted_comment().ends_with("} stable 1"), "{signature}");
    // The third reader is minisign itself, which `tests/run` installs on Debian.
    if cfg!(target_os = "linux") {
        let output = std::process::Command::new("minisign")
            .args(["-V", "-H", "-P", vendor.root.as_str(), "-m"])
            .arg(&path)
            .output()
            .expect("minisign");
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn each_manifest_follows_the_one_before() {
    let mut vendor = Vendor::new();
    vendor.release(&["--first", "--percent", "10"]).unwrap();
    let manifest = vendor.release(&["--percent", "50", "--critical"]).unwrap();
    assert_eq!(manifest.sequence, 2);
    assert_eq!(versions(&manifest), [("1.2.3".to_owned(), 50, false)]);
    assert!(manifest.releases[0].critical);
    vendor.version = "1.10.0";
    vendor.zip(b"MZ 1.10.0");
    let manifest = vendor
        .release(&["--minimum", "1.2.0", "--notes", "https://acme.example/1.10"])
        .unwrap();
    assert_eq!(
        versions(&manifest),
        [("1.10.0".to_owned(), 100, false), ("1.2.3".to_owned(), 50, false)]
    );
    assert_eq!(manifest.releases[0].minimum, Some("1.2.0".parse().unwrap()));
    let manifest = vendor
        .release(&["--withdraw", "1.10.0", "--expires", "7d"])
        .unwrap();
    assert_eq!(
        (manifest.sequence, manifest.expires.as_str()),
        (4, "2026-12-07T00:00:00Z")
    );
    assert_eq!(
        versions(&manifest),
        [("1.10.0".to_owned(), 100, true), ("1.2.3".to_owned(), 50, false)]
    );
    assert!(
        vendor
            .refused(&[])
            .starts_with("error: the version 1.10.0 was withdrawn\n")
    );
}

#[test]
fn a_percentage_is_raised_without_the_packages() {
    let vendor = Vendor::new();
    vendor.release(&["--first", "--percent", "10"]).unwrap();
    fs::remove_file(vendor.path("acme-1.2.3-x64.zip")).unwrap();
    let manifest = vendor.release(&["--percent", "100"]).unwrap();
    assert_eq!(manifest.releases[0].artifacts.len(), 1);
}

#[test]
fn what_is_released_does_not_change() {
    let vendor = Vendor::new();
    vendor.release(&["--first"]).unwrap();
    let before = fs::read(vendor.path("update-stable.json")).unwrap();
    vendor.zip(b"MZ other");
    assert_eq!(
        vendor.refused(&[]),
        "error: the package `acme-1.2.3-x64.exe` of 1.2.3 differs from the released one\n\
         note: a version that machines may have is not replaced\n\
         help: raise `version` in [package], and package again"
    );
    assert_eq!(fs::read(vendor.path("update-stable.json")).unwrap(), before);
    assert_eq!(fs::read(vendor.path("acme-1.2.3-x64.exe")).unwrap(), b"MZ 1.2.3");
}

#[test]
fn a_manifest_before_is_needed_and_verified() {
    let vendor = Vendor::new();
    assert!(
        vendor
            .refused(&[])
            .starts_with("error: there is no earlier update manifest `DIR/update-stable.json`\n")
    );
    vendor.release(&["--first"]).unwrap();
    assert!(
        vendor
            .refused(&["--first"])
            .starts_with("error: there is an earlier update manifest")
    );
    // Another channel has a sequence of its own.
    assert_eq!(
        vendor
            .release(&["--first", "--channel", "beta"])
            .unwrap()
            .sequence,
        1
    );
    let path = vendor.path("update-stable.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("acme-1.2.3", "evil-1.2.3")).unwrap();
    assert_eq!(
        vendor.refused(&[]),
        "error: the update manifest `DIR/update-stable.json` is not signed by a key of this product"
    );
    let beta = vendor.path("update-beta.json");
    let message = vendor.refused(&["--previous", beta.to_str().unwrap()]);
    assert!(
        message.contains("is not signed by a key of this product"),
        "another channel's: {message}"
    );
}

#[test]
fn a_key_that_products_do_not_accept_does_not_sign() {
    let vendor = Vendor::new();
    let other = format!("file:{}", vendor.path("other").display());
    let by_other = ["--secret-key", other.as_str()];
    let message = vendor.refused(&[&by_other[..], &["--first"]].concat());
    assert!(
        message.starts_with("error: products do not accept the key `RW"),
        "{message}"
    );
    let key = vendor.key("other");
    let manifest = vendor.release(&["--first", "--allow-key", &key]).unwrap();
    assert_eq!(manifest.keys, std::slice::from_ref(&key));
    assert_eq!(vendor.release(&by_other).unwrap().sequence, 2);
    let message = vendor.refused(&[&by_other[..], &["--revoke-key", &key]].concat());
    assert!(
        message.starts_with("error: only a root key may allow and revoke keys"),
        "{message}"
    );
    assert!(vendor.release(&["--revoke-key", &key]).unwrap().keys.is_empty());
    assert!(
        vendor
            .refused(&by_other)
            .starts_with("error: products do not accept")
    );
}

#[test]
fn secrets_are_not_shown() {
    let vendor = Vendor::new();
    let secret = fs::read_to_string(vendor.path("root")).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert_eq!(
        vendor.refused(&["--first", "--secret-key", secret]),
        "error: invalid value of `--secret-key`; expected `env:NAME`, `fd:NUMBER` or `file:PATH`"
    );
    fs::write(vendor.path("bad"), format!("{secret}x")).unwrap();
    let bad = format!("file:{}", vendor.path("bad").display());
    assert_eq!(
        vendor.refused(&["--first", "--secret-key", &bad]),
        "error: cannot use the secret key from the file `DIR/bad`: it is not a secret key of minisign\n\
         help: expected the content of minisign's `.key` file, or its second line"
    );
}

#[test]
fn an_encrypted_key_needs_its_password() {
    let vendor = Vendor::new();
    let password = |text: &str| {
        fs::write(vendor.path("password"), text).unwrap();
        crate::secret::Secret::read(&winsvc_definition::manifest::SecretSource::File(
            vendor.path("password"),
        ))
    };
    let path = vendor.path("encrypted");
    let public = key::generate(&path, Some(password("hunter2").unwrap())).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().nth(1).unwrap().starts_with("RWRTY0Iy"), "{text}");
    let secret = format!("file:{}", path.display());
    let from = format!("file:{}", vendor.path("password").display());
    let with_key = ["--first", "--secret-key", secret.as_str()];
    assert!(
        vendor
            .refused(&with_key)
            .contains("it is encrypted, and there is no password")
    );
    let with_password = [&with_key[..], &["--password", &from]].concat();
    password("wrong").unwrap();
    assert!(vendor.refused(&with_password).contains("the password is wrong"));
    password("hunter2").unwrap();
    let mut vendor = vendor;
    vendor.root = public;
    assert_eq!(vendor.release(&with_password).unwrap().sequence, 1);
}

#[test]
fn a_key_is_not_overwritten_and_is_its_owner_s() {
    let vendor = Vendor::new();
    let error = key::generate(&vendor.path("root"), None).unwrap_err();
    assert!(error.to_string().starts_with("cannot write the key"), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(vendor.path("root")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn an_unknown_version_is_not_withdrawn_and_packages_must_be_there() {
    let vendor = Vendor::new();
    vendor.release(&["--first"]).unwrap();
    assert_eq!(
        vendor.refused(&["--withdraw", "1.2.4"]),
        "error: the version 1.2.4 has not been released\nnote: released versions: 1.2.3"
    );
    let vendor = Vendor {
        version: "1.3.0",
        ..vendor
    };
    assert_eq!(
        vendor.refused(&[]),
        "error: there are no packages of the version 1.3.0\n\
         help: run `cargo winsvc package` first, or name its folder by `--out-dir`"
    );
    assert!(
        vendor
            .refused(&["--percent", "101"])
            .contains("101 is not in 0..=100")
    );
    assert!(!Path::new("update-stable.json").exists());
}
