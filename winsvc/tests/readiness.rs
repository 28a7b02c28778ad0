//! When a service with `Service` is RUNNING: `main`'s own waits count, those of tasks and threads that it has spawned do not.
#![cfg(feature = "tokio")]

use std::future::{Future, pending};
use std::sync::mpsc;
use std::time::Duration;

use winsvc::testing::{Request, Scm, Started, State};
use winsvc::{Main, Service};

fn scm() -> Scm {
    Scm::new("acme-agent")
}

/// A `main` that is RUNNING as soon as it has done this.
fn is_ready<Kind>(main: impl Main<Kind>) {
    is_ready_on(scm(), main);
}

fn is_ready_on<Kind>(scm: Scm, main: impl Main<Kind>) {
    let service = scm.start(main);
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

/// Starts a `main` that says when all of its tasks and threads wait for the stop. It is not RUNNING by then, and is when it says so.
fn waits_for_ready<Kind, M: Main<Kind>>(scm: Scm, main: impl FnOnce(Port) -> M) {
    let (waits, is_waiting) = mpsc::channel();
    let (bind, may_bind) = mpsc::channel();
    let service = scm.start(main(Port { waits, may_bind }));
    is_waiting.recv_timeout(PATIENCE).unwrap();
    assert_not_ready(&service);
    bind.send(()).unwrap();
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

const PATIENCE: Duration = Duration::from_secs(10);

fn assert_not_ready(service: &Started) {
    assert_eq!(service.status().state, State::StartPending);
}

/// A port that takes until the test says so to be bound.
struct Port {
    waits: mpsc::Sender<()>,
    may_bind: mpsc::Receiver<()>,
}

impl Port {
    fn bind(&self) {
        self.waits.send(()).unwrap();
        self.may_bind.recv().unwrap();
    }
}

/// Waits, and says when it has begun to.
async fn begin(stop: impl Future<Output = ()>, begun: mpsc::Sender<()>) {
    let mut stop = std::pin::pin!(stop);
    std::future::poll_fn(|context| {
        let polled = stop.as_mut().poll(context);
        let _ = begun.send(());
        polled
    })
    .await;
}

/// Blocks until the stop, and says when the wait has begun.
fn block(service: &Service, begun: &mpsc::Sender<()>) {
    service.wait_for_stop_timeout(Duration::ZERO);
    begun.send(()).unwrap();
    service.wait_for_stop();
}

/// What axum does with the future of its `with_graceful_shutdown`: a task of its own polls it.
fn serve(stop: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(stop)
}

#[test]
fn a_wait_in_main_counts_however_main_polls_it() {
    is_ready(async |service: Service| service.stop_requested().await);
    is_ready_on(scm().current_thread(), async |service: Service| {
        service.stop_requested().await;
    });
    is_ready(async |service: Service| {
        tokio::select! {
            () = pending() => {}
            () = service.stop_requested() => {}
        }
    });
    is_ready(async |service: Service| {
        tokio::join!(service.stop_requested(), async {});
    });
    is_ready(async |service: Service| {
        let mut all = futures_util::stream::FuturesUnordered::from_iter([service.stop_requested()]);
        futures_util::StreamExt::next(&mut all).await;
    });
    is_ready(async |service: Service| tokio::task::block_in_place(|| service.wait_for_stop()));
    is_ready(async |service: Service| {
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(service.stop_requested()));
    });
}

#[test]
fn a_future_that_main_made_counts_wherever_it_is_polled() {
    is_ready(async |service: Service| serve(service.stop_requested()).await.unwrap());
    is_ready_on(scm().current_thread(), async |service: Service| {
        serve(service.stop_requested()).await.unwrap();
    });
    is_ready(|service: Service| {
        let stop = service.stop_requested();
        std::thread::spawn(|| block_on(stop)).join().unwrap();
    });
}

#[test]
fn a_future_that_nobody_polls_does_not_count() {
    waits_for_ready(scm(), |port| {
        async move |service: Service| {
            let stop = service.stop_requested();
            port.bind();
            stop.await;
        }
    });
}

#[test]
fn a_task_that_waits_before_the_port_is_bound_does_not_count() {
    for scm in [scm(), scm().current_thread()] {
        waits_for_ready(scm, |port| {
            async move |service: Service| {
                let (begun, has_begun) = mpsc::channel();
                tokio::spawn({
                    let service = service.clone();
                    async move { begin(service.stop_requested(), begun).await }
                });
                while has_begun.try_recv().is_err() {
                    tokio::task::yield_now().await;
                }
                port.bind();
                service.ready();
                pending_until(&service).await;
            }
        });
    }
}

/// A `main` that waits for something of its own: it ends soon after the stop.
async fn pending_until(service: &Service) {
    while !service.is_stopping() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_thread_that_waits_before_the_port_is_bound_does_not_count() {
    waits_for_ready(scm(), |port| {
        move |service: Service| {
            let (begun, has_begun) = mpsc::channel();
            let waiting = std::thread::spawn({
                let service = service.clone();
                move || block(&service, &begun)
            });
            has_begun.recv().unwrap();
            port.bind();
            service.ready();
            waiting.join().unwrap();
        }
    });
    waits_for_ready(scm(), |port| {
        async move |service: Service| {
            let (begun, has_begun) = mpsc::channel();
            let waiting = tokio::task::spawn_blocking({
                let service = service.clone();
                move || block(&service, &begun)
            });
            has_begun.recv().unwrap();
            port.bind();
            service.ready();
            waiting.await.unwrap();
        }
    });
}

/// A plain `main` that starts a runtime of its own: its waits on its own thread count, those of the runtime's workers do not.
#[test]
fn a_runtime_within_a_plain_main_keeps_the_rule() {
    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap()
    }
    is_ready(|service: Service| runtime().block_on(service.stop_requested()));
    waits_for_ready(scm(), |port| {
        move |service: Service| {
            runtime().block_on(async {
                let (begun, has_begun) = mpsc::channel();
                let waiting = tokio::spawn({
                    let service = service.clone();
                    async move { begin(service.stop_requested(), begun).await }
                });
                has_begun.recv().unwrap();
                port.bind();
                service.ready();
                waiting.await.unwrap();
            });
        }
    });
}

#[test]
fn a_service_that_never_says_so_is_running_after_its_start_timeout_with_advice() {
    let service = scm().start(async |service: Service| {
        let waiting = tokio::spawn(async move { service.stop_requested().await });
        waiting.await.unwrap();
    });
    service.advance(Duration::from_secs(29));
    assert_not_ready(&service);
    service.advance(Duration::from_secs(1));
    service.wait_for(State::Running);
    assert_eq!(
        service.events()[0],
        "warning 20: The service did not report ready within its start timeout of 30s; assuming that it is running. Call \
         `service.ready()` as soon as it is ready, or wait for the stop in `main` itself; a wait in a spawned task or \
         thread does not count"
    );
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

/// An async runtime of the author's own.
fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future);
}
