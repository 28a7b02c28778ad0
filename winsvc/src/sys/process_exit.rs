//! Detects that the program ends its process itself: by `std::process::exit`, which clap also calls for a usage error.
//!
//! Rust's standard library calls `ExitProcess` directly, without running any `atexit` hook of the C runtime. Therefore
//! the address of that function in the exe's imports is replaced by the address of ours, which lets the service report
//! its end first.
//!
//! A TLS callback, or a `DllMain` with `DLL_PROCESS_DETACH`, would run too late: by then Windows has ended all other
//! threads, which may have held locks, and holds the loader lock. The event log could be neither written nor flushed.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use windows_sys::Win32::Foundation::FALSE;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::Win32::System::Memory::{
    MEMORY_BASIC_INFORMATION, PAGE_PROTECTION_FLAGS, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY,
    VirtualProtect, VirtualQuery,
};
use windows_sys::w;

/// The maximum delay of the end of the process. Flushing the log files and the event log takes up to two seconds each,
/// but usually milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

type ExitProcess = unsafe extern "system" fn(u32) -> !;

struct Hook {
    /// The function of Windows.
    real: ExitProcess,
    act: Box<dyn Fn(u32) + Send + Sync>,
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Waiting,
    Acting,
    Done,
}

/// Static, because the replaced function has no other access to it.
static HOOK: OnceLock<Hook> = OnceLock::new();

/// Calls `act` with the exit code, once, when the program ends its process itself. If the exe does not import
/// `ExitProcess`, this has no effect.
pub(crate) fn on_process_exit(act: impl Fn(u32) + Send + Sync + 'static) {
    let Some(real) = real_exit_process() else { return };
    let hook = Hook {
        real,
        act: Box::new(act),
        progress: Mutex::new(Progress::Waiting),
        changed: Condvar::new(),
    };
    if HOOK.set(hook).is_ok() {
        replace_imports(real as *const () as usize, exit_process as *const () as usize);
    }
}

/// The replacement of `ExitProcess`.
unsafe extern "system" fn exit_process(code: u32) -> ! {
    let Some(hook) = HOOK.get() else {
        process::abort();
    };
    hook.run(code);
    // SAFETY: the function of Windows, called as the program meant to.
    unsafe { (hook.real)(code) }
}

impl Hook {
    /// Runs `act` on a separate thread, because the caller may hold any lock, and waits for it. A second caller waits
    /// for the first call of `act`, because it would end the process meanwhile.
    fn run(&'static self, code: u32) {
        let mut progress = self.progress();
        if *progress == Progress::Waiting {
            let thread = thread::Builder::new().name("winsvc-exit".to_owned());
            let started = thread.spawn(move || {
                // The process ends even if `act` panics.
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| (self.act)(code))) {
                    std::mem::forget(payload);
                }
                *self.progress() = Progress::Done;
                self.changed.notify_all();
            });
            *progress = match started {
                Ok(_) => Progress::Acting,
                Err(_) => Progress::Done,
            };
        }
        let is_acting = |progress: &mut Progress| *progress == Progress::Acting;
        drop(
            self.changed
                .wait_timeout_while(progress, PATIENCE, is_acting)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn real_exit_process() -> Option<ExitProcess> {
    // SAFETY: the name is NUL-terminated. Every process has this library loaded until its end.
    let library = unsafe { GetModuleHandleW(w!("kernel32.dll")) };
    if library.is_null() {
        return None;
    }
    // SAFETY: the library is loaded, the name is NUL-terminated.
    let function = unsafe { GetProcAddress(library, c"ExitProcess".as_ptr().cast()) }?;
    // SAFETY: this is its signature: it takes a UINT and does not return.
    Some(unsafe { std::mem::transmute::<unsafe extern "system" fn() -> isize, ExitProcess>(function) })
}

/// The offset of `e_lfanew` in `IMAGE_DOS_HEADER`.
const NT_HEADERS: usize = 0x3c;
/// The offset of `OptionalHeader` in `IMAGE_NT_HEADERS`: after the signature and `IMAGE_FILE_HEADER`.
const OPTIONAL_HEADER: usize = 4 + 20;
/// The offset of `DataDirectory` in `IMAGE_OPTIONAL_HEADER`, which contains pointers.
const DATA_DIRECTORY: usize = if cfg!(target_pointer_width = "64") {
    112
} else {
    96
};
/// `IMAGE_DIRECTORY_ENTRY_IMPORT`, and the size of an `IMAGE_DATA_DIRECTORY`.
const IMPORT_DIRECTORY: usize = 8;
/// The size of an `IMAGE_IMPORT_DESCRIPTOR`, and the offsets of `Name` and `FirstThunk` in it.
const DESCRIPTOR: (usize, usize, usize) = (20, 12, 16);

/// Replaces a function's address wherever the exe imports it.
fn replace_imports(from: usize, to: usize) {
    let (size, name, first_thunk) = DESCRIPTOR;
    // SAFETY: null is the exe's own image, which is mapped for the life of the process.
    let image: *mut u8 = unsafe { GetModuleHandleW(ptr::null()) }.cast();
    let number = |place: usize| {
        // SAFETY: the loader has mapped the image, so its headers are complete; the offsets below are within them.
        unsafe { image.add(place).cast::<u32>().read_unaligned() as usize }
    };
    let imports = number(number(NT_HEADERS) + OPTIONAL_HEADER + DATA_DIRECTORY + IMPORT_DIRECTORY);
    if imports == 0 {
        return;
    }
    // The list of libraries ends with one without a name, each list of functions with a null.
    for descriptor in (imports..).step_by(size) {
        if number(descriptor + name) == 0 {
            return;
        }
        // SAFETY: the list is in the image.
        let mut thunk: *mut usize = unsafe { image.add(number(descriptor + first_thunk)) }.cast();
        loop {
            // SAFETY: no entry after the null is read.
            let function = unsafe { thunk.read() };
            if function == 0 {
                break;
            }
            if function == from {
                replace(thunk, to);
            }
            // SAFETY: the null has not been reached.
            thunk = unsafe { thunk.add(1) };
        }
    }
}

/// Overwrites one import, if it is in a data page, and restores the loader's page protection.
fn replace(thunk: *mut usize, to: usize) {
    let place: *const c_void = thunk.cast_const().cast();
    let mut page = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: the structure has the given size.
    if unsafe { VirtualQuery(place, &raw mut page, size_of_val(&page)) } == 0 {
        return;
    }
    let protect = |protection: PAGE_PROTECTION_FLAGS| {
        let mut before = 0;
        // SAFETY: the import is one pointer in a page without code.
        unsafe { VirtualProtect(place, size_of::<usize>(), protection, &raw mut before) != FALSE }
    };
    let is_writable = match page.Protect {
        PAGE_READWRITE | PAGE_WRITECOPY => true,
        PAGE_READONLY => protect(PAGE_READWRITE),
        _ => false,
    };
    if is_writable {
        // SAFETY: the entry is aligned and writable; other threads read it atomically when they call through it.
        unsafe { AtomicUsize::from_ptr(thunk) }.store(to, Ordering::Release);
    }
    if page.Protect == PAGE_READONLY {
        let _ = protect(PAGE_READONLY);
    }
}
