//! The async runtime of an `async fn main`: a tokio runtime, created when the service starts and shut down before
//! STOPPED is reported.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::options::Runtime as Options;
use crate::outcome::Failure;
use crate::run::{Run, as_main};

/// How often the runtime shows progress in a pending state. Much less than the wait hint, so that a machine under load
/// is not mistaken for a hang.
pub(crate) const RENEWAL_INTERVAL: Duration = Duration::from_secs(2);

/// Runs `main` on a new runtime, and shuts the runtime down afterwards.
pub(crate) fn conduct(options: Options, run: &Arc<Run>, main: impl Future<Output = Result<(), Failure>>) {
    let mut builder = if options.is_current_thread {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    if let Some(threads) = options.worker_threads {
        builder.worker_threads(threads);
    }
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return run.conduct(|| Err(Failure::from_error(&error))),
    };
    runtime.spawn(renew(Arc::clone(run)));
    let handle = runtime.handle().clone();
    // Does not count our own task.
    run.vitals()
        .count_tasks(move || handle.metrics().num_alive_tasks().saturating_sub(1));
    run.conduct(|| runtime.block_on(marked(main)));
    shut_down(runtime, run);
}

/// Runs `main` and marks its thread in each poll. Marking around `block_on` would be wrong: between the polls a
/// single-threaded runtime runs spawned tasks on the same thread.
async fn marked<F: Future>(main: F) -> F::Output {
    let mut main = pin!(main);
    std::future::poll_fn(|context| as_main(|| main.as_mut().poll(context))).await
}

/// Drops the remaining tasks of `main`, and waits for blocking tasks. Dropping the runtime would wait for them forever,
/// so the wait is limited; the limit is slightly after the stop deadline, so that the thread that watches the deadlines
/// notices it first and logs it.
fn shut_down(runtime: Runtime, run: &Run) {
    let deadline = run.stop_deadline().unwrap_or_else(Instant::now);
    let left = deadline.saturating_duration_since(Instant::now());
    runtime.shutdown_timeout(left + Duration::from_secs(1));
}

/// Reports progress in the pending states. As a task on the author's own runtime it stops when the runtime is starved,
/// so a hang is not hidden.
async fn renew(run: Arc<Run>) {
    loop {
        while run.state().is_pending() {
            match run.beat() {
                Some(beat) => beat.notified().await,
                None => tokio::time::sleep(RENEWAL_INTERVAL).await,
            }
            run.renew();
        }
        run.pending().notified().await;
    }
}

/// Runs `main` until it returns or the service must stop; in the latter case its future is dropped without an output.
pub(crate) async fn until_stopped<F: Future>(run: &Run, main: F) -> Option<F::Output> {
    let mut main = pin!(main);
    let mut stopped = pin!(run.stop_requested());
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = main.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        stopped.as_mut().poll(context).map(|()| None)
    })
    .await
}
