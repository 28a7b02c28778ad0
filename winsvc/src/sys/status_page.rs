//! The memory page that a service shares with its readers.
//!
//! The page is a named section, `Global\winsvc-status-<process id>`. Services may create such names
//! (`SeCreateGlobalPrivilege`), ordinary users may not. The process id makes the page unique to this run, so there is
//! nothing to clean up and no page of an earlier run to confuse it with. The service's name is not used, because it may
//! have characters that are not allowed in the name of a section.

use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};

use windows_sys::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, FALSE, GetLastError, HANDLE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP, FILE_MAP_READ, FILE_MAP_WRITE, MEM_COMMIT, MEMORY_BASIC_INFORMATION,
    MapViewOfFile, OpenFileMappingW, PAGE_READWRITE, UnmapViewOfFile, VirtualQuery,
};

use super::security::Descriptor;
use super::status_text::StatusPage;
use super::wide::wide;

/// The readers of the page: the accounts that may query the state of a service by default, which are the system,
/// administrators, interactive users, and services. Writing is only possible through the handle that created the page.
const READERS: &str = "D:P(A;;GR;;;SY)(A;;GR;;;BA)(A;;GR;;;IU)(A;;GR;;;SU)";

const SIZE: usize = size_of::<StatusPage>();

fn name(pid: u32) -> Vec<u16> {
    wide(&format!(r"Global\winsvc-status-{pid}"))
}

/// Creates the page of this process, which lives as long as the process; `None` if that is not possible.
pub(crate) fn create_status_page() -> Option<&'static StatusPage> {
    let readers = Descriptor::new(READERS).ok()?;
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: readers.as_ptr(),
        bInheritHandle: FALSE,
    };
    let name = name(std::process::id());
    // SAFETY: without a file the section is memory; attributes and name are complete and outlive the call. The error is
    // queried immediately.
    let (section, is_new) = unsafe {
        let section = CreateFileMappingW(
            INVALID_HANDLE_VALUE,
            &raw const attributes,
            PAGE_READWRITE,
            0,
            SIZE as u32,
            name.as_ptr(),
        );
        (section, GetLastError() != ERROR_ALREADY_EXISTS)
    };
    let section = Section::new(section)?;
    // An existing section may be read and written by its creator, so it is not used.
    let page = if is_new {
        section.map(FILE_MAP_WRITE)?
    } else {
        return None;
    };
    // The name exists as long as a handle is open.
    std::mem::forget(section);
    // SAFETY: the view is one page of zeros, which are valid values, and is never unmapped.
    Some(unsafe { &*page })
}

/// The status text of the service in this process; `None` if it has none, or may not be read.
pub(crate) fn read_status_page(pid: u32) -> Option<String> {
    let name = name(pid);
    // SAFETY: the name is NUL-terminated.
    let section = Section::new(unsafe { OpenFileMappingW(FILE_MAP_READ, FALSE, name.as_ptr()) })?;
    let page = section.map(FILE_MAP_READ)?;
    let text = if is_committed(page) {
        // SAFETY: a complete page is mapped and readable until it is unmapped below; any bits are valid values, and
        // other processes change them like atomics.
        unsafe { &*page }.read()
    } else {
        None
    };
    // SAFETY: the view was mapped here, and no reference to it is left.
    unsafe {
        UnmapViewOfFile(windows_sys::Win32::System::Memory::MEMORY_MAPPED_VIEW_ADDRESS {
            Value: page.cast_mut().cast(),
        })
    };
    text
}

/// Whether the whole page is committed. Its creator may only have reserved it, and reading would then crash this
/// process.
fn is_committed(page: *const StatusPage) -> bool {
    let mut region = MEMORY_BASIC_INFORMATION::default();
    let size = size_of::<MEMORY_BASIC_INFORMATION>();
    // SAFETY: the region has the given size, and is written before the call returns.
    let written = unsafe { VirtualQuery(page.cast(), &raw mut region, size) };
    written == size && region.State == MEM_COMMIT && region.RegionSize >= SIZE
}

/// An open section.
struct Section(OwnedHandle);

impl Section {
    fn new(section: HANDLE) -> Option<Self> {
        // SAFETY: each caller has just opened the handle, which has no other owner.
        (!section.is_null()).then(|| Self(unsafe { OwnedHandle::from_raw_handle(section) }))
    }

    fn map(&self, access: FILE_MAP) -> Option<*const StatusPage> {
        // SAFETY: the section is open; a view larger than the section is an error.
        let view = unsafe { MapViewOfFile(self.0.as_raw_handle(), access, 0, 0, SIZE) };
        (!view.Value.is_null()).then_some(view.Value.cast_const().cast())
    }
}
