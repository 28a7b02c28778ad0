//! Controls of a real service control manager: what Wine's passes on, and what it gets to see.

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::service::State;
use winsvc_tests::windows::Windows;

const PAUSE: u32 = 2;
const CONTINUE: u32 = 3;
const INTERROGATE: u32 = 4;
const PARAM_CHANGE: u32 = 6;

/// Writes down what it is asked for. A pause takes it five seconds.
const PROGRAM: &str = r#"
use std::io::Write as _;
use std::time::Duration;

use winsvc::Control;

#[winsvc::main]
async fn main(service: winsvc::Service) {
    // A service may not write to the root of the drive.
    let log = format!("{}\\controls.txt", std::env::var("ProgramData").unwrap());
    let mut log = std::fs::File::create(log).unwrap();
    let mut controls = service.controls().accept_pause().accept_param_change().accept_custom(200..=201);
    service.ready();
    while let Some(control) = controls.next().await {
        writeln!(log, "{control:?}").unwrap();
        if let Control::Pause(pause) = control {
            tokio::time::sleep(Duration::from_secs(5)).await;
            pause.done();
        }
    }
    writeln!(log, "stopped").unwrap();
}
"#;

fn packages() -> Packages {
    Fixture::new("hello")
        .in_folder("hello-controls")
        .write("src/main.rs", PROGRAM)
        .manifest("[dependencies.tokio]\nversion = \"1\"\nfeatures = [\"time\"]")
        .package()
}

#[test]
fn pause_continue_and_the_program_s_own_controls_are_taken() {
    let packages = packages();
    let prefix = Windows::new();
    let service = prefix.service("hello");
    prefix.install(&packages.msi, &[]).ok();
    let running = service.reaches(State::Running);
    assert_eq!(running.accepts, 0x1 | 0x2 | 0x4 | 0x8);
    let watch = service.watch(None);

    assert_eq!(service.control(PAUSE), 0);
    let pausing = service.reaches(State::PausePending);
    assert_eq!(pausing.accepts, 0x1 | 0x4 | 0x8);
    assert_ne!(service.control(CONTINUE), 0, "the pause is under way");
    let paused = service.reaches(State::Paused);
    assert_eq!((paused.accepts, paused.checkpoint), (running.accepts, 0));
    assert_eq!(service.control(INTERROGATE), 0);
    assert_eq!(service.control(CONTINUE), 0);
    service.reaches(State::Running);

    assert_eq!(service.control(PARAM_CHANGE), 0);
    assert_eq!(service.control(200), 0);
    // Nobody has asked for it: ERROR_CALL_NOT_IMPLEMENTED, which Wine keeps to itself.
    assert_eq!(service.control(199), if cfg!(windows) { 120 } else { 0 });
    let expected = "Pause(Pending)\nContinue(Pending)\nParamChange(Pending)\nCustom(200, Pending)\n";
    until("all controls in the service's log", PATIENCE, || {
        let log = std::fs::read_to_string(prefix.program_data().join("controls.txt")).unwrap();
        if log == expected { Ok(()) } else { Err(log) }
    });

    assert_eq!(service.stop(), 0);
    assert_eq!(service.reaches(State::Stopped).win32, 0);
    let seen: Vec<_> = watch.seen().into_iter().flatten().collect();
    let pausing: Vec<_> = seen
        .iter()
        .filter(|status| status.state == State::PausePending)
        .map(|status| status.checkpoint)
        .collect();
    assert!(
        pausing.starts_with(&[1, 2, 3]),
        "a pause of 5 s shows its progress: {pausing:?}"
    );
}

#[test]
fn a_pause_that_is_under_way_can_be_stopped() {
    let packages = packages();
    let prefix = Windows::new();
    let service = prefix.service("hello");
    prefix.install(&packages.msi, &[]).ok();
    service.reaches(State::Running);
    assert_eq!(service.control(PAUSE), 0);
    service.reaches(State::PausePending);
    assert_eq!(service.stop(), 0);
    assert_eq!(service.reaches(State::Stopped).win32, 0);
}
