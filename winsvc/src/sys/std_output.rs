//! Redirects the standard output streams to a pipe.

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _};
use std::ptr;

use windows_sys::Win32::System::Console::{STD_ERROR_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle};
use windows_sys::Win32::System::Pipes::CreatePipe;

use super::Stream;
use super::windows::check;

/// The capacity of a pipe; when it is full, printing waits for the reader.
const SIZE: u32 = 64 << 10;

/// Creates a pipe and returns its ends. The writer stays open until the process ends, because a thread that prints may
/// hold its handle, and must not find another object under the same number.
pub(crate) fn pipe() -> io::Result<(File, &'static File)> {
    let (mut reader, mut writer) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: both handles are written before the call returns; null attributes make handles that are not inherited.
    check(unsafe { CreatePipe(&raw mut reader, &raw mut writer, ptr::null(), SIZE) })?;
    // SAFETY: both are open handles that have no other owner.
    let (reader, writer) = unsafe { (File::from_raw_handle(reader), File::from_raw_handle(writer)) };
    Ok((reader, Box::leak(Box::new(writer))))
}

/// Redirects a stream to this file. Code that has fetched the handle before, as C runtimes do when they start, keeps
/// printing to the old one.
pub(crate) fn print_to(stream: Stream, file: &'static File) -> io::Result<()> {
    let handle = match stream {
        Stream::Stdout => STD_OUTPUT_HANDLE,
        Stream::Stderr => STD_ERROR_HANDLE,
    };
    // SAFETY: the file is never closed.
    check(unsafe { SetStdHandle(handle, file.as_raw_handle()) })
}
