//! The XML file of a service that runs under WinSW, versions 2 and 3.

use roxmltree::{Document, Node};
use toml::{Table, Value};

use super::table::{Import, arguments, duration, hook, literal};
use super::{ImportError, Imported};

/// Elements with a command of their own, and their hooks.
const HOOKS: [(&str, &str); 4] = [
    ("prestart", "before-start"),
    ("poststart", "after-start"),
    ("prestop", "before-stop"),
    ("poststop", "after-exit"),
];

/// The elements that are taken over, or whose meaning is the default here.
const KNOWN: [&str; 34] = [
    "id",
    "name",
    "description",
    "executable",
    "arguments",
    "argument",
    "startarguments",
    "startargument",
    "workingdirectory",
    "env",
    "startmode",
    "delayedAutoStart",
    "depend",
    "serviceaccount",
    "stoptimeout",
    "stopexecutable",
    "stoparguments",
    "stopargument",
    "onfailure",
    "priority",
    "log",
    "logmode",
    "logpath",
    "securityDescriptor",
    "preshutdown",
    "preshutdownTimeout",
    "prestart",
    "poststart",
    "prestop",
    "poststop",
    // The defaults here.
    "stopparentprocessfirst",
    "waithint",
    "sleeptime",
    "hidewindow",
];

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Imported, ImportError> {
    let document = Document::parse(text)?;
    let root = document.root_element();
    if root.tag_name().name() != "service" {
        return Err(ImportError::NotWinsw {
            found: root.tag_name().name().to_owned(),
        });
    }
    let service = Winsw {
        root,
        import: Import::default(),
    };
    service.import()
}

struct Winsw<'a> {
    root: Node<'a, 'a>,
    import: Import,
}

/// The elements with a name, which WinSW reads whatever their capitals are.
fn elements<'a>(parent: Node<'a, 'a>, name: &str) -> impl Iterator<Item = Node<'a, 'a>> {
    parent
        .children()
        .filter(move |it| it.is_element() && it.tag_name().name().eq_ignore_ascii_case(name))
}

fn text<'a>(parent: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    let text = elements(parent, name).find_map(|it| it.text())?.trim();
    (!text.is_empty()).then_some(text)
}

/// A text of a table: `%BASE%` is the folder of the file, which becomes the installation folder.
fn named(text: &str) -> String {
    literal(text)
        .replace("%BASE%", "{install}")
        .replace("%base%", "{install}")
}

/// The words of a command: an executable, `NAMEarguments` as a line, and `NAMEargument` once for each.
fn words(parent: Node<'_, '_>, line: &str, single: &str) -> Vec<Value> {
    let line = text(parent, line).map(arguments).unwrap_or_default();
    let line = line.iter().filter_map(Value::as_str).map(base);
    let single = elements(parent, single).filter_map(|it| it.text());
    let single = single.map(|it| Value::from(named(it.trim())));
    line.chain(single).collect()
}

/// As [`named`], for a text whose braces are doubled already.
fn base(text: &str) -> Value {
    text.replace("%BASE%", "{install}").into()
}

/// A time such as `15 sec`, in milliseconds.
fn time(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "ms" => 1,
        "s" | "sec" | "secs" => 1000,
        "min" | "mins" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

impl Winsw<'_> {
    fn import(mut self) -> Result<Imported, ImportError> {
        let id = text(self.root, "id").ok_or(ImportError::Missing { name: "id" })?;
        let executable = text(self.root, "executable").ok_or(ImportError::Missing { name: "executable" })?;
        self.import.set(&["host", "program"], named(executable));
        self.service(id);
        self.program();
        self.stop();
        self.restart();
        self.output();
        self.hooks();
        let known = |name: &str| KNOWN.iter().any(|it| it.eq_ignore_ascii_case(name));
        for element in self.root.children().filter(Node::is_element) {
            let name = element.tag_name().name();
            if !known(name) {
                self.import.leave(format!("the element `{name}`"));
            }
        }
        Ok(self.import.finish(id.to_owned()))
    }

    fn service(&mut self, id: &str) {
        self.import.set_some(&["display-name"], text(self.root, "name"));
        self.import
            .set_some(&["description"], text(self.root, "description"));
        let is_delayed = elements(self.root, "delayedAutoStart").any(|it| it.text() != Some("false"));
        let start = match text(self.root, "startmode").map(str::to_lowercase).as_deref() {
            Some("manual") => Some("manual"),
            Some("disabled") => Some("disabled"),
            _ if is_delayed => Some("delayed"),
            _ => None,
        };
        self.import.set_some(&["start"], start);
        let dependencies = elements(self.root, "depend").filter_map(|it| it.text());
        let dependencies = dependencies.map(|it| Value::from(it.trim())).collect();
        self.import.set_list(&["dependencies"], dependencies);
        self.import
            .set_some(&["security"], text(self.root, "securityDescriptor"));
        let user = elements(self.root, "serviceaccount").next();
        let name = user.and_then(|it| text(it, "username").or_else(|| text(it, "user")));
        // WinSW's default is that of the SCM.
        self.import.set_account(name.unwrap_or("LocalSystem"), id);
        let preshutdown = text(self.root, "preshutdownTimeout").and_then(time);
        self.import
            .set_some(&["preshutdown-timeout"], preshutdown.map(duration));
    }

    fn program(&mut self) {
        let mut all = words(self.root, "arguments", "argument");
        all.extend(words(self.root, "startarguments", "startargument"));
        self.import.set_list(&["host", "arguments"], all);
        self.import.set_some(
            &["host", "working-directory"],
            text(self.root, "workingdirectory").map(named),
        );
        for variable in elements(self.root, "env") {
            if let (Some(name), Some(value)) = (variable.attribute("name"), variable.attribute("value")) {
                self.import.set(&["host", "environment", name], named(value));
            }
        }
        let priority = text(self.root, "priority").map(str::to_lowercase);
        match priority.as_deref() {
            None | Some("normal") => {}
            Some("idle") => self.import.set(&["host", "priority"], "idle"),
            Some("belownormal") => self.import.set(&["host", "priority"], "below-normal"),
            Some("abovenormal") => self.import.set(&["host", "priority"], "above-normal"),
            Some("high") => self.import.set(&["host", "priority"], "high"),
            Some(other) => self.import.leave(format!("the priority {other}")),
        }
    }

    fn stop(&mut self) {
        if let Some(executable) = text(self.root, "stopexecutable") {
            let mut command = vec![Value::from(named(executable))];
            command.extend(words(self.root, "stoparguments", "stopargument"));
            let step = Table::from_iter([("command".to_owned(), Value::from(command))]);
            self.import.set(&["host", "stop"], vec![Value::from(step)]);
        }
        let timeout = text(self.root, "stoptimeout").and_then(time);
        self.import.set_stop_timeout(timeout.unwrap_or_default());
    }

    /// WinSW leaves restarts to Windows; without `onfailure` there are none.
    fn restart(&mut self) {
        let actions: Vec<(&str, u64)> = elements(self.root, "onfailure")
            .map(|it| {
                let delay = it.attribute("delay").and_then(time).unwrap_or_default();
                (it.attribute("action").unwrap_or("none"), delay)
            })
            .collect();
        let restarts = actions.iter().take_while(|(action, _)| *action == "restart");
        let delays: Vec<Value> = restarts.map(|(_, delay)| duration(*delay).into()).collect();
        let is_limited = delays.len() < actions.len();
        match i64::try_from(delays.len()) {
            Ok(0) | Err(_) => self.import.set(&["host", "restart", "on"], "never"),
            Ok(count) => {
                self.import.set(&["host", "restart", "delay"], delays);
                if is_limited {
                    self.import.set(&["host", "restart", "max-attempts"], count);
                }
            }
        }
        if actions.iter().any(|(action, _)| *action == "reboot") {
            self.import
                .leave("the action `reboot` (set `recovery`, or a hook for `give-up`)");
        }
    }

    fn output(&mut self) {
        self.import.set_some(
            &["host", "output", "directory"],
            text(self.root, "logpath").map(named),
        );
        let log = elements(self.root, "log").next();
        let mode = log
            .and_then(|it| it.attribute("mode"))
            .or_else(|| text(self.root, "logmode"));
        match mode {
            None | Some("append" | "rotate") => {}
            Some("none") => {
                self.import.set(&["host", "output", "stdout"], "null");
                self.import.set(&["host", "output", "stderr"], "null");
                return;
            }
            Some("roll" | "reset") => self.import.set(&["host", "output", "rotate-on-start"], true),
            Some(_) => {
                let number = |name| text(log?, name)?.parse::<i64>().ok();
                let size = number("sizeThreshold").map(|size| format!("{size}KB"));
                self.import.set_some(&["host", "output", "max-size"], size);
                self.import
                    .set_some(&["host", "output", "keep-files"], number("keepFiles"));
                if log.is_some_and(|it| text(it, "pattern").is_some()) {
                    self.import
                        .leave("the pattern of log files (a new file begins each day)");
                }
            }
        }
        // WinSW has a file for each stream, and writes nothing into a line.
        self.import.set(&["host", "output", "stderr"], "file");
        self.import.set(&["host", "output", "timestamps"], false);
    }

    fn hooks(&mut self) {
        let mut hooks = Vec::new();
        for (name, on) in HOOKS {
            for element in elements(self.root, name) {
                let Some(executable) = text(element, "executable") else {
                    continue;
                };
                let mut command = vec![Value::from(named(executable))];
                command.extend(words(element, "arguments", "argument"));
                hooks.push(hook(on, command));
            }
        }
        self.import.set_list(&["host", "hooks"], hooks);
    }
}
