//! Real children, by the shell.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::ChildStdout;
use std::time::{Duration, Instant};

use super::*;

/// Long enough for anything that does happen.
const SOON: Duration = Duration::from_secs(20);

fn shell(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

/// A shell, and the lines that it prints.
fn started(command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.stdout(Stream::Piped).spawn().unwrap();
    let stdout = BufReader::new(child.take_stdout().unwrap());
    (child, stdout)
}

fn line(stdout: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn runs(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn ends(process: &str) -> bool {
    let started = Instant::now();
    while runs(process) {
        if started.elapsed() > SOON {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Three levels; prints the ids of the second and the third one.
const TREE: &str = "sh -c 'echo $$; sh -c \"echo \\$\\$; while :; do sleep 1; done\" & wait' & wait";

#[test]
fn a_child_that_exits_at_once_has_its_exit_status() {
    let child = shell("exit 7").spawn().unwrap();
    assert_eq!(child.wait().code(), Some(7));
    assert_eq!(child.try_wait().unwrap().code(), Some(7));
    assert_eq!(child.left_behind(), 0);
    let stopped = child.stop_and_wait();
    assert!(matches!(stopped.ending, Ending::Itself), "{stopped:?}");
    assert_eq!(stopped.to_string(), "had exited before the stop (exit status: 7)");
    assert!(matches!(child.send(&StopStep::Close), Err(SendError::Exited)));
}

#[test]
fn a_missing_program_is_an_error_that_names_it() {
    let error = Command::new("no-such-program").spawn().unwrap_err();
    let SpawnError::Program { program, error } = error else {
        panic!("{error:?}");
    };
    assert_eq!(program, "no-such-program");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn a_stop_ends_a_tree_of_three_levels() {
    let (child, mut stdout) = started(shell(TREE));
    let ids = [line(&mut stdout), line(&mut stdout)];
    assert!(ids.iter().all(|id| runs(id)));
    let stopped = child.stop_and_wait();
    assert!(
        matches!(stopped.ending, Ending::Step(StopStep::Close)),
        "{stopped:?}"
    );
    assert!(!ids.iter().any(|id| runs(id)));
    assert_eq!(stopped.left_behind, 0);
}

#[test]
fn a_kill_and_a_drop_end_a_tree_of_three_levels() {
    for is_dropped in [true, false] {
        let (child, mut stdout) = started(shell(TREE));
        let ids = [line(&mut stdout), line(&mut stdout)];
        if is_dropped {
            drop(child);
        } else {
            child.kill();
            assert_eq!(child.wait().code(), None);
        }
        assert!(ids.iter().all(|id| ends(id)));
    }
}

#[test]
fn a_child_that_ignores_the_stop_is_killed_at_the_deadline() {
    let script = "trap '' INT TERM; echo ready; while :; do sleep 1; done";
    let command = shell(script)
        .stop([StopStep::CtrlC, StopStep::Close])
        .stop_timeout(Duration::from_millis(300));
    let (child, mut stdout) = started(command);
    line(&mut stdout);
    let begun = Instant::now();
    let stopped = child.stop_and_wait();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(begun.elapsed() < SOON);
    assert!(matches!(stopped.ending, Ending::Killed), "{stopped:?}");
    assert_eq!(stopped.status.unwrap().code(), None);
}

#[test]
fn a_deadline_replaces_the_stop_timeout_and_an_earlier_one_replaces_it() {
    let script = "trap '' INT TERM; echo ready; while :; do sleep 1; done";
    for first in [None, Some(SOON * 10)] {
        let (child, mut stdout) = started(shell(script).stop_timeout(SOON * 10));
        line(&mut stdout);
        let begun = Instant::now();
        let earlier = first.map(|time| child.stop_by(begun + time));
        let stopped = child.stop_by(begun + Duration::from_millis(300)).wait();
        assert!(begun.elapsed() >= Duration::from_millis(300));
        assert!(begun.elapsed() < SOON);
        assert!(matches!(stopped.ending, Ending::Killed), "{stopped:?}");
        let earlier = earlier.map(|stopping| stopping.wait().to_string());
        assert!(earlier.is_none_or(|earlier| earlier == stopped.to_string()));
    }
    // A later deadline has no effect.
    let (child, mut stdout) = started(shell(script).stop_timeout(Duration::from_millis(300)));
    line(&mut stdout);
    let begun = Instant::now();
    let stopping = child.stop();
    child.stop_by(begun + SOON * 10).wait();
    assert!(begun.elapsed() < SOON);
    assert!(matches!(stopping.wait().ending, Ending::Killed));
}

#[test]
fn steps_follow_each_other() {
    let script = "trap '' INT; trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done";
    let command = shell(script)
        .stop([StopStep::CtrlC, StopStep::CtrlBreak])
        .stop_timeout(Duration::from_secs(1));
    let (child, mut stdout) = started(command);
    line(&mut stdout);
    let stopped = child.stop_and_wait();
    assert!(
        matches!(stopped.ending, Ending::Step(StopStep::CtrlBreak)),
        "{stopped:?}"
    );
    assert_eq!(stopped.status.unwrap().code(), Some(3));
}

#[test]
fn during_a_stop_descendants_may_outlive_the_child() {
    let worker = "trap 'sleep 0.2; echo drained; exit' TERM; echo ready; while :; do sleep 0.01; done";
    let script = format!("trap 'exit 0' TERM; (exec sh -c \"{worker}\") & while :; do sleep 0.01; done");
    let (child, mut stdout) = started(shell(&script));
    assert_eq!(line(&mut stdout), "ready");
    let stopped = child.stop_and_wait();
    assert_eq!(line(&mut stdout), "drained");
    assert_eq!(stopped.left_behind, 0);
}

#[test]
fn what_a_child_leaves_behind_is_killed() {
    let (child, mut stdout) = started(shell("sleep 1000 & echo $!; exit 0"));
    let id = line(&mut stdout);
    assert_eq!(child.wait().code(), Some(0));
    assert_eq!(child.left_behind(), 1);
    assert!(!runs(&id));
}

#[test]
fn what_ignores_a_stop_is_killed_when_the_child_has_long_exited() {
    let worker = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    let script = format!("trap 'exit 0' TERM; (exec sh -c \"{worker}\") & while :; do sleep 0.01; done");
    let (child, mut stdout) = started(shell(&script).stop_timeout(Duration::from_millis(500)));
    assert_eq!(line(&mut stdout), "ready");
    let stopped = child.stop_and_wait();
    assert!(matches!(stopped.ending, Ending::Killed), "{stopped:?}");
    assert_eq!(stopped.status.unwrap().code(), Some(0));
    assert!(stopped.left_behind > 0, "{stopped:?}");
}

#[test]
fn only_the_child_is_ended_without_a_job() {
    for tree in [Tree::Process, Tree::Leave] {
        let (child, mut stdout) = started(shell("sleep 1000 & echo $!; wait").tree(tree));
        let id = line(&mut stdout);
        child.stop_and_wait();
        assert!(runs(&id));
        assert!(shell(&format!("kill -9 {id}")).spawn().unwrap().wait().success());
    }
}

#[test]
fn a_child_that_is_left_outlives_its_handle() {
    let (child, mut stdout) = started(shell("echo $$; read line").tree(Tree::Leave).stdin(Stream::Piped));
    let mut child = child;
    let stdin = child.take_stdin();
    let id = line(&mut stdout);
    drop(child);
    assert!(runs(&id));
    drop(stdin);
    assert!(ends(&id));
}

#[test]
fn closed_pipes_and_a_flood_do_no_harm() {
    let (child, mut stdout) = started(shell("exec >&- 2>&-; sleep 0.1; exit 3"));
    assert_eq!(line(&mut stdout), "");
    assert_eq!(child.wait().code(), Some(3));

    let (child, mut stdout) =
        started(shell("head -c 100000000 /dev/zero; echo end >&2").stderr(Stream::Inherit));
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        match stdout.read(&mut buffer).unwrap() {
            0 => break,
            count => length += count,
        }
    }
    assert_eq!(length, 100_000_000);
    assert!(child.wait().success());

    let (child, _unread) = started(shell("head -c 100000000 /dev/zero; sleep 1000"));
    assert!(matches!(child.stop_and_wait().ending, Ending::Step(_)));
}

#[test]
fn a_stop_command_stops_the_child_and_its_failures_are_told() {
    let script = "trap 'exit 4' HUP; echo ready; while :; do sleep 0.01; done";
    let steps = [
        StopStep::from(shell("exit 9")),
        StopStep::from(Command::new("no-such-program")),
        StopStep::from(shell("kill -HUP $WINSVC_CHILD_ID; sleep 1000")),
    ];
    let (child, mut stdout) = started(shell(script).stop(steps));
    line(&mut stdout);
    let stopped = child.stop_and_wait();
    assert_eq!(stopped.status.unwrap().code(), Some(4));
    let failures: Vec<_> = stopped
        .failures
        .iter()
        .map(|(_, error)| error.to_string())
        .collect();
    assert_eq!(
        failures,
        [
            "the stop command failed: exit status: 9",
            "the stop command could not be started"
        ]
    );
}

#[test]
fn futures_complete_on_any_runtime_and_several_times() {
    let child = shell("exit 5").spawn().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let other = child.exited();
        assert_eq!(child.exited().await.code(), Some(5));
        assert_eq!(other.await.code(), Some(5));
        drop(child.stop());
        assert_eq!(child.stop().await.status.unwrap().code(), Some(5));
    });
}

#[test]
fn a_child_outlives_the_thread_that_started_it() {
    let thread = std::thread::spawn(|| started(shell("echo ready; read line").stdin(Stream::Piped)));
    let (child, mut stdout) = thread.join().unwrap();
    line(&mut stdout);
    assert_eq!(child.wait_timeout(Duration::from_millis(100)), None);
}

#[test]
fn a_child_cannot_have_more_memory_than_its_limit() {
    let script = "head -c 300000000 /dev/zero | tail -n 1 | wc -c";
    let output = |command: Command| line(&mut started(command).1);
    assert_eq!(output(shell(script)), "300000000");
    assert_eq!(
        output(shell(script).limits(Limits::default().memory(64 << 20))),
        "0"
    );
}

#[test]
fn priority_and_processors_are_those_of_the_command() {
    let script = "nice; grep Cpus_allowed_list /proc/$$/status";
    let command = shell(script).priority(Priority::BelowNormal).affinity([0]);
    let (_child, mut stdout) = started(command);
    assert_eq!(line(&mut stdout), "10");
    assert_eq!(line(&mut stdout), "Cpus_allowed_list:\t0");
    let error = shell("").affinity([100_000]).spawn().unwrap_err();
    assert!(matches!(error, SpawnError::Program { .. }), "{error:?}");
}

#[test]
fn only_windows_has_sessions_of_users() {
    let error = shell("").in_active_session().spawn().unwrap_err();
    assert!(
        matches!(error, SpawnError::Session(SessionError::System(_))),
        "{error:?}"
    );
    let error = shell("")
        .in_active_session()
        .stdout(Stream::Piped)
        .spawn()
        .unwrap_err();
    let SpawnError::Session(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        error.to_string(),
        "`Stream::Piped` is not available in the session of a user"
    );
}

/// Runs one test of this program in another process, which has the variable.
const ROLE: &str = "WINSVC_TEST_ROLE";

/// This program again, to run one test in another process.
fn in_another_process(test: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--nocapture"])
        .arg(format!("child::tests::{test}"))
        .env(ROLE, "service")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped());
    command
}

#[test]
fn a_service_cannot_have_more_memory_than_its_limit() {
    if std::env::var_os(ROLE).is_some() {
        let reserve = || Vec::<u8>::new().try_reserve_exact(256 << 20);
        assert!(reserve().is_ok());
        limit_this_process(&Limits::default().memory(128 << 20)).unwrap();
        assert!(reserve().is_err());
        let output = line(&mut started(shell("head -c 300000000 /dev/zero | tail -n 1 | wc -c")).1);
        eprintln!("limited, and the child had {output}");
        return;
    }
    let output = in_another_process("a_service_cannot_have_more_memory_than_its_limit")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("limited, and the child had 0"), "{told}");
}

#[test]
fn a_killed_service_takes_its_child_with_it() {
    if std::env::var_os(ROLE).is_some() {
        let (child, mut stdout) = started(shell("echo $$; exec sleep 1000"));
        eprintln!("child {}", line(&mut stdout));
        child.wait();
        return;
    }
    let mut service = in_another_process("a_killed_service_takes_its_child_with_it")
        .spawn()
        .unwrap();
    let stderr = BufReader::new(service.stderr.take().unwrap());
    let mut told = stderr.lines().map_while(Result::ok);
    let id = told
        .find_map(|line| line.strip_prefix("child ").map(str::to_owned))
        .unwrap();
    assert!(runs(&id));
    service.kill().unwrap();
    service.wait().unwrap();
    assert!(ends(&id));
}
