//! Children of a service (`winsvc::child`), and limits of the service itself.

use std::fs;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::Fixture;
use winsvc_tests::service::State;
use winsvc_tests::win32;
#[cfg(unix)]
use winsvc_tests::windows::Event;
use winsvc_tests::windows::Windows;

/// A service with children; and, by the first argument, each of its children.
const PROGRAM: &str = r#"
use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdout, ExitCode};
use std::time::Duration;

use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;
use windows_sys::Win32::System::JobObjects::{
    IsProcessInJob, JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
    QueryInformationJobObject,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcess, PROCESS_SYNCHRONIZE, TerminateProcess, WaitForSingleObject,
};
use winsvc::Service;
use winsvc::child::{Child, Command, Limits, SpawnError, Stream};

fn main() -> ExitCode {
    let role = std::env::args().nth(1).unwrap_or_default();
    match role.as_str() {
        "tree-3" | "tree-2" => {
            say(std::process::id());
            let next = if role == "tree-3" { "tree-2" } else { "tree-1" };
            std::process::Command::new(exe()).arg(next).spawn().unwrap();
            wait()
        }
        "tree-1" => {
            say(std::process::id());
            wait()
        }
        "handles" => {
            unsafe { SetConsoleCtrlHandler(Some(handle), 1) };
            say("ready");
            wait()
        }
        "ignores" => {
            unsafe { SetConsoleCtrlHandler(Some(ignore), 1) };
            say("ready");
            wait()
        }
        "leaves" => {
            std::process::Command::new(exe()).arg("ignores").spawn().unwrap();
            ExitCode::from(3)
        }
        "floods" => {
            let line = [b'x'; 1 << 16];
            (0..1600).for_each(|_| std::io::stdout().write_all(&line).unwrap());
            ExitCode::SUCCESS
        }
        "limits" => {
            say(limits());
            ExitCode::SUCCESS
        }
        _ => Service::builder().name("hello").version("1.0.0").run(serve),
    }
}

unsafe extern "system" fn handle(event: u32) -> i32 {
    std::process::exit(40 + event as i32)
}

unsafe extern "system" fn ignore(_event: u32) -> i32 {
    1
}

fn say(text: impl ToString) {
    println!("{}", text.to_string());
}

fn wait() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

fn exe() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}

/// Whether this process is in a job, and the limits of that.
fn limits() -> String {
    let mut is_in_job = 0;
    unsafe { IsProcessInJob(GetCurrentProcess(), std::ptr::null_mut(), &raw mut is_in_job) };
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    let size = size_of_val(&limits) as u32;
    let class = JobObjectExtendedLimitInformation;
    let job = std::ptr::null_mut();
    let is_read =
        unsafe { QueryInformationJobObject(job, class, (&raw mut limits).cast(), size, std::ptr::null_mut()) };
    assert_ne!(is_read, 0, "{}", std::io::Error::last_os_error());
    format!("{is_in_job} {} {}", limits.JobMemoryLimit, limits.BasicLimitInformation.ActiveProcessLimit)
}

fn role(role: &str) -> Command {
    Command::new(exe()).arg(role).stdout(Stream::Piped).stop_timeout(Duration::from_secs(20))
}

fn start(command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().unwrap();
    let stdout = BufReader::new(child.take_stdout().unwrap());
    (child, stdout)
}

fn line(stdout: &mut impl std::io::BufRead) -> String {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

struct Report(std::fs::File);

impl Report {
    fn add(&mut self, name: &str, result: impl Debug) {
        writeln!(self.0, "{name}: {result:?}").unwrap();
    }
}

fn serve(service: Service) -> Result<(), SpawnError> {
    let mut controls = service.controls().accept_custom(200..=200);
    std::thread::spawn(move || {
        if controls.wait_next().is_some() {
            // As a crash, or somebody with the task manager, does it.
            unsafe { TerminateProcess(GetCurrentProcess(), 1) };
        }
    });
    service.ready();
    let folder = std::env::var("ProgramData").unwrap();
    let mut report = Report(std::fs::File::create(format!("{folder}\\controls.txt")).unwrap());
    report.add("own limits", limits());
    let (child, mut stdout) = start(role("limits").limits(Limits::default().memory(64 << 20).processes(2)));
    report.add("a child's limits", line(&mut stdout));
    child.wait();

    let (child, mut stdout) = start(role("handles"));
    line(&mut stdout);
    report.add("handles", child.stop_and_wait().to_string());
    // Its id still belongs to it, so that no other process can be taken for it.
    let ended = unsafe { OpenProcess(PROCESS_SYNCHRONIZE, 0, child.id()) };
    report.add("id", (!ended.is_null(), unsafe { WaitForSingleObject(ended, 0) }));
    let (child, mut stdout) = start(role("ignores").stop_timeout(Duration::from_secs(2)));
    line(&mut stdout);
    report.add("ignores", child.stop_and_wait().to_string());
    let (child, _stdout) = start(role("leaves"));
    report.add("leaves", (child.wait().code(), child.left_behind()));
    let (child, mut stdout) = start(role("floods"));
    let flood = std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    report.add("floods", (flood, child.wait().code()));

    // Its input is at its end.
    let script = std::env::temp_dir().join("hello batch.cmd");
    std::fs::write(&script, "@set /p line=\r\n@echo %1\r\n@exit /b 8\r\n").unwrap();
    let (child, mut stdout) = start(Command::new(&script).arg("a & b").stdout(Stream::Piped));
    report.add("batch", (line(&mut stdout), child.wait().code()));
    // Ctrl-C must not ask whether to terminate.
    std::fs::write(&script, format!("@\"{}\" ignores\r\n", exe().display())).unwrap();
    let batch = Command::new(&script).stdout(Stream::Piped).stop_timeout(Duration::from_secs(2));
    let (child, mut stdout) = start(batch);
    line(&mut stdout);
    let stopped = child.stop_and_wait();
    report.add("stopped batch", stopped.to_string());
    std::fs::remove_file(script).unwrap();

    let child = Command::new(exe()).arg("handles").in_active_session().spawn();
    report.add("session", child.map(|child| child.wait_timeout(Duration::from_secs(1))).map_err(|error| error.to_string()));

    let (child, mut stdout) = start(role("tree-3"));
    let ids = [(); 3].map(|()| line(&mut stdout).parse::<u32>().is_ok());
    report.add("tree", ids);
    service.wait_for_stop();
    report.add("stop", child.stop_and_wait().to_string());
    Ok(())
}
"#;

/// The limits that Windows reports. Wine does not store them.
const LIMITS: &str = if cfg!(windows) {
    "own limits: \"1 268435456 64\"\na child's limits: \"1 67108864 2\"\n"
} else {
    "own limits: \"1 0 0\"\na child's limits: \"1 0 0\"\n"
};

/// What the service reports after that, except for the session and its stop.
const REPORT: &str = r#"handles: "exited after Ctrl-C (exit code: 40)"
id: (true, 0)
ignores: "killed (exit code: 1)"
leaves: (Some(3), 1)
floods: (104857600, Some(0))
batch: ("\"a & b\"", Some(8))
stopped batch: "killed (exit code: 0); descendants killed: 1"
"#;

#[test]
fn children_stop_and_nothing_is_left_of_a_tree_of_three_levels() {
    let packages = Fixture::new("hello")
        .in_folder("children")
        .write("src/main.rs", PROGRAM)
        .replace(
            "Cargo.toml",
            "winsvc = { ",
            "winsvc = { default-features = false, features = [\"child\"], ",
        )
        .manifest(
            "[package.metadata.winsvc]\nstart = \"manual\"\naccount = \"local-system\"\nrecovery.restart = []\n\
             services.hello.limits = { memory = \"256MB\", processes = 64 }\n\
             services.plain.limits = { cpu = \"50%\" }\n\n\
             [dependencies.windows-sys]\nversion = \"0.61\"\nfeatures = [\"Win32_System_Console\", \
             \"Win32_System_JobObjects\", \"Win32_System_Threading\"]",
        )
        .package();
    let windows = Windows::new();
    windows.install(&packages.msi, &[]).ok();
    let service = windows.service("hello");
    let report = windows.program_data().join("controls.txt");
    let start = || {
        let _ = fs::remove_file(&report);
        assert_eq!(service.start(), win32::SUCCESS);
        until("the report", 3 * PATIENCE, || {
            let report = fs::read_to_string(&report).unwrap_or_default();
            if report.contains("tree: [true, true, true]") {
                Ok(report)
            } else {
                Err(report)
            }
        })
    };
    let no_process_is_left = || {
        until("the end of all processes", PATIENCE, || {
            let left = windows.processes("hello.exe");
            if left.is_empty() { Ok(()) } else { Err(left) }
        });
    };

    let reported = start();
    assert_eq!(
        reported.split_once("session: ").unwrap().0,
        format!("{LIMITS}{REPORT}")
    );
    // Nobody is logged on to a Windows of a continuous integration.
    #[cfg(unix)]
    assert!(reported.contains("session: Ok(None)"), "{reported}");
    assert_eq!(service.stop(), win32::SUCCESS);
    assert_eq!(service.reaches(State::Stopped).win32, win32::SUCCESS);
    no_process_is_left();
    let reported = fs::read_to_string(&report).unwrap();
    assert!(reported.contains("stop: \"exited after Ctrl-C"), "{reported}");

    // Killed, the service takes them with it.
    start();
    service.control(200);
    no_process_is_left();

    // Wine has no CPU limits.
    #[cfg(unix)]
    {
        let limited = windows.service("plain");
        limited.start();
        assert_eq!(limited.reaches(State::Stopped).win32, win32::INVALID_PARAMETER);
        let refused = "The service failed: cannot apply the `limits` of the service\ncaused by: ";
        until("the event", PATIENCE, || {
            let events = windows.events();
            let is_refused = |event: &Event| matches!(event, Event::Error(text) if text.starts_with(refused));
            if events.iter().any(is_refused) {
                Ok(())
            } else {
                Err(events)
            }
        });
    }
}
