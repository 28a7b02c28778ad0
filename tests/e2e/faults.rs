//! What goes wrong with services, under a real service control manager: each ends as `docs/failures.md` says.

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::service::{Service, State, Status};
use winsvc_tests::win32;
use winsvc_tests::windows::{Event, Windows};

/// Does wrong what `fault.txt` beside it says.
const PROGRAM: &str = r#"
use std::time::Duration;

use winsvc::Starting;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("not closed");
    }
}

fn hang() {
    std::thread::sleep(Duration::from_secs(3600));
}

#[winsvc::main]
async fn main(starting: Starting) {
    let fault = std::fs::read_to_string("fault.txt").unwrap_or_default();
    if fault == "refuses its arguments" {
        // As clap does, before anything else.
        eprintln!("error: unexpected argument '--more' found");
        std::process::exit(2);
    }
    if fault == "starts slowly" {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    let service = starting.ready();
    let _controls = service.controls().accept_custom(200..=200);
    match fault.as_str() {
        "ignores the stop" => std::future::pending().await,
        "blocks its runtime" => {
            service.stop_requested().await;
            hang();
        }
        "leaves work behind" => {
            tokio::task::spawn_blocking(hang);
            service.stop_requested().await;
        }
        "panics in a destructor" => {
            let _bomb = Bomb;
            service.stop_requested().await;
        }
        "panics in a destructor of a task" => {
            tokio::spawn(async {
                let _bomb = Bomb;
                std::future::pending::<()>().await;
            });
            service.stop_requested().await;
        }
        "runs twice" => {
            let second = std::thread::spawn(|| winsvc::Service::builder().run(|| ()));
            assert_eq!(second.join().unwrap(), std::process::ExitCode::FAILURE);
            service.stop_requested().await;
        }
        "tells its name" => {
            let told = format!("{} {:?}", service.name(), service.start_arguments());
            let file = format!("{}\\controls.txt", std::env::var("ProgramData").unwrap());
            std::fs::write(file, told).unwrap();
            service.stop_requested().await;
        }
        "exits" => std::process::exit(3),
        "exits from a task" => {
            tokio::spawn(async { std::process::exit(4) });
            service.stop_requested().await;
        }
        "exits at its stop" => {
            service.stop_requested().await;
            std::process::exit(5);
        }
        "exits without an error" => std::process::exit(0),
        "stops slowly" => {
            service.stop_requested().await;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        _ => service.stop_requested().await,
    }
}
"#;

/// A Windows with the service that misbehaves, and is not started yet.
struct Machine {
    windows: Windows,
}

impl Machine {
    fn with(fault: &str) -> Self {
        let packages = Fixture::new("hello")
            .in_folder("faults")
            .write("src/main.rs", PROGRAM)
            .manifest(
                "[package.metadata.winsvc]\nstart = \"manual\"\nstop-timeout = \"3s\"\nrecovery.on-error-exit = false\n\n\
                 [dependencies.tokio]\nversion = \"1\"\nfeatures = [\"time\"]",
            )
            .package();
        let windows = Windows::new();
        windows.install(&packages.msi, &[]).ok();
        let machine = Self { windows };
        machine.misbehave(fault);
        machine
    }

    /// Does this wrong from its next start on.
    fn misbehave(&self, fault: &str) {
        fs::write(self.windows.drive_c("Program Files/hello/fault.txt"), fault).unwrap();
    }

    fn service(&self) -> Service<'_> {
        self.windows.service("hello")
    }

    fn start(&self) -> Status {
        assert_eq!(self.service().start(), win32::SUCCESS);
        self.service().reaches(State::Running)
    }

    /// Stops the running service: its exit code for the SCM. Its process must be gone.
    fn stop(&self) -> u32 {
        assert_eq!(self.service().stop(), win32::SUCCESS);
        let stopped = self.service().reaches(State::Stopped);
        assert_eq!(stopped.specific, 0);
        no_process_is_left(&self.windows, "hello.exe");
        stopped.win32
    }

    /// What the event log has of this level.
    fn told(&self, level: fn(&Event) -> Option<&String>) -> Vec<String> {
        self.windows.events().iter().filter_map(level).cloned().collect()
    }
}

fn no_process_is_left(windows: &Windows, exe: &str) {
    until("the end of the process", PATIENCE, || {
        let left = windows.processes(exe);
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
}

fn error(event: &Event) -> Option<&String> {
    match event {
        Event::Error(text) => Some(text),
        _ => None,
    }
}

fn warning(event: &Event) -> Option<&String> {
    match event {
        Event::Warning(text) => Some(text),
        _ => None,
    }
}

#[test]
fn a_main_that_ignores_its_stop_is_ended_by_force_without_an_error_for_the_scm() {
    let machine = Machine::with("ignores the stop");
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    assert_eq!(
        machine.told(error),
        [
            "The service did not end within its stop timeout of 3s and is killed; no progress reported; \
          unfinished spawned tasks: 0"
        ]
    );
}

/// Ignores its stop, and hangs when it is told that this takes too long.
const HANGING_SUBSCRIBER: &str = r"
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

struct Hangs;

impl Subscriber for Hangs {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        while *event.metadata().level() == Level::ERROR {
            std::thread::park();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[winsvc::main]
async fn main(service: winsvc::Service) {
    tracing::subscriber::set_global_default(Hangs).unwrap();
    service.stop_requested().await;
    std::future::pending::<()>().await;
}
";

#[test]
fn a_subscriber_that_hangs_on_the_event_about_a_late_stop_does_not_keep_the_process() {
    let packages = Fixture::new("logs")
        .in_folder("hanging-subscriber")
        .write("src/main.rs", HANGING_SUBSCRIBER)
        .replace(
            "Cargo.toml",
            "[package.metadata.winsvc.package]",
            "[package.metadata.winsvc]\nstop-timeout = \"3s\"\n\n[package.metadata.winsvc.package]",
        )
        .package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    let machine = Machine { windows };
    let service = machine.windows.service("logs");
    service.reaches(State::Running);
    assert_eq!(service.stop(), win32::SUCCESS);
    let stopped = service.reaches(State::Stopped);
    assert_eq!((stopped.win32, stopped.specific), (win32::SUCCESS, 0));
    no_process_is_left(&machine.windows, "logs.exe");
    let told = machine.told(error);
    assert!(
        told[0].starts_with("The service did not end within its stop timeout of 3s"),
        "{told:?}"
    );
}

#[test]
fn a_runtime_that_is_blocked_is_ended_by_force() {
    let machine = Machine::with("blocks its runtime");
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    let told = machine.told(error);
    let overrun = "The service did not end within its stop timeout of 3s and is killed; ";
    assert!(told[0].starts_with(overrun), "{told:?}");
}

#[test]
fn blocking_work_that_is_left_behind_does_not_hold_up_a_clean_end() {
    let machine = Machine::with("leaves work behind");
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    let told = machine.told(warning);
    let left_behind =
        "Tasks or threads of the service did not end within 3s after `main` returned and are killed; ";
    assert!(told[0].starts_with(left_behind), "{told:?}");
}

#[test]
fn a_panic_in_a_destructor_of_main_is_told_and_the_stop_ends_without_an_error() {
    let machine = Machine::with("panics in a destructor");
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    let told = machine.told(error);
    assert!(told[0].starts_with(NOT_CLOSED), "{told:?}");
}

/// The event of a panic in a destructor.
const NOT_CLOSED: &str = "A thread of the service panicked: not closed\n\nThread: ";

#[test]
fn a_panic_in_a_destructor_of_a_task_is_told_and_the_end_is_clean() {
    let machine = Machine::with("panics in a destructor of a task");
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    let told = machine.told(error);
    assert!(told[0].starts_with(NOT_CLOSED), "{told:?}");
}

#[test]
fn a_stop_during_the_start_is_refused_and_the_start_goes_on() {
    let machine = Machine::with("starts slowly");
    assert_eq!(machine.service().start(), win32::SUCCESS);
    machine.service().reaches(State::StartPending);
    assert_eq!(machine.service().stop(), win32::INVALID_SERVICE_CONTROL);
    machine.service().reaches(State::Running);
    assert_eq!(machine.stop(), win32::SUCCESS);
}

#[test]
fn a_second_stop_is_refused_and_the_first_goes_on() {
    let machine = Machine::with("stops slowly");
    machine.start();
    assert_eq!(machine.service().stop(), win32::SUCCESS);
    machine.service().reaches(State::StopPending);
    assert_eq!(machine.service().stop(), win32::SERVICE_CANNOT_ACCEPT_CTRL);
    assert_eq!(machine.service().reaches(State::Stopped).win32, win32::SUCCESS);
}

#[test]
fn a_second_start_is_refused_and_a_second_process_is_no_service() {
    let machine = Machine::with("nothing");
    let first = machine.start();
    assert_eq!(machine.service().start(), win32::SERVICE_ALREADY_RUNNING);

    let exe = r"C:\Program Files\hello\hello.exe";
    let mut terminal = machine.windows.program(exe);
    terminal.env("WINSVC_CONSOLE", "1");
    let second = winsvc_tests::process::Running::start(&mut terminal);
    until("two processes", PATIENCE, || {
        let running = machine.windows.processes("hello.exe");
        if running.len() == 2 { Ok(()) } else { Err(running) }
    });
    second.kill_group();
    drop(second);
    until("the service alone", PATIENCE, || {
        let running = machine.windows.processes("hello.exe");
        if running == [format!("pid={}", first.pid)] {
            Ok(())
        } else {
            Err(running)
        }
    });
    assert_eq!(machine.service().status().unwrap(), first);
    assert_eq!(machine.stop(), win32::SUCCESS);
}

#[test]
fn a_process_is_a_service_once() {
    let machine = Machine::with("runs twice");
    machine.start();
    until("the refusal in the event log", PATIENCE, || {
        match &machine.told(error)[..] {
            [refusal] if refusal.ends_with("(os error 1056)") => Ok(()),
            other => Err(other.to_vec()),
        }
    });
    assert_eq!(machine.stop(), win32::SUCCESS);
}

#[test]
fn an_exe_that_is_registered_under_another_name_goes_by_it() {
    let machine = Machine::with("tells its name");
    let image = r#""C:\Program Files\hello\hello.exe""#;
    let _ = machine
        .windows
        .run("sc", &["create", "plain", "binPath=", image])
        .ok();
    let _ = machine
        .windows
        .run("sc", &["start", "plain", "--trace", "a b"])
        .ok();
    let service = machine.windows.service("plain");
    service.reaches(State::Running);
    until("what the service tells", PATIENCE, || {
        let told = fs::read_to_string(machine.windows.program_data().join("controls.txt"));
        match told {
            Ok(told) if told == r#"plain ["--trace", "a b"]"# => Ok(()),
            other => Err(other),
        }
    });
    assert_eq!(service.stop(), win32::SUCCESS);
    assert_eq!(service.reaches(State::Stopped).win32, win32::SUCCESS);
}

#[test]
fn without_its_event_source_a_service_runs_and_tells_all_the_same() {
    let machine = Machine::with("panics in a destructor");
    let source = r"HKLM\System\CurrentControlSet\Services\EventLog\Application\hello";
    let _ = machine.windows.run("reg", &["delete", source, "/f"]).ok();
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    let told = machine.told(error);
    assert!(told[0].starts_with(NOT_CLOSED), "{told:?}");
}

#[test]
fn ten_thousand_controls_that_nobody_takes_hold_nobody_up() {
    let machine = Machine::with("nothing");
    let running = machine.start();
    let slowest = machine.service().flood(200, 10_000);
    // Wine gives a handler ten seconds, Windows thirty.
    assert!(slowest.as_secs() < 5, "the slowest took {slowest:?}");
    assert_eq!(machine.service().status().unwrap(), running);
    assert_eq!(machine.stop(), win32::SUCCESS);
}

/// `std::process::exit` is reported as a `main` that returns the exit code.
#[test]
fn a_program_that_ends_its_process_says_so_before() {
    let machine = Machine::with("exits");
    for (fault, code) in [("exits", 3), ("exits from a task", 4)] {
        machine.misbehave(fault);
        assert_eq!(machine.service().start(), win32::SUCCESS);
        let stopped = machine.service().reaches(State::Stopped);
        assert_eq!(
            (stopped.win32, stopped.specific),
            (win32::SERVICE_SPECIFIC_ERROR, code)
        );
        no_process_is_left(&machine.windows, "hello.exe");
        assert_eq!(machine.told(error).last(), Some(&exited(code)));
    }
    machine.misbehave("refuses its arguments");
    assert_eq!(machine.service().start(), win32::SUCCESS);
    let refused = machine.service().reaches(State::Stopped);
    assert_eq!(
        (refused.win32, refused.specific),
        (win32::SERVICE_SPECIFIC_ERROR, 2)
    );
    assert_eq!(machine.told(error).last(), Some(&exited(2)));

    machine.misbehave("exits without an error");
    assert_eq!(machine.service().start(), win32::SUCCESS);
    assert_eq!(machine.service().reaches(State::Stopped).win32, win32::SUCCESS);
    assert_eq!(machine.told(error).last(), Some(&exited(2)), "and nothing more");
}

#[test]
fn a_program_that_ends_its_process_at_its_stop_has_stopped() {
    let machine = Machine::with("exits at its stop");
    machine.start();
    assert_eq!(machine.stop(), win32::SUCCESS);
    assert_eq!(machine.told(error), [exited(5)]);
}

fn exited(code: u32) -> String {
    format!("The program ended its process with exit code {code} before its `main` returned")
}
