//! What a program prints to: the standard handles, and a pipe in their place.

use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _};
use std::ptr;

use windows_sys::Win32::System::Console::{STD_ERROR_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle};
use windows_sys::Win32::System::Pipes::CreatePipe;

use super::Stream;
use super::windows::check;

/// How much a pipe holds before whoever prints waits for the reader.
const SIZE: u32 = 64 << 10;

/// A new pipe: what reads from it, and what writes to it, which stays open for the life of the process. A thread that prints
/// may have taken the handle at any time, and must not find another object's under its number.
pub(crate) fn pipe() -> io::Result<(File, &'static File)> {
    let (mut reader, mut writer) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: both handles are written before the call returns; no attributes are those of a handle that no process inherits.
    check(unsafe { CreatePipe(&raw mut reader, &raw mut writer, ptr::null(), SIZE) })?;
    // SAFETY: both are open handles that nobody else has.
    let (reader, writer) = unsafe { (File::from_raw_handle(reader), File::from_raw_handle(writer)) };
    Ok((reader, Box::leak(Box::new(writer))))
}

/// Lets the program print to this from now on. Whoever has taken the handle before, as C runtimes do when they begin, prints
/// to where it did.
pub(crate) fn print_to(stream: Stream, file: &'static File) -> io::Result<()> {
    let handle = match stream {
        Stream::Stdout => STD_OUTPUT_HANDLE,
        Stream::Stderr => STD_ERROR_HANDLE,
    };
    // SAFETY: the file is never closed.
    check(unsafe { SetStdHandle(handle, file.as_raw_handle()) })
}
