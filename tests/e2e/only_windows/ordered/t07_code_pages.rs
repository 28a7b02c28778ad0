//! The scripts of the zip do the same under every code page of the console.

use std::os::windows::process::CommandExt as _;

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::unpack;
use winsvc_tests::process::run;
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// Those of the USA, Japan, the People's Republic of China, and UTF-8
/// (<https://learn.microsoft.com/windows/win32/intl/code-page-identifiers>).
const CODE_PAGES: [u16; 4] = [437, 932, 936, 65001];

/// Runs a script of the unpacked zip, which must succeed, in a console with this code page.
fn script(windows: &Windows, code_page: u16, name: &str) {
    let mut cmd = windows.program("cmd");
    // With /s cmd takes away the outer quotation marks and nothing else.
    cmd.raw_arg(format!(
        r#"/d /s /c "chcp {code_page} >nul && "C:\my services\hello-1.0.0-x64\{name}"""#
    ));
    let finished = run(&mut cmd, PATIENCE);
    assert!(finished.status.success(), "{name}, {code_page}: {finished}");
}

#[test]
fn the_zip_registers_the_same_texts_under_every_code_page() {
    let packages = Fixture::new("hello")
        .in_folder("only-windows/code-pages")
        .manifest(
            "[package.metadata.winsvc]\ndisplay-name = \"你好服务\"\ndescription = \"最小的服务:只会问好\"\n\
             [package.metadata.winsvc.package]\nproduct-name = \"hello\"",
        )
        .package();
    let windows = Windows::new();
    let service = windows.service("hello");
    unpack(&packages.zip, &windows.drive_c("my services"));
    for code_page in CODE_PAGES {
        script(&windows, code_page, "install.cmd");
        service.reaches(State::Running);
        let registration = service.registration();
        assert_eq!(
            registration,
            [
                "type=16",
                "start=2",
                "error-control=1",
                r#"image="C:\my services\hello-1.0.0-x64\hello.exe""#,
                r"account=NT SERVICE\hello",
                "display=你好服务",
                "description=最小的服务:只会问好",
            ],
            "code page {code_page}"
        );

        // An installed service is brought up to date, and goes on.
        script(&windows, code_page, "install.cmd");
        service.reaches(State::Running);
        assert_eq!(service.registration(), registration, "code page {code_page}");

        script(&windows, code_page, "uninstall.cmd");
        assert_eq!(service.status(), None, "code page {code_page}");
    }
}
