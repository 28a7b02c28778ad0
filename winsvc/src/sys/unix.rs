//! Signals on Linux and macOS, by the self-pipe trick: the handler writes a byte, which a thread reads and handles.

use std::io::{self, Read as _};
use std::os::fd::IntoRawFd as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use super::TerminalSignal;

/// The pipe that the signal handler writes to; static, because a handler has no other access to it.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// Only Windows exes have resources.
pub(crate) fn resource(_id: u16) -> Option<&'static [u8]> {
    None
}

/// Calls `act` on a separate thread for each SIGINT and SIGTERM from now on.
///
/// Handlers that are installed later, such as tokio's, call this one too.
pub(crate) fn on_terminal_signal(act: impl Fn(TerminalSignal) + Send + 'static) -> io::Result<()> {
    let (mut reader, writer) = UnixStream::pair()?;
    // The handler must not block if nothing reads; losing some of thousands of signals does not matter.
    writer.set_nonblocking(true)?;
    thread::Builder::new()
        .name("winsvc-signals".to_owned())
        .spawn(move || {
            let mut byte = [0];
            while reader.read_exact(&mut byte).is_ok() {
                match libc::c_int::from(byte[0]) {
                    libc::SIGINT => act(TerminalSignal::Interrupt),
                    libc::SIGHUP => act(TerminalSignal::Hangup),
                    _ => act(TerminalSignal::Terminate),
                }
            }
        })?;
    // The writer, like the handler, stays until the process ends.
    PIPE.store(writer.into_raw_fd(), Ordering::Release);
    listen_unless_ignored(libc::SIGINT)?;
    listen(libc::SIGTERM)
}

/// Handles SIGHUP from now on. Until then it has its default effect.
pub(crate) fn on_hangup() -> io::Result<()> {
    listen_unless_ignored(libc::SIGHUP)
}

/// Handles a signal unless it is ignored: `nohup` and the `&` of a shell without job control start a program with
/// ignored signals on purpose.
fn listen_unless_ignored(signal: libc::c_int) -> io::Result<()> {
    if is_ignored(signal)? {
        return Ok(());
    }
    listen(signal)
}

fn is_ignored(signal: libc::c_int) -> io::Result<bool> {
    Ok(sigaction(signal, std::ptr::null())?.sa_sigaction == libc::SIG_IGN)
}

fn listen(signal: libc::c_int) -> io::Result<()> {
    set_handler(
        signal,
        write_signal as extern "C" fn(libc::c_int) as libc::sighandler_t,
    )
}

extern "C" fn write_signal(signal: libc::c_int) {
    // All these signals have small numbers.
    let byte = u8::try_from(signal).unwrap_or_default();
    let errno = errno();
    // SAFETY: `errno` is this thread's own. `write` may be called in a signal handler, and reads one byte of a local
    // that outlives the call; an invalid descriptor would be an error, not undefined behaviour. `errno` is restored,
    // because the interrupted code may be about to read it.
    unsafe {
        let before = *errno;
        libc::write(PIPE.load(Ordering::Acquire), (&raw const byte).cast(), 1);
        *errno = before;
    }
}

/// The address of the thread's `errno`.
fn errno() -> *mut libc::c_int {
    // SAFETY: the call has no precondition, and may be made in a signal handler.
    unsafe {
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        return libc::__error();
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        return libc::__errno();
        #[cfg(any(target_os = "illumos", target_os = "solaris"))]
        return libc::___errno();
        #[cfg(not(any(
            target_vendor = "apple",
            target_os = "freebsd",
            target_os = "android",
            target_os = "netbsd",
            target_os = "openbsd",
            target_os = "illumos",
            target_os = "solaris"
        )))]
        return libc::__errno_location();
    }
}

fn set_handler(signal: libc::c_int, handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: zero is a valid `sigaction`: an empty mask, no flags, the default handler.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_RESTART;
    sigaction(signal, &raw const action).map(drop)
}

/// Returns the current action of the signal, and sets a new one unless it is null; its handler is `SIG_DFL` or a
/// function that calls only what is allowed in a signal handler.
fn sigaction(signal: libc::c_int, new: *const libc::sigaction) -> io::Result<libc::sigaction> {
    // SAFETY: zero is a valid `sigaction`.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: in both callers above, `new` is null, which changes nothing, or points to an action that outlives the
    // call and has an allowed handler; `old` outlives the call.
    let result = unsafe { libc::sigaction(signal, new, &raw mut old) };
    if result == 0 {
        Ok(old)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Ends the process by the signal itself, so that a shell or an init system sees the reason.
pub(crate) fn end_by(signal: TerminalSignal) -> ! {
    let signal = match signal {
        TerminalSignal::Interrupt => libc::SIGINT,
        TerminalSignal::Hangup => libc::SIGHUP,
        TerminalSignal::Terminate | TerminalSignal::Close => libc::SIGTERM,
    };
    if set_handler(signal, libc::SIG_DFL).is_ok() {
        // SAFETY: `raise` has no precondition.
        unsafe { libc::raise(signal) };
    }
    // The signal is blocked in this thread, or the handler could not be reset: use the exit code that a shell shows.
    exit_at_once(128 + signal)
}

/// Ends the process at once, without any `atexit` hook or destructor, so that nothing can delay the end.
pub(crate) fn kill_process(code: u8) -> ! {
    exit_at_once(code.into())
}

fn exit_at_once(code: libc::c_int) -> ! {
    // SAFETY: `_exit` has no precondition; it may be called on any thread.
    unsafe { libc::_exit(code) }
}

/// Every terminal supports escape sequences for colours, except one with `TERM=dumb`.
#[cfg(feature = "tracing")]
pub(crate) fn enable_colours() -> bool {
    true
}

/// `CLOCK_MONOTONIC`, whose value [`std::time::Instant`] does not expose.
#[cfg(target_os = "linux")]
pub(crate) fn monotonic_time() -> std::time::Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` outlives the call. It cannot fail for this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    std::time::Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Whether the process has root's rights.
pub(crate) fn is_root() -> bool {
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// The user that this process acts as.
#[cfg(feature = "pipe")]
pub(crate) fn own_user_id() -> u32 {
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::geteuid() }
}

/// A user of this machine.
#[cfg(feature = "pipe")]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) name: String,
}

/// The user with this name; `None` if there is none.
#[cfg(feature = "pipe")]
pub(crate) fn user_by_name(name: &str) -> io::Result<Option<User>> {
    let Ok(name) = std::ffi::CString::new(name) else {
        return Ok(None);
    };
    user(|record, strings, size, found| {
        // SAFETY: the name is NUL-terminated; the other arguments are those of `user`.
        unsafe { libc::getpwnam_r(name.as_ptr(), record, strings, size, found) }
    })
}

/// The user with this ID; `None` if the machine does not know it.
#[cfg(feature = "pipe")]
pub(crate) fn user_by_id(id: u32) -> io::Result<Option<User>> {
    user(|record, strings, size, found| {
        // SAFETY: the arguments are those of `user`.
        unsafe { libc::getpwuid_r(id, record, strings, size, found) }
    })
}

/// Calls a function that looks for a user: it gets a record, a buffer for the record's strings with its size, and a place for the
/// result, all of which outlive the call.
#[cfg(feature = "pipe")]
fn user(
    look: impl Fn(*mut libc::passwd, *mut libc::c_char, usize, *mut *mut libc::passwd) -> libc::c_int,
) -> io::Result<Option<User>> {
    let mut strings: Vec<libc::c_char> = vec![0; 1024];
    loop {
        // SAFETY: zero is a valid `passwd`: null pointers and numbers.
        let mut record: libc::passwd = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        match look(
            &raw mut record,
            strings.as_mut_ptr(),
            strings.len(),
            &raw mut found,
        ) {
            0 if found.is_null() => return Ok(None),
            0 => {
                // SAFETY: the call has written the record, whose name is a NUL-terminated string in `strings`.
                let name = unsafe { std::ffi::CStr::from_ptr(record.pw_name) };
                return Ok(Some(User {
                    id: record.pw_uid,
                    name: name.to_string_lossy().into_owned(),
                }));
            }
            libc::ERANGE => strings.resize(strings.len() * 2, 0),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

/// Replaces this process with another program. Returns only if that fails.
#[cfg(feature = "verbs")]
pub(crate) fn replace_by(
    exe: &std::path::Path,
    name: &std::ffi::OsStr,
    arguments: &[std::ffi::OsString],
    environment: &[(&str, &str)],
) -> io::Error {
    use std::os::unix::process::CommandExt as _;

    let mut command = std::process::Command::new(exe);
    command
        .arg0(name)
        .args(arguments)
        .envs(environment.iter().copied());
    command.exec()
}

pub(super) fn check(result: libc::c_int) -> io::Result<()> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signal_handler_leaves_errno_as_it_was() {
        // No pipe exists in this process, so the handler's write fails with EBADF.
        assert_eq!(PIPE.load(Ordering::Acquire), -1);
        let errno = errno();
        // SAFETY: `errno` is this thread's own.
        unsafe { *errno = libc::EAGAIN };
        write_signal(libc::SIGHUP);
        // SAFETY: as above.
        assert_eq!(unsafe { *errno }, libc::EAGAIN);
    }
}
