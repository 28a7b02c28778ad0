//! Products that are listed, and products that cannot be.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use winsvc_definition::manifest::Language;

use super::*;
use crate::build::target::WindowsTarget;
use crate::cli::Selection;
use crate::config::tests::{parse_for, project};
use crate::diagnostic::Explain as _;

/// What every channel needs to know.
const LISTED: &str = r#"
[package]
name = "acme"

[package.metadata.winsvc]
description = "Watches machines"

[package.metadata.winsvc.package]
manufacturer = "Acme"
product-name = "Acme's Agent [x]"

[package.metadata.winsvc.channels]
url = "https://acme.example/{version}/{file}"
license = "MIT"
winget.identifier = "Acme.Agent"
"#;

/// A package of which only the name matters.
struct Package {
    format: &'static str,
    arch: Arch,
    file: Written,
    codes: Option<Codes>,
}

fn package(name: &str, arch: Arch, language: Option<Language>) -> Package {
    let format = match name.rsplit_once('.').unwrap().1 {
        "msi" => "msi",
        "zip" => "zip",
        _ => "cab",
    };
    Package {
        format,
        arch,
        file: Written {
            path: PathBuf::from(name),
            bytes: 1,
            sha256: [name.len() as u8; 32],
        },
        codes: language.map(|language| Codes {
            language: language.as_str(),
            product_code: format!("{{PRODUCT-{arch}-{language}}}"),
            package_code: "{PACKAGE}".to_owned(),
            upgrade_code: "{UPGRADE}".to_owned(),
            upgrade_code_derived: false,
        }),
    }
}

fn listed() -> Project {
    Project {
        homepage: Some("https://acme.example".to_owned()),
        ..project()
    }
}

/// The files of these formats, by their paths.
fn publish(
    project: &Project,
    manifest: &str,
    formats: &[Format],
    packages: &[Package],
) -> Result<BTreeMap<String, Vec<u8>>, ReleaseError> {
    let config = parse_for(project, manifest).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut staging = Staging::open(vec![folder.path().to_owned()])?;
    let target = WindowsTarget::new("x86_64-pc-windows-gnu").unwrap();
    let exes = [("acme.exe".to_owned(), [0xee; 32])];
    let release = Release {
        project,
        config: &config,
        built: 1_700_000_000,
        origin: Origin {
            commit: Some("0123abcd-dirty"),
            selection: &Selection::default(),
            targets: vec![TargetOrigin {
                target: &target,
                compiled: None,
                exes: &exes,
            }],
        },
        has_scripts: !manifest.contains("# without verbs"),
        formats,
    };
    let downloads: Vec<Download<'_>> = packages
        .iter()
        .map(|package| Download {
            format: package.format,
            arch: Some(package.arch),
            file: &package.file,
            codes: package.codes.as_ref(),
        })
        .collect();
    let written = release.write(&downloads, folder.path(), &mut staging)?;
    staging.publish()?;
    let files = written.into_iter().map(|(_, file)| {
        let name = file.path.strip_prefix(folder.path()).unwrap();
        (
            name.to_str().unwrap().replace('\\', "/"),
            fs::read(&file.path).unwrap(),
        )
    });
    Ok(files.collect())
}

fn text(files: &BTreeMap<String, Vec<u8>>, end: &str) -> String {
    let (_, content) = files.iter().find(|(name, _)| name.ends_with(end)).unwrap();
    String::from_utf8(content.clone()).unwrap()
}

/// A member of a package for Chocolatey.
fn member(files: &BTreeMap<String, Vec<u8>>, name: &str) -> String {
    let (_, nupkg) = files.iter().find(|(name, _)| name.contains(".nupkg")).unwrap();
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(nupkg)).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

/// The packages of a run for three targets, of which one has MSIs in two languages.
fn packages() -> Vec<Package> {
    use Language::{English, German};
    vec![
        package("acme-arm64.msi", Arch::Arm64, Some(English)),
        package("acme-arm64.zip", Arch::Arm64, None),
        package("acme-x64-de.msi", Arch::X64, Some(German)),
        package("acme-x64-en.msi", Arch::X64, Some(English)),
        package("acme-x64.zip", Arch::X64, None),
        package("acme-x86.msi", Arch::X86, Some(English)),
    ]
}

#[test]
fn the_packages_of_all_targets_are_in_one_listing() {
    let formats = [Format::Winget, Format::Scoop, Format::Chocolatey];
    let files = publish(&listed(), LISTED, &formats, &packages()).unwrap();
    let names: Vec<&String> = files.keys().collect();
    assert_eq!(
        names,
        [
            "acme.1.2.3.nupkg",
            "scoop/acme.json",
            "winget/manifests/a/Acme/Agent/1.2.3/Acme.Agent.installer.yaml",
            "winget/manifests/a/Acme/Agent/1.2.3/Acme.Agent.locale.en-US.yaml",
            "winget/manifests/a/Acme/Agent/1.2.3/Acme.Agent.yaml",
        ]
    );
    insta::assert_snapshot!("winget_installer", text(&files, "installer.yaml"));
    insta::assert_snapshot!("winget_locale", text(&files, "en-US.yaml"));
    insta::assert_snapshot!("scoop", text(&files, "acme.json"));
    insta::assert_snapshot!("chocolatey_script", member(&files, "tools/chocolateyinstall.ps1"));
    insta::assert_snapshot!("chocolatey_nuspec", member(&files, "acme.nuspec"));
}

#[test]
fn a_pre_release_has_the_version_that_each_channel_accepts() {
    for (version, chocolatey) in [
        ("1.2.3-rc.1+linux", "1.2.3-rc-1"),
        ("1.2.3-0.3", "1.2.3-pre-0-3"),
        ("1.2.3+linux", "1.2.3"),
    ] {
        let project = Project {
            version: version.parse().unwrap(),
            ..listed()
        };
        let name = format!("acme-{version}-x64.msi");
        let msi = [package(&name, Arch::X64, Some(Language::English))];
        let files = publish(&project, LISTED, &[Format::Winget, Format::Chocolatey], &msi).unwrap();
        assert!(
            files.contains_key(&format!("acme.{chocolatey}.nupkg")),
            "{:?}",
            files.keys()
        );
        let nuspec = member(&files, "acme.nuspec");
        assert!(
            nuspec.contains(&format!("<version>{chocolatey}</version>")),
            "{nuspec}"
        );
        let installer = text(&files, "installer.yaml");
        let url = version.replace('+', "%2B");
        for line in [
            format!("PackageVersion: {version}\n"),
            format!("InstallerUrl: https://acme.example/{url}/acme-{url}-x64.msi\n"),
            "DisplayVersion: \"1.2.3\"\n".to_owned(),
        ] {
            assert!(installer.contains(&line), "{line}{installer}");
        }
    }
}

#[test]
fn texts_are_shortened_and_licenses_written_as_the_channels_want_them() {
    let long = "word ".repeat(60);
    let manifest = LISTED
        .replace("Watches machines", &format!("a\\u0007\\n{long}"))
        .replace("\"MIT\"", "\"MIT/Apache-2.0\"");
    let zip = [
        package("acme-x64.zip", Arch::X64, None),
        package("acme-x64.msi", Arch::X64, Some(Language::English)),
    ];
    let files = publish(&listed(), &manifest, &[Format::Winget, Format::Scoop], &zip).unwrap();
    let locale = text(&files, "en-US.yaml");
    let lines = |key: &str| {
        locale
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap()
            .to_owned()
    };
    let short = lines("ShortDescription: ");
    assert!(
        short.chars().count() <= 256 && short.ends_with("word…") && short.starts_with("a word"),
        "{short}"
    );
    assert_eq!(lines("Description: "), format!("a {}", long.trim_end()));
    assert_eq!(lines("License: "), "MIT OR Apache-2.0");
    assert!(text(&files, "acme.json").contains("\"license\": \"MIT|Apache-2.0\""));

    let both = manifest.replace("MIT/Apache-2.0", "MIT AND (ISC OR Zlib)");
    let files = publish(&listed(), &both, &[Format::Scoop], &zip).unwrap();
    assert!(text(&files, "acme.json").contains("\"license\": \"MIT AND (ISC OR Zlib)\""));
}

#[test]
fn the_statement_names_what_the_packages_were_made_from() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Cargo.lock"), "version = 4\n").unwrap();
    let project = Project {
        repository: Some("https://github.com/acme/agent".to_owned()),
        cargo_manifest: folder.path().join("Cargo.toml"),
        workspace_manifest: folder.path().join("Cargo.toml"),
        ..listed()
    };
    let formats = [Format::Msi, Format::Provenance, Format::Sha256Sums];
    let files = publish(&project, LISTED, &formats, &packages()[..2]).unwrap();
    insta::assert_snapshot!("statement", text(&files, ".intoto.json"));
    let sums = text(&files, "SHA256SUMS");
    let names: Vec<&str> = sums
        .lines()
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    assert_eq!(
        names,
        [
            "Acme's-Agent-_x_-1.2.3.intoto.json"
                .replace("_x_", "[x]")
                .as_str(),
            "acme-arm64.msi",
            "acme-arm64.zip"
        ]
    );
}

fn refusal(project: &Project, manifest: &str, formats: &[Format], targets: &[Arch]) -> String {
    let config = parse_for(project, manifest).unwrap();
    let error = check(project, &config, formats, targets).unwrap_err();
    anstream::adapter::strip_str(&error.diagnostic().to_string()).to_string()
}

#[test]
fn what_is_not_known_is_an_error_with_its_place() {
    let without = |key: &str| {
        let lines = LISTED.lines().filter(|line| !line.starts_with(key));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let winget = [Format::Msi, Format::Winget];
    let x64 = [Arch::X64];
    let refused = |key| refusal(&listed(), &without(key), &winget, &x64);
    assert_eq!(
        refused("url"),
        "error: the format `winget` needs the address of the packages\n  \
         --> Cargo.toml:12:1\n   \
         |\n12 | [package.metadata.winsvc.channels]\n   \
         | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         help: set `url` in [package.metadata.winsvc.channels], such as \
         \"https://github.com/acme/agent/releases/download/v{version}/{file}\""
    );
    let first = |text: String| text.lines().next().unwrap().to_owned();
    assert_eq!(
        first(refused("license")),
        "error: the format `winget` needs a license"
    );
    assert_eq!(
        first(refused("winget")),
        "error: the format `winget` needs an identifier"
    );
    assert_eq!(
        first(refused("description")),
        "error: the format `winget` needs a description"
    );
    assert_eq!(
        first(refusal(&project(), LISTED, &[Format::Zip, Format::Scoop], &x64)),
        "error: the format `scoop` needs a home page"
    );
    let nothing = refusal(&project(), "", &winget, &x64);
    assert!(
        nothing.starts_with(
            "error: the format `winget` needs an identifier, the address of the packages, a license and a description\n"
        ),
        "{nothing}"
    );
    assert_eq!(nothing.matches("help: set ").count(), 4, "{nothing}");
    assert_eq!(
        first(refusal(
            &listed(),
            &LISTED.replace("\"Acme\"", "\"A\""),
            &winget,
            &x64
        )),
        "error: winget does not accept the manufacturer \"A\""
    );
    let named = Project {
        name: "acmé".to_owned(),
        ..listed()
    };
    let name = refusal(&named, LISTED, &[Format::Msi, Format::Chocolatey], &x64);
    assert!(
        name.starts_with("error: invalid package name \"acmé\"; expected"),
        "{name}"
    );
    assert!(
        name.ends_with("set `chocolatey.identifier` in [package.metadata.winsvc.channels]"),
        "{name}"
    );
}

#[test]
fn a_format_without_a_package_to_list_is_refused() {
    let refused = |formats: &[Format], target| refusal(&listed(), LISTED, formats, &[target]);
    for (format, help) in [
        (Format::Winget, "add `msi` to the formats"),
        (Format::Scoop, "add `zip` to the formats"),
        (Format::Chocolatey, "add `msi` to the formats"),
        (Format::Provenance, "add `msi` or `zip` to the formats"),
        (Format::Sha256Sums, "add `msi` or `zip` to the formats"),
    ] {
        assert_eq!(
            refused(&[Format::Guide, format], Arch::X64),
            format!("error: the format `{format}` needs a package to list\nhelp: {help}")
        );
    }
    let configured = LISTED.replace("manufacturer", "formats = [\"zip\", \"winget\"]\nmanufacturer");
    let refused_there = |formats: &[Format]| refusal(&listed(), &configured, formats, &[Arch::X64]);
    let place = refused_there(&[Format::Zip, Format::Winget]);
    assert!(place.contains("formats = [\"zip\", \"winget\"]"), "{place}");
    let other = refused_there(&[Format::Msi, Format::Scoop]);
    assert!(
        !other.contains("-->"),
        "the formats are those of the command line: {other}"
    );
    assert_eq!(
        refused(&[Format::Msi, Format::Chocolatey], Arch::Arm64)
            .lines()
            .next(),
        Some("error: Chocolatey installs packages for x64 and x86 only")
    );
}

#[test]
fn packages_that_a_channel_cannot_install_are_not_listed() {
    let refused = |manifest: &str, format, packages: &[Package]| {
        let error = publish(&listed(), manifest, &[format], packages).unwrap_err();
        error.to_string()
    };
    let large = [
        package("acme.msi", Arch::X64, Some(Language::English)),
        package("acme-1.cab", Arch::X64, None),
    ];
    for format in [Format::Winget, Format::Chocolatey] {
        assert_eq!(
            refused(LISTED, format, &large),
            format!(
                "the format `{format}` cannot list an MSI with cabinets beside it, because it downloads a single file"
            )
        );
    }
    let without_verbs = format!("{LISTED}# without verbs");
    let zip = [package("acme.zip", Arch::X64, None)];
    assert_eq!(
        refused(&without_verbs, Format::Scoop, &zip),
        "the format `scoop` needs a zip with install.cmd, and the program has no verbs for it to call"
    );
}
