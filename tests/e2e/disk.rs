//! Results appear whole or not at all: on a full disk, on one that cannot be written, and when the run is killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use winsvc_tests::deadline::until;
use winsvc_tests::fixture::{BUILD, Fixture, TARGET, anonymous};
use winsvc_tests::paths;
#[cfg(target_os = "linux")]
use winsvc_tests::process::{Finished, require};
use winsvc_tests::process::{Running, run};
use winsvc_tests::tool::cargo_winsvc;

fn hello() -> Fixture {
    Fixture::new("hello").in_folder("disk")
}

fn package(out_dir: &Path) -> Command {
    let mut tool = cargo_winsvc();
    tool.args(["package", "--quiet", "--target", TARGET, "--manifest-path"])
        .arg(hello().root().join("Cargo.toml"));
    tool.arg("--out-dir").arg(out_dir);
    tool
}

/// Runs the tool with `folder` as a file system of its own, mounted with `options`, and lists what it then holds.
#[cfg(target_os = "linux")]
fn package_on_tmpfs(folder: &Path, options: &str) -> Finished {
    let tool = package(folder);
    let mut words = vec![tool.get_program().to_owned()];
    words.extend(tool.get_args().map(ToOwned::to_owned));

    let mut unshare = require("unshare");
    // Mounting is root's; whoever is not root becomes it in a namespace of users.
    let is_root = run(require("id").arg("-u"), BUILD).ok().stdout.trim() == "0";
    unshare.args(if is_root {
        ["--mount"].as_slice()
    } else {
        ["--mount", "--map-root-user"].as_slice()
    });
    let script = r#"mount -t tmpfs -o "$1" none "$2" || exit 99; folder=$2; shift 2; "$@"; code=$?; ls -A "$folder"; exit $code"#;
    unshare
        .args(["sh", "-c", script, "sh", options])
        .arg(folder)
        .args(words);
    unshare.current_dir(tool.get_current_dir().unwrap());
    for (name, value) in tool.get_envs() {
        match value {
            Some(value) => unshare.env(name, value),
            None => unshare.env_remove(name),
        };
    }
    run(&mut unshare, BUILD)
}

/// Only Linux makes a disk of any size for a moment.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = paths::lock("build");
    hello().write_copy();
    let finished = package_on_tmpfs(folder.path(), "size=64k");
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    assert_eq!(finished.stdout, "", "nothing is left on the disk");
    assert_eq!(
        finished.stderr.replace(folder.path().to_str().unwrap(), "[out]"),
        "error: cannot write `[out]/hello-1.0.0-x64.msi`\n\
         note: No space left on device (os error 28)\n\
         help: free some space, or choose another folder with --out-dir\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = paths::lock("build");
    hello().write_copy();
    let finished = package_on_tmpfs(folder.path(), "ro");
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    assert_eq!(finished.stdout, "");
    assert_eq!(
        finished.stderr.replace(folder.path().to_str().unwrap(), "[out]"),
        "error: cannot write to the folder `[out]`\n\
         note: Read-only file system (os error 30)\n\
         help: choose a writable folder with --out-dir\n"
    );
}

#[test]
fn a_file_where_the_folder_for_results_would_be() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = paths::lock("build");
    hello().write_copy();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let finished = run(&mut package(&file.join("out")), BUILD);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    let reason = if cfg!(windows) {
        "Cannot create a file when that file already exists. (os error 183)"
    } else {
        "Not a directory (os error 20)"
    };
    let error = anonymous(&finished.stderr, folder.path(), "[folder]");
    assert_eq!(
        error.replace(r"file\out", "file/out"),
        format!(
            "error: cannot write to the folder `[folder]/file/out`\n\
             note: {reason}\n\
             help: choose a writable folder with --out-dir\n"
        )
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_folder_in_the_place_of_one_result_keeps_the_other_one_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = paths::lock("build");
    hello().write_copy();
    let (msi, zip) = ("hello-1.0.0-x64.msi", "hello-1.0.0-x64.zip");
    fs::write(folder.path().join(msi), "the former one").unwrap();
    fs::create_dir_all(folder.path().join(zip).join("mine")).unwrap();
    let finished = run(&mut package(folder.path()), BUILD);
    assert_eq!(finished.status.code(), Some(1), "{finished}");
    let error = anonymous(&finished.stderr, folder.path(), "[out]");
    let (first, _) = error.split_once('\n').unwrap();
    assert_eq!(first, format!("error: cannot write `[out]/{zip}`"));
    assert_eq!(
        fs::read_to_string(folder.path().join(msi)).unwrap(),
        "the former one"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// The packages in a folder with their contents.
fn packages(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
        .into_iter()
        .map(|name| (name.clone(), fs::read(folder.join(name)).unwrap()))
        .collect()
}

#[test]
fn an_interrupted_run_leaves_every_package_whole_or_absent() {
    const KILLS: u32 = 24;
    let reference = tempfile::tempdir().unwrap();
    let _lock = paths::lock("build");
    hello().write_copy();
    let _ = run(&mut package(reference.path()), BUILD).ok();
    let whole = packages(reference.path());
    assert_eq!(
        whole.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["hello-1.0.0-x64.msi", "hello-1.0.0-x64.zip"]
    );
    let started = Instant::now();
    let _ = run(&mut package(reference.path()), BUILD).ok();
    let takes = started.elapsed();

    let (mut outcomes, mut hidden) = (Vec::new(), 0);
    for kill in 0..KILLS {
        let folder = tempfile::tempdir().unwrap();
        let mut tool = Running::start(package(folder.path()).stdin(Stdio::null()));
        // The moments are what is tested: spread over the whole run, more of them towards its end, where files are
        // written.
        std::thread::sleep(takes.mul_f64((f64::from(kill) / f64::from(KILLS - 1)).sqrt()));
        tool.kill_group();
        until(
            "the end",
            BUILD,
            || if tool.is_alive() { Err(()) } else { Ok(()) },
        );

        let left = packages(folder.path());
        for package in &left {
            assert!(
                whole.contains(package),
                "{} is damaged, kill {kill} of {KILLS}",
                package.0
            );
        }
        outcomes.push(left.len());
        hidden += fs::read_dir(folder.path()).into_iter().flatten().count() - left.len();

        let _ = run(&mut package(folder.path()), BUILD).ok();
        assert!(packages(folder.path()) == whole, "the next run is not hindered");
    }
    println!("{KILLS} interrupted runs of {takes:?} left packages: {outcomes:?}; hidden files: {hidden}");
}
