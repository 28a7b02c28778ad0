//! Stopping a child: requests one after the other, then the kill.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::command::{Command, StopStep};
use super::entry;
use super::error::SendError;
use super::stopped::{Ending, Stopped};
use super::supervisor::{Begun, KILLING, Shared};
use crate::sys::Event;

/// Starts the stop. One that has been started before only gets an earlier deadline.
pub(super) fn begin(shared: &Arc<Shared>, deadline: Instant) {
    let begun = shared.begin_stop(deadline);
    let work: fn(&Shared, Instant) = match begun {
        Begun::First => |shared, deadline| run(shared, &shared.command.stop, deadline),
        Begun::Shortened => kill_at,
        Begun::Before => return,
    };
    let stopping = thread::Builder::new()
        .name("winsvc-child-stop".to_owned())
        .spawn({
            let shared = Arc::clone(shared);
            move || work(&shared, deadline)
        });
    // The last resort of a process without resources.
    match begun {
        _ if stopping.is_ok() => {}
        Begun::First => run(shared, &[], Instant::now()),
        Begun::Shortened | Begun::Before => shared.kill(),
    }
}

/// Kills what is left at the deadline, while another thread takes the steps.
fn kill_at(shared: &Shared, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    if !shared.exited.wait(Some(left)) {
        shared.kill();
    }
}

fn run(shared: &Shared, steps: &[StopStep], deadline: Instant) {
    let mut failures = Vec::new();
    let mut ending = if shared.exited.is_raised() {
        Ending::Itself
    } else {
        take(shared, steps, deadline, &mut failures)
    };
    if let Ending::Killed = ending {
        shared.kill();
        shared.exited.wait(Some(KILLING));
    } else if !matches!(ending, Ending::Itself) && shared.is_killed() {
        ending = Ending::Killed;
    }
    let exit = shared.exit();
    let _ = shared.stopped.set(Stopped {
        ending,
        status: exit.map(|exit| exit.status),
        left_behind: exit.map_or(0, |exit| exit.left),
        failures,
    });
    shared.has_stopped.raise();
}

fn take(
    shared: &Shared,
    steps: &[StopStep],
    deadline: Instant,
    failures: &mut Vec<(StopStep, Arc<SendError>)>,
) -> Ending {
    let mut last = None;
    for (index, step) in steps.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(steps.len() - index).unwrap_or(u32::MAX);
        match take_one(shared, step, share) {
            Ok(false) => last = Some(step),
            Ok(true) => return Ending::Step(step.clone()),
            Err(error) => failures.push((step.clone(), Arc::new(error))),
        }
        // It may also have exited while a step failed.
        if shared.exited.is_raised() {
            return last.map_or(Ending::Itself, |step| Ending::Step(step.clone()));
        }
    }
    Ending::Killed
}

/// Takes a step, and waits for its effect; `true` if the child has exited.
fn take_one(shared: &Shared, step: &StopStep, share: Duration) -> Result<bool, SendError> {
    let end = Instant::now() + share;
    send(shared, step, share)?;
    let left = end.saturating_duration_since(Instant::now());
    Ok(shared.exited.wait(Some(left)))
}

/// Takes a step, within the time that this may take.
pub(super) fn send(shared: &Shared, step: &StopStep, time: Duration) -> Result<(), SendError> {
    if shared.exited.is_raised() {
        return Err(SendError::Exited);
    }
    let event = match step {
        StopStep::CtrlC => Event::CtrlC,
        StopStep::CtrlBreak => Event::CtrlBreak,
        StopStep::Close => Event::Close,
        StopStep::Command(command) => return run_command(shared, command, time),
    };
    if !entry::can_send() {
        return Err(SendError::NoEntry);
    }
    shared.process.send(event, time).map_err(SendError::of)
}

/// Runs a stop command until it ends, the child has exited, or the time is over.
fn run_command(shared: &Shared, command: &Command, time: Duration) -> Result<(), SendError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let end = Instant::now() + time;
    let command = command.clone();
    let command = command.env("WINSVC_CHILD_ID", shared.process.id().to_string());
    let running = command.spawn().map_err(SendError::Command)?;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match running.wait_timeout(PAUSE.min(left)) {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(SendError::CommandFailed(status)),
            None if shared.exited.is_raised() => return Ok(()),
            None if left.is_zero() => return Err(SendError::CommandTimeout),
            None => {}
        }
    }
}
