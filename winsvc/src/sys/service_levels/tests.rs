use proptest::prelude::*;
use winsvc_definition::registration;

use super::*;

/// The field at a byte offset.
///
/// # Safety
///
/// There must be a field of this type.
unsafe fn field<T: Copy>(structure: *const c_void, offset: usize) -> T {
    // SAFETY: as the caller promises.
    unsafe { structure.byte_add(offset).cast::<T>().read() }
}

fn reads_back(value: &LevelValue) {
    // SAFETY: the structure is that of the level.
    let read = lend(value, |structure| unsafe { read(value.level(), structure) });
    assert_eq!(&read, value);
}

fn recovery(reset_period: u32, actions: &[(i32, u32)]) -> LevelValue {
    let actions = actions.iter().map(|&(kind, delay)| FailureAction { kind, delay });
    LevelValue::Recovery(FailureActions {
        reset_period,
        actions: actions.collect(),
    })
}

#[test]
#[cfg(target_pointer_width = "64")]
fn failure_actions_have_the_memory_layout_of_windows() {
    let value = recovery(86_400, &[(1, 5_000), (3, 30_000)]);
    // SAFETY: these are the offsets of the fields in 64-bit Windows.
    lend(&value, |structure| unsafe {
        assert_eq!(field::<u32>(structure, 0), 86_400, "dwResetPeriod");
        assert!(field::<*const u16>(structure, 8).is_null(), "lpRebootMsg");
        assert!(field::<*const u16>(structure, 16).is_null(), "lpCommand");
        assert_eq!(field::<u32>(structure, 24), 2, "cActions");
        let actions = field::<*const [u32; 4]>(structure, 32);
        assert_eq!(*actions, [1, 5_000, 3, 30_000], "lpsaActions");
    });
    reads_back(&value);
}

#[test]
fn an_empty_list_removes_the_existing_actions() {
    let value = recovery(0, &[]);
    // SAFETY: the structure is that of the level.
    lend(&value, |structure| unsafe {
        let info = &*structure.cast::<SERVICE_FAILURE_ACTIONSW>();
        assert_eq!(info.cActions, 0);
        assert!(!info.lpsaActions.is_null());
    });
    reads_back(&value);
}

#[test]
fn privileges_are_a_list_of_strings_with_two_nuls_at_its_end() {
    let names = ["SeA", "SeB"].map(ToOwned::to_owned).into();
    // SAFETY: the structure is one pointer to this many units.
    lend(&LevelValue::Privileges(names), |structure| unsafe {
        let units = field::<*const [u16; 9]>(structure, 0);
        assert_eq!(String::from_utf16_lossy(&*units), "SeA\0SeB\0\0");
    });
}

#[test]
#[cfg(target_pointer_width = "64")]
fn triggers_have_the_memory_layout_of_windows() {
    let content = b"a\0\0\0".to_vec();
    let value = LevelValue::Triggers(vec![
        ServiceTrigger {
            kind: 3,
            action: 2,
            subtype: Guid::from_u128(0),
            data: Vec::new(),
        },
        ServiceTrigger {
            kind: 1,
            action: 1,
            subtype: Guid::from_u128(0x53f5_6307_b6bf_11d0_94f2_00a0_c91e_fb8b),
            data: vec![TriggerData {
                kind: 2,
                content: content.clone(),
            }],
        },
    ]);
    // SAFETY: these are the offsets of the fields in 64-bit Windows.
    lend(&value, |structure| unsafe {
        assert_eq!(field::<u32>(structure, 0), 2, "cTriggers");
        assert!(field::<*const u8>(structure, 16).is_null(), "pReserved");
        let triggers = field::<*const c_void>(structure, 8);
        assert_eq!(field::<u32>(triggers, 0), 3, "dwTriggerType");
        assert_eq!(field::<u32>(triggers, 4), 2, "dwAction");
        assert_eq!(field::<u32>(triggers, 16), 0, "cDataItems");
        let second = triggers.byte_add(32);
        assert_eq!(field::<u32>(second, 0), 1, "dwTriggerType");
        let subtype = field::<*const [u8; 16]>(second, 8);
        assert_eq!(
            *subtype,
            *b"\x07\x63\xf5\x53\xbf\xb6\xd0\x11\x94\xf2\x00\xa0\xc9\x1e\xfb\x8b"
        );
        assert_eq!(field::<u32>(second, 16), 1, "cDataItems");
        let item = field::<*const c_void>(second, 24);
        assert_eq!(field::<u32>(item, 0), 2, "dwDataType");
        assert_eq!(field::<u32>(item, 4), 4, "cbData");
        let data = field::<*const [u8; 4]>(item, 8);
        assert_eq!((*data).as_slice(), content);
    });
    reads_back(&value);
}

#[test]
fn trigger_events_have_the_numbers_of_windows() {
    use windows_sys::Win32::System::Services as service;
    use winsvc_definition::{Definition, ServiceName, Trigger};

    for (line, kind, subtype) in [
        (
            "domain-join",
            service::SERVICE_TRIGGER_TYPE_DOMAIN_JOIN,
            service::DOMAIN_JOIN_GUID,
        ),
        (
            "domain-leave",
            service::SERVICE_TRIGGER_TYPE_DOMAIN_JOIN,
            service::DOMAIN_LEAVE_GUID,
        ),
        (
            "first-ip-address",
            service::SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY,
            service::NETWORK_MANAGER_FIRST_IP_ADDRESS_ARRIVAL_GUID,
        ),
        (
            "last-ip-address",
            service::SERVICE_TRIGGER_TYPE_IP_ADDRESS_AVAILABILITY,
            service::NETWORK_MANAGER_LAST_IP_ADDRESS_REMOVAL_GUID,
        ),
        (
            "machine-policy",
            service::SERVICE_TRIGGER_TYPE_GROUP_POLICY,
            service::MACHINE_POLICY_PRESENT_GUID,
        ),
        (
            "user-policy",
            service::SERVICE_TRIGGER_TYPE_GROUP_POLICY,
            service::USER_POLICY_PRESENT_GUID,
        ),
        (
            "firewall-port-open\tport=1\tprotocol=tcp",
            service::SERVICE_TRIGGER_TYPE_FIREWALL_PORT_EVENT,
            service::FIREWALL_PORT_OPEN_GUID,
        ),
        (
            "firewall-port-close\tport=1\tprotocol=tcp",
            service::SERVICE_TRIGGER_TYPE_FIREWALL_PORT_EVENT,
            service::FIREWALL_PORT_CLOSE_GUID,
        ),
        (
            "device\tclass=00000001-0002-0003-0004-000000000005",
            service::SERVICE_TRIGGER_TYPE_DEVICE_INTERFACE_ARRIVAL,
            GUID::from_u128(0x0000_0001_0002_0003_0004_0000_0000_0005),
        ),
        (
            "etw\tprovider=00000001-0002-0003-0004-000000000005",
            service::SERVICE_TRIGGER_TYPE_CUSTOM,
            GUID::from_u128(0x0000_0001_0002_0003_0004_0000_0000_0005),
        ),
        (
            "named-pipe\tpipe=a",
            service::SERVICE_TRIGGER_TYPE_NETWORK_ENDPOINT,
            service::NAMED_PIPE_EVENT_GUID,
        ),
        (
            "rpc-interface\tinterface=00000001-0002-0003-0004-000000000005",
            service::SERVICE_TRIGGER_TYPE_NETWORK_ENDPOINT,
            service::RPC_INTERFACE_EVENT_GUID,
        ),
    ] {
        let mut definition = Definition::new(ServiceName::new("acme").unwrap());
        definition.triggers = vec![Trigger::new(&format!("start\t{line}")).unwrap()];
        let triggers = LevelValue::Triggers(registration::triggers(&definition));
        // SAFETY: the structure is that of the level, with one trigger.
        lend(&triggers, |structure| unsafe {
            let trigger = &*(*structure.cast::<SERVICE_TRIGGER_INFO>()).pTriggers;
            assert_eq!(trigger.dwTriggerType, kind, "{line}");
            assert_eq!(trigger.dwAction, service::SERVICE_TRIGGER_ACTION_SERVICE_START);
            let found = &*trigger.pTriggerSubtype;
            assert_eq!(
                (found.data1, found.data2, found.data3, found.data4),
                (subtype.data1, subtype.data2, subtype.data3, subtype.data4),
                "{line}"
            );
        });
    }
    assert_eq!(TriggerData::STRING, service::SERVICE_TRIGGER_DATA_TYPE_STRING);
}

fn triggers() -> impl Strategy<Value = LevelValue> {
    let data = (any::<u32>(), proptest::collection::vec(any::<u8>(), 0..9))
        .prop_map(|(kind, content)| TriggerData { kind, content });
    let data = proptest::collection::vec(data, 0..3);
    let trigger =
        (any::<u32>(), any::<u32>(), any::<u128>(), data).prop_map(|(kind, action, subtype, data)| {
            ServiceTrigger {
                kind,
                action,
                subtype: Guid::from_u128(subtype),
                data,
            }
        });
    proptest::collection::vec(trigger, 0..4).prop_map(LevelValue::Triggers)
}

#[test]
fn only_a_restart_action_needs_the_right_to_start_the_service() {
    assert_eq!(
        rights(&recovery(0, &[(1, 0)])),
        SERVICE_CHANGE_CONFIG | SERVICE_START
    );
    assert_eq!(rights(&recovery(0, &[])), SERVICE_CHANGE_CONFIG);
    assert_eq!(rights(&LevelValue::FailureFlag(true)), SERVICE_CHANGE_CONFIG);
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back(
        text in "[^\0]*",
        flag in any::<bool>(),
        number in any::<u32>(),
        triggers in triggers(),
        names in proptest::collection::vec("[^\0]+", 0..4),
        actions in proptest::collection::vec((0..5, any::<u32>()), 0..5),
    ) {
        for value in [
            LevelValue::Description(text),
            LevelValue::DelayedStart(flag),
            recovery(number, &actions),
            LevelValue::FailureFlag(flag),
            LevelValue::SidType(number),
            LevelValue::Privileges(names),
            triggers,
            LevelValue::Preshutdown(number),
        ] {
            reads_back(&value);
        }
    }
}
