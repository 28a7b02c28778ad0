//! The folders of a service under the fake SCM.

use std::fs;
use std::io;
use std::path::Path;

use winsvc::testing::Scm;
use winsvc::{Service, Starting};

#[test]
fn a_service_has_the_folders_that_its_test_sets() {
    let root = tempfile::tempdir().unwrap();
    let folder = |name: &str| root.path().join(name);
    fs::create_dir(folder("config")).unwrap();
    fs::write(folder("config").join("ca.pem"), "ca").unwrap();
    let expected = ["exe", "config", "data", "logs"].map(folder);
    let service = Scm::new("acme-agent")
        .exe_folder(folder("exe"))
        .config_folder(folder("config"))
        .data_folder(folder("data"))
        .logs_folder(folder("logs"))
        .start(move |starting: Starting| {
            let folders = starting.folders();
            let found = [
                folders.install(),
                folders.config(),
                folders.data(),
                folders.logs(),
            ];
            assert_eq!(found.map(Path::to_owned), expected);
            assert!(!folders.data().exists());
            assert_eq!(starting.data_folder()?, folders.data());
            assert!(folders.data().is_dir());
            assert_eq!(starting.read_config("ca.pem")?, b"ca");
            let missing = starting.read_config("key.pem").unwrap_err();
            assert_eq!(missing.kind(), io::ErrorKind::NotFound);
            assert!(missing.to_string().contains("key.pem"), "{missing}");
            io::Result::Ok(())
        });
    let end = service.end();
    assert_eq!(end.exit_code, 0, "{:?}", end.events);
}

#[test]
fn a_test_without_folders_does_not_touch_those_of_the_machine() {
    let service = Scm::new("acme-agent").start(|service: Service| {
        assert_eq!(service.folders().data(), Path::new(""));
        for error in [
            service.data_folder().unwrap_err(),
            service.read_config("ca.pem").unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(error.to_string().starts_with("the test has set no "), "{error}");
        }
    });
    assert_eq!(service.end().exit_code, 0);
}
