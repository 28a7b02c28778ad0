//! The thread of a child: it starts it, waits for its end, and ends what is left of its tree.
//!
//! The thread that starts a child has to live as long as the child, because Linux kills the child with it
//! (`PR_SET_PDEATHSIG`).

use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::command::Command;
use super::error::{SessionError, SpawnError};
use super::stopped::Stopped;
use crate::sync::Signal;
use crate::sys::{self, Options, Process, SpawnFailure, Streams, Tree};

/// How long the system may take to remove killed processes.
pub(super) const KILLING: Duration = Duration::from_secs(5);

/// What the handle and the threads of a child share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) command: Command,
    pub(super) process: Process,
    state: Mutex<State>,
    changed: Condvar,
    exit: OnceLock<Exit>,
    /// Raised when the child has exited, and nothing is left of its tree.
    pub(super) exited: Arc<Signal>,
    pub(super) stopped: OnceLock<Stopped>,
    /// Raised when `stopped` is set.
    pub(super) has_stopped: Arc<Signal>,
}

/// What a request to stop has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    /// It is the first one.
    First,
    /// The stop has begun before, and now has less time.
    Shortened,
    /// The stop has begun before.
    Before,
}

/// How a child ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub(super) status: ExitStatus,
    /// How many of its descendants were killed after it had exited.
    pub(super) left: u32,
}

#[derive(Debug, Default)]
struct State {
    /// When a stop kills the tree; until then its processes may end by themselves.
    deadline: Option<Instant>,
    is_killed: bool,
}

/// Starts a child and its thread.
pub(super) fn spawn(command: &Command) -> Result<(Arc<Shared>, Streams), SpawnError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let command = command.clone();
    let thread = thread::Builder::new().name("winsvc-child".to_owned());
    let spawned = thread.spawn(move || match start(command) {
        Ok((shared, streams)) => {
            // Without a receiver nobody could stop the child.
            if sender.send(Ok((Arc::clone(&shared), streams))).is_err() {
                shared.kill();
            }
            shared.supervise();
        }
        Err(error) => drop(sender.send(Err(error))),
    });
    spawned.map_err(|error| SpawnError::Thread { error })?;
    match receiver.recv() {
        Ok(started) => started,
        // The thread has panicked.
        Err(mpsc::RecvError) => Err(SpawnError::Thread {
            error: std::io::ErrorKind::BrokenPipe.into(),
        }),
    }
}

fn start(command: Command) -> Result<(Arc<Shared>, Streams), SpawnError> {
    let options = Options {
        tree: command.tree,
        limits: &command.limits,
        priority: command.priority,
        affinity: &command.affinity,
        session: command.session().map_err(SpawnError::Session)?,
    };
    let spawned = sys::spawn(&mut command.to_std(), options);
    let (process, streams) = spawned.map_err(|failure| match failure {
        SpawnFailure::Program(error) => SpawnError::Program {
            program: command.program.clone(),
            error,
        },
        SpawnFailure::Limits(error) => SpawnError::Limits { error },
        SpawnFailure::Session(failure) => SpawnError::Session(SessionError::of(failure)),
    })?;
    let shared = Shared {
        command,
        process,
        state: Mutex::default(),
        changed: Condvar::new(),
        exit: OnceLock::new(),
        exited: Arc::default(),
        stopped: OnceLock::new(),
        has_stopped: Arc::default(),
    };
    Ok((Arc::new(shared), streams))
}

impl Shared {
    /// How the child ended; `None` as long as something of its tree is left.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.exit.get().copied()
    }

    /// Kills the child and its tree, now or as soon as nobody else is about to.
    pub(super) fn kill(&self) {
        self.state().is_killed = true;
        self.changed.notify_all();
        self.process.kill();
    }

    /// Begins the stop, or gives one that has begun an earlier deadline. Until then the processes of the tree may go on after
    /// the child itself has exited.
    pub(super) fn begin_stop(&self, deadline: Instant) -> Begun {
        let mut state = self.state();
        let begun = match state.deadline {
            None => Begun::First,
            Some(earlier) if deadline < earlier => Begun::Shortened,
            Some(_) => return Begun::Before,
        };
        state.deadline = Some(deadline);
        begun
    }

    /// Whether it was killed, or is about to be.
    pub(super) fn is_killed(&self) -> bool {
        self.state().is_killed
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.state().deadline.is_some()
    }

    fn supervise(&self) {
        self.process.wait_for_exit();
        let left = self.end_tree();
        let status = self.process.reap();
        let _ = self.exit.set(Exit { status, left });
        self.exited.raise();
    }

    /// Waits for the end of the tree, and kills it at the deadline: at once, without a stop. Returns how many processes were
    /// killed after the child had exited by itself.
    fn end_tree(&self) -> u32 {
        if self.command.tree != Tree::Job {
            return 0;
        }
        let is_killed_before = self.state().is_killed;
        let mut left = 0;
        let mut killed_at = None;
        let mut pause = Duration::from_millis(1);
        loop {
            let others = self.process.others();
            let now = Instant::now();
            let mut state = self.state();
            if others == Some(0) {
                let is_killed = state.is_killed && !is_killed_before;
                return if is_killed { left } else { 0 };
            }
            if !state.is_killed {
                left = others.unwrap_or_default();
            }
            let may_go_on = state.deadline.is_some_and(|deadline| now < deadline) && others.is_some();
            if state.is_killed || !may_go_on {
                state.is_killed = true;
                drop(state);
                // Each time, because a process may have been about to start another one.
                self.process.kill();
                if others.is_none() || now.duration_since(*killed_at.get_or_insert(now)) > KILLING {
                    return left;
                }
                state = self.state();
            }
            let woken = self.changed.wait_timeout(state, pause);
            drop(woken.unwrap_or_else(PoisonError::into_inner));
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
