//! The exe's own verbs: what `NAME.exe service …` does to a real service control manager, and what it says.

mod registration;

use std::fs;
#[cfg(unix)]
use std::process::Stdio;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{BUILD, Fixture, TARGET, native};
use winsvc_tests::http::{free_port, listens};
use winsvc_tests::paths;
use winsvc_tests::process::{Running, run};
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

const EXE: &str = r"C:\Program Files\hello\hello.exe";
const KEY: &str = r"System\CurrentControlSet\Services\hello";
const SOURCE: &str = r"System\CurrentControlSet\Services\EventLog\Application\hello";

/// What Wine's SCM lacks; Windows knows all of it.
const UNKNOWN_TO_WINE: &str = if cfg!(windows) {
    ""
} else {
    "\
warning: this system does not support the setting \"recovery\": error 124: Invalid level. (QueryServiceConfig2)
warning: this system does not support the setting \"failure on error exit\": error 124: Invalid level. (ChangeServiceConfig2)
warning: this system does not support the setting \"sid type\": error 124: Invalid level. (ChangeServiceConfig2)
"
};

/// What Wine does not keep: files have the rights of Unix.
const NOT_KEPT_BY_WINE: &str = if cfg!(windows) {
    ""
} else {
    "warning: this system did not keep the setting \"folders\"\n"
};

/// All of that.
fn unknown_to_wine() -> String {
    [UNKNOWN_TO_WINE, NOT_KEPT_BY_WINE].concat()
}

/// Of two texts the one that is said where the SCM knows every setting, as Windows' does and Wine's does not.
fn where_known(text: &'static str) -> &'static str {
    if cfg!(windows) { text } else { "" }
}

const FOLDERS: &str = "  folders               C:\\ProgramData\\hello; C:\\ProgramData\\hello\\data; C:\\ProgramData\\hello\\logs\n";

/// A definition that says something of everything.
const DEFINITION: &str = r#"[package.metadata.winsvc]
display-name = "Hello, Agent"
start = "auto"
account = "local-service"
dependencies = ["EventLog"]
arguments = ["--config", "a b.toml"]
environment = { RUST_LOG = "info", GREETING = "good day" }

[package.metadata.winsvc.package]
product-name = "hello""#;

/// A Windows with the stamped exe of a fixture where its MSI would install it.
struct Machine {
    prefix: Windows,
}

impl Machine {
    fn new(fixture: &Fixture) -> Self {
        let machine = Self {
            prefix: Windows::new(),
        };
        fs::create_dir_all(machine.prefix.drive_c("Program Files/hello")).unwrap();
        machine.put(fixture);
        machine
    }

    /// Puts another build in the place of the exe.
    fn put(&self, fixture: &Fixture) {
        let folder = tempfile::tempdir().unwrap();
        let out_dir = folder.path().to_str().unwrap();
        let built = fixture.run("build", &["--out-dir", out_dir]).ok();
        let to = self.prefix.drive_c("Program Files/hello/hello.exe");
        fs::copy(built.stdout.trim_end(), to).unwrap();
    }

    /// `hello.exe service WORDS`: its exit code, and what it says on stdout and on stderr.
    fn service(&self, words: &str) -> (i32, String, String) {
        let words: Vec<&str> = ["service"].into_iter().chain(words.split_whitespace()).collect();
        let finished = self.prefix.run(EXE, &words);
        let text = |text: &str| text.replace('\r', "");
        let code = finished.status.code().unwrap();
        (code, text(&finished.stdout), text(&finished.stderr))
    }

    /// The process id that a text speaks of becomes `PID`.
    fn service_without_pid(&self, words: &str) -> (i32, String, String) {
        let pid = || {
            self.prefix
                .service("hello")
                .status()
                .map_or(0, |status| status.pid)
        };
        let (code, stdout, stderr) = self.service(words);
        let stdout = stdout
            .replace(&format!("process {}", pid()), "process PID")
            .replace(&format!("\"pid\":{},", pid()), "\"pid\":PID,");
        (code, stdout, stderr)
    }
}

fn said(code: i32, stdout: &str) -> (i32, String, String) {
    (code, stdout.to_owned(), String::new())
}

fn complained(code: i32, stderr: &str) -> (i32, String, String) {
    (code, String::new(), stderr.to_owned())
}

/// A service that runs has told so.
fn shows_its_events(machine: &Machine) {
    if cfg!(windows) {
        let (code, stdout, stderr) = machine.service("logs --lines 1");
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(
            stdout.ends_with(" information 10: The service is running. Version: 1.0.0\n"),
            "{stdout}"
        );
    } else {
        // Wine stores no events.
        let nothing = "note: the event log has no events of the service\n";
        assert_eq!(machine.service("logs"), complained(0, nothing));
        assert_eq!(machine.service("logs --json"), said(0, ""));
    }
}

/// Of a service that is not installed any more.
fn removes_the_folders_on_request(machine: &Machine) {
    let removed = [
        r"C:\ProgramData\hello",
        r"C:\ProgramData\hello\data",
        r"C:\ProgramData\hello\logs",
    ];
    let rows = |what: &str| removed.map(|path| format!("  {what:<22}{path}\n")).concat();
    assert_eq!(
        machine.service("uninstall --purge --dry-run"),
        said(
            0,
            &format!(
                "The service \"hello\" is not installed.\n{}",
                rows("would be removed")
            )
        )
    );
    assert_eq!(
        machine.service("uninstall --purge"),
        said(
            0,
            &format!("The service \"hello\" is not installed.\n{}", rows("removed"))
        )
    );
    assert_eq!(
        machine.service("uninstall --purge"),
        said(0, "The service \"hello\" is not installed; nothing to do.\n")
    );
}

#[test]
fn a_service_lives_its_whole_life_by_its_own_verbs_and_leaves_nothing() {
    let machine = Machine::new(&Fixture::new("hello"));
    let before = Snapshot::take(&machine.prefix);
    let not_installed = "error: the service \"hello\" is not installed\n\
        help: install it with `service install`\n";
    assert_eq!(machine.service("status"), complained(4, not_installed));
    assert_eq!(machine.service("start"), complained(4, not_installed));
    assert_eq!(machine.service("logs"), complained(4, not_installed));

    let (code, stdout, stderr) = machine.service("install");
    assert_eq!((code, stderr), (0, unknown_to_wine()));
    assert_eq!(
        stdout,
        [
            r#"The service "hello" is installed.
  display name          hello
  description           The smallest service that winsvc makes
  binary path           "C:\Program Files\hello\hello.exe"
  start type            auto
  account               NT SERVICE\hello
  event source          EventMessageFile=%SystemRoot%\System32\EventCreate.exe; TypesSupported=7
"#,
            where_known(FOLDERS),
            where_known(
                "  recovery              restart after 5s; restart after 30s; restart after 1m; count reset after 1d\n  \
                 failure on error exit yes\n  sid type              unrestricted\n"
            ),
            "  service type          own process\n  error control         normal\n",
        ]
        .concat()
    );
    let registration = [
        "  display name          hello\n  binary path           \"C:\\Program Files\\hello\\hello.exe\"\n",
        "  start type            auto\n",
        where_known("  delayed start         no\n"),
        "  account               NT SERVICE\\hello\n",
    ]
    .concat();
    let stopped = "The service \"hello\" is stopped; it has not run since Windows started.\n";
    assert_eq!(
        machine.service("status"),
        said(3, &[stopped, &registration].concat())
    );

    let running = "The service \"hello\" is running (process PID).\n";
    assert_eq!(machine.service_without_pid("start"), said(0, running));
    let status = machine.prefix.service("hello").status().unwrap();
    assert_eq!(status.state, State::Running, "a start ends when the service runs");
    assert_eq!(
        machine.service_without_pid("start"),
        said(0, "The service \"hello\" is already running (process PID).\n")
    );
    assert_eq!(
        machine.service_without_pid("status"),
        said(0, &format!("{running}{registration}"))
    );
    assert_eq!(
        machine.service_without_pid("status --json"),
        said(
            0,
            &[
                r#"{"verb":"status","service":"hello","result":"done","state":"running","pid":PID,"checkpoint":0,"#,
                r#""wait_hint_ms":0,"win32_exit_code":0,"service_exit_code":0,"exit":null,"status_text":null,"#,
                r#""display_name":"hello","#,
                r#""binary_path":"\"C:\\Program Files\\hello\\hello.exe\"","start_type":"auto","#,
                where_known(r#""delayed_start":false,"#),
                r#""account":"NT SERVICE\\hello","warnings":[]}"#,
                "\n"
            ]
            .concat()
        )
    );

    shows_its_events(&machine);
    assert_eq!(machine.service_without_pid("restart"), said(0, running));
    assert_ne!(machine.prefix.service("hello").status().unwrap().pid, status.pid);
    assert_eq!(
        machine.service("stop"),
        said(0, "The service \"hello\" has stopped.\n")
    );
    let stopped = machine.prefix.service("hello").status().unwrap().state;
    assert_eq!(
        stopped,
        State::Stopped,
        "a stop ends when the service has stopped"
    );
    assert_eq!(
        machine.service("stop"),
        said(0, "The service \"hello\" was not running.\n")
    );

    machine.service("start");
    assert_eq!(
        machine.service("uninstall --dry-run"),
        said(0, "The service \"hello\" would be stopped and uninstalled.\n")
    );
    assert_eq!(
        machine.service("uninstall"),
        said(0, "The service \"hello\" is uninstalled.\n")
    );
    removes_the_folders_on_request(&machine);
    let residue = before.difference(&Snapshot::take(&machine.prefix));
    assert_eq!(residue, Vec::<String>::new());
}

#[test]
fn a_start_that_fails_says_what_the_service_said() {
    let fixture = Fixture::new("hello").in_folder("verbs/failing").write(
        "src/main.rs",
        // It never is RUNNING, not even for a moment.
        "#[winsvc::main]\nasync fn main(_: winsvc::Starting) -> std::io::Result<()> {\n    \
         Err(std::io::Error::from_raw_os_error(10048))\n}\n",
    );
    let machine = Machine::new(&fixture);
    machine.service("install");
    let (code, stdout, stderr) = machine.service("start");
    assert_eq!((code, stdout.as_str()), (1, ""));
    let first = stderr.lines().next().unwrap();
    assert!(
        first.starts_with("error: the service \"hello\" failed to start: error 10048"),
        "{stderr}"
    );
    let (code, stdout, _) = machine.service("status --json");
    assert_eq!(code, 3);
    assert!(stdout.contains(r#""win32_exit_code":10048,"#), "{stdout}");
}

#[test]
fn the_status_shows_what_the_service_says_of_itself_while_it_runs() {
    let fixture = Fixture::new("hello").in_folder("verbs/telling").write(
        "src/main.rs",
        "#[winsvc::main]\nfn main(starting: winsvc::Starting) {\n    starting.progress(\"loading\");\n    \
         starting.status_text(\"serving 12 clients, größer\\u{1b}[2J\");\n    let service = starting.ready();\n    \
         service.wait_for_stop();\n}\n",
    );
    let machine = Machine::new(&fixture);
    machine.service("install");
    machine.service("start");
    let (code, stdout, _) = machine.service("status");
    assert_eq!(
        (code, stdout.lines().nth(1)),
        (
            0,
            Some("  status                serving 12 clients, größer\\u{1b}[2J")
        )
    );
    let (_, stdout, _) = machine.service("status --json");
    let said = r#""status_text":"serving 12 clients, größer\u001b[2J","#;
    assert!(stdout.contains(said), "{stdout}");
    machine.service("stop");
    let (_, stdout, _) = machine.service("status --json");
    assert!(stdout.contains(r#""status_text":null,"#), "{stdout}");
}

#[test]
fn a_stop_that_takes_too_long_is_told_from_one_that_fails() {
    let fixture = Fixture::new("hello").in_folder("verbs/slow").write(
        "src/main.rs",
        "#[winsvc::main]\nfn main(service: winsvc::Service) {\n    service.wait_for_stop();\n    \
         std::thread::sleep(std::time::Duration::from_secs(4));\n}\n",
    );
    let machine = Machine::new(&fixture);
    machine.service("install");
    machine.service("start");
    let (code, stdout, stderr) = machine.service("stop --timeout 300ms");
    assert_eq!((code, stdout.as_str()), (6, ""));
    let first = stderr.lines().next().unwrap();
    assert!(
        first.starts_with("error: the service \"hello\" is still stopping after 300 ms (checkpoint "),
        "{stderr}"
    );
    assert_eq!(
        machine.service("stop"),
        said(0, "The service \"hello\" has stopped.\n")
    );
}

#[test]
fn an_exe_straight_from_cargo_is_not_registered() {
    let machine = Machine::new(&Fixture::new("hello"));
    {
        let _lock = paths::lock("build");
        let unstamped = paths::build().join(TARGET).join("release/hello.exe");
        let to = machine.prefix.drive_c("Program Files/hello/hello.exe");
        fs::copy(unstamped, to).unwrap();
    }
    assert_eq!(
        machine.service("install"),
        complained(
            1,
            "error: this exe has no service definition: it was built by Cargo alone\n\
             help: build it with `cargo winsvc build`, which stamps the definition into it\n"
        )
    );
    assert_eq!(machine.prefix.service("hello").status(), None);
}

#[test]
fn run_gives_the_program_the_arguments_and_variables_of_its_definition() {
    let fixture = Fixture::new("hello")
        .in_folder("verbs/run")
        .manifest(DEFINITION)
        .write(
            "src/main.rs",
            "#[winsvc::main]\nasync fn main() -> std::process::ExitCode {\n    \
             let arguments: Vec<String> = std::env::args().skip(1).collect();\n    \
             println!(\"{arguments:?} {:?}\", std::env::var(\"GREETING\"));\n    \
             std::process::ExitCode::from(7)\n}\n",
        );
    let machine = Machine::new(&fixture);
    assert_eq!(
        machine.service("run --more -- service"),
        said(
            7,
            "[\"--config\", \"a b.toml\", \"--more\", \"--\", \"service\"] Ok(\"good day\")\n"
        )
    );
    let mut hello = machine.prefix.program(EXE);
    let own = run(hello.args(["service", "run"]).env("GREETING", "hi"), PATIENCE);
    assert_eq!(own.status.code(), Some(7));
    assert_eq!(own.lines(), ["[\"--config\", \"a b.toml\"] Ok(\"hi\")"]);
}

#[test]
fn run_is_one_program_to_ctrl_c_and_to_whoever_ends_it() {
    let fixture = Fixture::new("hello").in_folder("verbs/listening").write(
        "src/main.rs",
        "#[winsvc::main]\nfn main(service: winsvc::Service) {\n    \
         let port = std::env::args().nth(1).unwrap().parse().unwrap();\n    \
         let _listener = std::net::TcpListener::bind((\"127.0.0.1\", port)).unwrap();\n    \
         service.wait_for_stop();\n    println!(\"goodbye\");\n}\n",
    );
    let machine = Machine::new(&fixture);
    let port = free_port();
    let listening = |expected: bool| {
        until("the port", PATIENCE, || {
            if listens(port) == expected {
                Ok(())
            } else {
                Err(expected)
            }
        });
    };
    let start = || {
        let mut hello = machine.prefix.program(EXE);
        let hello = Running::start(hello.args(["service", "run", &port.to_string()]));
        listening(true);
        hello
    };

    let hello = start();
    hello.interrupt();
    assert_eq!(hello.finish(PATIENCE).ok().lines(), ["goodbye"]);
    listening(false);

    let mut hello = start();
    hello.kill();
    listening(false);
}

#[test]
fn words_that_are_no_verb_are_answered_with_what_there_is() {
    let mut hello = native("hello");
    let finished = run(hello.args(["service", "remove"]), BUILD);
    assert_eq!(finished.status.code(), Some(2));
    assert_eq!(
        finished.stderr,
        format!(
            "error: unknown subcommand \"remove\" for `service`; expected one of install, uninstall, start, stop, restart, status, \
             logs, run\n\
             help: run `hello{} service --help` to list all subcommands\n",
            std::env::consts::EXE_SUFFIX
        )
    );
}

#[cfg(unix)]
#[test]
fn on_linux_only_run_is_more_than_a_word() {
    for verb in [
        "install",
        "uninstall",
        "start",
        "stop",
        "restart",
        "status",
        "logs",
    ] {
        let finished = run(native("hello").args(["service", verb]), BUILD);
        assert_eq!(finished.status.code(), Some(1), "{finished}");
        let first = finished.stderr.lines().next().unwrap();
        assert_eq!(
            first,
            format!("error: `service {verb}` is supported on Windows only")
        );
    }
    let mut hello = native("hello");
    let hello = Running::start(hello.args(["service", "run"]).stdin(Stdio::null()));
    until("hello's first line", PATIENCE, || {
        hello.stdout().contains("hello").then_some(()).ok_or(())
    });
    hello.signal("TERM");
    let ended = hello.finish(PATIENCE).ok();
    assert_eq!(ended.lines(), ["hello from hello", "goodbye"], "{ended}");
}
