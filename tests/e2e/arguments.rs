//! The arguments of a service: what its program gets of them, whoever registers it and whoever starts it; and which of them are
//! verbs.

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::package::{by_7zip, unpack};
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
    let arguments =
        r#"['%ProgramFiles%\a', '100%', '%%ProgramFiles%%', '%NOSUCH%', 'say "%%ProgramFiles%%" \', '%%%%']"#;
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
    assert_eq!(
        of_service(&by_zip),
        expected,
        "by the zip's script, and so by `service install`"
    );
}

#[test]
fn what_the_scm_has_started_is_no_verb() {
    let packages = fixture("arguments/service", r#"["service", "status"]"#).package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    assert_eq!(of_service(&windows), r#"["service", "status"]"#);
    assert_eq!(of_run(&windows, EXE), r#"["service", "status"]"#);
    let status = windows.run(EXE, &["service", "status"]);
    assert_eq!(status.status.code(), Some(3), "at a prompt it is one: {status}");
}

#[test]
fn the_verbs_follow_the_word_of_the_attribute() {
    let fixture = fixture("arguments/word", r#"["service"]"#);
    let packages = fixture
        .write(
            "src/main.rs",
            &PROGRAM.replace("winsvc::main", "winsvc::main(verbs = \"svc\")"),
        )
        .package();
    let windows = Windows::new();
    unpack(&packages.zip, &windows.drive_c("my services"));
    let folder = r"C:\my services\hello-1.0.0-x64";
    let (code, finished) = windows.exit_code("cmd", &["/c", &format!(r"{folder}\install.cmd")]);
    assert_eq!(code, 0, "{finished}");
    assert_eq!(of_service(&windows), r#"["service"]"#);
    let hello = format!(r"{folder}\hello.exe");
    let mut own = windows.program(&hello);
    let own = run(
        own.args(["service", "install"]).env("WINSVC_CONSOLE", "1"),
        PATIENCE,
    )
    .ok();
    assert_eq!(
        own.lines(),
        [r#"["service", "install"]"#],
        "the program's own words"
    );
    let unknown = windows.run(&hello, &["svc", "remove"]);
    assert_eq!(unknown.status.code(), Some(2));
    let help = "help: run `hello.exe svc --help` to list all subcommands";
    assert_eq!(unknown.stderr.lines().last().map(str::trim_end), Some(help));
}

#[test]
fn a_program_whose_verbs_are_switched_off_or_unknown_has_a_zip_without_scripts() {
    let without = [
        "#[winsvc::main(verbs = false)]\nfn main() {\n    println!(\"{:?}\", std::env::args().nth(1));\n}\n",
        "fn main() -> std::process::ExitCode {\n    winsvc::Service::builder()\n        .without_verbs()\n        \
         .run(|| println!(\"{:?}\", std::env::args().nth(1)))\n}\n",
        "fn main() -> std::process::ExitCode {\n    winsvc::Service::builder()\n        .verbs(\"svc\")\n        \
         .run(|| println!(\"{:?}\", std::env::args().nth(1)))\n}\n",
    ];
    let windows = Windows::new();
    for (index, program) in without.into_iter().enumerate() {
        let packages = Fixture::new("hello")
            .in_folder("arguments/without")
            .write("src/main.rs", program)
            .package();
        let names: Vec<String> = by_7zip(&packages.zip).into_keys().collect();
        let has_script = names.iter().any(|name| name.ends_with("install.cmd"));
        assert!(!has_script, "{program}: {names:?}");
        let unpacked = unpack(&packages.zip, &windows.drive_c(&format!("my services/{index}")));
        let mut hello = windows.program(unpacked.join("hello.exe"));
        let own = run(hello.arg("service").env("WINSVC_CONSOLE", "1"), PATIENCE).ok();
        assert_eq!(own.lines(), ["Some(\"service\")"], "{program}");
    }
    let by_default = "fn main() -> std::process::ExitCode {\n    winsvc::Service::builder().run(|| ())\n}\n";
    let packages = Fixture::new("hello")
        .in_folder("arguments/without")
        .write("src/main.rs", by_default)
        .package();
    assert!(by_7zip(&packages.zip).contains_key("hello-1.0.0-x64/install.cmd"));
}
