//! Sends console events and `WM_CLOSE` to other processes, from a process that exists for this alone.
//!
//! To send Ctrl-C, a process has to attach to the console of the receivers, which replaces its own console, standard
//! handles and control handlers. And user32.dll, which `WM_CLOSE` needs, makes a process a GUI process. A service therefore
//! starts its own exe once more.

use std::io;
use std::process;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_GEN_FAILURE, ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_INVALID_WINDOW_HANDLE,
    ERROR_SUCCESS, FALSE, HWND, LPARAM, TRUE, WPARAM,
};
use windows_sys::Win32::System::Console::{
    AttachConsole, CTRL_BREAK_EVENT, CTRL_C_EVENT, FreeConsole, GenerateConsoleCtrlEvent,
    GetConsoleProcessList, SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;
use windows_sys::s;

use super::{Event, SendFailure};
use crate::sys::library::Library;
use crate::sys::windows::{check, error};

/// The first argument of a process that sends an event. The second one is the event, the others are the receivers.
const ARGUMENT: &str = "--winsvc-send-event";

const EVENTS: [(&str, Event); 3] = [
    ("ctrl-c", Event::CtrlC),
    ("ctrl-break", Event::CtrlBreak),
    ("close", Event::Close),
];

/// More would not fit into a command line.
const MOST_RECEIVERS: usize = 2000;

/// The arguments of a process that sends the event.
pub(super) fn arguments(event: Event, receivers: &[u32]) -> Vec<String> {
    let names = EVENTS.iter().filter(|(_, named)| *named == event);
    let head = names.flat_map(|(name, _)| [ARGUMENT.to_owned(), (*name).to_owned()]);
    let receivers = receivers.iter().take(MOST_RECEIVERS);
    head.chain(receivers.map(ToString::to_string)).collect()
}

/// The result of a process that has sent an event: it exits with an error code of Windows.
pub(super) fn result(code: u32) -> Result<(), SendFailure> {
    match code {
        ERROR_SUCCESS => Ok(()),
        ERROR_INVALID_HANDLE => Err(SendFailure::NoConsole),
        ERROR_INVALID_WINDOW_HANDLE => Err(SendFailure::NoWindow),
        // No process has the id, or it is about to end.
        ERROR_INVALID_PARAMETER | ERROR_GEN_FAILURE => Err(SendFailure::Exited),
        code => Err(error(code).into()),
    }
}

/// Sends an event and ends this process, if that is what it was started for.
pub(crate) fn send_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ARGUMENT) {
        return;
    }
    let name = arguments.next();
    let event = EVENTS.iter().find(|(known, _)| name.as_deref() == Some(known));
    let receivers: Vec<u32> = arguments.filter_map(|id| id.parse().ok()).collect();
    let sent = match event {
        Some((_, Event::CtrlC)) => send_to_consoles(CTRL_C_EVENT, receivers),
        Some((_, Event::CtrlBreak)) => send_to_consoles(CTRL_BREAK_EVENT, receivers),
        Some((_, Event::Close)) => close_windows(&receivers),
        None => Err(error(ERROR_INVALID_PARAMETER)),
    };
    process::exit(sent.map_or_else(|error| error.raw_os_error().unwrap_or(-1), |()| 0));
}

/// Sends an event once to each console of the receivers; an error if no receiver has one.
fn send_to_consoles(event: u32, mut receivers: Vec<u32>) -> io::Result<()> {
    let mut result = Err(error(ERROR_INVALID_HANDLE));
    while !receivers.is_empty() {
        let receiver = receivers.remove(0);
        // SAFETY: the calls have no preconditions.
        unsafe { FreeConsole() };
        // SAFETY: as above.
        if let Err(error) = check(unsafe { AttachConsole(receiver) }) {
            if result.is_err() {
                result = Err(error);
            }
            continue;
        }
        // Attaching removes all handlers. Without one, the event would end this process.
        // SAFETY: the handler is a function, which stays valid.
        check(unsafe { SetConsoleCtrlHandler(Some(ignore), TRUE) })?;
        let reached = console_processes();
        // SAFETY: the call has no precondition. 0 is for all processes of the console.
        let sent = check(unsafe { GenerateConsoleCtrlEvent(event, 0) });
        receivers.retain(|receiver| !reached.contains(receiver));
        if result.is_err() {
            result = sent;
        }
    }
    result
}

unsafe extern "system" fn ignore(_event: u32) -> BOOL {
    TRUE
}

/// The processes of the console that this process is attached to.
fn console_processes() -> Vec<u32> {
    let mut processes = vec![0; 64];
    loop {
        // SAFETY: the list has room for the given number of ids.
        let count = unsafe { GetConsoleProcessList(processes.as_mut_ptr(), processes.len() as u32) } as usize;
        let is_short = count > processes.len();
        processes.resize(count, 0);
        if !is_short {
            return processes;
        }
    }
}

type Visit = unsafe extern "system" fn(HWND, LPARAM) -> BOOL;
type EnumWindows = unsafe extern "system" fn(Visit, LPARAM) -> BOOL;
type GetWindowThreadProcessId = unsafe extern "system" fn(HWND, *mut u32) -> u32;
type PostMessageW = unsafe extern "system" fn(HWND, u32, WPARAM, LPARAM) -> BOOL;

/// The functions of user32.dll, and whose windows are closed.
struct Closing<'a> {
    process_of: GetWindowThreadProcessId,
    post: PostMessageW,
    receivers: &'a [u32],
    closed: u32,
}

/// Posts `WM_CLOSE` to the top-level windows of the receivers; an error if they have none.
fn close_windows(receivers: &[u32]) -> io::Result<()> {
    let user32 = Library::load("user32.dll")?;
    // SAFETY: these are the signatures of the functions.
    let (enumerate, process_of, post) = unsafe {
        (
            user32.function::<EnumWindows>(s!("EnumWindows"))?,
            user32.function(s!("GetWindowThreadProcessId"))?,
            user32.function(s!("PostMessageW"))?,
        )
    };
    let mut closing = Closing {
        process_of,
        post,
        receivers,
        closed: 0,
    };
    // SAFETY: the function gets this `Closing`, which outlives the call.
    check(unsafe { enumerate(close, ptr::from_mut(&mut closing) as LPARAM) })?;
    if closing.closed == 0 {
        return Err(error(ERROR_INVALID_WINDOW_HANDLE));
    }
    Ok(())
}

unsafe extern "system" fn close(window: HWND, closing: LPARAM) -> BOOL {
    const WM_CLOSE: u32 = 16;
    // SAFETY: the caller passes a `Closing` that nothing else uses meanwhile.
    let closing = unsafe { &mut *(closing as *mut Closing<'_>) };
    let mut process = 0;
    // SAFETY: the id is written before the call returns; for a window that is gone it stays 0.
    unsafe { (closing.process_of)(window, &raw mut process) };
    // SAFETY: a window that is gone is an error.
    if closing.receivers.contains(&process) && unsafe { (closing.post)(window, WM_CLOSE, 0, 0) } != FALSE {
        closing.closed += 1;
    }
    TRUE
}
