//! What a product becomes as a zip: its files, its scripts, its checksums.

mod products;

use std::io::{Cursor, Read as _};

use ::zip::ZipArchive;
use cargo_winsvc::product::Product;
use cargo_winsvc::zip;

use products::{file, fullest, smallest};
use winsvc_definition::Trigger;

/// The names and contents of an archive, in its order.
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
    let members = members(&zip::render(product, "folder").unwrap());
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
fn the_scripts_say_everything_that_the_definition_says() {
    insta::assert_snapshot!("install_smallest", text(&smallest(), "install.cmd"));
    insta::assert_snapshot!("install_fullest", text(&fullest(), "install.cmd"));
    insta::assert_snapshot!("uninstall_fullest", text(&fullest(), "uninstall.cmd"));
    insta::assert_snapshot!("readme_fullest", text(&fullest(), "README.txt"));
}

#[test]
fn every_file_has_its_checksum() {
    let members = members(&zip::render(&fullest_without_readme(), "folder").unwrap());
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
    assert!(zip::render(&fullest(), "folder").unwrap() == zip::render(&fullest(), "folder").unwrap());
}

#[test]
fn a_file_cannot_take_the_place_of_a_script() {
    let mut product = smallest();
    product.files.push(file("Install.cmd", b"mine"));
    let error = zip::render(&product, "folder").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the zip has a `Install.cmd` of its own; no other file can have that name"
    );
}

/// The smallest product, with triggers.
fn triggered(lines: &[&str]) -> Product {
    let mut product = smallest();
    let triggers = lines
        .iter()
        .map(|line| Trigger::new(&line.replace(' ', "\t")).unwrap());
    product.services[0].definition.triggers = triggers.collect();
    product
}

#[test]
fn triggers_are_registered_as_sc_names_them() {
    let product = triggered(&[
        "start domain-join",
        "stop domain-leave",
        "start first-ip-address",
        "stop last-ip-address",
        "start machine-policy",
        "start user-policy",
        r"start firewall-port-open port=5001 protocol=udp application=%ProgramFiles%\a!&b.exe service=MyService",
        "stop firewall-port-close port=RPC protocol=tcp",
        r"start device class=53f56307-b6bf-11d0-94f2-00a0c91efb8b hardware-id=USB\VID_1&PID_2 hardware-id=b",
        "stop etw provider=d02a9c27-79b8-40d6-9b97-cf3f8b7b5d60",
        "start named-pipe pipe=acme",
        "start rpc-interface interface=d09bdeb5-6171-4a34-bfe2-06fa82652568",
    ]);
    let script = text(&product, "install.cmd");
    let lines: Vec<&str> = script.lines().filter(|line| line.contains("trigger")).collect();
    assert_eq!(
        lines,
        [
            "set triggers= start/domainjoin stop/domainleave start/networkon stop/networkoff start/machinepolicy \
             start/userpolicy start/portopen/5001;UDP;%%ProgramFiles%%\\a^!^&b.exe;MyService stop/portclose/RPC;TCP \
             start/device/53f56307-b6bf-11d0-94f2-00a0c91efb8b/USB\\VID_1^&PID_2/b \
             stop/custom/d02a9c27-79b8-40d6-9b97-cf3f8b7b5d60 start/namedpipe/acme \
             start/rpcinterface/d09bdeb5-6171-4a34-bfe2-06fa82652568",
            "sc triggerinfo \"!name!\"!triggers! >nul",
        ]
    );
}

#[test]
fn a_trigger_that_sc_does_not_have_is_an_error() {
    let error = zip::render(&triggered(&["stop first-ip-address"]), "folder").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the scripts of the zip cannot register the trigger `stop first-ip-address`: sc.exe has no option for it"
    );
}
