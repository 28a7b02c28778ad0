//! How long Windows waits for services at shutdown, read from the registry.

use std::ffi::{OsStr, c_void};
use std::os::windows::ffi::OsStrExt as _;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, REG_ROUTINE_FLAGS, RRF_RT_REG_DWORD, RRF_RT_REG_SZ, RegGetValueW,
};
use winsvc_definition::registration;

/// How long Windows waits for the service before a shutdown, if its key contains the value.
pub(crate) fn registered_preshutdown_timeout(service: &OsStr) -> Option<Duration> {
    let mut key = OsStr::new(registration::SERVICES_KEY).to_owned();
    key.push(r"\");
    key.push(service);
    let bytes = read(&key, registration::PRESHUTDOWN_TIMEOUT_VALUE, RRF_RT_REG_DWORD)?;
    Some(Duration::from_millis(u32::from_le_bytes(bytes).into()))
}

/// How long Windows waits for services at shutdown, if the registry contains the value: a string with milliseconds.
pub(crate) fn wait_to_kill_service_timeout() -> Option<Duration> {
    let key = OsStr::new(r"SYSTEM\CurrentControlSet\Control");
    let bytes: [u8; 32] = read(key, "WaitToKillServiceTimeout", RRF_RT_REG_SZ)?;
    let pairs = bytes.chunks_exact(2);
    let text: String = char::decode_utf16(pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])))
        .map_while(Result::ok)
        .take_while(char::is_ascii_digit)
        .collect();
    text.parse().ok().map(Duration::from_millis)
}

/// Reads a value below `HKEY_LOCAL_MACHINE`, padded with zeros; `None` if it does not exist, has none of the `types`,
/// or is too long.
fn read<const SIZE: usize>(key: &OsStr, name: &str, types: REG_ROUTINE_FLAGS) -> Option<[u8; SIZE]> {
    let key: Vec<u16> = key.encode_wide().chain([0]).collect();
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let mut content = [0_u8; SIZE];
    let mut size = SIZE as u32;
    // SAFETY: the names are NUL-terminated; at most `size` bytes of the content are written, before the call returns.
    let result = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            name.as_ptr(),
            types,
            ptr::null_mut(),
            content.as_mut_ptr().cast::<c_void>(),
            &raw mut size,
        )
    };
    (result == 0).then_some(content)
}
