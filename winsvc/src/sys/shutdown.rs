//! How long Windows waits for services when it shuts down, as its registry says.

use std::ffi::{OsStr, c_void};
use std::os::windows::ffi::OsStrExt as _;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, REG_ROUTINE_FLAGS, RRF_RT_REG_DWORD, RRF_RT_REG_SZ, RegGetValueW,
};
use winsvc_definition::registration;

/// How long Windows waits for the service before a shutdown, where its key says so.
pub(crate) fn registered_preshutdown_timeout(service: &OsStr) -> Option<Duration> {
    let mut key = OsStr::new(registration::SERVICES_KEY).to_owned();
    key.push(r"\");
    key.push(service);
    let mut milliseconds = [0_u32];
    read(
        &key,
        registration::PRESHUTDOWN_TIMEOUT_VALUE,
        RRF_RT_REG_DWORD,
        &mut milliseconds,
    )?;
    Some(Duration::from_millis(milliseconds[0].into()))
}

/// How long Windows waits for services at a shutdown, where its registry says so: milliseconds as text.
pub(crate) fn wait_to_kill_service_timeout() -> Option<Duration> {
    let mut text = [0_u16; 16];
    read(
        OsStr::new(r"SYSTEM\CurrentControlSet\Control"),
        "WaitToKillServiceTimeout",
        RRF_RT_REG_SZ,
        &mut text,
    )?;
    let text: String = char::decode_utf16(text)
        .map_while(Result::ok)
        .take_while(char::is_ascii_digit)
        .collect();
    text.parse().ok().map(Duration::from_millis)
}

/// Reads a value below `HKEY_LOCAL_MACHINE` that has one of the `types` and fits; `None` where there is none.
fn read<T: Copy>(key: &OsStr, name: &str, types: REG_ROUTINE_FLAGS, content: &mut [T]) -> Option<()> {
    let key: Vec<u16> = key.encode_wide().chain([0]).collect();
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let mut size = size_of_val(content) as u32;
    // SAFETY: the names end in zeros; no more than `size` bytes of the content are written, before the call returns, and its
    // elements are integers, for which any bytes will do.
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
    (result == 0).then_some(())
}
