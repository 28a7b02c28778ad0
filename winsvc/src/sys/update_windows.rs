//! What self-update needs of Windows.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SHARING_VIOLATION, FreeLibrary, SYSTEMTIME};
use windows_sys::Win32::Storage::FileSystem::{
    MOVEFILE_DELAY_UNTIL_REBOOT, MOVEFILE_REPLACE_EXISTING, MOVEFILE_WRITE_THROUGH, MoveFileExW,
};
use windows_sys::Win32::System::LibraryLoader::{
    LOAD_LIBRARY_AS_DATAFILE, LOAD_LIBRARY_AS_IMAGE_RESOURCE, LoadLibraryExW,
};
use windows_sys::Win32::System::Registry::{KEY_READ, KEY_SET_VALUE};
use windows_sys::Win32::System::SystemInformation::GetLocalTime;

use super::registry::Key;
use super::windows::resource_of;

/// Locks a file against this function in other processes until it is closed; `None` if it is locked.
pub(crate) fn lock_file(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).share_mode(0);
    match options.open(path) {
        Err(error) if error.raw_os_error() == i32::try_from(ERROR_SHARING_VIOLATION).ok() => Ok(None),
        opened => opened.map(Some),
    }
}

fn wide_path(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}

/// Renames a file, replacing one that exists, and returns when that is on the disk.
pub(crate) fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide_path(from), wide_path(to));
    // SAFETY: both strings are NUL-terminated and outlive the call.
    let renamed = unsafe {
        MoveFileExW(
            from.as_ptr(),
            to.as_ptr(),
            MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH,
        )
    };
    if renamed == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Renames a file when Windows starts the next time, before any service does, unless there is one of the new name.
pub(crate) fn rename_at_boot(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide_path(from), wide_path(to));
    // SAFETY: both strings are NUL-terminated and outlive the call.
    let registered = unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_DELAY_UNTIL_REBOOT) };
    if registered == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Withdraws [`rename_at_boot`]: other installers would ask for a restart of the machine before they do anything.
pub(crate) fn cancel_rename_at_boot(from: &Path) -> io::Result<()> {
    const KEY: &str = r"System\CurrentControlSet\Control\Session Manager";
    const VALUE: &str = "PendingFileRenameOperations";

    let Some(key) = Key::open(KEY, KEY_READ | KEY_SET_VALUE)? else {
        return Ok(());
    };
    let Some((kind, content)) = key.content(VALUE)? else {
        return Ok(());
    };
    let units: Vec<u16> = content
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    // Pairs of strings, of which the second is empty for a file that is removed; another NUL ends the list.
    let texts: Vec<&[u16]> = units.split(|unit| *unit == 0).collect();
    let own: Vec<u16> = r"\??\"
        .encode_utf16()
        .chain(from.as_os_str().encode_wide())
        .collect();
    let left: Vec<u16> = texts
        .chunks_exact(2)
        .filter(|pair| !pair[0].is_empty() && pair[0] != own)
        .flat_map(|pair| [pair[0], &[0], pair[1], &[0]].concat())
        .collect();
    if left.is_empty() {
        return Ok(key.remove(VALUE)?);
    }
    let content: Vec<u8> = left
        .iter()
        .chain([&0])
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    Ok(key.set_content(VALUE, kind, &content)?)
}

/// The contents of an exe's resources with these numbers, up to the first that it does not have. The exe is not run.
pub(crate) fn resources_of(exe: &Path, ids: impl Iterator<Item = u16>) -> io::Result<Vec<Vec<u8>>> {
    let path = wide_path(exe);
    let flags = LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE;
    // SAFETY: the path is NUL-terminated; the reserved handle is null.
    let module = unsafe { LoadLibraryExW(path.as_ptr(), ptr::null_mut(), flags) };
    if module.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the module is loaded, and the contents are copied before it is unloaded.
    let contents = ids.map_while(|id| Some(unsafe { resource_of(module, id) }?.to_vec()));
    let contents = contents.collect();
    // SAFETY: the module was loaded above, and nothing of it is used any more.
    unsafe { FreeLibrary(module) };
    Ok(contents)
}

/// The minute of the local day.
pub(crate) fn local_minute() -> u16 {
    let mut time = SYSTEMTIME::default();
    // SAFETY: the structure is a local.
    unsafe { GetLocalTime(&raw mut time) };
    time.wHour * 60 + time.wMinute
}
