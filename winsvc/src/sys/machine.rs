//! The machine that the verbs work on: the SCM's database, the registry and the clock.
//!
//! One implementation is Windows ([`crate::sys`] has the calls), another one is for the tests. The implementations
//! decide nothing; an error contains the name of the failed call and its code.

use std::io;
use std::time::Duration;

use winsvc_definition::TaskAccount;
use winsvc_definition::registration::{FailureActions, RegistryValue, ServiceTrigger};

/// The machine. Each function is one call of Windows, with its errors.
pub(crate) trait Machine {
    /// `QueryServiceStatusEx`
    fn status(&self, service: &str) -> Result<Status, CallError>;
    /// `StartServiceW`
    fn start(&self, service: &str) -> Result<(), CallError>;
    /// `ControlService` with `SERVICE_CONTROL_STOP`
    fn stop(&self, service: &str) -> Result<(), CallError>;
    /// `ControlService` with a code from 128 to 255
    #[cfg(feature = "update")]
    fn control(&self, service: &str, code: u8) -> Result<(), CallError>;
    /// Opens the process to wait for it; `None` if it has ended, or may not be opened. While it is open, its id is not
    /// reused.
    fn process(&self, pid: u32) -> Option<Box<dyn Process>>;
    /// The status text of the service in this process; `None` if it has none.
    fn status_text(&self, pid: u32) -> Option<String>;
    /// `EnumDependentServicesW`: the running services that depend on this one.
    fn dependents(&self, service: &str) -> Result<Vec<String>, CallError>;

    /// `QueryServiceConfigW`
    fn config(&self, service: &str) -> Result<Config, CallError>;
    /// `QueryServiceConfig2W`
    fn level(&self, service: &str, level: Level) -> Result<LevelValue, CallError>;
    /// `CreateServiceW`
    fn create(&self, service: &str, config: &Config, password: Option<&Password>) -> Result<(), CallError>;
    /// `ChangeServiceConfigW`; with `account`, the account is set too, with this password.
    fn configure(
        &self,
        service: &str,
        config: &Config,
        account: bool,
        password: Option<&Password>,
    ) -> Result<(), CallError>;
    /// `LsaAddAccountRights`: lets an account log on as a service.
    fn allow_logon(&self, account: &str) -> Result<(), CallError>;
    /// `ChangeServiceConfig2W`
    fn set_level(&self, service: &str, value: &LevelValue) -> Result<(), CallError>;
    /// `QueryServiceObjectSecurity`: the access control list of the service, formatted by Windows.
    fn security(&self, service: &str) -> Result<String, CallError>;
    /// Such a list in the format of Windows (`ConvertStringSecurityDescriptorToSecurityDescriptor`, and back).
    fn canonical_security(&self, security: &str) -> Result<String, CallError>;
    /// `SetServiceObjectSecurity`
    fn set_security(&self, service: &str, security: &str) -> Result<(), CallError>;
    /// `DeleteService`
    fn delete(&self, service: &str) -> Result<(), CallError>;

    /// A value below `HKEY_LOCAL_MACHINE`; `None` if it or its key does not exist, or if it has a type that we do not
    /// write.
    fn registry_value(&self, key: &str, name: &str) -> Result<Option<RegistryValue>, CallError>;
    /// Sets a value; creates its key if needed.
    fn set_registry_value(&self, key: &str, name: &str, value: &RegistryValue) -> Result<(), CallError>;
    /// Removes a value if it exists.
    fn remove_registry_value(&self, key: &str, name: &str) -> Result<(), CallError>;
    /// The values of a key with their names, each as in [`registry_value`](Self::registry_value); `None` if the key
    /// does not exist.
    fn registry_values(&self, key: &str) -> Result<Option<Vec<NamedValue>>, CallError>;
    /// Removes a key without subkeys if it exists.
    fn remove_registry_key(&self, key: &str) -> Result<(), CallError>;

    /// The owner and the access list of a folder; `None` if it does not exist.
    fn folder(&self, path: &str) -> Result<Option<Folder>, CallError>;
    /// A security descriptor in the format of [`Folder::security`].
    fn canonical_folder_security(&self, security: &str) -> Result<String, CallError>;
    /// `CreateDirectoryW` with this owner and this access list.
    fn create_folder(&self, path: &str, security: &str) -> Result<(), CallError>;
    /// `SetSecurityInfo`: sets the owner and the access list of a folder, which must not be a link.
    fn protect_folder(&self, path: &str, security: &str) -> Result<(), CallError>;
    /// `CopyFileW`: replaces an existing file.
    fn copy_file(&self, from: &str, to: &str) -> Result<(), CallError>;
    /// Removes a folder if it exists. Links in it are removed, not followed.
    fn remove_folder(&self, path: &str, removal: Removal) -> Result<(), CallError>;

    /// Runs a program of the system folder to its end, without a window (`CreateProcessW`), and returns its exit code.
    fn run_system_program(&self, program: &str, arguments: &[String]) -> Result<u32, CallError>;

    /// Connects to the Task Scheduler (`ITaskService::Connect`).
    fn task_scheduler(&self) -> Result<Box<dyn TaskScheduler>, CallError>;

    /// `OpenEventLogW` of the Application log.
    fn event_log(&self) -> Result<Box<dyn EventLog>, CallError>;

    /// The time since any fixed point.
    fn now(&self) -> Duration;
    fn sleep(&self, time: Duration);
    /// The message of Windows for an error code; `None` if it has none.
    fn message(&self, code: u32) -> Option<String>;
}

/// The password of an account. It is not shown anywhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(pub(crate) String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A folder of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Whether it is a symbolic link or a junction.
    pub(crate) is_link: bool,
    /// The owner and the access list, formatted by Windows: `O:…D:…`.
    pub(crate) security: String,
}

/// What is removed of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// The folder with everything in it.
    All,
    /// The files that are directly in it.
    Files,
    /// The folder, if there is nothing in it.
    IfEmpty,
}

/// A value in the registry with its name; `None` if it has a type that we do not write.
pub(crate) type NamedValue = (String, Option<RegistryValue>);

/// A process of the machine.
pub(crate) trait Process {
    /// Waits for its end, but no longer than `timeout`; `true` if it has ended.
    fn wait(&self, timeout: Duration) -> bool;
}

/// The Task Scheduler. Tasks and folders have paths such as `\Acme\Agent\Tray`.
pub(crate) trait TaskScheduler {
    /// A task; `None` if it does not exist.
    fn task(&self, path: &str) -> Result<Option<TaskState>, CallError>;
    /// `ITaskFolder::RegisterTask`: creates a task with its folders, or changes it.
    fn register(&self, path: &str, xml: &str, account: TaskAccount) -> Result<(), CallError>;
    /// `IRegisteredTask::Stop`: asks for the end of its programs.
    fn stop(&self, path: &str) -> Result<(), CallError>;
    /// `ITaskFolder::DeleteTask`: deletes a task if it exists.
    fn delete(&self, path: &str) -> Result<(), CallError>;
    /// `ITaskFolder::DeleteFolder`: deletes a folder if it exists. It fails if the folder is not empty.
    fn remove_folder(&self, path: &str) -> Result<(), CallError>;
}

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskState {
    pub(crate) is_enabled: bool,
    pub(crate) is_running: bool,
}

/// The open event log.
pub(crate) trait EventLog {
    /// `ReadEventLogW`, sequentially and backwards: the next whole records, the newest first; empty at the beginning of
    /// the log.
    fn read_backwards(&mut self) -> Result<Vec<u8>, CallError>;
}

/// A failed call of Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallError {
    pub(crate) call: &'static str,
    pub(crate) code: u32,
}

impl CallError {
    /// The error that a call has returned.
    #[cfg_attr(not(windows), allow(dead_code, reason = "the calls are those of Windows"))]
    pub(crate) fn of(call: &'static str, error: &io::Error) -> Self {
        /// `ERROR_GEN_FAILURE`
        const UNKNOWN: u32 = 31;
        let code = error.raw_os_error().and_then(|code| code.try_into().ok());
        Self {
            call,
            code: code.unwrap_or(UNKNOWN),
        }
    }
}

#[cfg(all(windows, feature = "update"))]
impl From<CallError> for io::Error {
    fn from(error: CallError) -> Self {
        Self::from_raw_os_error(i32::from_ne_bytes(error.code.to_ne_bytes()))
    }
}

/// The error codes that the verbs handle
/// ([System Error Codes](https://learn.microsoft.com/windows/win32/debug/system-error-codes)).
pub(crate) mod code {
    /// `ERROR_FILE_NOT_FOUND`
    pub(crate) const FILE_NOT_FOUND: u32 = 2;
    /// `ERROR_PATH_NOT_FOUND`
    pub(crate) const PATH_NOT_FOUND: u32 = 3;
    /// `ERROR_ACCESS_DENIED`
    pub(crate) const ACCESS_DENIED: u32 = 5;
    /// `ERROR_BROKEN_PIPE`: the process at the other end of a pipe, such as the SCM's to a service, has ended.
    pub(crate) const BROKEN_PIPE: u32 = 109;
    /// `ERROR_INVALID_LEVEL`: the system does not know a level of `ChangeServiceConfig2`.
    pub(crate) const INVALID_LEVEL: u32 = 124;
    /// `ERROR_NO_DATA`: as [`BROKEN_PIPE`], for a process that is just ending.
    pub(crate) const NO_DATA: u32 = 232;
    /// `ERROR_PIPE_NOT_CONNECTED`: as [`BROKEN_PIPE`], for a process that ended before the call.
    pub(crate) const PIPE_NOT_CONNECTED: u32 = 233;
    /// `ERROR_DEPENDENT_SERVICES_RUNNING`
    pub(crate) const DEPENDENT_SERVICES_RUNNING: u32 = 1051;
    /// `ERROR_INVALID_SERVICE_CONTROL`: the service does not accept it.
    pub(crate) const INVALID_SERVICE_CONTROL: u32 = 1052;
    /// `ERROR_SERVICE_REQUEST_TIMEOUT`
    pub(crate) const SERVICE_REQUEST_TIMEOUT: u32 = 1053;
    /// `ERROR_SERVICE_DATABASE_LOCKED`
    pub(crate) const SERVICE_DATABASE_LOCKED: u32 = 1055;
    /// `ERROR_SERVICE_ALREADY_RUNNING`
    pub(crate) const SERVICE_ALREADY_RUNNING: u32 = 1056;
    /// `ERROR_SERVICE_DISABLED`
    pub(crate) const SERVICE_DISABLED: u32 = 1058;
    /// `ERROR_SERVICE_DOES_NOT_EXIST`
    pub(crate) const SERVICE_DOES_NOT_EXIST: u32 = 1060;
    /// `ERROR_SERVICE_CANNOT_ACCEPT_CTRL`
    pub(crate) const SERVICE_CANNOT_ACCEPT_CTRL: u32 = 1061;
    /// `ERROR_SERVICE_NOT_ACTIVE`
    pub(crate) const SERVICE_NOT_ACTIVE: u32 = 1062;
    /// `ERROR_SERVICE_SPECIFIC_ERROR`
    pub(crate) const SERVICE_SPECIFIC_ERROR: u32 = 1066;
    /// `ERROR_SERVICE_LOGON_FAILED`
    pub(crate) const SERVICE_LOGON_FAILED: u32 = 1069;
    /// `ERROR_SERVICE_MARKED_FOR_DELETE`
    pub(crate) const SERVICE_MARKED_FOR_DELETE: u32 = 1072;
    /// `ERROR_SERVICE_NEVER_STARTED`: the exit code of a service that has not run since the boot.
    pub(crate) const SERVICE_NEVER_STARTED: u32 = 1077;
    /// `RPC_S_INVALID_TAG`: the RPC interface does not know the level.
    pub(crate) const INVALID_TAG: u32 = 1733;
}

/// `SERVICE_STATUS_PROCESS`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) phase: Phase,
    pub(crate) win32_exit_code: u32,
    pub(crate) service_exit_code: u32,
    pub(crate) checkpoint: u32,
    /// Milliseconds.
    pub(crate) wait_hint: u32,
    /// 0 if there is no process.
    pub(crate) pid: u32,
}

/// `dwCurrentState`, as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Stopped,
    StartPending,
    StopPending,
    Running,
    ContinuePending,
    PausePending,
    Paused,
    Unknown,
}

impl Phase {
    pub(crate) const fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Stopped,         // SERVICE_STOPPED
            2 => Self::StartPending,    // SERVICE_START_PENDING
            3 => Self::StopPending,     // SERVICE_STOP_PENDING
            4 => Self::Running,         // SERVICE_RUNNING
            5 => Self::ContinuePending, // SERVICE_CONTINUE_PENDING
            6 => Self::PausePending,    // SERVICE_PAUSE_PENDING
            7 => Self::Paused,          // SERVICE_PAUSED
            _ => Self::Unknown,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::StartPending => "starting",
            Self::StopPending => "stopping",
            Self::Running => "running",
            Self::ContinuePending => "continuing",
            Self::PausePending => "pausing",
            Self::Paused => "paused",
            Self::Unknown => "in an unknown state",
        }
    }

    /// Whether the service is in a transition between two states.
    pub(crate) const fn is_pending(self) -> bool {
        matches!(
            self,
            Self::StartPending | Self::StopPending | Self::ContinuePending | Self::PausePending
        )
    }
}

/// `QUERY_SERVICE_CONFIGW`: the parameters of `CreateService`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// `dwServiceType`
    pub(crate) service_type: u32,
    /// `dwStartType`
    pub(crate) start: u32,
    /// `dwErrorControl`
    pub(crate) error_control: u32,
    /// `lpBinaryPathName`
    pub(crate) binary_path: String,
    /// `lpDependencies`; groups begin with `+`.
    pub(crate) dependencies: Vec<String>,
    /// `lpServiceStartName`
    pub(crate) account: String,
    /// `lpDisplayName`
    pub(crate) display_name: String,
}

/// A level of `ChangeServiceConfig2`: a setting for which `CreateService` has no parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Description,
    DelayedStart,
    Recovery,
    FailureFlag,
    SidType,
    Privileges,
    Triggers,
    Preshutdown,
}

/// A level with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LevelValue {
    /// `SERVICE_CONFIG_DESCRIPTION`
    Description(String),
    /// `SERVICE_CONFIG_DELAYED_AUTO_START_INFO`
    DelayedStart(bool),
    /// `SERVICE_CONFIG_FAILURE_ACTIONS`
    Recovery(FailureActions),
    /// `SERVICE_CONFIG_FAILURE_ACTIONS_FLAG`
    FailureFlag(bool),
    /// `SERVICE_CONFIG_SERVICE_SID_INFO`
    SidType(u32),
    /// `SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO`; empty for all privileges of the account.
    Privileges(Vec<String>),
    /// `SERVICE_CONFIG_TRIGGER_INFO`
    Triggers(Vec<ServiceTrigger>),
    /// `SERVICE_CONFIG_PRESHUTDOWN_INFO`: milliseconds.
    Preshutdown(u32),
}

impl LevelValue {
    pub(crate) const fn level(&self) -> Level {
        match self {
            Self::Description(_) => Level::Description,
            Self::DelayedStart(_) => Level::DelayedStart,
            Self::Recovery(_) => Level::Recovery,
            Self::FailureFlag(_) => Level::FailureFlag,
            Self::SidType(_) => Level::SidType,
            Self::Privileges(_) => Level::Privileges,
            Self::Triggers(_) => Level::Triggers,
            Self::Preshutdown(_) => Level::Preshutdown,
        }
    }
}
