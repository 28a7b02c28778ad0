//! A machine that records all changes, with services whose states are scripted by a test.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use winsvc_definition::registration::{FailureActions, RegistryValue};

use crate::sys::machine::{
    CallError, Config, EventLog, Folder, Level, LevelValue, Machine, NamedValue, Password, Phase, Process,
    Removal, Status, TaskScheduler, code,
};

use super::task_scheduler::FakeTasks;

/// A registered service.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) config: Config,
    pub(super) levels: BTreeMap<Level, LevelValue>,
    pub(super) security: String,
    pub(super) status: Status,
}

pub(super) type Happening = Box<dyn Fn(&FakeMachine)>;
/// The default access rights of a service.
pub(super) const SECURITY: &str = "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)";

#[derive(Default)]
pub(super) struct FakeMachine {
    /// The only service, if it is registered.
    pub(super) service: RefCell<Option<Service>>,
    pub(super) registry: RefCell<BTreeMap<(String, String), RegistryValue>>,
    /// The passwords that were set.
    pub(super) passwords: RefCell<Vec<Password>>,
    /// All calls that change something.
    pub(super) calls: RefCell<Vec<String>>,
    /// The states that queries return after a start or a stop, in order; the last one stays.
    pub(super) ahead: RefCell<VecDeque<Status>>,
    /// The names of the calls that fail, and how often they still fail.
    pub(super) failing: RefCell<BTreeMap<&'static str, (u32, u32)>>,
    pub(super) unknown_levels: BTreeSet<Level>,
    /// The levels that are accepted without an error, but not kept.
    pub(super) forgotten_levels: BTreeSet<Level>,
    /// For how many queries a deleted service still exists.
    pub(super) lingers: Cell<u32>,
    /// The status text of the service.
    pub(super) status_text: Option<&'static str>,
    /// The folders with their owners and access lists.
    pub(super) folders: RefCell<BTreeMap<String, Folder>>,
    /// Whether a folder keeps its owner and access list.
    pub(super) forgets_security: bool,
    /// The records of the event log, the oldest first.
    pub(super) records: RefCell<Vec<Vec<u8>>>,
    /// What happens during the pauses, in order.
    pub(super) meanwhile: RefCell<VecDeque<Happening>>,
    /// The exit codes of netsh.exe for rules that it adds, and for those that it deletes.
    pub(super) add_code: Cell<u32>,
    pub(super) delete_code: Cell<u32>,
    /// Whether the process continues to run after its service has stopped.
    pub(super) process_stays: Cell<bool>,
    /// The tasks, which record their changes among the calls.
    pub(super) tasks: Rc<FakeTasks>,
    is_deleted: Cell<bool>,
    time: Cell<Duration>,
}

pub(super) fn status(phase: Phase) -> Status {
    Status {
        phase,
        win32_exit_code: 0,
        service_exit_code: 0,
        checkpoint: 0,
        wait_hint: 0,
        pid: if phase == Phase::Stopped { 0 } else { 42 },
    }
}

pub(super) fn stopped_with(win32_exit_code: u32, service_exit_code: u32) -> Status {
    Status {
        win32_exit_code,
        service_exit_code,
        ..status(Phase::Stopped)
    }
}

impl FakeMachine {
    /// A machine with a service of the program `C:\old\agent.exe` in this state.
    pub(super) fn with_service(now: Status) -> Self {
        let machine = Self::default();
        *machine.service.borrow_mut() = Some(Service {
            config: Config {
                service_type: 0x10,
                start: 3,
                error_control: 1,
                binary_path: r"C:\old\agent.exe --old".to_owned(),
                dependencies: vec![],
                account: "LocalSystem".to_owned(),
                display_name: "Old".to_owned(),
            },
            levels: fresh_levels(),
            security: SECURITY.to_owned(),
            status: now,
        });
        machine
    }

    pub(super) fn ahead(self, states: &[Status]) -> Self {
        self.ahead.borrow_mut().extend(states);
        self
    }

    /// Makes a call fail from now on.
    pub(super) fn failing(self, call: &'static str, code: u32) -> Self {
        self.failing_times(call, code, u32::MAX)
    }

    pub(super) fn failing_times(self, call: &'static str, code: u32, times: u32) -> Self {
        self.failing.borrow_mut().insert(call, (code, times));
        self
    }

    /// The calls since the previous query.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.borrow_mut())
    }

    pub(super) fn value(&self, key: &str, name: &str) -> Option<RegistryValue> {
        self.registry
            .borrow()
            .get(&(key.to_owned(), name.to_owned()))
            .cloned()
    }

    fn may(&self, call: &'static str) -> Result<(), CallError> {
        match self.failing.borrow_mut().get_mut(call) {
            Some((code, times)) if *times > 0 => {
                *times -= 1;
                Err(CallError { call, code: *code })
            }
            _ => Ok(()),
        }
    }

    fn change(&self, call: &'static str, what: &str) -> Result<(), CallError> {
        self.may(call)?;
        self.calls
            .borrow_mut()
            .push(format!("{call} {what}").trim_end().to_owned());
        Ok(())
    }

    fn put_folder(&self, path: &str, security: &str) -> Result<(), CallError> {
        let security = if self.forgets_security {
            "O:BAD:AI(A;OICIID;FA;;;BA)".to_owned()
        } else {
            self.canonical_folder_security(security)?
        };
        let is_link = false;
        self.folders
            .borrow_mut()
            .insert(path.to_owned(), Folder { is_link, security });
        Ok(())
    }

    fn open<T>(&self, look: impl FnOnce(&mut Service) -> T) -> Result<T, CallError> {
        self.may("OpenService")?;
        match self.service.borrow_mut().as_mut() {
            Some(service) => Ok(look(service)),
            None => Err(CallError {
                call: "OpenService",
                code: code::SERVICE_DOES_NOT_EXIST,
            }),
        }
    }
}

fn fresh_levels() -> BTreeMap<Level, LevelValue> {
    [
        LevelValue::Description(String::new()),
        LevelValue::DelayedStart(false),
        LevelValue::Recovery(FailureActions {
            reset_period: 0,
            actions: Vec::new(),
        }),
        LevelValue::FailureFlag(false),
        LevelValue::SidType(0),
        LevelValue::Privileges(Vec::new()),
        LevelValue::Triggers(Vec::new()),
        LevelValue::Preshutdown(180_000),
    ]
    .into_iter()
    .map(|value| (value.level(), value))
    .collect()
}

struct FakeProcess {
    ends: bool,
}

impl Process for FakeProcess {
    fn wait(&self, _: Duration) -> bool {
        self.ends
    }
}

struct FakeEventLog(Vec<Vec<u8>>);

impl EventLog for FakeEventLog {
    /// Up to two records at once.
    fn read_backwards(&mut self) -> Result<Vec<u8>, CallError> {
        let first = self.0.pop().unwrap_or_default();
        let second = self.0.pop().unwrap_or_default();
        Ok([first, second].concat())
    }
}

impl Machine for FakeMachine {
    fn status(&self, _: &str) -> Result<Status, CallError> {
        if self.is_deleted.get() {
            match self.lingers.get() {
                0 => *self.service.borrow_mut() = None,
                left => self.lingers.set(left - 1),
            }
        }
        self.may("QueryServiceStatusEx")?;
        self.open(|service| service.status)
    }

    fn start(&self, _: &str) -> Result<(), CallError> {
        self.open(|_| ())?;
        self.change("StartService", "")?;
        self.sleep(Duration::ZERO);
        Ok(())
    }

    fn stop(&self, _: &str) -> Result<(), CallError> {
        self.open(|_| ())?;
        self.change("ControlService", "stop")
    }

    #[cfg(feature = "update")]
    fn control(&self, _: &str, code: u8) -> Result<(), CallError> {
        self.open(|_| ())?;
        self.change("ControlService", &code.to_string())
    }

    fn process(&self, pid: u32) -> Option<Box<dyn Process>> {
        assert_eq!(pid, 42);
        Some(Box::new(FakeProcess {
            ends: !self.process_stays.get(),
        }))
    }

    fn status_text(&self, pid: u32) -> Option<String> {
        assert_eq!(pid, 42);
        self.status_text.map(str::to_owned)
    }

    fn dependents(&self, _: &str) -> Result<Vec<String>, CallError> {
        Ok(vec!["web".to_owned(), "mail".to_owned()])
    }

    fn config(&self, _: &str) -> Result<Config, CallError> {
        self.open(|service| service.config.clone())
    }

    fn level(&self, _: &str, level: Level) -> Result<LevelValue, CallError> {
        if self.unknown_levels.contains(&level) {
            return Err(CallError {
                call: "QueryServiceConfig2",
                code: code::INVALID_LEVEL,
            });
        }
        self.open(|service| service.levels[&level].clone())
    }

    fn create(&self, _: &str, config: &Config, password: Option<&Password>) -> Result<(), CallError> {
        self.change("CreateService", &config.binary_path)?;
        self.passwords.borrow_mut().extend(password.cloned());
        *self.service.borrow_mut() = Some(Service {
            config: config.clone(),
            levels: fresh_levels(),
            security: SECURITY.to_owned(),
            status: stopped_with(code::SERVICE_NEVER_STARTED, 0),
        });
        Ok(())
    }

    fn allow_logon(&self, account: &str) -> Result<(), CallError> {
        self.change("LsaAddAccountRights", account)
    }

    fn configure(
        &self,
        _: &str,
        config: &Config,
        account: bool,
        password: Option<&Password>,
    ) -> Result<(), CallError> {
        let what = if account { "with account" } else { "" };
        self.change("ChangeServiceConfig", what)?;
        self.passwords.borrow_mut().extend(password.cloned());
        self.open(|service| {
            let before = service.config.account.clone();
            service.config = config.clone();
            if !account {
                service.config.account = before;
            }
        })
    }

    fn set_level(&self, _: &str, value: &LevelValue) -> Result<(), CallError> {
        if self.unknown_levels.contains(&value.level()) {
            return Err(CallError {
                call: "ChangeServiceConfig2",
                code: code::INVALID_LEVEL,
            });
        }
        self.change("ChangeServiceConfig2", &format!("{value:?}"))?;
        self.open(|service| {
            if *value == LevelValue::DelayedStart(true) {
                assert_eq!(service.config.start, 2, "only an automatic start can be delayed");
            }
            if !self.forgotten_levels.contains(&value.level()) {
                service.levels.insert(value.level(), value.clone());
            }
        })
    }

    fn security(&self, _: &str) -> Result<String, CallError> {
        self.may("QueryServiceObjectSecurity")?;
        self.open(|service| service.security.clone())
    }

    /// Windows writes access rights in its own order.
    fn canonical_security(&self, security: &str) -> Result<String, CallError> {
        self.may("ConvertStringSecurityDescriptorToSecurityDescriptor")?;
        Ok(security.replace("RPLC", "LCRP"))
    }

    fn set_security(&self, _: &str, security: &str) -> Result<(), CallError> {
        self.change("SetServiceObjectSecurity", security)?;
        self.open(|service| security.clone_into(&mut service.security))
    }

    fn delete(&self, _: &str) -> Result<(), CallError> {
        self.open(|_| ())?;
        self.change("DeleteService", "")?;
        self.is_deleted.set(true);
        Ok(())
    }

    fn registry_value(&self, key: &str, name: &str) -> Result<Option<RegistryValue>, CallError> {
        Ok(self.value(key, name))
    }

    fn set_registry_value(&self, key: &str, name: &str, value: &RegistryValue) -> Result<(), CallError> {
        self.change("RegSetValueEx", name)?;
        self.registry
            .borrow_mut()
            .insert((key.to_owned(), name.to_owned()), value.clone());
        Ok(())
    }

    fn remove_registry_value(&self, key: &str, name: &str) -> Result<(), CallError> {
        self.change("RegDeleteValue", name)?;
        self.registry
            .borrow_mut()
            .remove(&(key.to_owned(), name.to_owned()));
        Ok(())
    }

    fn registry_values(&self, key: &str) -> Result<Option<Vec<NamedValue>>, CallError> {
        let registry = self.registry.borrow();
        let values = registry.iter().filter(|((path, _), _)| path == key);
        let values: Vec<NamedValue> = values
            .map(|((_, name), value)| (name.clone(), Some(value.clone())))
            .collect();
        Ok((!values.is_empty()).then_some(values))
    }

    fn remove_registry_key(&self, key: &str) -> Result<(), CallError> {
        self.change("RegDeleteKey", key.rsplit('\\').next().unwrap_or_default())?;
        self.registry.borrow_mut().retain(|(path, _), _| path != key);
        Ok(())
    }

    fn folder(&self, path: &str) -> Result<Option<Folder>, CallError> {
        self.may("CreateFile")?;
        Ok(self.folders.borrow().get(path).cloned())
    }

    /// Windows writes the rights of files in its own way.
    fn canonical_folder_security(&self, security: &str) -> Result<String, CallError> {
        Ok(security.replace("G:SY", "").replace("0x1f01ff", "FA"))
    }

    fn create_folder(&self, path: &str, security: &str) -> Result<(), CallError> {
        self.change("CreateDirectory", path)?;
        self.put_folder(path, security)
    }

    fn protect_folder(&self, path: &str, security: &str) -> Result<(), CallError> {
        self.change("SetSecurityInfo", path)?;
        self.put_folder(path, security)
    }

    fn copy_file(&self, from: &str, to: &str) -> Result<(), CallError> {
        self.change("CopyFile", &format!("{from} {to}"))
    }

    fn remove_folder(&self, path: &str, removal: Removal) -> Result<(), CallError> {
        self.change("RemoveDirectory", &format!("{path} {removal:?}"))?;
        let below = format!(r"{path}\");
        let mut folders = self.folders.borrow_mut();
        let is_empty = !folders.keys().any(|folder| folder.starts_with(&below));
        match removal {
            Removal::All => folders.retain(|folder, _| folder != path && !folder.starts_with(&below)),
            Removal::IfEmpty if is_empty => drop(folders.remove(path)),
            Removal::IfEmpty | Removal::Files => {}
        }
        Ok(())
    }

    fn run_system_program(&self, program: &str, arguments: &[String]) -> Result<u32, CallError> {
        self.may("CreateProcess")?;
        self.calls
            .borrow_mut()
            .push(format!("{program} {}", arguments.join("|")));
        let deletes = arguments.iter().any(|argument| argument == "delete");
        let code = if deletes {
            self.delete_code.get()
        } else {
            self.add_code.get()
        };
        Ok(code)
    }

    fn task_scheduler(&self) -> Result<Box<dyn TaskScheduler>, CallError> {
        self.may("ITaskService::Connect")?;
        Ok(Box::new(Rc::clone(&self.tasks)))
    }

    fn event_log(&self) -> Result<Box<dyn EventLog>, CallError> {
        self.may("OpenEventLog")?;
        Ok(Box::new(FakeEventLog(self.records.borrow().clone())))
    }

    fn now(&self) -> Duration {
        self.time.get()
    }

    /// Advances the time and the state of the service.
    fn sleep(&self, time: Duration) {
        self.time.set(self.time.get() + time);
        let happening = self.meanwhile.borrow_mut().pop_front();
        if let Some(happening) = happening {
            happening(self);
        }
        if let (Some(next), Some(service)) = (
            self.ahead.borrow_mut().pop_front(),
            self.service.borrow_mut().as_mut(),
        ) {
            service.status = next;
        }
    }

    fn message(&self, code: u32) -> Option<String> {
        (code == code::ACCESS_DENIED).then(|| "Access is denied.".to_owned())
    }
}
