//! This Windows machine for the verbs: each function is one call of the SCM.
//!
//! Each call opens the service with only the right that it needs, so that reading does not require an administrator.

use std::ffi::c_void;
use std::io;
use std::path::Path;
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use windows_sys::Win32::Security::DACL_SECURITY_INFORMATION;
use windows_sys::Win32::System::Registry::KEY_SET_VALUE;
#[cfg(feature = "update")]
use windows_sys::Win32::System::Services::SERVICE_USER_DEFINED_CONTROL;
use windows_sys::Win32::System::Services::{
    ChangeServiceConfig2W, ChangeServiceConfigW, ControlService, CreateServiceW, DeleteService,
    ENUM_SERVICE_STATUSW, EnumDependentServicesW, QUERY_SERVICE_CONFIGW, QueryServiceConfig2W,
    QueryServiceConfigW, QueryServiceObjectSecurity, QueryServiceStatusEx, SC_MANAGER_CONNECT,
    SC_MANAGER_CREATE_SERVICE, SC_STATUS_PROCESS_INFO, SERVICE_ACTIVE, SERVICE_CHANGE_CONFIG,
    SERVICE_CONTROL_STOP, SERVICE_ENUMERATE_DEPENDENTS, SERVICE_QUERY_CONFIG, SERVICE_QUERY_STATUS,
    SERVICE_START, SERVICE_STATUS, SERVICE_STATUS_PROCESS, SERVICE_STOP, SetServiceObjectSecurity,
    StartServiceW,
};
use windows_sys::core::PCWSTR;
use winsvc_definition::registration::RegistryValue;

use super::event_log_reader::OpenedEventLog;
use super::folder;
use super::logon;
use super::machine::{
    CallError, Config, EventLog, Folder, Level, LevelValue, Machine, NamedValue, Password, Phase, Process,
    Removal, Status, TaskScheduler,
};
use super::owner::create_folder;
use super::process::{self, OpenedProcess};
use super::registry::{self, Key};
use super::security::{self, Descriptor};
use super::service_handle::{Handle, answer, check, open, open_manager};
use super::service_levels;
use super::status_page::read_status_page;
use super::task_scheduler::LocalTaskScheduler;
use super::wide::{list, text, wide, wide_list};

/// Rights of every kind of object.
const DELETE: u32 = 0x0001_0000;
const READ_CONTROL: u32 = 0x0002_0000;
const WRITE_DAC: u32 = 0x0004_0000;

/// This machine.
#[derive(Debug)]
pub(crate) struct LocalMachine {
    begun: Instant,
}

impl LocalMachine {
    pub(crate) fn new() -> Self {
        Self {
            begun: Instant::now(),
        }
    }
}

/// A security descriptor in the form of Windows.
fn parsed(security: &str) -> Result<Descriptor, CallError> {
    Descriptor::new(security)
        .map_err(|error| CallError::of("ConvertStringSecurityDescriptorToSecurityDescriptor", &error))
}

fn control(service: &Handle, code: u32) -> Result<(), CallError> {
    let mut status = SERVICE_STATUS::default();
    // SAFETY: the status is written before the call returns.
    let done = unsafe { ControlService(service.0, code, &raw mut status) };
    check("ControlService", done)
}

impl Machine for LocalMachine {
    fn status(&self, service: &str) -> Result<Status, CallError> {
        let service = open(service, SERVICE_QUERY_STATUS)?;
        let mut status = SERVICE_STATUS_PROCESS::default();
        let (size, mut needed) = (size_of::<SERVICE_STATUS_PROCESS>() as u32, 0);
        // SAFETY: the status has the given size, and is written before the call returns.
        let done = unsafe {
            QueryServiceStatusEx(
                service.0,
                SC_STATUS_PROCESS_INFO,
                (&raw mut status).cast(),
                size,
                &raw mut needed,
            )
        };
        check("QueryServiceStatusEx", done)?;
        Ok(Status {
            phase: Phase::from_code(status.dwCurrentState),
            win32_exit_code: status.dwWin32ExitCode,
            service_exit_code: status.dwServiceSpecificExitCode,
            checkpoint: status.dwCheckPoint,
            wait_hint: status.dwWaitHint,
            pid: status.dwProcessId,
        })
    }

    fn start(&self, service: &str) -> Result<(), CallError> {
        let service = open(service, SERVICE_START)?;
        // SAFETY: there are no arguments.
        check("StartService", unsafe {
            StartServiceW(service.0, 0, ptr::null())
        })
    }

    fn stop(&self, service: &str) -> Result<(), CallError> {
        control(&open(service, SERVICE_STOP)?, SERVICE_CONTROL_STOP)
    }

    #[cfg(feature = "update")]
    fn control(&self, service: &str, code: u8) -> Result<(), CallError> {
        control(&open(service, SERVICE_USER_DEFINED_CONTROL)?, code.into())
    }

    fn process(&self, pid: u32) -> Option<Box<dyn Process>> {
        let process = OpenedProcess::open(pid)?;
        Some(Box::new(process))
    }

    fn status_text(&self, pid: u32) -> Option<String> {
        read_status_page(pid)
    }

    fn dependents(&self, service: &str) -> Result<Vec<String>, CallError> {
        let service = open(service, SERVICE_ENUMERATE_DEPENDENTS)?;
        let (content, count) = answer(
            "EnumDependentServices",
            |content: *mut ENUM_SERVICE_STATUSW, size, needed| {
                let mut count = 0;
                // SAFETY: at most `size` bytes of the content are written, before the call returns.
                let done = unsafe {
                    EnumDependentServicesW(service.0, SERVICE_ACTIVE, content, size, needed, &raw mut count)
                };
                (done, count)
            },
        )?;
        let entries = content.as_ptr().cast::<ENUM_SERVICE_STATUSW>();
        Ok((0..count as usize)
            // SAFETY: the content begins with `count` entries, whose names are NUL-terminated strings in the content.
            .map(|index| unsafe { text((*entries.add(index)).lpServiceName) })
            .collect())
    }

    fn config(&self, service: &str) -> Result<Config, CallError> {
        let service = open(service, SERVICE_QUERY_CONFIG)?;
        let (content, ()) = answer(
            "QueryServiceConfig",
            |content: *mut QUERY_SERVICE_CONFIGW, size, needed| {
                // SAFETY: at most `size` bytes of the content are written, before the call returns.
                (
                    unsafe { QueryServiceConfigW(service.0, content, size, needed) },
                    (),
                )
            },
        )?;
        // SAFETY: the content begins with the structure; its strings are NUL-terminated (the list by two) and in the
        // content.
        unsafe {
            let config = &*content.as_ptr().cast::<QUERY_SERVICE_CONFIGW>();
            Ok(Config {
                service_type: config.dwServiceType,
                start: config.dwStartType,
                error_control: config.dwErrorControl,
                binary_path: text(config.lpBinaryPathName),
                dependencies: list(config.lpDependencies),
                account: text(config.lpServiceStartName),
                display_name: text(config.lpDisplayName),
            })
        }
    }

    fn level(&self, service: &str, level: Level) -> Result<LevelValue, CallError> {
        let service = open(service, SERVICE_QUERY_CONFIG)?;
        let (content, ()) = answer("QueryServiceConfig2", |content: *mut u8, size, needed| {
            // SAFETY: at most `size` bytes of the content are written, before the call returns.
            (
                unsafe {
                    QueryServiceConfig2W(service.0, service_levels::number(level), content, size, needed)
                },
                (),
            )
        })?;
        // SAFETY: the content begins with the structure of the level, and its pointers point into the content.
        Ok(unsafe { service_levels::read(level, content.as_ptr().cast()) })
    }

    fn create(&self, service: &str, config: &Config, given: Option<&Password>) -> Result<(), CallError> {
        let manager = open_manager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE)?;
        let texts = Texts::new(service, config);
        let given = given.map(|password| wide(&password.0));
        // SAFETY: all strings are NUL-terminated and outlive the call; there is no load-order group and so no tag.
        let created = unsafe {
            CreateServiceW(
                manager.0,
                texts.name.as_ptr(),
                texts.display_name.as_ptr(),
                SERVICE_QUERY_STATUS,
                config.service_type,
                config.start,
                config.error_control,
                texts.binary_path.as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                texts.dependencies.as_ptr(),
                texts.account.as_ptr(),
                given.as_ref().map_or(password(&config.account), Vec::as_ptr),
            )
        };
        Handle::new("CreateService", created).map(drop)
    }

    fn allow_logon(&self, account: &str) -> Result<(), CallError> {
        logon::allow(account)
    }

    fn configure(
        &self,
        service: &str,
        config: &Config,
        account: bool,
        given: Option<&Password>,
    ) -> Result<(), CallError> {
        let handle = open(service, SERVICE_CHANGE_CONFIG)?;
        let texts = Texts::new(service, config);
        let given = given.map(|password| wide(&password.0));
        let (account, password) = if account {
            let none = password(&config.account);
            (texts.account.as_ptr(), given.as_ref().map_or(none, Vec::as_ptr))
        } else {
            (ptr::null(), ptr::null())
        };
        // SAFETY: all strings are NUL-terminated and outlive the call, null means "no change"; there is no load-order
        // group and so no tag.
        let done = unsafe {
            ChangeServiceConfigW(
                handle.0,
                config.service_type,
                config.start,
                config.error_control,
                texts.binary_path.as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                texts.dependencies.as_ptr(),
                account,
                password,
                texts.display_name.as_ptr(),
            )
        };
        check("ChangeServiceConfig", done)
    }

    fn set_level(&self, service: &str, value: &LevelValue) -> Result<(), CallError> {
        let service = open(service, service_levels::rights(value))?;
        let number = service_levels::number(value.level());
        service_levels::lend(value, |structure| {
            // SAFETY: the structure is that of the level, and outlives the call with all that it points to.
            check("ChangeServiceConfig2", unsafe {
                ChangeServiceConfig2W(service.0, number, structure)
            })
        })
    }

    fn security(&self, service: &str) -> Result<String, CallError> {
        let service = open(service, READ_CONTROL)?;
        let (content, ()) = answer(
            "QueryServiceObjectSecurity",
            |content: *mut c_void, size, needed| {
                // SAFETY: at most `size` bytes of the content are written, before the call returns.
                let done = unsafe {
                    QueryServiceObjectSecurity(service.0, DACL_SECURITY_INFORMATION, content, size, needed)
                };
                (done, ())
            },
        )?;
        // SAFETY: the content is a security descriptor.
        let list =
            unsafe { security::formatted(content.as_ptr().cast_mut().cast(), DACL_SECURITY_INFORMATION) };
        list.map_err(|error| CallError::of("ConvertSecurityDescriptorToStringSecurityDescriptor", &error))
    }

    fn canonical_security(&self, security: &str) -> Result<String, CallError> {
        let descriptor = parsed(security)?;
        // SAFETY: the pointer is a security descriptor.
        let list = unsafe { security::formatted(descriptor.as_ptr(), DACL_SECURITY_INFORMATION) };
        list.map_err(|error| CallError::of("ConvertSecurityDescriptorToStringSecurityDescriptor", &error))
    }

    fn set_security(&self, service: &str, security: &str) -> Result<(), CallError> {
        let descriptor = parsed(security)?;
        let service = open(service, WRITE_DAC)?;
        // SAFETY: the descriptor is valid, and outlives the call.
        let done =
            unsafe { SetServiceObjectSecurity(service.0, DACL_SECURITY_INFORMATION, descriptor.as_ptr()) };
        check("SetServiceObjectSecurity", done)
    }

    fn delete(&self, service: &str) -> Result<(), CallError> {
        let service = open(service, DELETE)?;
        // SAFETY: the handle is open.
        check("DeleteService", unsafe { DeleteService(service.0) })
    }

    fn registry_value(&self, key: &str, name: &str) -> Result<Option<RegistryValue>, CallError> {
        match Key::read(key)? {
            Some(key) => key.value(name),
            None => Ok(None),
        }
    }

    fn set_registry_value(&self, key: &str, name: &str, value: &RegistryValue) -> Result<(), CallError> {
        Key::create(key)?.set(name, value)
    }

    fn remove_registry_value(&self, key: &str, name: &str) -> Result<(), CallError> {
        match Key::open(key, KEY_SET_VALUE)? {
            Some(key) => key.remove(name),
            None => Ok(()),
        }
    }

    fn registry_values(&self, key: &str) -> Result<Option<Vec<NamedValue>>, CallError> {
        Key::read(key)?.map(|key| key.values()).transpose()
    }

    fn remove_registry_key(&self, key: &str) -> Result<(), CallError> {
        registry::remove_key(key)
    }

    fn folder(&self, path: &str) -> Result<Option<Folder>, CallError> {
        folder::look(path)
    }

    fn canonical_folder_security(&self, security: &str) -> Result<String, CallError> {
        folder::canonical(&parsed(security)?)
    }

    fn create_folder(&self, path: &str, security: &str) -> Result<(), CallError> {
        create_folder(Path::new(path), security).map_err(|error| CallError::of("CreateDirectory", &error))
    }

    fn protect_folder(&self, path: &str, security: &str) -> Result<(), CallError> {
        folder::protect(path, &parsed(security)?)
    }

    fn copy_file(&self, from: &str, to: &str) -> Result<(), CallError> {
        let copied = std::fs::copy(from, to).map_err(|error| CallError::of("CopyFile", &error));
        copied.map(|_| ())
    }

    fn remove_folder(&self, path: &str, removal: Removal) -> Result<(), CallError> {
        folder::remove(Path::new(path), removal).map_err(|error| CallError::of("RemoveDirectory", &error))
    }

    fn run_system_program(&self, program: &str, arguments: &[String]) -> Result<u32, CallError> {
        process::run_system_program(program, arguments)
            .map_err(|error| CallError::of("CreateProcess", &error))
    }

    fn task_scheduler(&self) -> Result<Box<dyn TaskScheduler>, CallError> {
        Ok(Box::new(LocalTaskScheduler::connect()?))
    }

    fn event_log(&self) -> Result<Box<dyn EventLog>, CallError> {
        Ok(Box::new(OpenedEventLog::open()?))
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn message(&self, code: u32) -> Option<String> {
        let text = io::Error::from_raw_os_error(i32::from_ne_bytes(code.to_ne_bytes())).to_string();
        // The standard library appends the code, which our messages contain already.
        let message = text.split(" (os error ").next().unwrap_or_default();
        let is_known = !message.is_empty() && !message.starts_with("OS Error ");
        is_known.then(|| message.to_owned())
    }
}

/// The strings of a configuration in the encoding of Windows.
struct Texts {
    name: Vec<u16>,
    display_name: Vec<u16>,
    binary_path: Vec<u16>,
    dependencies: Vec<u16>,
    account: Vec<u16>,
}

impl Texts {
    fn new(service: &str, config: &Config) -> Self {
        Self {
            name: wide(service),
            display_name: wide(&config.display_name),
            binary_path: wide(&config.binary_path),
            dependencies: wide_list(&config.dependencies),
            account: wide(&config.account),
        }
    }
}

/// The password for an account: empty for system accounts, null for accounts whose password is managed by Windows or
/// the domain
/// ([`ChangeServiceConfigW`](https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-changeserviceconfigw)).
fn password(account: &str) -> PCWSTR {
    const EMPTY: &[u16] = &[0];
    let is_system = account.eq_ignore_ascii_case("LocalSystem")
        || account
            .get(..13)
            .is_some_and(|domain| domain.eq_ignore_ascii_case(r"NT AUTHORITY\"));
    if is_system { EMPTY.as_ptr() } else { ptr::null() }
}

/// The constants of the rest of the crate equal those of Windows.
const _: () = {
    use windows_sys::Win32::Foundation as error;
    use windows_sys::Win32::System::Services as service;
    use winsvc_definition::{SidType, registration};

    use super::machine::code;

    assert!(code::FILE_NOT_FOUND == error::ERROR_FILE_NOT_FOUND);
    assert!(code::PATH_NOT_FOUND == error::ERROR_PATH_NOT_FOUND);
    assert!(code::ACCESS_DENIED == error::ERROR_ACCESS_DENIED);
    assert!(code::INVALID_LEVEL == error::ERROR_INVALID_LEVEL);
    assert!(code::DEPENDENT_SERVICES_RUNNING == error::ERROR_DEPENDENT_SERVICES_RUNNING);
    assert!(code::INVALID_SERVICE_CONTROL == error::ERROR_INVALID_SERVICE_CONTROL);
    assert!(code::SERVICE_REQUEST_TIMEOUT == error::ERROR_SERVICE_REQUEST_TIMEOUT);
    assert!(code::SERVICE_DATABASE_LOCKED == error::ERROR_SERVICE_DATABASE_LOCKED);
    assert!(code::SERVICE_ALREADY_RUNNING == error::ERROR_SERVICE_ALREADY_RUNNING);
    assert!(code::SERVICE_DISABLED == error::ERROR_SERVICE_DISABLED);
    assert!(code::SERVICE_DOES_NOT_EXIST == error::ERROR_SERVICE_DOES_NOT_EXIST);
    assert!(code::SERVICE_CANNOT_ACCEPT_CTRL == error::ERROR_SERVICE_CANNOT_ACCEPT_CTRL);
    assert!(code::SERVICE_NOT_ACTIVE == error::ERROR_SERVICE_NOT_ACTIVE);
    assert!(code::SERVICE_SPECIFIC_ERROR == error::ERROR_SERVICE_SPECIFIC_ERROR);
    assert!(code::SERVICE_LOGON_FAILED == error::ERROR_SERVICE_LOGON_FAILED);
    assert!(code::SERVICE_MARKED_FOR_DELETE == error::ERROR_SERVICE_MARKED_FOR_DELETE);
    assert!(code::SERVICE_NEVER_STARTED == error::ERROR_SERVICE_NEVER_STARTED);
    assert!(matches!(
        Phase::from_code(service::SERVICE_STOPPED),
        Phase::Stopped
    ));
    assert!(matches!(
        Phase::from_code(service::SERVICE_START_PENDING),
        Phase::StartPending
    ));
    assert!(matches!(
        Phase::from_code(service::SERVICE_STOP_PENDING),
        Phase::StopPending
    ));
    assert!(matches!(
        Phase::from_code(service::SERVICE_RUNNING),
        Phase::Running
    ));
    assert!(matches!(
        Phase::from_code(service::SERVICE_CONTINUE_PENDING),
        Phase::ContinuePending
    ));
    assert!(matches!(
        Phase::from_code(service::SERVICE_PAUSE_PENDING),
        Phase::PausePending
    ));
    assert!(matches!(Phase::from_code(service::SERVICE_PAUSED), Phase::Paused));
    assert!(registration::OWN_PROCESS == service::SERVICE_WIN32_OWN_PROCESS);
    assert!(registration::ERROR_NORMAL == service::SERVICE_ERROR_NORMAL);
    assert!(registration::RESTART == service::SC_ACTION_RESTART);
    assert!(SidType::None.code() == service::SERVICE_SID_TYPE_NONE);
    assert!(SidType::Unrestricted.code() == service::SERVICE_SID_TYPE_UNRESTRICTED);
};
