//! Values in the registry, below `HKEY_LOCAL_MACHINE`.

use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS, ERROR_SUCCESS,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, KEY_READ, KEY_SET_VALUE, REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ,
    REG_OPTION_NON_VOLATILE, REG_SZ, RegCloseKey, RegCreateKeyExW, RegDeleteKeyW, RegDeleteValueW,
    RegEnumValueW, RegOpenKeyExW, RegQueryValueExW, RegSetValueExW,
};
use winsvc_definition::registration::RegistryValue;

use super::machine::{CallError, NamedValue};
use super::wide::{wide, wide_list};

/// An open key.
pub(super) struct Key(HKEY);

impl Key {
    /// Opens a key; `None` if it does not exist.
    pub(super) fn open(path: &str, access: u32) -> Result<Option<Self>, CallError> {
        let path = wide(path);
        let mut key = ptr::null_mut();
        // SAFETY: the path is NUL-terminated; the key is written before the call returns.
        let code = unsafe { RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.as_ptr(), 0, access, &raw mut key) };
        if code == ERROR_FILE_NOT_FOUND {
            return Ok(None);
        }
        check("RegOpenKeyEx", code)?;
        Ok(Some(Self(key)))
    }

    /// Opens a key to read it.
    pub(super) fn read(path: &str) -> Result<Option<Self>, CallError> {
        Self::open(path, KEY_READ)
    }

    /// Opens a key to change its values; creates it if it does not exist.
    pub(super) fn create(path: &str) -> Result<Self, CallError> {
        let path = wide(path);
        let mut key = ptr::null_mut();
        // SAFETY: the path is NUL-terminated, null omits optional results; the key is written before the call returns.
        let code = unsafe {
            RegCreateKeyExW(
                HKEY_LOCAL_MACHINE,
                path.as_ptr(),
                0,
                ptr::null(),
                REG_OPTION_NON_VOLATILE,
                KEY_SET_VALUE,
                ptr::null(),
                &raw mut key,
                ptr::null_mut(),
            )
        };
        check("RegCreateKeyEx", code)?;
        Ok(Self(key))
    }

    /// Reads a value; `None` if it does not exist, or has a type that we do not write.
    pub(super) fn value(&self, name: &str) -> Result<Option<RegistryValue>, CallError> {
        let content = self.content(name)?;
        Ok(content.and_then(|(kind, content)| decode(kind, &content)))
    }

    /// Reads the type and the bytes of a value; `None` if it does not exist.
    pub(super) fn content(&self, name: &str) -> Result<Option<(u32, Vec<u8>)>, CallError> {
        let name = wide(name);
        let mut content: Vec<u8> = vec![0; 256];
        loop {
            let (mut kind, mut size) = (0, content.len() as u32);
            // SAFETY: the name is NUL-terminated; type, content and size are written before the call returns, the
            // content with at most `size` bytes.
            let code = unsafe {
                RegQueryValueExW(
                    self.0,
                    name.as_ptr(),
                    ptr::null(),
                    &raw mut kind,
                    content.as_mut_ptr(),
                    &raw mut size,
                )
            };
            match code {
                ERROR_FILE_NOT_FOUND => return Ok(None),
                // The value may have become longer meanwhile.
                ERROR_MORE_DATA => content.resize(size as usize, 0),
                _ => {
                    check("RegQueryValueEx", code)?;
                    content.truncate(size as usize);
                    return Ok(Some((kind, content)));
                }
            }
        }
    }

    /// Reads all values with their names.
    pub(super) fn values(&self) -> Result<Vec<NamedValue>, CallError> {
        let mut values = Vec::new();
        loop {
            // The longest name has 16,383 units and a NUL.
            let mut name = vec![0_u16; 16_384];
            let mut length = name.len() as u32;
            // SAFETY: the name has the given length, and is written before the call returns; null omits optional
            // results.
            let code = unsafe {
                RegEnumValueW(
                    self.0,
                    values.len() as u32,
                    name.as_mut_ptr(),
                    &raw mut length,
                    ptr::null(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            };
            if code == ERROR_NO_MORE_ITEMS {
                return Ok(values);
            }
            check("RegEnumValue", code)?;
            let name = String::from_utf16_lossy(&name[..length as usize]);
            let value = self.value(&name)?;
            values.push((name, value));
        }
    }

    pub(super) fn set(&self, name: &str, value: &RegistryValue) -> Result<(), CallError> {
        let (kind, content) = encode(value);
        self.set_content(name, kind, &content)
    }

    /// Sets a value of this type to these bytes.
    pub(super) fn set_content(&self, name: &str, kind: u32, content: &[u8]) -> Result<(), CallError> {
        let name = wide(name);
        // SAFETY: the name is NUL-terminated; the content has the given size.
        let code = unsafe {
            RegSetValueExW(
                self.0,
                name.as_ptr(),
                0,
                kind,
                content.as_ptr(),
                content.len() as u32,
            )
        };
        check("RegSetValueEx", code)
    }

    /// Removes a value if it exists.
    pub(super) fn remove(&self, name: &str) -> Result<(), CallError> {
        let name = wide(name);
        // SAFETY: the name is NUL-terminated.
        let code = unsafe { RegDeleteValueW(self.0, name.as_ptr()) };
        check_unless_missing("RegDeleteValue", code)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key was opened by this value and is closed once.
        unsafe { RegCloseKey(self.0) };
    }
}

/// Removes a key without subkeys if it exists.
pub(super) fn remove_key(path: &str) -> Result<(), CallError> {
    let path = wide(path);
    // SAFETY: the path is NUL-terminated.
    let code = unsafe { RegDeleteKeyW(HKEY_LOCAL_MACHINE, path.as_ptr()) };
    check_unless_missing("RegDeleteKey", code)
}

fn encode(value: &RegistryValue) -> (u32, Vec<u8>) {
    match value {
        RegistryValue::ExpandString(text) => (REG_EXPAND_SZ, bytes(&wide(text))),
        RegistryValue::String(text) => (REG_SZ, bytes(&wide(text))),
        RegistryValue::Number(number) => (REG_DWORD, number.to_le_bytes().into()),
        RegistryValue::Strings(list) => (REG_MULTI_SZ, bytes(&wide_list(list))),
    }
}

fn decode(kind: u32, content: &[u8]) -> Option<RegistryValue> {
    let units: Vec<u16> = content
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    Some(match kind {
        REG_EXPAND_SZ | REG_SZ => {
            let text = units.split(|unit| *unit == 0).next().unwrap_or_default();
            let text = String::from_utf16_lossy(text);
            if kind == REG_SZ {
                RegistryValue::String(text)
            } else {
                RegistryValue::ExpandString(text)
            }
        }
        REG_DWORD => RegistryValue::Number(u32::from_le_bytes(content.try_into().ok()?)),
        REG_MULTI_SZ => RegistryValue::Strings(
            units
                .split(|unit| *unit == 0)
                .filter(|text| !text.is_empty())
                .map(String::from_utf16_lossy)
                .collect(),
        ),
        _ => return None,
    })
}

fn bytes(units: &[u16]) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
}

fn check(call: &'static str, code: u32) -> Result<(), CallError> {
    if code == ERROR_SUCCESS {
        Ok(())
    } else {
        Err(CallError { call, code })
    }
}

fn check_unless_missing(call: &'static str, code: u32) -> Result<(), CallError> {
    if code == ERROR_FILE_NOT_FOUND {
        Ok(())
    } else {
        check(call, code)
    }
}
