use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Host, String> {
    toml::from_str(&format!("program = 'agent'\n{text}"))
        .map_err(|error: toml::de::Error| error.message().to_owned())
}

fn error(text: &str) -> String {
    read(text).unwrap_err()
}

#[test]
fn a_program_is_enough() {
    let host = read("").unwrap();
    assert_eq!(host.program.as_written(), "agent");
    assert!(host.arguments.is_empty() && host.inherit_environment && !host.pass_start_arguments);
    assert_eq!(host.ready, Readiness::Alive(Host::DEFAULT_ALIVE));
    assert_eq!(host.health, None);
    assert_eq!(host.tree, ProcessTree::Job);
    assert_eq!(host.restart, RestartTable::default());
    assert_eq!(host.output, HostOutput::default());
    assert_eq!(
        host.stop,
        [
            StopStep::Signal(StopSignal::CtrlC),
            StopStep::Signal(StopSignal::Close)
        ]
    );
    assert_eq!(
        toml::from_str::<Host>("").unwrap_err().message(),
        "missing field `program`"
    );
}

#[test]
fn every_key_is_read() {
    let host = read(
        r#"
        arguments = ["server.js", "--data={data}"]
        pass-start-arguments = true
        working-directory = "{data}"
        environment = { NODE_ENV = "production", PATH = "{install}\\bin;%PATH%" }
        inherit-environment = false
        priority = "below-normal"
        affinity = "0-3,8"
        ready = { http = "http://127.0.0.1:{PORT}/health", interval = "1s" }
        health = { tcp = 8080, interval = "10s", timeout = "2s", failures = 2 }
        stop = [{ command = ["{install}\\ctl.exe", "stop"] }, "ctrl-break"]
        tree = "leave"
        [restart]
        on = "always"
        success-codes = [0, 3]
        restart-codes = [75]
        stop-codes = [2]
        fail-codes = [78, -1073741819]
        delay = "5s"
        healthy-after = "10s"
        max-attempts = 5
        give-up = "stop"
        retry-control = 200
        [output]
        stdout = "event-log"
        stderr = "file"
        directory = "{data}\\logs"
        format = "json"
        timestamps = false
        max-size = "1GB"
        keep-files = 8
        keep-days = 7
        rotate-on-start = true
        rotate-control = 201
        [[hooks]]
        on = ["before-start", "after-exit"]
        command = ["{install}\\migrate.exe"]
        timeout = "2m"
        retries = 2
        ignore-failure = true
        "#,
    )
    .unwrap();
    assert!(host.pass_start_arguments && !host.inherit_environment);
    assert_eq!(host.priority, Priority::BelowNormal);
    assert_eq!(
        host.affinity.unwrap().processors().collect::<Vec<_>>(),
        [0, 1, 2, 3, 8]
    );
    assert_eq!(host.tree, ProcessTree::Leave);
    let codes = |codes: &[ExitStatusCode]| codes.iter().map(|code| code.code()).collect::<Vec<_>>();
    assert_eq!(codes(&host.restart.fail_codes), [78, 0xc000_0005]);
    assert_eq!(codes(&host.restart.success_codes), [0, 3]);
    assert_eq!(host.restart.delay, [Timeout::seconds(5)]);
    assert_eq!(host.restart.max_attempts, Some(5));
    assert_eq!(host.restart.retry_control.code(), 200);
    assert_eq!(host.output.max_size.bytes(), 1 << 30);
    assert_eq!(host.output.rotate_control.code(), 201);
    assert_eq!(host.hooks[0].on, [HookEvent::BeforeStart, HookEvent::AfterExit]);
    assert_eq!(host.hooks[0].retries, 2);
    let written: Vec<&str> = host.texts().map(NamedText::as_written).collect();
    assert_eq!(
        written,
        [
            "agent",
            "server.js",
            "--data={data}",
            "{data}",
            "production",
            r"{install}\bin;%PATH%",
            r"{install}\migrate.exe",
            r"{install}\ctl.exe",
            "stop",
            "http://127.0.0.1:{PORT}/health",
            "8080",
            r"{data}\logs",
        ]
    );
}

#[test]
fn a_readiness_has_exactly_one_condition() {
    let one = "expected one of `alive`, `line`, `file`, `tcp`, `http`, `command` in `ready`";
    assert_eq!(error("ready = {}"), one);
    assert_eq!(error("ready = { tcp = 1, alive = '1s' }"), one);
    assert_eq!(
        read("ready = { line = 'listening' }").unwrap().ready,
        Readiness::Line("listening".to_owned())
    );
    assert_eq!(
        error("ready = { line = '' }"),
        "`line` is empty; expected a part of a line"
    );
    assert_eq!(
        error("ready = { alive = '1s', interval = '1s' }"),
        "`interval` needs `tcp`, `http` or `command`"
    );
    assert_eq!(
        error("ready = { tcp = 70000 }"),
        "invalid address \"70000\"; expected a port such as 8080, or a host and a port such as \"127.0.0.1:8080\""
    );
    assert!(read("ready = { tcp = '{PORT}' }").is_ok());
    assert_eq!(
        error("ready = { http = 'https://localhost/' }"),
        "invalid address \"https://localhost/\"; expected one that begins with `http://`, such as \
         \"http://127.0.0.1:8080/health\""
    );
}

#[test]
fn a_health_check_fails_at_least_once() {
    assert_eq!(
        error("health = { tcp = 1, failures = 0 }"),
        "`failures` is 0; expected at least 1"
    );
    assert_eq!(
        error("health = { interval = '1s' }"),
        "expected one of `tcp`, `http`, `command` in `health`"
    );
    assert_eq!(
        error("health = { command = [] }"),
        "the command is empty; expected a program, and its arguments"
    );
}

#[test]
fn a_stop_step_is_a_signal_or_a_command() {
    assert_eq!(
        error("stop = ['sigterm']"),
        "unknown signal \"sigterm\"; expected one of ctrl-c, ctrl-break, close, or a table with `command`"
    );
    assert_eq!(error("stop = [{}]"), "missing field `command`");
    assert_eq!(read("stop = []").unwrap().stop, []);
}

#[test]
fn an_exit_code_has_one_action() {
    assert_eq!(
        error("restart = { stop-codes = [1, 2], fail-codes = [2] }"),
        "the exit code 2 is in `stop-codes` and in `fail-codes`"
    );
    assert_eq!(
        error("restart = { delay = [] }"),
        "the list `delay` is empty; expected a duration, or several"
    );
    assert_eq!(
        error("restart = { stop-codes = [4294967296] }"),
        "invalid exit code 4294967296; expected a number of 32 bits"
    );
    assert_eq!(
        error("restart = { retry-control = 5 }"),
        "invalid control code 5; expected a number from 128 to 255"
    );
}

#[test]
fn other_values_are_errors() {
    assert!(error("proram = 'x'").starts_with("unknown field `proram`"));
    assert!(error("priority = 'realtime'").starts_with("unknown variant `realtime`"));
    assert_eq!(
        error("affinity = '3-1'"),
        "invalid processors \"3-1\"; expected numbers from 0 to 63 and ranges of them, such as \"0-3,8\""
    );
    assert!(error("output = { max-size = '10 MB' }").starts_with("invalid size \"10 MB\""));
    assert!(error("hooks = [{ on = [], command = ['a'] }]").starts_with("the list `on` is empty; expected"));
    assert!(error("arguments = ['{no}']").starts_with("unknown name `{no}`"));
    assert_eq!(
        read("arguments = ['{value}']").unwrap().unusable_name(),
        Some(TextName::Value)
    );
}

proptest! {
    #[test]
    fn processors_are_the_ones_that_are_listed(list in proptest::collection::vec(0_u32..64, 1..10)) {
        let text: Vec<String> = list.iter().map(ToString::to_string).collect();
        let listed: std::collections::BTreeSet<u32> = list.into_iter().collect();
        prop_assert!(Affinity::new(&text.join(",")).unwrap().processors().eq(listed));
    }

    #[test]
    fn no_text_panics(text in ".{0,12}") {
        let _ = (Affinity::new(&text), SocketAddress::new(&text));
    }
}
