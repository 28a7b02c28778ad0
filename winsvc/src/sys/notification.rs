//! Registers for events that Windows sends only on request.
//!
//! The two functions are in user32, which a service that does not need them does not load.

use std::ffi::c_void;
use std::io;

use windows_sys::core::{GUID, s};

use super::library::Library;
use super::{Notification, StatusHandle};

/// `DEVICE_NOTIFY_SERVICE_HANDLE`: the recipient is a service.
const TO_SERVICE: u32 = 1;

/// `DBT_DEVTYP_DEVICEINTERFACE`
const DEVICE_INTERFACE: u32 = 5;

/// `DEV_BROADCAST_DEVICEINTERFACE_W`
#[repr(C)]
struct DeviceInterface {
    size: u32,
    device_type: u32,
    reserved: u32,
    class: GUID,
    name: [u16; 1],
}

type RegisterPowerSettingNotification =
    unsafe extern "system" fn(*mut c_void, *const GUID, u32) -> *mut c_void;
type RegisterDeviceNotification = unsafe extern "system" fn(*mut c_void, *const c_void, u32) -> *mut c_void;

impl StatusHandle {
    /// Registers for events. They arrive at the control handler until the process ends.
    pub(crate) fn register(&self, notification: Notification) -> io::Result<()> {
        let user32 = Library::load("user32.dll")?;
        let registered = match notification {
            Notification::PowerSetting(setting) => {
                let setting = GUID::from_u128(setting.to_u128());
                // SAFETY: the function of this name has this type.
                let register: RegisterPowerSettingNotification =
                    unsafe { user32.function(s!("RegisterPowerSettingNotification"))? };
                // SAFETY: the handle is the SCM's own, the GUID outlives the call.
                unsafe { register(self.0, &raw const setting, TO_SERVICE) }
            }
            Notification::Devices(class) => {
                let filter = DeviceInterface {
                    size: size_of::<DeviceInterface>() as u32,
                    device_type: DEVICE_INTERFACE,
                    reserved: 0,
                    class: GUID::from_u128(class.to_u128()),
                    name: [0],
                };
                // SAFETY: the function of this name has this type.
                let register: RegisterDeviceNotification =
                    unsafe { user32.function(s!("RegisterDeviceNotificationW"))? };
                // SAFETY: the handle is the SCM's own; the filter contains its size and outlives the call.
                unsafe { register(self.0, (&raw const filter).cast(), TO_SERVICE) }
            }
        };
        if registered.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}
