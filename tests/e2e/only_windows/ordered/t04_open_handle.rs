//! An upgrade keeps the service, so that an open handle to it, such as that of services.msc, is no obstacle.

use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

use crate::product::{self, KEY, holds, runs, values};

#[test]
fn an_upgrade_while_a_handle_to_the_service_is_open_keeps_the_service_and_its_key() {
    let old = product::default("1.0.0").package();
    let new = product::default("1.1.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&old.msi, &[]).ok();
    let before = service.reaches(State::Running);
    let key = format!(r"HKLM\{KEY}");
    let by_hand = ["add", &key, "/v", "WrittenByHand", "/d", "kept"];
    let _ = windows.run("reg", &by_hand).ok();

    let (holder, line) = holds(&windows, "hold", "hello");
    assert_eq!(line, "held");
    windows.install(&new.msi, &[]).ok();

    let after = service.reaches(State::Running);
    assert_ne!(after.pid, before.pid);
    runs(&windows, "1.1.0");
    assert_eq!(
        values(&windows, KEY, &["WrittenByHand"]),
        [r#"WrittenByHand="kept""#]
    );

    drop(holder);
    windows.uninstall(&new.msi).ok();
    assert_eq!(service.status(), None, "only a removal deletes the service");
}
