//! The structures of `ChangeServiceConfig2` and `QueryServiceConfig2`, one for each level, in their memory layout.
//!
//! This module does not call Windows, so the tests can read the structures back on any host.

use std::ffi::c_void;
use std::ptr;

use windows_sys::Win32::Foundation::{FALSE, TRUE};
use windows_sys::Win32::System::Services::{
    SC_ACTION, SERVICE_CHANGE_CONFIG, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, SERVICE_CONFIG_DESCRIPTION,
    SERVICE_CONFIG_FAILURE_ACTIONS, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, SERVICE_CONFIG_PRESHUTDOWN_INFO,
    SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, SERVICE_CONFIG_SERVICE_SID_INFO, SERVICE_CONFIG_TRIGGER_INFO,
    SERVICE_DELAYED_AUTO_START_INFO, SERVICE_DESCRIPTIONW, SERVICE_FAILURE_ACTIONS_FLAG,
    SERVICE_FAILURE_ACTIONSW, SERVICE_PRESHUTDOWN_INFO, SERVICE_REQUIRED_PRIVILEGES_INFOW, SERVICE_SID_INFO,
    SERVICE_START, SERVICE_TRIGGER, SERVICE_TRIGGER_INFO, SERVICE_TRIGGER_SPECIFIC_DATA_ITEM,
};
use windows_sys::core::GUID;
use winsvc_definition::Guid;
use winsvc_definition::registration::{FailureAction, FailureActions, RESTART, ServiceTrigger, TriggerData};

use super::machine::{Level, LevelValue};
use super::wide::{list, text, wide, wide_list};

/// The number of a level.
pub(super) const fn number(level: Level) -> u32 {
    match level {
        Level::Description => SERVICE_CONFIG_DESCRIPTION,
        Level::DelayedStart => SERVICE_CONFIG_DELAYED_AUTO_START_INFO,
        Level::Recovery => SERVICE_CONFIG_FAILURE_ACTIONS,
        Level::FailureFlag => SERVICE_CONFIG_FAILURE_ACTIONS_FLAG,
        Level::SidType => SERVICE_CONFIG_SERVICE_SID_INFO,
        Level::Privileges => SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
        Level::Triggers => SERVICE_CONFIG_TRIGGER_INFO,
        Level::Preshutdown => SERVICE_CONFIG_PRESHUTDOWN_INFO,
    }
}

/// The access rights for setting a level. Setting the SCM's restart action requires the right to start the service
/// ([`ChangeServiceConfig2W`](https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-changeserviceconfig2w)).
pub(super) fn rights(value: &LevelValue) -> u32 {
    match value {
        LevelValue::Recovery(wanted) if wanted.actions.iter().any(|action| action.kind == RESTART) => {
            SERVICE_CHANGE_CONFIG | SERVICE_START
        }
        _ => SERVICE_CHANGE_CONFIG,
    }
}

/// Passes the structure of a level to `call`; all that it points to lives during the call.
pub(super) fn lend<R>(value: &LevelValue, call: impl FnOnce(*const c_void) -> R) -> R {
    let flag = |flag: &bool| if *flag { TRUE } else { FALSE };
    match value {
        LevelValue::Description(text) => {
            let mut text = wide(text);
            call_with(
                &SERVICE_DESCRIPTIONW {
                    lpDescription: text.as_mut_ptr(),
                },
                call,
            )
        }
        LevelValue::DelayedStart(value) => call_with(
            &SERVICE_DELAYED_AUTO_START_INFO {
                fDelayedAutostart: flag(value),
            },
            call,
        ),
        LevelValue::Recovery(wanted) => {
            let actions = wanted.actions.iter().map(|action| SC_ACTION {
                Type: action.kind,
                Delay: action.delay,
            });
            let mut actions: Vec<SC_ACTION> = actions.collect();
            call_with(
                &SERVICE_FAILURE_ACTIONSW {
                    dwResetPeriod: wanted.reset_period,
                    // Our actions do not use them; null leaves them unchanged.
                    lpRebootMsg: ptr::null_mut(),
                    lpCommand: ptr::null_mut(),
                    cActions: actions.len() as u32,
                    // A non-null pointer with zero actions removes the existing actions.
                    lpsaActions: actions.as_mut_ptr(),
                },
                call,
            )
        }
        LevelValue::FailureFlag(value) => call_with(
            &SERVICE_FAILURE_ACTIONS_FLAG {
                fFailureActionsOnNonCrashFailures: flag(value),
            },
            call,
        ),
        LevelValue::SidType(value) => call_with(
            &SERVICE_SID_INFO {
                dwServiceSidType: *value,
            },
            call,
        ),
        LevelValue::Privileges(names) => {
            let mut names = wide_list(names);
            call_with(
                &SERVICE_REQUIRED_PRIVILEGES_INFOW {
                    pmszRequiredPrivileges: names.as_mut_ptr(),
                },
                call,
            )
        }
        LevelValue::Triggers(triggers) => lend_triggers(triggers, call),
        LevelValue::Preshutdown(value) => call_with(
            &SERVICE_PRESHUTDOWN_INFO {
                dwPreshutdownTimeout: *value,
            },
            call,
        ),
    }
}

fn lend_triggers<R>(triggers: &[ServiceTrigger], call: impl FnOnce(*const c_void) -> R) -> R {
    let mut subtypes: Vec<GUID> = triggers
        .iter()
        .map(|trigger| GUID::from_u128(trigger.subtype.to_u128()))
        .collect();
    // Windows only reads the data, although the structures contain mutable pointers.
    let mut items: Vec<Vec<SERVICE_TRIGGER_SPECIFIC_DATA_ITEM>> = triggers
        .iter()
        .map(|trigger| {
            let items = trigger
                .data
                .iter()
                .map(|item| SERVICE_TRIGGER_SPECIFIC_DATA_ITEM {
                    dwDataType: item.kind,
                    cbData: item.content.len() as u32,
                    pData: item.content.as_ptr().cast_mut(),
                });
            items.collect()
        })
        .collect();
    let parts = triggers.iter().zip(&mut subtypes).zip(&mut items);
    let mut structures: Vec<SERVICE_TRIGGER> = parts
        .map(|((trigger, subtype), items)| SERVICE_TRIGGER {
            dwTriggerType: trigger.kind,
            dwAction: trigger.action,
            pTriggerSubtype: subtype,
            cDataItems: items.len() as u32,
            pDataItems: items.as_mut_ptr(),
        })
        .collect();
    call_with(
        &SERVICE_TRIGGER_INFO {
            cTriggers: structures.len() as u32,
            pTriggers: structures.as_mut_ptr(),
            pReserved: ptr::null_mut(),
        },
        call,
    )
}

fn call_with<T, R>(structure: &T, call: impl FnOnce(*const c_void) -> R) -> R {
    call(ptr::from_ref(structure).cast())
}

/// Copies the structure of a level.
///
/// # Safety
///
/// `structure` must point to the level's structure. The pointers in it must be null or valid: to NUL-terminated
/// strings, and to arrays with the given number of elements.
pub(super) unsafe fn read(level: Level, structure: *const c_void) -> LevelValue {
    // SAFETY: as the caller promises.
    unsafe {
        match level {
            Level::Description => {
                LevelValue::Description(text((*structure.cast::<SERVICE_DESCRIPTIONW>()).lpDescription))
            }
            Level::DelayedStart => LevelValue::DelayedStart(
                (*structure.cast::<SERVICE_DELAYED_AUTO_START_INFO>()).fDelayedAutostart != FALSE,
            ),
            Level::Recovery => {
                let info = &*structure.cast::<SERVICE_FAILURE_ACTIONSW>();
                let actions = elements(info.lpsaActions, info.cActions).iter();
                LevelValue::Recovery(FailureActions {
                    reset_period: info.dwResetPeriod,
                    actions: actions
                        .map(|action| FailureAction {
                            kind: action.Type,
                            delay: action.Delay,
                        })
                        .collect(),
                })
            }
            Level::FailureFlag => LevelValue::FailureFlag(
                (*structure.cast::<SERVICE_FAILURE_ACTIONS_FLAG>()).fFailureActionsOnNonCrashFailures
                    != FALSE,
            ),
            Level::SidType => LevelValue::SidType((*structure.cast::<SERVICE_SID_INFO>()).dwServiceSidType),
            Level::Privileges => LevelValue::Privileges(list(
                (*structure.cast::<SERVICE_REQUIRED_PRIVILEGES_INFOW>()).pmszRequiredPrivileges,
            )),
            Level::Triggers => {
                let info = &*structure.cast::<SERVICE_TRIGGER_INFO>();
                let triggers = elements(info.pTriggers, info.cTriggers).iter();
                LevelValue::Triggers(triggers.map(|trigger| read_trigger(trigger)).collect())
            }
            Level::Preshutdown => {
                LevelValue::Preshutdown((*structure.cast::<SERVICE_PRESHUTDOWN_INFO>()).dwPreshutdownTimeout)
            }
        }
    }
}

/// Copies a trigger.
///
/// # Safety
///
/// The pointers in the structure must be null, or point to the given number of elements.
unsafe fn read_trigger(trigger: &SERVICE_TRIGGER) -> ServiceTrigger {
    // SAFETY: as the caller promises.
    unsafe {
        let subtype = trigger.pTriggerSubtype.as_ref().copied();
        let items = elements(trigger.pDataItems, trigger.cDataItems).iter();
        ServiceTrigger {
            kind: trigger.dwTriggerType,
            action: trigger.dwAction,
            subtype: subtype.map_or(Guid::from_u128(0), |guid| {
                Guid::from_u128(
                    u128::from(guid.data1) << 96
                        | u128::from(guid.data2) << 80
                        | u128::from(guid.data3) << 64
                        | u128::from(u64::from_be_bytes(guid.data4)),
                )
            }),
            data: items
                .map(|item| TriggerData {
                    kind: item.dwDataType,
                    content: elements(item.pData, item.cbData).to_vec(),
                })
                .collect(),
        }
    }
}

/// An array of the SCM; empty if the pointer is null.
///
/// # Safety
///
/// `first` must be null, or point to `count` elements that outlive `'a`.
unsafe fn elements<'a, T>(first: *const T, count: u32) -> &'a [T] {
    if first.is_null() {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(first, count as usize) }
}

#[cfg(test)]
mod tests;
