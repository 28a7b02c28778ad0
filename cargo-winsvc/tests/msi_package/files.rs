//! Trees, empty folders and kept files in the tables of an MSI.

use std::collections::BTreeSet;

use cargo_winsvc::msi::{self, Options};
use cargo_winsvc::product::{File, Product, Progress};
use proptest::prelude::*;
use winsvc_definition::manifest::{EmptyFolder, TargetPath};

use super::products::{file, smallest};
use super::{cell, render, rows, tables};

/// A service whose exe is in a folder, with a tree, an empty folder and a kept file.
fn with_tree() -> Product {
    let mut product = smallest();
    product.files[0].target = TargetPath::new("bin/hello.exe").unwrap();
    for target in [
        "conf/agent.toml.new",
        "web/index.html",
        "web/js/app.min.js",
        "web/js/app.min.js.map",
        "web/Über uns.html",
    ] {
        product.files.push(file(target, target.as_bytes()));
    }
    product.files.push(File {
        is_kept: true,
        ..file("conf/agent.toml", b"conf/agent.toml.new")
    });
    product.empty_folders = ["plugins", "web/img/upload"]
        .map(|target| EmptyFolder {
            target: TargetPath::new(target).unwrap(),
            feature: None,
        })
        .into();
    product
}

#[test]
fn the_progress_counts_files_and_bytes_up_to_all() {
    let product = with_tree();
    let mut seen = vec![Progress::default()];
    let mut progress = |progress| seen.push(progress);
    msi::compress(&product, Options::default(), &std::env::temp_dir(), &mut progress).unwrap();
    assert!(
        seen.is_sorted_by_key(|progress| (progress.files, progress.bytes)),
        "{seen:?}"
    );
    let all = Progress {
        files: product.files.len(),
        bytes: product.size(),
    };
    assert_eq!(seen.last(), Some(&all));
}

/// The tables of files, as lines.
fn file_tables(product: &Product) -> String {
    let tables = tables(&render(product));
    let names = [
        "Component",
        "CreateFolder",
        "Directory",
        "FeatureComponents",
        "File",
        "Media",
        "MsiFileHash",
    ];
    let each = names.map(|name| format!("[{name}]\n{}\n", rows(&tables, name).join("\n")));
    each.join("\n")
}

#[test]
fn a_tree_an_empty_folder_and_a_kept_file_have_these_tables() {
    insta::assert_snapshot!(file_tables(&with_tree()));
}

#[test]
fn a_kept_file_s_component_is_permanent_and_never_overwritten() {
    // msidbComponentAttributesPermanent, …NeverOverwrite, …64bit
    let mut product = with_tree();
    let attributes =
        |product: &Product, file: &str| cell(&tables(&render(product)), "Component", file, 3).to_owned();
    assert_eq!(attributes(&product, "_conf_agent.toml.IEBQF24M7S5Z"), "400");
    assert_eq!(attributes(&product, "_conf_agent.toml.new.GE4IO65SLE2N"), "256");
    product.arch = cargo_winsvc::product::Arch::X86;
    assert_eq!(attributes(&product, "_conf_agent.toml.IEBQF24M7S5Z"), "144");
}

#[test]
fn folders_are_removed_from_the_inside_out() {
    let tables = tables(&render(&with_tree()));
    let folders: Vec<&str> = rows(&tables, "CreateFolder")
        .into_iter()
        .map(|row| row.split(" | ").next().unwrap())
        .collect();
    let place = |begins: &str| folders.iter().position(|id| id.starts_with(begins)).unwrap();
    assert!(place("_Folder.web_img_upload") < place("_Folder.web_img."));
    assert!(place("_Folder.web_img.") < place("Folder.web"));
    assert!(place("Folder.web") < place("INSTALLDIR"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_package_has_every_file_once_under_a_short_name_of_its_own(
        targets in prop::collection::btree_set("[a-c]{1,2}(/[a-d.]{0,2}[a-eü]{1,9}(\\.[a-c]{1,4})?){0,3}", 1..60),
    ) {
        // Without paths that are a file and a folder.
        let targets: Vec<&String> = targets
            .iter()
            .filter(|path| !targets.iter().any(|other| other.starts_with(&format!("{path}/"))))
            .collect();
        let mut product = smallest();
        product.files.extend(targets.iter().map(|target| file(target, b"")));
        let tables = tables(&render(&product));
        // The long names, by their folders.
        let names = |table: &str, name: usize, folder: usize| -> Vec<(String, String)> {
            rows(&tables, table)
                .into_iter()
                .map(|row| {
                    let cells: Vec<&str> = row.split(" | ").collect();
                    (cells[folder].to_owned(), cells[name].to_owned())
                })
                .collect()
        };
        let folder_of_component = |component: &str| cell(&tables, "Component", component, 2).to_owned();
        let mut all = names("Directory", 2, 1);
        let files = names("File", 2, 1);
        prop_assert_eq!(files.len(), product.files.len());
        all.extend(files.into_iter().map(|(component, name)| (folder_of_component(&component), name)));
        let long: BTreeSet<(String, String)> = all
            .iter()
            .map(|(folder, name)| (folder.clone(), name.rsplit('|').next().unwrap().to_lowercase()))
            .collect();
        let short: BTreeSet<(String, String)> = all
            .iter()
            .map(|(folder, name)| (folder.clone(), name.split('|').next().unwrap().to_uppercase()))
            .collect();
        prop_assert_eq!(long.len(), short.len());
        // The three standard folders below TARGETDIR are all named `.`.
        prop_assert_eq!(long.len(), all.len() - 2);
        for (_, name) in &short {
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            prop_assert!(name == "." || name == "SOURCEDIR" || (stem.len() <= 8 && extension.len() <= 3), "{}", name);
        }
    }
}
