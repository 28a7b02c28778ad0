//! The page that a service shares with whoever looks at it.
//!
//! It is a section of memory with a name, `Global\winsvc-status-<process id>`. A service may make such names
//! (`SeCreateGlobalPrivilege`), ordinary users may not. The process in the name makes it the page of this one run: there is
//! nothing to clean up and nothing of an earlier run to be mistaken for it, and the service's own name, which may have
//! characters that such a name cannot have, does not matter.

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

/// Who may read the page: those who may see a service's state unless somebody has changed that, which are the system,
/// administrators, whoever is logged on here, and services. Nobody may write it but through the handle that it is made with.
const READERS: &str = "D:P(A;;GR;;;SY)(A;;GR;;;BA)(A;;GR;;;IU)(A;;GR;;;SU)";

const SIZE: usize = size_of::<StatusPage>();

fn name(pid: u32) -> Vec<u16> {
    wide(&format!(r"Global\winsvc-status-{pid}"))
}

/// Makes the page of this process, which stays as long as the process does; `None` where it cannot be had.
pub(crate) fn create_status_page() -> Option<&'static StatusPage> {
    let readers = Descriptor::new(READERS).ok()?;
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: readers.as_ptr(),
        bInheritHandle: FALSE,
    };
    let name = name(std::process::id());
    // SAFETY: no file is memory alone; attributes and name are complete and outlive the call. The error is asked for at once.
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
    // What somebody else has made before is theirs to read and to write.
    let page = if is_new {
        section.map(FILE_MAP_WRITE)?
    } else {
        return None;
    };
    // The name goes with the last handle.
    std::mem::forget(section);
    // SAFETY: the view is the page, of zeros, which are a valid one, and is never unmapped.
    Some(unsafe { &*page })
}

/// What the service that is this process says of itself; `None` where it says nothing, or may not be looked at.
pub(crate) fn read_status_page(pid: u32) -> Option<String> {
    let name = name(pid);
    // SAFETY: the name ends in a zero.
    let section = Section::new(unsafe { OpenFileMappingW(FILE_MAP_READ, FALSE, name.as_ptr()) })?;
    let page = section.map(FILE_MAP_READ)?;
    let text = if is_committed(page) {
        // SAFETY: a whole page is mapped and readable until it is unmapped below; whatever its bits, they are a valid one,
        // and others change them as atomics are changed.
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

/// Whether there is memory behind a whole page. Who has made it may have reserved it alone, and reading would be the end.
fn is_committed(page: *const StatusPage) -> bool {
    let mut region = MEMORY_BASIC_INFORMATION::default();
    let size = size_of::<MEMORY_BASIC_INFORMATION>();
    // SAFETY: the region is as large as is said, and is written before the call returns.
    let written = unsafe { VirtualQuery(page.cast(), &raw mut region, size) };
    written == size && region.State == MEM_COMMIT && region.RegionSize >= SIZE
}

/// An open section.
struct Section(OwnedHandle);

impl Section {
    fn new(section: HANDLE) -> Option<Self> {
        // SAFETY: each caller has just opened the handle, and nobody else has it.
        (!section.is_null()).then(|| Self(unsafe { OwnedHandle::from_raw_handle(section) }))
    }

    fn map(&self, access: FILE_MAP) -> Option<*const StatusPage> {
        // SAFETY: the section is open; a view that would be larger than it is an error.
        let view = unsafe { MapViewOfFile(self.0.as_raw_handle(), access, 0, 0, SIZE) };
        (!view.Value.is_null()).then_some(view.Value.cast_const().cast())
    }
}
