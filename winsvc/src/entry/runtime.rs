//! The async runtime of an `async fn main`: a tokio runtime, made when the service starts and gone
//! before it is reported as STOPPED.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::options::Runtime as Options;
use crate::outcome::Failure;
use crate::run::{Run, as_main};

/// How often the runtime shows that it makes progress in a pending state. Far below the hint that is given, so that
/// a machine under load does not look like a hang.
pub(crate) const RENEWAL_INTERVAL: Duration = Duration::from_secs(2);

/// Runs `main` on a runtime of its own, and shuts that down after it.
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
    // All but the task of ours.
    run.vitals()
        .count_tasks(move || handle.metrics().num_alive_tasks().saturating_sub(1));
    run.conduct(|| runtime.block_on(marked(main)));
    shut_down(runtime, run);
}

/// Runs `main` with its thread marked as `main`'s in each poll. Not around `block_on`: between the polls a runtime with one thread runs
/// spawned tasks on the same one.
async fn marked<F: Future>(main: F) -> F::Output {
    let mut main = pin!(main);
    std::future::poll_fn(|context| as_main(|| main.as_mut().poll(context))).await
}

/// Drops what `main` left behind. Blocking tasks are waited for: dropping the runtime would wait for them for ever, so
/// the wait has an end, a little behind the stop deadline, that the deadline's own watch may notice it first and say so.
fn shut_down(runtime: Runtime, run: &Run) {
    let deadline = run.stop_deadline().unwrap_or_else(Instant::now);
    let left = deadline.saturating_duration_since(Instant::now());
    runtime.shutdown_timeout(left + Duration::from_secs(1));
}

/// Shows progress in the pending states. As a task on the author's own runtime it stops when that is starved: no blind
/// heartbeat, which would hide a hang.
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

/// Runs `main` until it is ready or the service is to stop; in the latter case its future is dropped and there is no output.
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
