//! The arguments of a service: what its program gets of them, whoever registers it and whoever starts it.

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::unpack;
use winsvc_tests::process::run;
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

/// Tells its arguments: in a terminal on stdout, as a service in a file.
const PROGRAM: &str = r#"
#[winsvc::main]
fn main(service: winsvc::Service) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if std::env::var_os("WINSVC_CONSOLE").is_some() {
        println!("{arguments:?}");
        return;
    }
    let file = format!("{}\\controls.txt", std::env::var("ProgramData").unwrap());
    std::fs::write(file, format!("{arguments:?}")).unwrap();
    service.wait_for_stop();
}
"#;

const EXE: &str = r"C:\Program Files\hello\hello.exe";

fn fixture(folder: &str, arguments: &str) -> Fixture {
    Fixture::new("hello")
        .in_folder(folder)
        .write("src/main.rs", PROGRAM)
        .manifest(&format!(
            "[package.metadata.winsvc]\nstart = \"manual\"\naccount = \"local-system\"\narguments = {arguments}\n\n\
             [package.metadata.winsvc.package]\nproduct-name = \"hello\""
        ))
}

/// Starts the service, and gives the arguments that its program has got.
fn of_service(windows: &Windows) -> String {
    let service = windows.service("hello");
    assert_eq!(service.start(), win32::SUCCESS);
    service.reaches(State::Running);
    let file = windows.program_data().join("controls.txt");
    let arguments = until("the arguments", PATIENCE, || fs::read_to_string(&file));
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);
    fs::remove_file(file).unwrap();
    arguments
}

/// The arguments that the program gets from `service run`.
fn of_run(windows: &Windows, exe: &str) -> String {
    let mut hello = windows.program(exe);
    let finished = run(hello.args(["service", "run"]), PATIENCE).ok();
    finished.stdout.trim_end().to_owned()
}

#[test]
fn variables_and_per_cent_signs_are_the_same_everywhere() {
    let arguments = r#"['%ProgramFiles%\a', '100%', '%%ProgramFiles%%', '%NOSUCH%', 'say "%%ProgramFiles%%" \', '%%%%']"#;
    let expected = r#"["C:\\Program Files\\a", "100%", "%ProgramFiles%", "%NOSUCH%", "say \"%ProgramFiles%\" \\", "%%"]"#;
    let packages = fixture("arguments/variables", arguments).package();

    let by_msi = Windows::new();
    by_msi.install(&packages.msi, &[]).ok();
    assert_eq!(of_service(&by_msi), expected, "by the MSI");
    assert_eq!(of_run(&by_msi, EXE), expected, "by `service run`");
    drop(by_msi);

    let by_zip = Windows::new();
    unpack(&packages.zip, &by_zip.drive_c("my services"));
    let (code, finished) = by_zip.exit_code("cmd", &["/c", r"C:\my services\hello-1.0.0-x64\install.cmd"]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(of_service(&by_zip), expected, "by the zip's script, and so by `service install`");
}
