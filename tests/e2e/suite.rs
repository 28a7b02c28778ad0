//! A product of several programs and services, from the members of a workspace.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{BUILD, Fixture, TARGET, anonymous};
use winsvc_tests::package::unpack;
use winsvc_tests::process::{Running as Process, run};
use winsvc_tests::residue::Snapshot;
use winsvc_tests::service::State::{Running, Stopped};
use winsvc_tests::tool::cargo_winsvc;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const AGENT: &str = r"C:\Program Files\Acme\Acme Suite\suite-agent.exe";

fn suite() -> Fixture {
    Fixture::new("suite")
}

/// What the program writes to its standard output.
fn output(windows: &Windows, exe: &str, arguments: &[&str]) -> String {
    let mut program = windows.program(exe);
    run(program.args(arguments).env("WINSVC_CONSOLE", "1"), PATIENCE)
        .ok()
        .stdout
}

#[test]
fn three_services_of_two_programs_are_installed_upgraded_and_removed() {
    let packages = suite().package();
    assert!(
        packages.msi.ends_with("Acme-Suite-1.0.0-x64.msi"),
        "{:?}",
        packages.msi
    );
    let windows = Windows::new();
    let [agent, store, updater] =
        ["suite-agent", "suite-store", "suite-updater"].map(|name| windows.service(name));
    let before = Snapshot::take(&windows);

    windows.install(&packages.msi, &[]).ok();
    agent.reaches(Running);
    store.reaches(Running);
    updater.reaches(Stopped);
    assert_eq!(
        store.registration(),
        [
            "type=16",
            "start=2",
            "error-control=1",
            &win32::image_by_installer(&format!("{AGENT} --store")),
            r"account=NT SERVICE\suite-store",
            "display=Acme Store",
            "description=Keeps what the agent has seen",
        ]
    );
    assert_eq!(
        windows.processes("suite-agent.exe").len(),
        2,
        "one process a service"
    );
    let tray = output(&windows, r"C:\Program Files\Acme\Acme Suite\suite-tray.exe", &[]);
    assert_eq!(tray.trim(), "version 1.0.0");

    // Each process knows which of the services it is.
    let status = output(&windows, AGENT, &["service", "status"]);
    for (name, shown) in [("suite-agent", "Acme Agent"), ("suite-store", "Acme Store")] {
        assert!(status.contains(name) && status.contains(shown), "{status}");
    }
    let one = output(
        &windows,
        AGENT,
        &["service", "status", "--service", "suite-store"],
    );
    assert!(one.contains("Acme Store") && !one.contains("Acme Agent"), "{one}");

    // The agent depends on the store: it is stopped before, and started after it. Wine starts no dependencies itself.
    output(&windows, AGENT, &["service", "stop"]);
    agent.reaches(Stopped);
    store.reaches(Stopped);
    output(&windows, AGENT, &["service", "start"]);
    agent.reaches(Running);
    store.reaches(Running);

    let newer = suite().version("1.1.0").package();
    windows.install(&newer.msi, &[]).ok();
    agent.reaches(Running);
    store.reaches(Running);

    windows.uninstall(&newer.msi).ok();
    for service in [agent, store, updater] {
        assert_eq!(service.status(), None);
    }
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn the_zip_s_scripts_register_the_services_of_all_programs() {
    let packages = suite().package();
    let windows = Windows::new();
    let folder = windows.drive_c("suite");
    std::fs::create_dir_all(&folder).unwrap();
    unpack(&packages.zip, &folder);
    let script = |name: &str, arguments: &[&str]| {
        let path = format!(r"C:\suite\Acme-Suite-1.0.0-x64\{name}");
        windows.exit_code("cmd", &[&["/c", &path], arguments].concat())
    };
    let before = Snapshot::take(&windows);
    let (code, finished) = script("install.cmd", &[]);
    assert_eq!(code, 0, "{finished}");
    windows.service("suite-agent").reaches(Running);
    windows.service("suite-store").reaches(Running);
    windows.service("suite-updater").reaches(Stopped);
    // The data stays until somebody says otherwise.
    let (code, finished) = script("uninstall.cmd", &["--purge"]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn a_program_in_a_terminal_is_the_service_that_run_names() {
    let packages = suite().package();
    let windows = Windows::new();
    let unpacked = unpack(&packages.zip, &windows.drive_c(""));
    let agent = format!(
        r"C:\{}\suite-agent.exe",
        unpacked.file_name().unwrap().to_str().unwrap()
    );
    let (code, several) = windows.exit_code(&agent, &["service", "run"]);
    assert_eq!(code, 2, "{several}");
    let message = "this program has several services: suite-agent, suite-store";
    assert!(several.stderr.contains(message), "{several}");

    let mut store = windows.program(&agent);
    let store = Process::start(store.args(["service", "run", "--service", "suite-store"]));
    until("the store", PATIENCE, || match store.stdout() {
        shown if shown.contains("the store, with [\"--store\"]") => Ok(()),
        shown => Err(shown),
    });
    store.interrupt();
    let _ = store.finish(PATIENCE).ok();
}

#[test]
fn build_leaves_every_exe_and_package_takes_them_signed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let out_dir = folder.path().to_str().unwrap();
    let built = suite().run("build", &["--out-dir", out_dir]).ok();
    let lines: Vec<String> = built
        .lines()
        .iter()
        .map(|line| anonymous(line, folder.path(), "[out]"))
        .collect();
    assert_eq!(
        lines,
        [
            "[out]/suite-agent.exe",
            "[out]/suite-updater.exe",
            "[out]/suite-tray.exe"
        ]
    );

    let manifest = suite().root().join("Cargo.toml");
    let package = |exes: &[&str]| {
        let mut tool = cargo_winsvc();
        tool.args([
            "package",
            "--quiet",
            "--format",
            "msi",
            "--target",
            TARGET,
            "--out-dir",
            out_dir,
        ]);
        tool.arg("--manifest-path").arg(&manifest);
        for exe in exes {
            tool.arg("--exe").arg(folder.path().join(exe));
        }
        run(&mut tool, BUILD)
    };
    let packed = package(&["suite-tray.exe", "suite-agent.exe", "suite-updater.exe"]).ok();
    assert!(
        packed.lines()[0].ends_with("Acme-Suite-1.0.0-x64.msi"),
        "{packed}"
    );
    let missing = package(&["suite-agent.exe", "suite-updater.exe"]);
    assert_eq!(missing.status.code(), Some(1), "{missing}");
    assert_eq!(
        missing.stderr,
        format!(
            "error: no exe for `{TARGET}` was given for the program `suite-tray` of the package `suite-tray`\n\
             help: pass an exe for each program and target with --exe\n"
        )
    );
}
