//! The programs that Windows starts without a service: registered by `install`, removed by `uninstall`, with the entries
//! that the MSI registers.
//!
//! The names of registered entries are recorded in the product's registry key, so that a later version removes those
//! that it no longer has. A failure of `install` and `uninstall` is a warning: the service runs without them.

use std::time::Duration;

use winsvc_definition::registration::RegistryValue;
use winsvc_definition::{Autostart as Entry, RUN_KEY, Stamp, Task, TextName, command_line, task_xml};

use super::command::{AutostartAction, AutostartChange};
use super::failure::{Code, Failure, describe};
use super::folders;
use super::values::{self, PropertyOptions, Values};
use crate::sys::machine::{CallError, Machine, TaskScheduler};

/// The key below the product's registry key with the records: the command line or the task's path of each entry.
const RECORDS: &str = "Autostart";

/// How long a task may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The entries of the product, and the values of the names in them.
pub(super) struct Autostart {
    entries: Vec<Entry>,
    values: Values,
    /// The key with the records; `None` without a stamp.
    records: Option<String>,
}

/// The names of the entries that an installation has registered, and of those that it has removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) registered: Vec<String>,
    pub(super) removed: Vec<String>,
}

/// An entry that could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// What was not done, as in "cannot register".
    doing: &'static str,
    name: String,
    error: CallError,
}

impl Problem {
    fn new(doing: &'static str, name: &str, error: CallError) -> Self {
        Self {
            doing,
            name: name.to_owned(),
            error,
        }
    }

    pub(super) fn warning(&self, machine: &dyn Machine) -> String {
        let Self { doing, name, error } = self;
        format!(
            "cannot {doing} the autostart entry \"{name}\": {} ({})",
            describe(machine, error.code),
            error.call
        )
    }

    pub(super) fn failure(&self, machine: &dyn Machine) -> Failure {
        let doing = format!("{} the autostart entry", self.doing);
        Failure::of_call(machine, &doing, &self.name, self.error)
    }
}

/// Registers or removes one entry, as the MSI asks for.
pub(super) fn change(
    machine: &dyn Machine,
    change: &AutostartChange,
    stamps: &[Stamp],
    exe: &str,
) -> Result<(), Failure> {
    let AutostartChange { name, action, set } = change;
    let has_it = |stamp: &&Stamp| stamp.autostart.iter().any(|entry| entry.name == *name);
    let Some(stamp) = stamps.iter().find(has_it) else {
        let message = format!("this program has no autostart entry {name:?}");
        return Err(Failure::new(Code::Usage, message));
    };
    let given = PropertyOptions {
        set: set.clone(),
        ..PropertyOptions::default()
    };
    let folders = folders::of_product(stamp)?;
    let values = values::registered(machine, stamp, exe, &folders, &given)?;
    let autostart = Autostart::new(stamp, values);
    let mut scheduler = Scheduler::new(machine);
    for entry in stamp.autostart.iter().filter(|entry| entry.name == *name) {
        let (doing, done) = match action {
            AutostartAction::Add => (
                "register the autostart entry",
                autostart.add(&mut scheduler, entry).and_then(|()| {
                    let (_, problem) = autostart.remove_others(&mut scheduler, false);
                    problem.map_or(Ok(()), |(_, error)| Err(error))
                }),
            ),
            AutostartAction::Remove { keep_disabled } => (
                "remove the autostart entry",
                autostart
                    .drop_entry(&mut scheduler, entry, *keep_disabled)
                    .map(|_| ()),
            ),
        };
        done.map_err(|error| Failure::of_call(machine, doing, name, error))?;
    }
    Ok(())
}

impl Autostart {
    /// The entries of a service.
    pub(super) fn new(stamp: &Stamp, values: Values) -> Self {
        let key = &stamp.layout.registry_key;
        Self {
            entries: stamp.autostart.clone(),
            values,
            records: (!key.is_empty()).then(|| format!(r"{key}\{RECORDS}")),
        }
    }

    /// Registers the entries, and removes those of another version. An optional one is registered again if it exists.
    pub(super) fn register(&self, machine: &dyn Machine, dry_run: bool) -> (Changes, Vec<Problem>) {
        let (mut changes, mut problems) = (Changes::default(), Vec::new());
        if self.entries.is_empty() {
            return (changes, problems);
        }
        let mut scheduler = Scheduler::new(machine);
        for entry in &self.entries {
            let registered = self.is_wanted(&mut scheduler, entry).and_then(|is_wanted| {
                if is_wanted && !dry_run {
                    self.add(&mut scheduler, entry)?;
                }
                Ok(is_wanted)
            });
            match registered {
                Ok(true) => changes.registered.push(entry.name.clone()),
                Ok(false) => {}
                Err(error) => problems.push(Problem::new("register", &entry.name, error)),
            }
        }
        let (removed, problem) = self.remove_others(&mut scheduler, dry_run);
        changes.removed = removed;
        problems.extend(problem.map(|(name, error)| Problem::new("remove", &name, error)));
        (changes, problems)
    }

    /// Removes the entries, and those of another version. Returns the names of those that existed.
    pub(super) fn remove(&self, machine: &dyn Machine, dry_run: bool) -> (Vec<String>, Vec<Problem>) {
        let (mut removed, mut problems) = (Vec::new(), Vec::new());
        if self.entries.is_empty() {
            return (removed, problems);
        }
        let mut scheduler = Scheduler::new(machine);
        for entry in &self.entries {
            let existed = if dry_run {
                self.exists(&mut scheduler, entry)
            } else {
                self.drop_entry(&mut scheduler, entry, false)
            };
            match existed {
                Ok(true) => removed.push(entry.name.clone()),
                Ok(false) => {}
                Err(error) => problems.push(Problem::new("remove", &entry.name, error)),
            }
        }
        let (others, problem) = self.remove_others(&mut scheduler, dry_run);
        removed.extend(others);
        problems.extend(problem.map(|(name, error)| Problem::new("remove", &name, error)));
        (removed, problems)
    }

    /// The names of the entries, each with whether it is registered.
    pub(super) fn status(&self, machine: &dyn Machine) -> Result<Vec<(String, bool)>, Problem> {
        let mut scheduler = Scheduler::new(machine);
        let mut states = Vec::new();
        for entry in &self.entries {
            match self.exists(&mut scheduler, entry) {
                Ok(exists) => states.push((entry.name.clone(), exists)),
                Err(error) => return Err(Problem::new("query", &entry.name, error)),
            }
        }
        Ok(states)
    }

    fn is_wanted(&self, scheduler: &mut Scheduler<'_>, entry: &Entry) -> Result<bool, CallError> {
        Ok(!entry.optional || self.exists(scheduler, entry)?)
    }

    /// Whether the entry is registered, for this program.
    fn exists(&self, scheduler: &mut Scheduler<'_>, entry: &Entry) -> Result<bool, CallError> {
        match &entry.task {
            Some(task) => Ok(scheduler.get()?.task(&task.path(&entry.name))?.is_some()),
            None => self.has_run_value(scheduler.machine, entry),
        }
    }

    /// Whether the Run key has a value of this name for this program.
    fn has_run_value(&self, machine: &dyn Machine, entry: &Entry) -> Result<bool, CallError> {
        let present = run_value(machine, &entry.name)?;
        let own = self.program(entry);
        Ok(present.is_some_and(|line| command_line::program(&line).eq_ignore_ascii_case(&own)))
    }

    fn add(&self, scheduler: &mut Scheduler<'_>, entry: &Entry) -> Result<(), CallError> {
        let machine = scheduler.machine;
        let record = if let Some(task) = &entry.task {
            self.add_task(scheduler.get()?, entry, task)?
        } else {
            let line = self.line(entry);
            machine.set_registry_value(RUN_KEY, &entry.name, &RegistryValue::String(line.clone()))?;
            line
        };
        if let Some(key) = &self.records {
            machine.set_registry_value(key, &entry.name, &RegistryValue::String(record))?;
        }
        Ok(())
    }

    /// Registers a task. An administrator who has disabled it wants it to stay so. Returns its path.
    fn add_task(
        &self,
        scheduler: &dyn TaskScheduler,
        entry: &Entry,
        task: &Task,
    ) -> Result<String, CallError> {
        let path = task.path(&entry.name);
        let is_enabled = scheduler.task(&path)?.is_none_or(|state| state.is_enabled);
        let xml = task_xml(entry, task, is_enabled, &|name| self.values.value(name));
        scheduler.register(&path, &xml, task.account)?;
        Ok(path)
    }

    /// Removes an entry, and returns whether it existed. With `keep_disabled`, a task that is disabled stays.
    fn drop_entry(
        &self,
        scheduler: &mut Scheduler<'_>,
        entry: &Entry,
        keep_disabled: bool,
    ) -> Result<bool, CallError> {
        let machine = scheduler.machine;
        let existed = if let Some(task) = &entry.task {
            let path = task.path(&entry.name);
            let state = scheduler.get()?.task(&path)?;
            if keep_disabled && state.is_some_and(|state| !state.is_enabled) {
                return end(machine, scheduler.get()?, &path).map(|()| false);
            }
            remove_task(machine, scheduler.get()?, &path)?;
            state.is_some()
        } else {
            let exists = self.has_run_value(machine, entry)?;
            if exists {
                machine.remove_registry_value(RUN_KEY, &entry.name)?;
            }
            exists
        };
        self.forget(machine, &entry.name)?;
        Ok(existed)
    }

    /// Removes the entries that another version has registered. Returns their names, and an error with the name of its
    /// entry.
    fn remove_others(
        &self,
        scheduler: &mut Scheduler<'_>,
        dry_run: bool,
    ) -> (Vec<String>, Option<(String, CallError)>) {
        let mut removed = Vec::new();
        let records = match self.recorded(scheduler.machine) {
            Ok(records) => records,
            Err(error) => return (removed, Some((RECORDS.to_owned(), error))),
        };
        for (name, record) in records {
            if self.entries.iter().any(|entry| entry.name == name) {
                continue;
            }
            let done = if dry_run {
                Ok(())
            } else {
                self.remove_recorded(scheduler, &name, &record)
            };
            match done {
                Ok(()) => removed.push(name),
                Err(error) => return (removed, Some((name, error))),
            }
        }
        (removed, None)
    }

    fn remove_recorded(
        &self,
        scheduler: &mut Scheduler<'_>,
        name: &str,
        record: &str,
    ) -> Result<(), CallError> {
        let machine = scheduler.machine;
        if record.starts_with('\\') {
            remove_task(machine, scheduler.get()?, record)?;
        } else if run_value(machine, name)?.as_deref() == Some(record) {
            machine.remove_registry_value(RUN_KEY, name)?;
        }
        self.forget(machine, name)
    }

    /// The recorded entries.
    fn recorded(&self, machine: &dyn Machine) -> Result<Vec<(String, String)>, CallError> {
        let values = match &self.records {
            Some(key) => machine.registry_values(key)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let records = values.into_iter().filter_map(|(name, value)| match value {
            Some(RegistryValue::String(record)) => Some((name, record)),
            _ => None,
        });
        Ok(records.collect())
    }

    /// Removes a record, and the key with the last one.
    fn forget(&self, machine: &dyn Machine, name: &str) -> Result<(), CallError> {
        let Some(key) = &self.records else {
            return Ok(());
        };
        if machine.registry_value(key, name)?.is_some() {
            machine.remove_registry_value(key, name)?;
        }
        match machine.registry_values(key)? {
            Some(rest) if rest.is_empty() => machine.remove_registry_key(key),
            _ => Ok(()),
        }
    }

    /// The path of an entry's exe.
    fn program(&self, entry: &Entry) -> String {
        format!(
            "{}{}",
            self.values.value(&TextName::Install),
            entry.program.join("\\")
        )
    }

    /// The command line of an entry.
    fn line(&self, entry: &Entry) -> String {
        let arguments = entry.arguments.iter();
        let arguments = arguments.map(|text| text.fill(&|name| self.values.value(name)));
        command_line::process(&self.program(entry), &arguments.collect::<Vec<_>>())
    }
}

/// The Task Scheduler, to which a product without tasks does not connect.
struct Scheduler<'a> {
    machine: &'a dyn Machine,
    connected: Option<Box<dyn TaskScheduler>>,
}

impl<'a> Scheduler<'a> {
    fn new(machine: &'a dyn Machine) -> Self {
        Self {
            machine,
            connected: None,
        }
    }

    fn get(&mut self) -> Result<&dyn TaskScheduler, CallError> {
        let connected = match self.connected.take() {
            Some(connected) => connected,
            None => self.machine.task_scheduler()?,
        };
        Ok(&**self.connected.insert(connected))
    }
}

/// A value of the Run key.
fn run_value(machine: &dyn Machine, name: &str) -> Result<Option<String>, CallError> {
    Ok(match machine.registry_value(RUN_KEY, name)? {
        Some(RegistryValue::String(line) | RegistryValue::ExpandString(line)) => Some(line),
        _ => None,
    })
}

/// Ends a task's programs and deletes it, with its folders if they are empty.
fn remove_task(machine: &dyn Machine, scheduler: &dyn TaskScheduler, path: &str) -> Result<(), CallError> {
    end(machine, scheduler, path)?;
    scheduler.delete(path)?;
    let mut folder = path;
    while let Some((outer, _)) = folder.rsplit_once('\\').filter(|(outer, _)| !outer.is_empty()) {
        // Not empty: there are other tasks in it.
        if scheduler.remove_folder(outer).is_err() {
            break;
        }
        folder = outer;
    }
    Ok(())
}

/// Ends the programs of a task, and waits until they have ended: their files can be replaced and removed then.
fn end(machine: &dyn Machine, scheduler: &dyn TaskScheduler, path: &str) -> Result<(), CallError> {
    const LOOK: Duration = Duration::from_millis(50);
    let is_running = || Ok(scheduler.task(path)?.is_some_and(|state| state.is_running));
    if !is_running()? {
        return Ok(());
    }
    scheduler.stop(path)?;
    let deadline = machine.now() + PATIENCE;
    while is_running()? && machine.now() < deadline {
        machine.sleep(LOOK);
    }
    Ok(())
}
