//! What a product becomes as a zip: its files, its scripts, its checksums.

mod products;

use std::io::{Cursor, Read as _};

use ::zip::ZipArchive;
use cargo_winsvc::product::{File, Product};
use cargo_winsvc::zip;

use products::without_service::without_service;
use products::{file, fullest, smallest, with_features, with_properties};
use proptest::prelude::*;
use winsvc_definition::StartType;
use winsvc_definition::manifest::{Compression, EmptyFolder, TargetPath};

/// The names and contents of an archive, in its order.
fn render(product: &Product) -> Vec<u8> {
    render_at(product, Compression::Default)
}

fn render_at(product: &Product, compression: Compression) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let options = zip::Options {
        folder: "folder",
        sbom: None,
        compression,
    };
    zip::render(product, options, &mut out, &mut |_| {}).unwrap();
    out.into_inner()
}

#[test]
fn every_level_of_compression_has_its_own_zip_of_the_same_files() {
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let mut product = smallest();
    product.files.push(file("data.bin", &program[..300_000]));
    let archives = Compression::ALL.map(|compression| render_at(&product, compression));
    let [fast, default, max] = archives.each_ref().map(Vec::len);
    assert!(fast > default && fast > max, "{fast}, {default}, {max}");
    assert!(archives[1] != archives[2], "levels 6 and 9");
    let [fast, default, max] = archives.map(|archive| members(&archive));
    assert!(fast == default && default == max);
}

fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut member = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            member.read_to_end(&mut content).unwrap();
            (member.name().unwrap().into_owned(), content)
        })
        .collect()
}

/// A text of the archive, with the line ends that every tool shows.
fn text(product: &Product, name: &str) -> String {
    let members = members(&render(product));
    let (_, content) = members
        .into_iter()
        .find(|member| member.0 == format!("folder/{name}"))
        .unwrap();
    let text = String::from_utf8(content).unwrap();
    assert_eq!(
        text.matches('\n').count(),
        text.matches("\r\n").count(),
        "{name} has the line ends of Windows"
    );
    text.replace("\r\n", "\n")
}

#[test]
fn a_product_without_a_service_registers_its_autostart_entries() {
    let product = without_service();
    insta::assert_snapshot!("install_without_service", text(&product, "install.cmd"));
    insta::assert_snapshot!("uninstall_without_service", text(&product, "uninstall.cmd"));
    insta::assert_snapshot!("readme_without_service", text(&product, "README.txt"));
    let mut silent = without_service();
    silent.machine.registrar = None;
    assert!(!zip::has_scripts(&silent));
    insta::assert_snapshot!("readme_without_registrar", text(&silent, "README.txt"));
}

#[test]
fn the_scripts_call_the_program_s_own_verbs() {
    insta::assert_snapshot!("install_smallest", text(&smallest(), "install.cmd"));
    insta::assert_snapshot!("install_on_demand", text(&on_demand(), "install.cmd"));
    insta::assert_snapshot!("uninstall_fullest", text(&fullest(), "uninstall.cmd"));
    insta::assert_snapshot!("readme_fullest", text(&fullest(), "README.txt"));
}

/// A service that its installation does not start, of a program whose name is not ASCII.
fn on_demand() -> Product {
    let mut product = fullest();
    product.services[0].definition.start = StartType::Manual;
    product.files[0].target = TargetPath::new("100% größe 😀.exe").unwrap();
    product
}

#[test]
fn a_script_is_ascii_whatever_the_names_are() {
    for product in [smallest(), fullest(), on_demand()] {
        for name in ["install.cmd", "uninstall.cmd"] {
            let script = text(&product, name);
            assert!(script.bytes().all(|byte| byte < 0x80), "{script}");
            assert!(!script.contains("chcp"), "{script}");
        }
    }
}

proptest! {
    #[test]
    fn no_definition_makes_a_script_anything_but_ascii(
        exe in "[a-zA-Zäß文😀 &%!^()=;,']{1,12}",
        description in any::<String>(),
        starts in any::<bool>(),
    ) {
        let mut product = smallest();
        let Ok(target) = TargetPath::new(&format!("{exe}.exe")) else {
            return Ok(());
        };
        product.files[0].target = target;
        let definition = &mut product.services[0].definition;
        definition.description = description;
        definition.start = if starts { StartType::Auto } else { StartType::Manual };
        for script in ["install.cmd", "uninstall.cmd"] {
            prop_assert!(text(&product, script).is_ascii(), "{}", script);
        }
    }
}

/// A product with kept files and an empty folder, whose exe is in a folder.
fn with_kept_files() -> Product {
    let mut product = on_demand();
    product.files[0].target = TargetPath::new("bin 100%/größe.exe").unwrap();
    for target in ["agent.toml", "conf/100% & more.toml"] {
        product.files.push(File {
            is_kept: true,
            ..file(target, b"default")
        });
        product.files.push(file(&format!("{target}.new"), b"default"));
    }
    product.empty_folders.push(EmptyFolder {
        target: TargetPath::new("data/plugins").unwrap(),
        feature: None,
    });
    product
}

#[test]
fn a_feature_s_service_is_registered_by_default_or_on_request_and_stays_as_it_is() {
    let mut product = with_features();
    insta::assert_snapshot!("install_features", text(&product, "install.cmd"));
    insta::assert_snapshot!("readme_features", text(&product, "README.txt"));
    for feature in &mut product.features {
        feature.is_default = false;
    }
    insta::assert_snapshot!("install_features_on_request", text(&product, "install.cmd"));
}

#[test]
fn the_script_takes_properties() {
    let product = with_properties();
    insta::assert_snapshot!("install_properties", text(&product, "install.cmd"));
    insta::assert_snapshot!("readme_properties", text(&product, "README.txt"));
}

#[test]
fn a_kept_file_is_made_by_the_script_where_there_is_none() {
    let product = with_kept_files();
    insta::assert_snapshot!("install_kept", text(&product, "install.cmd"));
    insta::assert_snapshot!("readme_kept", text(&product, "README.txt"));
    let members = members(&render(&product));
    let names: Vec<&str> = members.iter().map(|member| member.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "folder/agent.toml.new",
            "folder/bin 100%/größe.exe",
            "folder/conf/100% & more.toml.new",
            "folder/conf/site/agent.config.toml",
            "folder/install.cmd",
            "folder/README.md",
            "folder/README.txt",
            "folder/uninstall.cmd",
            "folder/data/plugins/",
            "folder/SHA256SUMS",
        ]
    );
}

#[test]
fn a_program_without_verbs_has_no_scripts() {
    let mut product = smallest();
    product.services[0].verb_word = None;
    let members = members(&render(&product));
    let names: Vec<&str> = members.iter().map(|member| member.0.as_str()).collect();
    assert_eq!(
        names,
        ["folder/hello.exe", "folder/README.txt", "folder/SHA256SUMS"]
    );
    insta::assert_snapshot!("readme_without_verbs", text(&product, "README.txt"));
    let mut product = with_kept_files();
    product.services[0].verb_word = None;
    insta::assert_snapshot!("readme_kept_without_verbs", text(&product, "README.txt"));
}

#[test]
fn every_file_has_its_checksum() {
    let members = members(&render(&fullest_without_readme()));
    let names: Vec<&str> = members.iter().map(|member| member.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "folder/conf/site/agent.config.toml",
            "folder/hello.exe",
            "folder/install.cmd",
            "folder/README.txt",
            "folder/uninstall.cmd",
            "folder/SHA256SUMS",
        ]
    );
    let (_, sums) = members.last().unwrap();
    let sums = String::from_utf8(sums.clone()).unwrap();
    assert_eq!(sums.lines().count(), members.len() - 1);
    // `printf exe | sha256sum`
    let exe = "9095bdb859308b62acf04036ffd4adfe366d7f737d276eb6c46ae434f3816c9b  hello.exe";
    assert!(sums.lines().any(|line| line == exe), "{sums}");
}

fn fullest_without_readme() -> Product {
    let mut product = fullest();
    product
        .files
        .retain(|file| file.target.file_name() != "README.md");
    product
}

#[test]
fn the_same_product_is_the_same_archive() {
    assert!(render(&fullest()) == render(&fullest()));
}
