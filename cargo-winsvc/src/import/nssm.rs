//! The export of a service that runs under NSSM (`…\Services\NAME` and its key `Parameters`).

use toml::Value;

use super::registry_file::{Data, RegistryFile};
use super::table::{Import, arguments, duration, folder, hook, literal};
use super::{ImportError, Imported};

/// How long NSSM waits for one way to stop, in milliseconds.
const STOP_STEP: u64 = 1500;

/// The values `AppStopMethodSkip` of ways to stop, the value with its time, and the step.
const STOP_METHODS: [(u32, &str, Option<&str>); 3] = [
    (1, "AppStopMethodConsole", Some("ctrl-c")),
    (2, "AppStopMethodWindow", Some("close")),
    // `WM_QUIT` to each thread.
    (4, "AppStopMethodThreads", None),
];

/// The bit of `AppStopMethodSkip` for `TerminateProcess`.
const NEVER_KILLED: u32 = 8;

/// Priority classes (`SetPriorityClass`), and their words.
const PRIORITIES: [(u32, &str); 5] = [
    (0x40, "idle"),
    (0x4000, "below-normal"),
    (0x20, "normal"),
    (0x8000, "above-normal"),
    (0x80, "high"),
];

/// Keys and values below `AppEvents`, and their hooks.
const HOOKS: [(&str, &str, &str); 6] = [
    ("Start", "Pre", "before-start"),
    ("Start", "Post", "after-start"),
    ("Stop", "Pre", "before-stop"),
    ("Exit", "Post", "after-exit"),
    ("Rotate", "Post", "after-rotate"),
    ("Power", "Resume", "resume"),
];

/// The other values of NSSM, with the reason why no key is set for them.
const LEFT: [(&str, &str); 6] = [
    (
        "AppNoConsole",
        "the program always has a console without a window",
    ),
    ("AppRotateSeconds", "a new log file begins each day"),
    ("AppRotateBytesHigh", "set `host.output.max-size`"),
    ("AppStdin", "standard input is always empty"),
    ("AppStdoutCopyAndTruncate", "log files are never renamed"),
    ("AppStderrCopyAndTruncate", "log files are never renamed"),
];

/// Reads the only service of an export that has a program of NSSM.
pub(super) fn read(text: &str) -> Result<Imported, ImportError> {
    let file = RegistryFile::parse(text)?;
    let services: Vec<&str> = file
        .paths()
        .filter(|path| last(path).eq_ignore_ascii_case("Parameters"))
        .filter(|path| file.get(path, "Application").is_some())
        .filter_map(|path| path.rsplit_once('\\').map(|(service, _)| service))
        .collect();
    match services[..] {
        [] => Err(ImportError::NoService),
        [service] => Ok(Nssm::new(&file, service).import()),
        _ => {
            let names = services.iter().map(|path| last(path).to_owned()).collect();
            Err(ImportError::SeveralServices { names })
        }
    }
}

fn last(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or(path)
}

struct Nssm<'a> {
    file: &'a RegistryFile,
    service: &'a str,
    parameters: String,
    import: Import,
}

impl<'a> Nssm<'a> {
    fn new(file: &'a RegistryFile, service: &'a str) -> Self {
        Self {
            file,
            service,
            parameters: format!(r"{service}\Parameters"),
            import: Import::default(),
        }
    }

    fn import(mut self) -> Imported {
        self.service();
        self.program();
        self.stop();
        self.restart();
        self.output();
        self.hooks();
        for (name, reason) in LEFT {
            if self.parameter(name).is_some() {
                self.import.leave(format!("{name} ({reason})"));
            }
        }
        self.import.finish(last(self.service).to_owned())
    }

    fn parameter(&self, name: &str) -> Option<&'a Data> {
        self.file.get(&self.parameters, name)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        match self.parameter(name)? {
            Data::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<u32> {
        match self.parameter(name)? {
            Data::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> &'a [String] {
        match self.parameter(name) {
            Some(Data::List(list)) => list,
            _ => &[],
        }
    }

    /// The settings of the service itself.
    fn service(&mut self) {
        let get = |name| self.file.get(self.service, name);
        for (name, key) in [("DisplayName", "display-name"), ("Description", "description")] {
            if let Some(Data::Text(text)) = get(name) {
                self.import.set(&[key], text.as_str());
            }
        }
        let is_delayed = get("DelayedAutostart") == Some(&Data::Number(1));
        let start = match get("Start") {
            Some(Data::Number(3)) => Some("manual"),
            Some(Data::Number(4)) => Some("disabled"),
            _ if is_delayed => Some("delayed"),
            _ => None,
        };
        self.import.set_some(&["start"], start);
        if let Some(Data::Text(name)) = get("ObjectName") {
            self.import.set_account(name, last(self.service));
        }
        let mut dependencies = Vec::new();
        for (name, mark) in [("DependOnService", ""), ("DependOnGroup", "+")] {
            if let Some(Data::List(list)) = get(name) {
                dependencies.extend(list.iter().map(|name| Value::from(format!("{mark}{name}"))));
            }
        }
        self.import.set_list(&["dependencies"], dependencies);
        if get("FailureActions").is_some() {
            self.import.leave("FailureActions (set `recovery`)");
        }
    }

    fn program(&mut self) {
        let program = self.text("Application").unwrap_or_default();
        self.import.set(&["host", "program"], literal(program));
        let line = self.text("AppParameters").unwrap_or_default();
        self.import.set_list(&["host", "arguments"], arguments(line));
        // NSSM's default is the program's folder, as ours.
        let directory = self.text("AppDirectory").map(|it| it.trim_end_matches('\\'));
        let directory = directory.filter(|it| folder(program) != Some(it));
        self.import
            .set_some(&["host", "working-directory"], directory.map(literal));
        if !self.list("AppEnvironment").is_empty() {
            self.import.set(&["host", "inherit-environment"], false);
        }
        for name in ["AppEnvironment", "AppEnvironmentExtra"] {
            for variable in self.list(name) {
                if let Some((name, value)) = variable.split_once('=') {
                    self.import.set(&["host", "environment", name], literal(value));
                }
            }
        }
        if let Some(class) = self.number("AppPriority") {
            match PRIORITIES.iter().find(|(value, _)| *value == class) {
                Some((_, priority)) => self.import.set(&["host", "priority"], *priority),
                None => self.import.leave("AppPriority (real time is not offered)"),
            }
        }
        let affinity = self.text("AppAffinity");
        let affinity = affinity.filter(|it| !it.eq_ignore_ascii_case("all"));
        self.import.set_some(&["host", "affinity"], affinity);
        let throttle = self.number("AppThrottle").filter(|it| *it > 0);
        let alive = throttle.map(|it| duration(it.into()));
        self.import.set_some(&["host", "ready", "alive"], alive);
        if self.number("AppKillProcessTree") == Some(0) {
            self.import.set(&["host", "tree"], "process");
        }
    }

    fn stop(&mut self) {
        let skipped = self.number("AppStopMethodSkip").unwrap_or_default();
        let used = STOP_METHODS.into_iter().filter(|(bit, ..)| skipped & bit == 0);
        let (mut steps, mut time) = (Vec::new(), 0);
        for (_, value, step) in used {
            time += self.number(value).map_or(STOP_STEP, u64::from);
            steps.extend(step.map(Value::from));
        }
        if skipped != 0 {
            self.import.set(&["host", "stop"], steps);
        }
        self.import.set_stop_timeout(time);
        if skipped & NEVER_KILLED != 0 {
            self.import
                .leave("AppStopMethodSkip 8 (a program that does not stop is killed)");
        }
    }

    fn restart(&mut self) {
        let key = format!(r"{}\AppExit", self.parameters);
        // NSSM starts a program again after every exit.
        let mut on = "always";
        let mut codes: [(&str, Vec<Value>); 3] = [
            ("restart-codes", Vec::new()),
            ("stop-codes", Vec::new()),
            ("fail-codes", Vec::new()),
        ];
        for (code, action) in self.file.values(&key) {
            let Data::Text(action) = action else {
                continue;
            };
            let index = match action.to_lowercase().as_str() {
                "restart" => 0,
                "exit" => 1,
                "suicide" => 2,
                _ => {
                    let exit = if code.is_empty() { "the default" } else { code };
                    self.import.leave(format!(
                        "AppExit {exit} {action} (a service does not stay RUNNING without its program)"
                    ));
                    continue;
                }
            };
            match code.parse::<i64>() {
                Ok(code) => codes[index].1.push(code.into()),
                Err(_) if code.is_empty() && index > 0 => on = "never",
                Err(_) => {}
            }
        }
        self.import.set(&["host", "restart", "on"], on);
        for (name, codes) in codes {
            self.import.set_list(&["host", "restart", name], codes);
        }
        if let Some(delay) = self.number("AppRestartDelay").filter(|it| *it > 0) {
            let delay = Value::from(duration(delay.into()));
            self.import.set(&["host", "restart", "delay"], vec![delay]);
        }
    }

    fn output(&mut self) {
        let (stdout, stderr) = (self.text("AppStdout"), self.text("AppStderr"));
        let Some(first) = stdout.or(stderr) else {
            return;
        };
        self.import
            .leave("AppStdout, AppStderr: the files have the service's name (docs/host.md)");
        self.import
            .set_some(&["host", "output", "directory"], folder(first).map(literal));
        if stdout.is_none() {
            self.import.set(&["host", "output", "stdout"], "null");
        }
        let stderr_key = ["host", "output", "stderr"];
        match stderr {
            None => self.import.set(&stderr_key, "null"),
            Some(path) if stdout != Some(path) => self.import.set(&stderr_key, "file"),
            Some(_) => {}
        }
        if self.number("AppTimestampLog") != Some(1) {
            self.import.set(&["host", "output", "timestamps"], false);
        }
        if self.number("AppRotateFiles") == Some(1) {
            self.import.set(&["host", "output", "rotate-on-start"], true);
        }
        if let Some(bytes) = self.number("AppRotateBytes").filter(|it| *it > 0) {
            self.import
                .set(&["host", "output", "max-size"], format!("{bytes}B"));
        }
    }

    fn hooks(&mut self) {
        let mut hooks = Vec::new();
        for event in ["Start", "Stop", "Exit", "Rotate", "Power"] {
            let key = format!(r"{}\AppEvents\{event}", self.parameters);
            for (action, command) in self.file.values(&key) {
                let Data::Text(command) = command else {
                    continue;
                };
                let known = HOOKS
                    .iter()
                    .find(|(of, name, _)| *of == event && name.eq_ignore_ascii_case(action));
                let Some((.., on)) = known else {
                    self.import.leave(format!("AppEvents {event}/{action}"));
                    continue;
                };
                hooks.push(hook(on, arguments(command)));
            }
        }
        self.import.set_list(&["host", "hooks"], hooks);
    }
}
