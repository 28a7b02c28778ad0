//! A removal leaves nothing, and takes nothing that is another product's.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::http;
use winsvc_tests::residue::Snapshot;
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

use crate::product::{self, KEY, SOURCE, has_key};

/// The SCM deletes a service's key once the last handle to it is closed.
fn service_key_goes(windows: &Windows, key: &str) {
    until(&format!("no key {key}"), PATIENCE, || {
        if has_key(windows, key) {
            Err(key.to_owned())
        } else {
            Ok(())
        }
    });
}

#[test]
fn a_removal_leaves_no_service_no_event_source_and_no_folder() {
    let packages = product::full("1.0.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    let before = Snapshot::take(&windows);
    windows.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    assert!(has_key(&windows, SOURCE));

    windows.uninstall(&packages.msi).ok();
    assert_eq!(service.status(), None);
    service_key_goes(&windows, KEY);
    assert!(!has_key(&windows, SOURCE));
    assert!(!windows.drive_c("Program Files/hello").exists());
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}

#[test]
fn the_removal_of_one_product_leaves_another_one_of_its_manufacturer() {
    const OTHER: &str = r"System\CurrentControlSet\Services\EventLog\Application\http-api";

    let port = http::free_port();
    let other = Fixture::http_api(port).package();
    let packages = Fixture::new("hello")
        .in_folder("only-windows/same-manufacturer")
        .manifest("[package.metadata.winsvc.package]\nmanufacturer = \"winsvc\"")
        .package();
    let windows = Windows::new();
    let service = windows.service("hello");
    let before = Snapshot::take(&windows);
    windows.install(&other.msi, &[]).ok();
    windows.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    assert!(windows.drive_c("Program Files/winsvc/hello/hello.exe").is_file());

    windows.uninstall(&packages.msi).ok();
    assert_eq!(service.status(), None);
    service_key_goes(&windows, KEY);
    assert!(!has_key(&windows, SOURCE));
    assert!(!windows.drive_c("Program Files/winsvc/hello").exists());
    assert!(has_key(&windows, OTHER));
    assert_eq!(http::answers(port, "/health").status, 200);

    windows.uninstall(&other.msi).ok();
    assert_eq!(windows.service("http-api").status(), None);
    service_key_goes(&windows, r"System\CurrentControlSet\Services\http-api");
    assert!(!has_key(&windows, OTHER));
    assert!(!windows.drive_c("Program Files/winsvc").exists());
    assert_eq!(before.difference(&Snapshot::take(&windows)), Vec::<String>::new());
}
