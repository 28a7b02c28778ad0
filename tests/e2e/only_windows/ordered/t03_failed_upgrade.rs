//! An upgrade whose new version does not start is undone: the old version runs again, as it was registered.

use std::time::Instant;

use winsvc_tests::fixture::Fixture;
use winsvc_tests::http;
use winsvc_tests::installer::Installed;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

use crate::product::{self, FAILING, registered, runs};

#[test]
fn the_old_version_runs_again_with_all_its_settings() {
    let old = product::full("1.0.0").package();
    let new = product::full("1.1.0").write("src/main.rs", FAILING).package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    service.reaches(State::Running);
    let before = registered(&windows);

    let began = Instant::now();
    windows.install(&new.msi, &[]).ends_with(win32::INSTALL_FAILURE);
    println!("the upgrade failed and was undone in {:?}", began.elapsed());
    service.reaches(State::Running);
    runs(&windows, "1.0.0");
    assert_eq!(registered(&windows), before);
    let [name, version, publisher] = ["hello", "1.0.0", "hello"].map(str::to_owned);
    let installed = Installed {
        name,
        version,
        publisher,
    };
    assert_eq!(windows.installed(), [installed]);
}

#[test]
fn a_failed_upgrade_brings_the_old_version_back() {
    let port = http::free_port();
    let old = Fixture::http_api(port).package();
    let listener = "    let listener = TcpListener::bind";
    let fails = format!("    anyhow::ensure!(config.listen.port() == 0, \"no\");\n{listener}");
    let new = Fixture::http_api(port)
        .in_folder("only-windows/upgrade")
        .version("1.1.0")
        .replace("src/main.rs", listener, &fails)
        .package();
    let windows = Windows::new();
    let service = windows.service("http-api");
    windows.install(&old.msi, &[]).ok();
    let settings = service.settings();

    windows.install(&new.msi, &[]).ends_with(win32::INSTALL_FAILURE);
    service.reaches(State::Running);
    assert_eq!(service.settings(), settings);
    let version = http::answers(port, "/version").body;
    assert!(version.starts_with(r#"{"version":"1.0.0""#), "{version}");
    let [name, version, publisher] = ["winsvc HTTP API", "1.0.0", "winsvc"].map(str::to_owned);
    let installed = Installed {
        name,
        version,
        publisher,
    };
    assert_eq!(windows.installed(), [installed]);
}
