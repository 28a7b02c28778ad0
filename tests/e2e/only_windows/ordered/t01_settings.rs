//! A default package and a full one are installed, and Windows has each of their settings.

use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

use crate::product::{self, EXE, KEY, SOURCE, packages, registered, values};

#[test]
fn a_default_package_is_registered_as_its_definition_says() {
    let packages = product::default("1.0.0").package();
    let windows = Windows::new();
    let service = windows.service("hello");
    windows.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(
        service.registration(),
        [
            "type=16",
            "start=2",
            "error-control=1",
            &win32::image_by_installer(EXE),
            r"account=NT SERVICE\hello",
            "display=hello",
            "description=The smallest service that winsvc makes",
        ]
    );
    let mut settings = service.settings();
    // Windows has a preshutdown timeout for services that have none of their own.
    settings.retain(|line| !line.starts_with("preshutdown="));
    assert_eq!(
        settings,
        [
            "delayed=0",
            "failure-flag=1",
            // SERVICE_SID_TYPE_UNRESTRICTED
            "sid-type=1",
            "reset-period=86400",
            // SC_ACTION_RESTART
            "failure-action=1 delay=5000",
            "failure-action=1 delay=30000",
            "failure-action=1 delay=60000",
        ]
    );
    assert_eq!(
        values(&windows, KEY, &["Environment", "PreshutdownTimeout"]),
        Vec::<String>::new()
    );
    assert_eq!(
        values(&windows, SOURCE, &["EventMessageFile", "TypesSupported"]),
        [
            r#"EventMessageFile=str(2):"%SystemRoot%\\System32\\EventCreate.exe""#,
            "TypesSupported=dword:00000007",
        ]
    );
}

#[test]
fn a_full_package_is_registered_as_its_definition_says() {
    let packages = product::full("1.0.0").package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    windows.service("hello").reaches(State::Running);
    assert_eq!(
        registered(&windows),
        [
            "type=16",
            "start=2",
            "error-control=1",
            &win32::image_by_installer(EXE),
            "account=LocalSystem",
            "display=hello",
            "description=The smallest service that winsvc makes",
            "delayed=1",
            "failure-flag=1",
            "sid-type=1",
            "privilege=SeBackupPrivilege",
            "privilege=SeRestorePrivilege",
            "preshutdown=45000",
            "reset-period=86400",
            "failure-action=1 delay=5000",
            "failure-action=1 delay=30000",
            "failure-action=1 delay=60000",
            // SERVICE_TRIGGER_TYPE_NETWORK_ENDPOINT, _GROUP_POLICY
            "trigger=6 action=1 items=1",
            "trigger=5 action=1 items=0",
            "DelayedAutostart=dword:00000001",
            r#"Environment=str(7):"GREETING=good day\0LEVEL=3\0""#,
            "PreshutdownTimeout=dword:0000afc8",
            r#"EventMessageFile=str(2):"%SystemRoot%\\System32\\EventCreate.exe""#,
            "TypesSupported=dword:00000007",
            "security=D:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)\
             (A;;CCLCSWRPWPLORC;;;IU)",
        ]
    );
}

#[test]
fn the_settings_that_the_msi_makes_are_those_of_the_definition() {
    let packages = packages(
        "settings",
        "[package.metadata.winsvc]\nstart = \"delayed\"\npreshutdown-timeout = \"45s\"\n\
         [[package.metadata.winsvc.triggers]]\non = \"named-pipe\"\npipe = \"winsvc hello\"\n\
         [[package.metadata.winsvc.triggers]]\non = \"domain-leave\"\naction = \"stop\"",
    );
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    assert_eq!(
        windows.service("hello").settings(),
        [
            "delayed=1",
            "failure-flag=1",
            "sid-type=1",
            "preshutdown=45000",
            "reset-period=86400",
            "failure-action=1 delay=5000",
            "failure-action=1 delay=30000",
            "failure-action=1 delay=60000",
            // SERVICE_TRIGGER_TYPE_NETWORK_ENDPOINT, _DOMAIN_JOIN
            "trigger=6 action=1 items=1",
            "trigger=3 action=2 items=0",
        ]
    );
}
