//! The exe in a terminal.

use std::process::{Child, Command, Output, Stdio};

use crate::support::{Lab, kill, wait};

fn exe(lab: &Lab) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_winsvc-host"));
    command
        .arg("--config")
        .arg(lab.config())
        .args(["--", lab.mark()])
        .env_remove("LOGS_DIRECTORY")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn start(lab: &Lab) -> Child {
    exe(lab).spawn().unwrap()
}

fn output(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_output_is_the_terminal_s_and_ctrl_c_stops_the_program() {
    for signal in ["INT", "TERM"] {
        let lab = Lab::new(
            "trap 'echo bye; exit 0' INT; echo up; echo err >&2; while :; do sleep 0.05; done",
            "ready = { line = 'up' }",
        );
        let host = start(&lab);
        lab.wait_for_log("up");
        wait("the start", || !lab.processes().is_empty());
        // The stop counts from RUNNING on; before it, the signal ends the host, and the system the program.
        wait("the log", || lab.log().contains("err"));
        kill(host.id(), signal);
        let output = host.wait_with_output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().starts_with("up\n"));
        assert!(String::from_utf8(output.stderr).unwrap().contains("err\n"));
        lab.assert_nothing_runs();
    }
}

#[test]
fn the_program_dies_with_a_host_that_is_killed() {
    let lab = Lab::new("echo up; trap '' INT TERM HUP; while :; do sleep 0.05; done", "");
    let mut host = start(&lab);
    lab.wait_for_log("up");
    kill(host.id(), "KILL");
    host.wait().unwrap();
    lab.assert_nothing_runs();
}

#[test]
fn an_exit_code_is_that_of_the_host() {
    let lab = Lab::new("exit 42", "");
    let (code, stderr) = output(exe(&lab));
    assert_eq!(code, Some(42), "{stderr}");
    assert!(
        stderr.contains("the program exited with code 42 before it was ready"),
        "{stderr}"
    );
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let lab = Lab::new("", "");
    let file = lab.config();
    let run = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let (code, stderr) = output(exe(&lab));
        assert_eq!(code, Some(1));
        stderr.replace(file.to_str().unwrap(), "FILE")
    };
    assert_eq!(
        run("[host]\nproram = 'a'\n"),
        "error: FILE: TOML parse error at line 2, column 1\n  |\n2 | proram = 'a'\n  | ^^^^^^\nunknown field `proram`, expected one of ".to_owned()
            + run("[host]\nproram = 'a'\n").split_once("expected one of ").unwrap().1
    );
    assert_eq!(run("name = 'acme'\n"), "error: FILE has no table `host`\n");
    std::fs::remove_file(&file).unwrap();
    let (_, stderr) = output(exe(&lab));
    assert!(
        stderr.contains("agent.toml`\ncaused by: No such file"),
        "{stderr}"
    );

    let mut command = Command::new(env!("CARGO_BIN_EXE_winsvc-host"));
    command.arg("agent.toml");
    assert_eq!(
        output(command),
        (
            Some(1),
            "error: unexpected argument \"agent.toml\"; usage: winsvc-host --config FILE [-- ARGUMENTS…]\n"
                .to_owned()
        )
    );
}
