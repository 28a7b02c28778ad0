//! A named pipe of a service: the program of docs/pipe.md, under the SCM and as its own client.

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::Fixture;
use winsvc_tests::page::Page;
use winsvc_tests::process::{Finished, run};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

/// The program of the page, as it is printed.
fn program() -> String {
    let blocks = Page::read("docs/pipe.md").blocks();
    let program = blocks.iter().find(|block| block.language == "rust");
    program.expect("the page has a program").text()
}

#[test]
fn a_client_asks_a_service_and_both_know_who_the_other_is() {
    let packages = Fixture::new("hello")
        .in_folder("hello-pipe")
        .write("src/main.rs", &program())
        .replace(
            "Cargo.toml",
            "winsvc\" }",
            "winsvc\", features = [\"pipe\"] }\ntokio = { version = \"1\", features = [\"io-util\", \"macros\", \"rt\"] }",
        )
        .package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    let service = windows.service("hello");
    service.reaches(State::Running);
    let exe = windows.drive_c(r"Program Files\hello\hello.exe");
    let ask = |request: &str| -> Finished {
        let mut client = windows.program(&exe);
        run(client.arg(request).env("WINSVC_CONSOLE", "1"), PATIENCE)
    };

    assert_eq!(ask("status").ok().lines(), ["serving"]);
    assert_eq!(
        ask("reset").ok().lines(),
        ["done"],
        "tests run as an administrator"
    );
    let who = ask("who").ok();
    let who = who.lines();
    assert!(
        who.len() == 1 && who[0].contains('\\') && who[0].contains(", session Some("),
        "{who:?}"
    );
    // One after the other, and none is lost.
    for _ in 0..20 {
        assert_eq!(ask("status").ok().lines(), ["serving"]);
    }

    // A second server, as a squatter would be: the name is taken. Wine does not know FILE_FLAG_FIRST_PIPE_INSTANCE.
    if cfg!(windows) {
        let second = run(&mut windows.program(&exe), PATIENCE);
        assert!(!second.status.success(), "{second}");
        let expected = r"another process has the pipe \\.\pipe\acme-agent";
        assert!(second.stderr.contains(expected), "{second}");
    }

    assert_eq!(service.stop(), 0);
    service.reaches(State::Stopped);
    let gone = ask("status");
    assert!(
        gone.stderr.contains(r"cannot open the pipe \\.\pipe\acme-agent"),
        "{gone}"
    );
}
