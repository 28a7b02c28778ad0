//! The definition of a task as the Task Scheduler reads it
//! ([Task Scheduler Schema](https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema),
//! [MS-TSCH 2.5](https://learn.microsoft.com/openspecs/windows_protocols/ms-tsch/0d6383e4-de92-43e7-b0bb-a60cfa36379f)).

use std::fmt::Write as _;

use super::{Autostart, Task, TaskAccount, TaskRestart, TaskStart};
use crate::{TextName, Timeout, command_line};

/// `NT AUTHORITY\SYSTEM`
const SYSTEM: &str = "S-1-5-18";
/// `NT AUTHORITY\LOCAL SERVICE`
const LOCAL_SERVICE: &str = "S-1-5-19";
/// `BUILTIN\Users`: the task runs as the member who is logged on.
const USERS: &str = "S-1-5-32-545";

/// The day on which daily tasks begin: any in the past.
const FIRST_DAY: &str = "2020-01-01";

/// The priority of a normal process. That of a task is lower by default
/// ([Priority](https://learn.microsoft.com/windows/win32/taskschd/taskschedulerschema-priority-settingstype-element)).
const NORMAL_PRIORITY: u8 = 5;

/// The XML of a task. `value` gives the values of names; the paths of folders end with a backslash. A task that an
/// administrator has disabled is not enabled.
///
/// ```
/// use winsvc_definition::{Autostart, TextName, task_xml};
///
/// let entry: Autostart = "Acme Updates\tprogram=update.exe\tat=boot\tfolder=Acme\tas=system".parse().unwrap();
/// let xml = task_xml(&entry, entry.task.as_ref().unwrap(), true, &|name| match name {
///     TextName::Install => r"C:\Acme\".to_owned(),
///     _ => String::new(),
/// });
/// assert!(xml.contains(r"<Command>C:\Acme\update.exe</Command>"));
/// ```
pub fn task_xml(
    entry: &Autostart,
    task: &Task,
    is_enabled: bool,
    value: &dyn Fn(&TextName) -> String,
) -> String {
    let mut xml = Xml::default();
    xml.text
        .push_str("<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n");
    let root = "Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\"";
    xml.inside(root, |xml| {
        xml.inside("RegistrationInfo", |xml| {
            xml.element("URI", &task.path(&entry.name));
        });
        xml.inside("Triggers", |xml| trigger(xml, task));
        xml.inside("Principals", |xml| {
            xml.inside("Principal id=\"Account\"", |xml| principal(xml, task));
        });
        xml.inside("Settings", |xml| settings(xml, task, is_enabled));
        xml.inside("Actions Context=\"Account\"", |xml| {
            xml.inside("Exec", |xml| command(xml, entry, value));
        });
    });
    xml.text
}

/// The elements of a trigger have a fixed order.
fn trigger(xml: &mut Xml, task: &Task) {
    let delay = |xml: &mut Xml, name: &str, time: Option<Timeout>| {
        if let Some(time) = time {
            xml.element(name, &duration(time));
        }
    };
    match task.at {
        TaskStart::Logon => xml.inside("LogonTrigger", |xml| delay(xml, "Delay", task.delay)),
        TaskStart::Boot => xml.inside("BootTrigger", |xml| delay(xml, "Delay", task.delay)),
        TaskStart::Daily { hour, minute } => xml.inside("CalendarTrigger", |xml| {
            xml.element("StartBoundary", &format!("{FIRST_DAY}T{hour:02}:{minute:02}:00"));
            delay(xml, "RandomDelay", task.random_delay);
            xml.inside("ScheduleByDay", |xml| xml.element("DaysInterval", "1"));
        }),
    }
}

fn principal(xml: &mut Xml, task: &Task) {
    match task.account {
        TaskAccount::User => xml.element("GroupId", USERS),
        TaskAccount::System => xml.element("UserId", SYSTEM),
        TaskAccount::LocalService => xml.element("UserId", LOCAL_SERVICE),
    }
    let level = if task.elevated {
        "HighestAvailable"
    } else {
        "LeastPrivilege"
    };
    xml.element("RunLevel", level);
}

fn settings(xml: &mut Xml, task: &Task, is_enabled: bool) {
    // Several users may be logged on at a time, each with the program.
    let instances = match task.account {
        TaskAccount::User => "Parallel",
        TaskAccount::System | TaskAccount::LocalService => "IgnoreNew",
    };
    xml.element("MultipleInstancesPolicy", instances);
    xml.element("DisallowStartIfOnBatteries", "false");
    xml.element("StopIfGoingOnBatteries", "false");
    // A daily task whose time has passed while the machine was off.
    xml.element("StartWhenAvailable", "true");
    xml.element("Enabled", if is_enabled { "true" } else { "false" });
    xml.element("Hidden", if task.hidden { "true" } else { "false" });
    xml.element("ExecutionTimeLimit", "PT0S");
    xml.element("Priority", &NORMAL_PRIORITY.to_string());
    if let Some(TaskRestart { every, times }) = task.restart {
        xml.inside("RestartOnFailure", |xml| {
            xml.element("Interval", &duration(every));
            xml.element("Count", &times.to_string());
        });
    }
}

fn command(xml: &mut Xml, entry: &Autostart, value: &dyn Fn(&TextName) -> String) {
    let install = value(&TextName::Install);
    let (folders, _) = entry.program.split_at(entry.program.len().saturating_sub(1));
    xml.element("Command", &format!("{install}{}", entry.program.join("\\")));
    if !entry.arguments.is_empty() {
        let arguments = entry.arguments.iter().map(|text| text.fill(value));
        let arguments: Vec<String> = arguments.collect();
        xml.element("Arguments", command_line::join(&arguments).trim_start());
    }
    let folder = format!("{install}{}", folders.join("\\"));
    xml.element("WorkingDirectory", folder.trim_end_matches('\\'));
}

/// A duration of XML Schema, in seconds.
fn duration(time: Timeout) -> String {
    format!("PT{}S", time.milliseconds() / 1000)
}

/// XML that is being written.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    /// An element with text.
    fn element(&mut self, name: &str, text: &str) {
        let _ = write!(
            self.text,
            "{}<{name}>{}</{name}>\r\n",
            self.indent(),
            escaped(text)
        );
    }

    /// An element with others in it; `tag` is its name with its attributes.
    fn inside(&mut self, tag: &str, content: impl FnOnce(&mut Self)) {
        let name = tag.split(' ').next().unwrap_or_default();
        let indent = self.indent();
        let _ = write!(self.text, "{indent}<{tag}>\r\n");
        self.depth += 1;
        content(self);
        self.depth -= 1;
        let _ = write!(self.text, "{indent}</{name}>\r\n");
    }

    fn indent(&self) -> String {
        "  ".repeat(self.depth)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::task;
    use super::*;
    use crate::NamedText;

    fn value(name: &TextName) -> String {
        match name {
            TextName::Install => r"C:\Program Files\R&D\".to_owned(),
            name => format!("<{name}>"),
        }
    }

    fn xml(entry: &Autostart, is_enabled: bool) -> String {
        let task = entry.task.as_ref().unwrap();
        task_xml(entry, task, is_enabled, &value).replace("\r\n", "\n")
    }

    #[test]
    fn a_daily_task_of_the_system_has_this_definition() {
        let mut entry = task("daily 02:05");
        entry.program.insert(0, "bin".to_owned());
        entry.arguments = ["--port={PORT}", "a b"]
            .map(|text| NamedText::new(text).unwrap())
            .into();
        let settings = entry.task.as_mut().unwrap();
        settings.account = TaskAccount::System;
        settings.random_delay = Some(Timeout::new("1h").unwrap());
        settings.restart = Some(TaskRestart::new(Timeout::new("90s").unwrap(), 3).unwrap());
        settings.hidden = true;
        let expected = r#"<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <URI>\Acme\Agent\Acme Updates</URI>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2020-01-01T02:05:00</StartBoundary>
      <RandomDelay>PT3600S</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Account">
      <UserId>S-1-5-18</UserId>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <Hidden>true</Hidden>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure>
      <Interval>PT90S</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Account">
    <Exec>
      <Command>C:\Program Files\R&amp;D\bin\update.exe</Command>
      <Arguments>--port=&lt;PORT&gt; "a b"</Arguments>
      <WorkingDirectory>C:\Program Files\R&amp;D\bin</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"#;
        assert_eq!(xml(&entry, true), expected);
    }

    #[test]
    fn a_task_of_each_user_runs_for_all_of_them_at_once() {
        let mut entry = task("logon");
        let settings = entry.task.as_mut().unwrap();
        settings.account = TaskAccount::User;
        settings.elevated = true;
        settings.delay = Some(Timeout::new("30s").unwrap());
        let xml = xml(&entry, false);
        for line in [
            "<GroupId>S-1-5-32-545</GroupId>",
            "<RunLevel>HighestAvailable</RunLevel>",
            "<MultipleInstancesPolicy>Parallel</MultipleInstancesPolicy>",
            "<Delay>PT30S</Delay>",
            "<Enabled>false</Enabled>",
            r"<WorkingDirectory>C:\Program Files\R&amp;D</WorkingDirectory>",
        ] {
            assert!(xml.lines().any(|found| found.trim() == line), "{line}\n{xml}");
        }
        assert!(!xml.contains("UserId") && !xml.contains("<Arguments>"), "{xml}");
    }

    #[test]
    fn a_task_at_boot_may_be_one_of_a_local_service() {
        let xml = xml(&task("boot"), true);
        assert!(xml.contains("<BootTrigger>\n    </BootTrigger>"), "{xml}");
        assert!(xml.contains("<UserId>S-1-5-19</UserId>"), "{xml}");
        assert!(!xml.contains("RestartOnFailure"), "{xml}");
    }
}
