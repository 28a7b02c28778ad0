//! Settings that change, and mistakes at the start.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use winsvc::settings::Error;
use winsvc::testing::{Request, Started, State};
use winsvc::{Service, Starting};

use crate::machine::{Agent, LISTEN, Machine};

/// A service that reads its settings again, and tells the test of them.
fn reloading(machine: &Machine) -> (Started, mpsc::Receiver<u16>) {
    let (sender, receiver) = mpsc::channel();
    let service = machine.scm.clone().start(move |starting: Starting| async move {
        let settings = starting.settings();
        let first: Agent = settings.read()?;
        let mut reloads = settings.reloads::<Agent>();
        starting.ready();
        let _ = sender.send(first.workers);
        while let Some(changed) = reloads.next().await {
            let _ = sender.send(changed.workers);
        }
        Ok::<(), Error>(())
    });
    service.wait_for(State::Running);
    (service, receiver)
}

fn next(settings: &mpsc::Receiver<u16>) -> u16 {
    settings.recv_timeout(Duration::from_secs(10)).unwrap()
}

#[test]
fn changed_parameters_are_read_and_a_mistake_in_them_changes_nothing() {
    let machine = Machine::new().shipped(LISTEN).data("workers = 1\n");
    let (service, settings) = reloading(&machine);
    assert_eq!(next(&settings), 1);
    assert_eq!(
        service.status().accepts,
        0x1 | 0x4 | 0x8,
        "stop, shutdown, parameter change"
    );

    let machine = machine.data("workers = 2\n");
    service.send(Request::ParamChange).unwrap();
    assert_eq!(next(&settings), 2);

    let machine = machine.data("workers = 2\nwrokers = 3\n");
    service.send(Request::ParamChange).unwrap();
    let refusal = format!(
        "warning 27: The service refused a parameter change: `wrokers` ({}, line 2, column 1): unknown \
         setting; expected one of `listen`, `workers`, `peers`, `verbose`, `api_token`, `tls`",
        machine.path("data/acme-agent.toml").display()
    );
    let end = Instant::now() + Duration::from_secs(10);
    while !service.events().iter().any(|told| *told == &*refusal) {
        assert!(Instant::now() < end, "{:#?}", service.events());
        std::thread::yield_now();
    }

    let _machine = machine.data("workers = 4\n");
    service.send(Request::ParamChange).unwrap();
    assert_eq!(next(&settings), 4);
    assert!(settings.try_recv().is_err(), "nothing came of the mistake");
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_plain_main_waits_for_changes_too() {
    let machine = Machine::new().data("workers = 1\n").shipped(LISTEN);
    let (sender, settings) = mpsc::channel();
    let service = machine.scm.clone().start(move |service: Service| {
        let mut reloads = service.settings().reloads::<Agent>();
        service.ready();
        while let Some(changed) = reloads.wait_next() {
            sender.send(changed.workers).unwrap();
        }
    });
    service.wait_for(State::Running);
    service.send(Request::ParamChange).unwrap();
    assert_eq!(next(&settings), 1);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_mistake_at_the_start_is_a_failed_start() {
    let machine = Machine::new().data("listen = 5\n");
    let service = machine.scm.clone().start(|starting: Starting| {
        let _: Agent = starting.settings().read()?;
        starting.ready();
        Ok::<(), Error>(())
    });
    let end = service.end();
    assert_eq!((end.exit_code, end.service_code), (1066, 1));
    let expected = format!(
        "error 30: The service failed: `listen` ({}, line 1, column 10): expected an address with a port, as in \
         127.0.0.1:8080, found 5",
        machine.path("data/acme-agent.toml").display()
    );
    assert_eq!(end.events, [expected.as_str()]);
}

/// A change under way is finished when the stream is polled again, as with `Reloads::next`.
#[cfg(feature = "stream")]
#[test]
fn changed_settings_are_a_stream() {
    use futures_util::StreamExt as _;

    let machine = Machine::new().shipped(LISTEN).data("workers = 1\n");
    let (sender, workers) = mpsc::channel();
    let service = machine.scm.clone().start(async move |service: Service| {
        let reloads = service.settings().reloads::<Agent>();
        service.ready();
        let changed = reloads.map(|settings| settings.workers);
        changed.for_each(async |workers| _ = sender.send(workers)).await;
    });
    service.wait_for(State::Running);
    for number in [2, 3] {
        std::fs::write(
            machine.path("data/acme-agent.toml"),
            format!("workers = {number}\n"),
        )
        .unwrap();
        service.send(Request::ParamChange).unwrap();
        assert_eq!(next(&workers), number);
    }
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}
