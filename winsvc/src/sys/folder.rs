//! Folders with owners and access lists, for the verbs.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_DIR_NOT_EMPTY, ERROR_REPARSE_TAG_INVALID, ERROR_SUCCESS, FALSE};
use windows_sys::Win32::Security::Authorization::{SE_FILE_OBJECT, SetSecurityInfo};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, GetSecurityDescriptorOwner,
    OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, READ_CONTROL, WRITE_DAC,
    WRITE_OWNER,
};

use super::machine::{CallError, Folder, Removal};
use super::owner::{file_security, open_to_look_at};
use super::security::{self, Descriptor};
use super::service_handle::check;

/// The parts of a descriptor that the verbs compare.
const PARTS: u32 = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;

/// Reads the owner and the access list of a folder; `None` if it does not exist.
pub(super) fn look(path: &str) -> Result<Option<Folder>, CallError> {
    let folder = match open_to_look_at(Path::new(path)) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CallError::of("CreateFile", &error)),
    };
    Ok(Some(Folder {
        is_link: is_link(&folder)?,
        security: file_security(&folder, PARTS).map_err(|error| CallError::of("GetSecurityInfo", &error))?,
    }))
}

fn is_link(folder: &File) -> Result<bool, CallError> {
    let metadata = folder.metadata();
    let metadata = metadata.map_err(|error| CallError::of("GetFileInformationByHandle", &error))?;
    Ok(metadata.file_type().is_symlink())
}

/// The owner and the access list of a descriptor, formatted by Windows.
pub(super) fn canonical(descriptor: &Descriptor) -> Result<String, CallError> {
    // SAFETY: the pointer is a security descriptor.
    let formatted = unsafe { security::formatted(descriptor.as_ptr(), PARTS) };
    formatted.map_err(|error| CallError::of("ConvertSecurityDescriptorToStringSecurityDescriptor", &error))
}

/// Sets the owner and the access list of a folder, and of what inherits from it. The folder is not followed if it is a
/// link, and cannot be replaced by one meanwhile, because it is opened once.
pub(super) fn protect(path: &str, descriptor: &Descriptor) -> Result<(), CallError> {
    let mut options = OpenOptions::new();
    options
        .access_mode(READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
    let folder = options
        .open(path)
        .map_err(|error| CallError::of("CreateFile", &error))?;
    if is_link(&folder)? {
        return Err(CallError {
            call: "CreateFile",
            code: ERROR_REPARSE_TAG_INVALID,
        });
    }
    let (mut owner, mut list) = (ptr::null_mut(), ptr::null_mut());
    let (mut is_default, mut is_present) = (FALSE, FALSE);
    // SAFETY: the pointer is a security descriptor; the results are written before the call returns.
    let done =
        unsafe { GetSecurityDescriptorOwner(descriptor.as_ptr(), &raw mut owner, &raw mut is_default) };
    check("GetSecurityDescriptorOwner", done)?;
    // SAFETY: as above.
    let done = unsafe {
        GetSecurityDescriptorDacl(
            descriptor.as_ptr(),
            &raw mut is_present,
            &raw mut list,
            &raw mut is_default,
        )
    };
    check("GetSecurityDescriptorDacl", done)?;
    // SAFETY: the handle is open with the rights to change both; owner and list are part of the descriptor, which
    // outlives the call.
    let code = unsafe {
        SetSecurityInfo(
            folder.as_raw_handle(),
            SE_FILE_OBJECT,
            PARTS | PROTECTED_DACL_SECURITY_INFORMATION,
            owner,
            ptr::null_mut(),
            list,
            ptr::null_mut(),
        )
    };
    if code == ERROR_SUCCESS {
        return Ok(());
    }
    Err(CallError {
        call: "SetSecurityInfo",
        code,
    })
}

/// Removes a folder if it exists.
pub(super) fn remove(path: &Path, removal: Removal) -> io::Result<()> {
    let removed = match removal {
        // It works by handles and does not follow links.
        Removal::All => fs::remove_dir_all(path),
        Removal::Files => remove_files(path),
        Removal::IfEmpty => fs::remove_dir(path),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error)
            if removal == Removal::IfEmpty
                && error.raw_os_error() == i32::try_from(ERROR_DIR_NOT_EMPTY).ok() =>
        {
            Ok(())
        }
        removed => removed,
    }
}

fn remove_files(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
