//! What a program gets of each control, and what the SCM gets to see of it: real programs under the SCM of `winsvc::testing`.
#![cfg(feature = "tokio")]

use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use winsvc::testing::{Refused, Request, Scm, Severity, Started, State};
use winsvc::{
    Control, Controls, Device, DeviceEvent, DeviceEventKind, Guid, PowerEvent, Service, SessionChange,
    SessionChangeReason, TimeChange,
};

const CLASS: Guid = Guid::from_u128(0xa5dc_bf10_6530_11d2_901f_00c0_4fb9_51ed);

/// A service that gives the test each control that it gets.
fn start(ask_for: impl FnOnce(Controls) -> Controls + Send + 'static) -> (Started, mpsc::Receiver<Control>) {
    let (sender, receiver) = mpsc::channel();
    let service = Scm::new("acme-agent").start(move |service: Service| async move {
        let mut controls = ask_for(service.controls());
        service.ready();
        while let Some(control) = controls.next().await {
            let _ = sender.send(control);
        }
    });
    service.wait_for(State::Running);
    (service, receiver)
}

fn next(controls: &mpsc::Receiver<Control>) -> Control {
    controls.recv_timeout(Duration::from_secs(10)).unwrap()
}

/// A service that gives the test its handle and then waits for its stop.
fn handed() -> (Started, Service) {
    let (sender, receiver) = mpsc::channel();
    let service = Scm::new("acme-agent").start(move |service: Service| async move {
        sender.send(service.clone()).unwrap();
        service.stop_requested().await;
    });
    service.wait_for(State::Running);
    let handle = receiver.recv().unwrap();
    (service, handle)
}

/// A service with these controls, which the test takes or not.
fn untaken(ask_for: impl FnOnce(Controls) -> Controls) -> (Started, Controls) {
    let (service, handle) = handed();
    let controls = ask_for(handle.controls());
    (service, controls)
}

#[test]
fn every_event_arrives_with_its_data() {
    let (service, controls) = start(|controls| {
        controls
            .accept_session_change()
            .accept_power_setting(CLASS)
            .accept_devices(CLASS)
            .accept_time_change()
            .accept_trigger()
    });

    let change = SessionChange::new(7, SessionChangeReason::Lock);
    service.send(Request::SessionChange(change)).unwrap();
    assert!(matches!(next(&controls), Control::SessionChange(found) if found == change));

    let setting = PowerEvent::Setting {
        setting: CLASS,
        data: vec![1, 0, 0, 0],
    };
    service.send(Request::Power(setting.clone())).unwrap();
    assert!(matches!(next(&controls), Control::Power(found) if found == setting));

    let device = Device::Interface {
        class: CLASS,
        name: r"\\?\USB#VID_0001".to_owned(),
    };
    let event = DeviceEvent::new(DeviceEventKind::RemoveComplete, device);
    service.send(Request::Device(event.clone())).unwrap();
    assert!(matches!(next(&controls), Control::Device(found) if found == event));

    let epoch = SystemTime::UNIX_EPOCH;
    let change = TimeChange::new(epoch, epoch + Duration::from_secs(1_700_000_000));
    service.send(Request::TimeChange(change)).unwrap();
    assert!(matches!(next(&controls), Control::TimeChange(found) if found == change));

    service.send(Request::Trigger).unwrap();
    assert!(matches!(next(&controls), Control::Trigger));
}

#[test]
fn what_is_not_asked_for_is_not_accepted() {
    let (service, _controls) = start(|controls| controls.accept_custom(200..=210));
    assert_eq!(service.status().accepts, 0x1 | 0x4, "stop and shutdown");
    for ask in [
        Request::Pause,
        Request::ParamChange,
        Request::Trigger,
        Request::Preshutdown,
    ] {
        assert_eq!(service.send(ask), Err(Refused::NotAccepted));
    }
    assert_eq!(
        service.send(Request::Custom(211)),
        Err(Refused::Answered(120)),
        "Windows sends it; ERROR_CALL_NOT_IMPLEMENTED"
    );
    service.send(Request::Custom(210)).unwrap();
    service.send(Request::Interrogate).unwrap();
}

#[test]
fn dropping_controls_takes_back_what_they_asked_for() {
    let (service, handle) = handed();
    let accepts = || service.status().accepts;

    let pause = handle.controls().accept_pause();
    let more = handle.controls().accept_pause().accept_param_change();
    assert_eq!(accepts(), 0x1 | 0x2 | 0x4 | 0x8);
    drop(more);
    assert_eq!(accepts(), 0x1 | 0x2 | 0x4);
    drop(pause);
    assert_eq!(accepts(), 0x1 | 0x4);
}

#[test]
fn a_pause_lasts_until_it_is_done_and_shows_progress() {
    let (service, controls) = start(Controls::accept_pause);
    service.send(Request::Pause).unwrap();
    let Control::Pause(pause) = next(&controls) else {
        panic!("no pause");
    };
    assert_eq!(service.status().state, State::PausePending);
    assert_eq!(service.send(Request::Continue), Err(Refused::NotAccepted));
    service.advance(Duration::from_secs(5));
    assert_eq!(service.status().checkpoint, 3, "a step every two seconds");

    let another = pause.clone();
    pause.done();
    assert_eq!(service.status().state, State::PausePending);
    another.done();
    assert_eq!(service.status().state, State::Paused);

    service.send(Request::Continue).unwrap();
    drop(next(&controls));
    assert_eq!(service.status().state, State::Running);
}

#[test]
fn a_pause_is_finished_when_all_have_finished_it() {
    let (sender, receiver) = mpsc::channel();
    let service = Scm::new("acme-agent").start(move |service: Service| {
        let mut controls = [
            service.controls().accept_pause(),
            service.controls().accept_pause(),
        ];
        service.ready();
        for controls in &mut controls {
            sender.send(controls.wait_next()).unwrap();
        }
        service.wait_for_stop();
    });
    service.wait_for(State::Running);
    service.send(Request::Pause).unwrap();
    let first = receiver.recv().unwrap();
    let second = receiver.recv().unwrap();
    drop(first);
    assert_eq!(service.status().state, State::PausePending);
    drop(second);
    assert_eq!(service.status().state, State::Paused);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_refused_or_forgotten_pause_leaves_the_service_running() {
    let (service, controls) = start(Controls::accept_pause);
    service.send(Request::Pause).unwrap();
    let Control::Pause(pause) = next(&controls) else {
        panic!("no pause");
    };
    pause.refuse("a backup is under way");
    assert_eq!(service.status().state, State::Running);

    service.send(Request::Pause).unwrap();
    let forgotten = next(&controls);
    service.advance(Duration::from_secs(20));
    assert_eq!(service.status().state, State::Running);
    let mut warnings = service.events();
    warnings.retain(|told| told.severity == Severity::Warning);
    assert_eq!(
        warnings,
        [
            "warning 27: The service refused a pause or continue control: a backup is under way",
            "warning 25: The service did not pause within 20s; assuming that it is running; no progress reported; \
             unfinished spawned tasks: 0",
        ]
    );
    drop(forgotten);
    assert_eq!(service.status().state, State::Paused, "it has paused after all");
}

#[test]
fn a_pause_that_nobody_takes_any_more_is_refused() {
    let (service, controls) = untaken(Controls::accept_pause);
    service.send(Request::Pause).unwrap();
    drop(controls);
    assert_eq!(service.status().state, State::Running);
}

#[test]
fn a_paused_service_whose_controls_are_dropped_continues() {
    let (service, mut controls) = untaken(Controls::accept_pause);
    service.send(Request::Pause).unwrap();
    drop(controls.try_next());
    drop(controls);
    let status = service.status();
    assert_eq!((status.state, status.accepts), (State::Paused, 0x1 | 0x2 | 0x4));
    service.send(Request::Pause).unwrap(); // it is paused
    assert_eq!(service.status().state, State::Paused);

    service.send(Request::Continue).unwrap();
    let status = service.status();
    assert_eq!((status.state, status.accepts), (State::Running, 0x1 | 0x4));
    assert_eq!(service.send(Request::Pause), Err(Refused::NotAccepted));
}

#[test]
fn a_continuation_that_nobody_takes_any_more_is_taken_by_the_runtime() {
    let (service, mut controls) = untaken(Controls::accept_pause);
    service.send(Request::Pause).unwrap();
    drop(controls.try_next());
    service.send(Request::Continue).unwrap();
    assert_eq!(service.status().state, State::ContinuePending);
    drop(controls);
    assert_eq!(service.status().state, State::Running);
}

#[test]
fn a_pause_under_way_whose_controls_are_dropped_ends_and_can_be_continued() {
    let (service, mut controls) = untaken(Controls::accept_pause);
    service.send(Request::Pause).unwrap();
    let pause = controls.try_next();
    drop(controls);
    assert_eq!(service.status().state, State::PausePending);
    drop(pause);
    assert_eq!(service.status().state, State::Paused);
    service.send(Request::Continue).unwrap();
    assert_eq!(service.status().state, State::Running);
}

#[test]
fn controls_end_with_the_stop() {
    let (sender, receiver) = mpsc::channel();
    let service = Scm::new("acme-agent").start(move |service: Service| {
        let mut controls = service.controls().accept_custom(128..=255);
        service.ready();
        service.wait_for_stop();
        sender.send(controls.wait_next().is_none()).unwrap();
        sender
            .send(service.controls().accept_pause().wait_next().is_none())
            .unwrap();
    });
    service.wait_for(State::Running);
    service.send(Request::Custom(128)).unwrap();
    service.send(Request::Stop).unwrap();
    assert!(receiver.recv().unwrap(), "what waited is gone");
    assert!(receiver.recv().unwrap(), "nothing comes any more");
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_flood_of_events_keeps_the_latest_and_counts_the_rest() {
    let (service, mut controls) = untaken(Controls::accept_session_change);
    for session in 0..10_000 {
        let change = SessionChange::new(session, SessionChangeReason::Lock);
        service.send(Request::SessionChange(change)).unwrap();
    }
    let missed = 10_000 - Controls::CAPACITY as u64;
    assert!(matches!(controls.try_next(), Some(Control::Missed(found)) if found == missed));
    for session in missed..10_000 {
        let next = controls.try_next();
        assert!(
            matches!(next, Some(Control::SessionChange(change)) if u64::from(change.session_id) == session)
        );
    }
    assert!(controls.try_next().is_none());
}

#[test]
fn a_flood_of_custom_controls_is_refused_beyond_those_under_way() {
    let (service, mut controls) = untaken(|controls| controls.accept_custom(128..=255));
    let answers: Vec<_> = (0..10_000).map(|_| service.send(Request::Custom(128))).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 64);
    assert_eq!(answers[64], Err(Refused::Answered(1061)));

    let under_way = controls.try_next();
    assert!(
        service.send(Request::Custom(128)).is_err(),
        "taken is not finished"
    );
    drop(under_way);
    service.send(Request::Custom(128)).unwrap();
}

#[test]
fn what_says_the_same_is_merged() {
    let (service, mut controls) = untaken(|controls| {
        controls
            .accept_param_change()
            .accept_trigger()
            .accept_time_change()
    });
    let day = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
    for days in 0..10_000 {
        service.send(Request::ParamChange).unwrap();
        service.send(Request::Trigger).unwrap();
        service
            .send(Request::TimeChange(TimeChange::new(day(days), day(days + 1))))
            .unwrap();
    }
    assert!(matches!(controls.try_next(), Some(Control::ParamChange(_))));
    assert!(matches!(controls.try_next(), Some(Control::Trigger)));
    let whole = TimeChange::new(day(0), day(10_000));
    assert!(matches!(controls.try_next(), Some(Control::TimeChange(found)) if found == whole));
    assert!(controls.try_next().is_none());
}

#[test]
fn a_question_of_windows_is_never_refused() {
    let (service, controls) = untaken(|controls| controls.accept_devices(CLASS));
    drop(controls);
    let event = DeviceEvent::new(DeviceEventKind::QueryRemove, Device::Other(Vec::new()));
    service.send(Request::Device(event)).unwrap();
}

/// `Controls::next` and `StreamExt::next` side by side: the method is that of `Controls`, the combinators are the stream's.
#[cfg(feature = "stream")]
#[test]
fn controls_are_a_stream_that_ends_at_the_stop() {
    use futures_util::StreamExt as _;

    let (sender, codes) = mpsc::channel();
    let service = Scm::new("acme-agent").start(move |service: Service| async move {
        let mut controls = service.controls().accept_custom(200..=210);
        service.ready();
        if let Some(Control::Custom(code, _)) = controls.next().await {
            sender.send(code).unwrap();
        }
        controls
            .filter_map(async |control| match control {
                Control::Custom(code, _) if code != 205 => Some(code),
                _ => None,
            })
            .for_each(async |code| sender.send(code).unwrap())
            .await;
    });
    service.wait_for(State::Running);
    for code in [200, 205, 210] {
        service.send(Request::Custom(code)).unwrap();
    }
    let two: Vec<_> = (0..2)
        .map(|_| codes.recv_timeout(Duration::from_secs(10)).unwrap())
        .collect();
    assert_eq!(two, [200, 210]);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}
