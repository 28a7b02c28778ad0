//! The end of the process that the program itself brings about: `std::process::exit`, or what calls it, as clap does for a
//! usage error.
//!
//! Rust's standard library calls `ExitProcess` at once, past every `atexit` hook of the C runtime. So the address of that function
//! among the exe's imports is replaced by one of ours, which lets the service report its end first.
//!
//! A TLS callback, or a `DllMain` with `DLL_PROCESS_DETACH`, would come too late: Windows has ended all other threads by then,
//! perhaps with locks in their hands, and holds the loader lock. The event log could be neither written nor waited for.

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

/// How long the process is kept from its end: no longer than the log files and the event log are waited for at any end, two
/// seconds each. Where all is well, it is milliseconds.
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

/// What an import can reach is statics.
static HOOK: OnceLock<Hook> = OnceLock::new();

/// Calls `act` with the exit code, once, when the program ends its process by itself. Where the exe does not import
/// `ExitProcess`, nothing happens.
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

/// Stands in for `ExitProcess`.
unsafe extern "system" fn exit_process(code: u32) -> ! {
    let Some(hook) = HOOK.get() else {
        process::abort();
    };
    hook.run(code);
    // SAFETY: the function of Windows, called as the program meant to.
    unsafe { (hook.real)(code) }
}

impl Hook {
    /// Acts on a thread of its own, because the caller may hold any lock, and waits for that. A second caller waits for the
    /// first one's act: it would end the process under it.
    fn run(&'static self, code: u32) {
        let mut progress = self.progress();
        if *progress == Progress::Waiting {
            let thread = thread::Builder::new().name("winsvc-exit".to_owned());
            let started = thread.spawn(move || {
                // The process ends whatever happens here.
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
    // SAFETY: the name ends in a zero. Every process has this library until its end.
    let library = unsafe { GetModuleHandleW(w!("kernel32.dll")) };
    if library.is_null() {
        return None;
    }
    // SAFETY: the library is loaded, the name ends in a zero.
    let function = unsafe { GetProcAddress(library, c"ExitProcess".as_ptr().cast()) }?;
    // SAFETY: this is its signature: it takes a UINT and does not return.
    Some(unsafe { std::mem::transmute::<unsafe extern "system" fn() -> isize, ExitProcess>(function) })
}

/// The place of `e_lfanew` in `IMAGE_DOS_HEADER`.
const NT_HEADERS: usize = 0x3c;
/// The place of `OptionalHeader` in `IMAGE_NT_HEADERS`: behind the signature and `IMAGE_FILE_HEADER`.
const OPTIONAL_HEADER: usize = 4 + 20;
/// The place of `DataDirectory` in `IMAGE_OPTIONAL_HEADER`, which has pointers.
const DATA_DIRECTORY: usize = if cfg!(target_pointer_width = "64") {
    112
} else {
    96
};
/// `IMAGE_DIRECTORY_ENTRY_IMPORT`, and the size of an `IMAGE_DATA_DIRECTORY`.
const IMPORT_DIRECTORY: usize = 8;
/// The size of an `IMAGE_IMPORT_DESCRIPTOR`, and the places of `Name` and `FirstThunk` in it.
const DESCRIPTOR: (usize, usize, usize) = (20, 12, 16);

/// Replaces a function's address wherever the exe imports it.
fn replace_imports(from: usize, to: usize) {
    let (size, name, first_thunk) = DESCRIPTOR;
    // SAFETY: null is the exe's own image, which is mapped for the life of the process.
    let image: *mut u8 = unsafe { GetModuleHandleW(ptr::null()) }.cast();
    let number = |place: usize| {
        // SAFETY: the loader has mapped the image, so its headers are whole; the places below are theirs.
        unsafe { image.add(place).cast::<u32>().read_unaligned() as usize }
    };
    let imports = number(number(NT_HEADERS) + OPTIONAL_HEADER + DATA_DIRECTORY + IMPORT_DIRECTORY);
    if imports == 0 {
        return;
    }
    // The list of libraries ends with one without a name, a library's list of functions with a null.
    for descriptor in (imports..).step_by(size) {
        if number(descriptor + name) == 0 {
            return;
        }
        // SAFETY: the list is in the image.
        let mut thunk: *mut usize = unsafe { image.add(number(descriptor + first_thunk)) }.cast();
        loop {
            // SAFETY: no entry is read behind the null.
            let function = unsafe { thunk.read() };
            if function == 0 {
                break;
            }
            if function == from {
                replace(thunk, to);
            }
            // SAFETY: the null is still ahead.
            thunk = unsafe { thunk.add(1) };
        }
    }
}

/// Writes one import, where it is among data; with the loader's protection afterwards.
fn replace(thunk: *mut usize, to: usize) {
    let place: *const c_void = thunk.cast_const().cast();
    let mut page = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: the structure has the size that is said.
    if unsafe { VirtualQuery(place, &raw mut page, size_of_val(&page)) } == 0 {
        return;
    }
    let protect = |protection: PAGE_PROTECTION_FLAGS| {
        let mut before = 0;
        // SAFETY: the import is one pointer in a page that has no code.
        unsafe { VirtualProtect(place, size_of::<usize>(), protection, &raw mut before) != FALSE }
    };
    let is_writable = match page.Protect {
        PAGE_READWRITE | PAGE_WRITECOPY => true,
        PAGE_READONLY => protect(PAGE_READWRITE),
        _ => false,
    };
    if is_writable {
        // SAFETY: the entry is aligned and writable; other threads read it whole as they call through it.
        unsafe { AtomicUsize::from_ptr(thunk) }.store(to, Ordering::Release);
    }
    if page.Protect == PAGE_READONLY {
        let _ = protect(PAGE_READONLY);
    }
}
