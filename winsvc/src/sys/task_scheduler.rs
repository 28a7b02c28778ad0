//! The Task Scheduler, by its COM interfaces
//! ([Task Scheduler 2.0 Interfaces](https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-2-0-interfaces)).
//!
//! windows-sys has no COM interfaces: a method is called by its place in the interface's table, which taskschd.h fixes.

use std::ffi::c_void;
use std::mem;
use std::ptr::{self, NonNull};

use windows_sys::core::{GUID, HRESULT, s};
use winsvc_definition::TaskAccount;

use super::library::Library;
use super::machine::{CallError, TaskScheduler, TaskState, code};

/// `CLSID_TaskScheduler`, `IID_ITaskService`
static TASK_SCHEDULER: GUID = GUID::from_u128(0x0f87_369f_a4e5_4cfc_bd3e_73e6_1545_72dd);
static TASK_SERVICE: GUID = GUID::from_u128(0x2fab_a4c7_4da9_4013_9697_20cc_3fd4_0f85);

/// The places of methods in their tables. The first 3 are those of `IUnknown`, the next 4 those of `IDispatch`.
mod place {
    /// `IUnknown::Release`
    pub(super) const RELEASE: usize = 2;
    /// `ITaskService`
    pub(super) const GET_FOLDER: usize = 7;
    pub(super) const CONNECT: usize = 10;
    /// `ITaskFolder`
    pub(super) const DELETE_FOLDER: usize = 12;
    pub(super) const GET_TASK: usize = 13;
    pub(super) const DELETE_TASK: usize = 15;
    pub(super) const REGISTER_TASK: usize = 16;
    /// `IRegisteredTask`
    pub(super) const GET_STATE: usize = 9;
    pub(super) const GET_ENABLED: usize = 10;
    pub(super) const STOP: usize = 23;
}

/// `COINIT_MULTITHREADED`
const MULTITHREADED: u32 = 0;
/// `CLSCTX_INPROC_SERVER`
const IN_PROCESS: u32 = 1;
/// `TASK_CREATE_OR_UPDATE`
const CREATE_OR_UPDATE: i32 = 6;
/// `TASK_LOGON_GROUP`, `TASK_LOGON_SERVICE_ACCOUNT`
const LOGON_GROUP: i32 = 4;
const LOGON_SERVICE_ACCOUNT: i32 = 5;
/// `TASK_STATE_RUNNING`
const RUNNING: i32 = 4;

/// `VARIANT`. All of ours are `VT_EMPTY`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Variant {
    kind: u16,
    reserved: [u16; 3],
    value: [usize; 2],
}

type CoInitializeEx = unsafe extern "system" fn(*const c_void, u32) -> HRESULT;
type CoCreateInstance =
    unsafe extern "system" fn(*const GUID, *mut c_void, u32, *const GUID, *mut *mut c_void) -> HRESULT;
type SysAllocStringLen = unsafe extern "system" fn(*const u16, u32) -> *mut u16;
type SysFreeString = unsafe extern "system" fn(*mut u16);

/// The types of methods; the first parameter is the object.
type ByName = unsafe extern "system" fn(*mut c_void, *mut u16, *mut *mut c_void) -> HRESULT;
type Connect = unsafe extern "system" fn(*mut c_void, Variant, Variant, Variant, Variant) -> HRESULT;
type Delete = unsafe extern "system" fn(*mut c_void, *mut u16, i32) -> HRESULT;
type GetEnabled = unsafe extern "system" fn(*mut c_void, *mut i16) -> HRESULT;
type GetState = unsafe extern "system" fn(*mut c_void, *mut i32) -> HRESULT;
type RegisterTask = unsafe extern "system" fn(
    *mut c_void,
    *mut u16,
    *mut u16,
    i32,
    Variant,
    Variant,
    i32,
    Variant,
    *mut *mut c_void,
) -> HRESULT;
type Stop = unsafe extern "system" fn(*mut c_void, i32) -> HRESULT;

/// A string of COM.
struct Bstr {
    text: *mut u16,
    free: SysFreeString,
}

impl Drop for Bstr {
    fn drop(&mut self) {
        // SAFETY: the string was allocated by its counterpart, and is freed once; null is allowed.
        unsafe { (self.free)(self.text) };
    }
}

/// A COM object of which this value owns a reference.
struct Object(NonNull<c_void>);

impl Object {
    /// The method at this place.
    ///
    /// # Safety
    ///
    /// `F` must be the type of that method in the object's interface.
    unsafe fn method<F: Copy>(&self, place: usize) -> F {
        assert_eq!(size_of::<F>(), size_of::<*const c_void>());
        let table = self.0.as_ptr().cast::<*const *const c_void>();
        // SAFETY: an object begins with the pointer to its table, which has the method as the caller promises.
        unsafe { mem::transmute_copy(&*(*table).add(place)) }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: every interface has the methods of `IUnknown`.
        let release: unsafe extern "system" fn(*mut c_void) -> u32 = unsafe { self.method(place::RELEASE) };
        // SAFETY: the reference is this value's own.
        unsafe { release(self.0.as_ptr()) };
    }
}

/// The Task Scheduler of this machine.
pub(super) struct LocalTaskScheduler {
    /// Its root folder: `ITaskFolder`. Tasks are named by their paths from there.
    root: Object,
    allocate: SysAllocStringLen,
    free: SysFreeString,
}

impl LocalTaskScheduler {
    pub(super) fn connect() -> Result<Self, CallError> {
        let load = |name| Library::load(name).map_err(|error| CallError::of("LoadLibraryEx", &error));
        let (ole32, oleaut32) = (load("ole32.dll")?, load("oleaut32.dll")?);
        // SAFETY: the functions of these names have these types.
        let functions = unsafe {
            (
                ole32.function::<CoInitializeEx>(s!("CoInitializeEx")),
                ole32.function::<CoCreateInstance>(s!("CoCreateInstance")),
                oleaut32.function::<SysAllocStringLen>(s!("SysAllocStringLen")),
                oleaut32.function::<SysFreeString>(s!("SysFreeString")),
            )
        };
        let of_function = |error| CallError::of("GetProcAddress", &error);
        let initialize = functions.0.map_err(of_function)?;
        let create = functions.1.map_err(of_function)?;
        let allocate = functions.2.map_err(of_function)?;
        let free = functions.3.map_err(of_function)?;
        // SAFETY: the first parameter is reserved. The process ends after its verb, so that COM stays initialized. A
        // failure means that this thread has initialized it in another way, which is as good.
        unsafe { initialize(ptr::null(), MULTITHREADED) };
        let service = object("CoCreateInstance", |out| {
            // SAFETY: both identifiers outlive the call, and the object is written before it returns.
            unsafe {
                create(
                    &raw const TASK_SCHEDULER,
                    ptr::null_mut(),
                    IN_PROCESS,
                    &raw const TASK_SERVICE,
                    out,
                )
            }
        })?;
        // SAFETY: the type is that of `ITaskService::Connect`.
        let connect: Connect = unsafe { service.method(place::CONNECT) };
        let none = Variant::default();
        // SAFETY: the object is open; empty values mean this machine and this process's user.
        check("ITaskService::Connect", unsafe {
            connect(service.0.as_ptr(), none, none, none, none)
        })?;
        // SAFETY: the type is that of `ITaskService::GetFolder`.
        let get_folder: ByName = unsafe { service.method(place::GET_FOLDER) };
        let path = bstr(allocate, free, r"\")?;
        let root = object("ITaskService::GetFolder", |out| {
            // SAFETY: the object and the string outlive the call, and the folder is written before it returns.
            unsafe { get_folder(service.0.as_ptr(), path.text, out) }
        })?;
        Ok(Self { root, allocate, free })
    }

    fn bstr(&self, text: &str) -> Result<Bstr, CallError> {
        bstr(self.allocate, self.free, text)
    }

    /// The task: `IRegisteredTask`.
    fn open(&self, path: &str) -> Result<Option<Object>, CallError> {
        let path = self.bstr(path)?;
        // SAFETY: the type is that of `ITaskFolder::GetTask`.
        let get_task: ByName = unsafe { self.root.method(place::GET_TASK) };
        let task = object("ITaskFolder::GetTask", |out| {
            // SAFETY: the folder and the string outlive the call, and the task is written before it returns.
            unsafe { get_task(self.root.0.as_ptr(), path.text, out) }
        });
        match task {
            Ok(task) => Ok(Some(task)),
            Err(error) if [code::FILE_NOT_FOUND, code::PATH_NOT_FOUND].contains(&error.code) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Calls a method of the root folder that deletes what the path names.
    fn delete_by(&self, call: &'static str, place: usize, path: &str) -> Result<(), CallError> {
        let path = self.bstr(path)?;
        // SAFETY: both methods that delete have this type.
        let delete: Delete = unsafe { self.root.method(place) };
        // SAFETY: the folder and the string outlive the call; the flags are reserved.
        match check(call, unsafe { delete(self.root.0.as_ptr(), path.text, 0) }) {
            Err(error) if [code::FILE_NOT_FOUND, code::PATH_NOT_FOUND].contains(&error.code) => Ok(()),
            other => other,
        }
    }
}

impl TaskScheduler for LocalTaskScheduler {
    fn task(&self, path: &str) -> Result<Option<TaskState>, CallError> {
        let Some(task) = self.open(path)? else {
            return Ok(None);
        };
        // SAFETY: the types are those of `IRegisteredTask::get_Enabled` and `IRegisteredTask::get_State`.
        let (get_enabled, get_state): (GetEnabled, GetState) =
            unsafe { (task.method(place::GET_ENABLED), task.method(place::GET_STATE)) };
        let (mut enabled, mut state) = (0, 0);
        // SAFETY: the task is open, and the value is written before the call returns.
        check("IRegisteredTask::get_Enabled", unsafe {
            get_enabled(task.0.as_ptr(), &raw mut enabled)
        })?;
        // SAFETY: as above.
        check("IRegisteredTask::get_State", unsafe {
            get_state(task.0.as_ptr(), &raw mut state)
        })?;
        Ok(Some(TaskState {
            is_enabled: enabled != 0,
            is_running: state == RUNNING,
        }))
    }

    fn register(&self, path: &str, xml: &str, account: TaskAccount) -> Result<(), CallError> {
        let (path, xml) = (self.bstr(path)?, self.bstr(xml)?);
        let logon = match account {
            TaskAccount::User => LOGON_GROUP,
            TaskAccount::System | TaskAccount::LocalService => LOGON_SERVICE_ACCOUNT,
        };
        // SAFETY: the type is that of `ITaskFolder::RegisterTask`.
        let register: RegisterTask = unsafe { self.root.method(place::REGISTER_TASK) };
        let none = Variant::default();
        let task = object("ITaskFolder::RegisterTask", |out| {
            // SAFETY: the folder and the strings outlive the call; empty values mean the principal of the XML, no
            // password and the default access list. The task is written before the call returns.
            unsafe {
                register(
                    self.root.0.as_ptr(),
                    path.text,
                    xml.text,
                    CREATE_OR_UPDATE,
                    none,
                    none,
                    logon,
                    none,
                    out,
                )
            }
        });
        task.map(drop)
    }

    fn stop(&self, path: &str) -> Result<(), CallError> {
        let Some(task) = self.open(path)? else {
            return Ok(());
        };
        // SAFETY: the type is that of `IRegisteredTask::Stop`.
        let stop: Stop = unsafe { task.method(place::STOP) };
        // SAFETY: the task is open; the flags are reserved.
        check("IRegisteredTask::Stop", unsafe { stop(task.0.as_ptr(), 0) })
    }

    fn delete(&self, path: &str) -> Result<(), CallError> {
        self.delete_by("ITaskFolder::DeleteTask", place::DELETE_TASK, path)
    }

    fn remove_folder(&self, path: &str) -> Result<(), CallError> {
        self.delete_by("ITaskFolder::DeleteFolder", place::DELETE_FOLDER, path)
    }
}

fn bstr(allocate: SysAllocStringLen, free: SysFreeString, text: &str) -> Result<Bstr, CallError> {
    /// `ERROR_OUTOFMEMORY`
    const OUT_OF_MEMORY: u32 = 14;
    let units: Vec<u16> = text.encode_utf16().collect();
    // SAFETY: the units are copied before the call returns.
    let text = unsafe { allocate(units.as_ptr(), units.len() as u32) };
    if text.is_null() {
        return Err(CallError {
            call: "SysAllocStringLen",
            code: OUT_OF_MEMORY,
        });
    }
    Ok(Bstr { text, free })
}

/// The object that a call writes.
fn object(call: &'static str, get: impl FnOnce(*mut *mut c_void) -> HRESULT) -> Result<Object, CallError> {
    /// `E_POINTER`
    const NO_OBJECT: HRESULT = -0x7fff_bffd;
    let mut out = ptr::null_mut();
    check(call, get(&raw mut out))?;
    match NonNull::new(out) {
        Some(object) => Ok(Object(object)),
        None => check(call, NO_OBJECT).map(|()| unreachable!("the code is an error")),
    }
}

/// An error of a call. That of a Win32 error has its code.
fn check(call: &'static str, result: HRESULT) -> Result<(), CallError> {
    /// `FACILITY_WIN32` of an `HRESULT` that is an error
    const OF_WIN32: u32 = 0x8007_0000;
    if result >= 0 {
        return Ok(());
    }
    let result = u32::from_ne_bytes(result.to_ne_bytes());
    let code = if result & 0xffff_0000 == OF_WIN32 {
        result & 0xffff
    } else {
        result
    };
    Err(CallError { call, code })
}
