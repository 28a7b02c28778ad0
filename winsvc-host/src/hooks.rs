//! Hooks: commands that run at events of the program's life.

use std::time::{Duration, Instant};

use winsvc::child::{Command, Stream};
use winsvc::hosted::Hosted;
use winsvc_definition::events;
use winsvc_definition::manifest::{Hook, HookEvent};

use crate::error::{HookError, HostError};
use crate::output::Output;
use crate::program::Exit;
use crate::texts::Texts;

/// The hooks of the table.
pub(crate) struct Hooks {
    entries: Vec<Hook>,
    texts: Texts,
    hosted: Hosted,
    output: Output,
}

/// What a hook learns of the program, by its environment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) process: Option<u32>,
    pub(crate) exit: Option<Exit>,
    pub(crate) ran: Option<Duration>,
    pub(crate) restarts: u32,
}

impl Hooks {
    pub(crate) fn new(entries: Vec<Hook>, texts: Texts, hosted: Hosted, output: Output) -> Self {
        Self {
            entries,
            texts,
            hosted,
            output,
        }
    }

    pub(crate) fn has(&self, event: HookEvent) -> bool {
        self.entries.iter().any(|hook| hook.on.contains(&event))
    }

    /// Runs the hooks of an event, one after the other. `is_over` ends them early. The first failure that is not ignored ends
    /// it; each is an event.
    pub(crate) fn run(
        &self,
        event: HookEvent,
        facts: Facts,
        is_over: &dyn Fn() -> bool,
    ) -> Result<(), HostError> {
        for hook in self.entries.iter().filter(|hook| hook.on.contains(&event)) {
            let command = self.command(hook, event, facts);
            let timeout = hook.timeout.duration();
            let mut result = self.attempt(&command, event, timeout, is_over);
            for _ in 0..hook.retries {
                if result.is_ok() || is_over() {
                    break;
                }
                result = self.attempt(&command, event, timeout, is_over);
            }
            if let Err(error) = result {
                self.hosted.log_event(events::HOOK_FAILED, &[&event, &error]);
                if !hook.ignore_failure {
                    return Err(HostError::Hook { event, error });
                }
            }
        }
        Ok(())
    }

    fn command(&self, hook: &Hook, event: HookEvent, facts: Facts) -> Command {
        let Facts {
            process,
            exit,
            ran,
            restarts,
        } = facts;
        let mut command = self
            .texts
            .command(&hook.command)
            .stop([])
            .env("WINSVC_HOOK_EVENT", event.as_str())
            .env("WINSVC_HOOK_RESTARTS", restarts.to_string());
        let numbers = [
            ("WINSVC_HOOK_PROCESS_ID", process.map(|id| id.to_string())),
            ("WINSVC_HOOK_EXIT_CODE", exit.map(|exit| exit.code().to_string())),
            (
                "WINSVC_HOOK_RUNTIME_MS",
                ran.map(|ran| ran.as_millis().to_string()),
            ),
        ];
        for (name, value) in numbers {
            command = match value {
                Some(value) => command.env(name, value),
                None => command,
            };
        }
        command
    }

    fn attempt(
        &self,
        command: &Command,
        event: HookEvent,
        timeout: Duration,
        is_over: &dyn Fn() -> bool,
    ) -> Result<(), HookError> {
        let command = command.clone().stdout(Stream::Piped).stderr(Stream::Piped);
        let mut child = command.spawn().map_err(HookError::NotStarted)?;
        self.output.read_command(&mut child, event.as_str());
        wait(&child, timeout, is_over)
    }
}

/// Runs a command without output to its end.
pub(crate) fn run(command: &Command, timeout: Duration, is_over: &dyn Fn() -> bool) -> Result<(), HookError> {
    let child = command.spawn().map_err(HookError::NotStarted)?;
    wait(&child, timeout, is_over)
}

/// Waits for a command, which dies with its handle.
fn wait(
    child: &winsvc::child::Child,
    timeout: Duration,
    is_over: &dyn Fn() -> bool,
) -> Result<(), HookError> {
    /// How soon the command is ended after a stop was requested.
    const STEP: Duration = Duration::from_millis(50);

    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if let Some(status) = child.wait_timeout(left.min(STEP)) {
            let exit = Exit::from(status);
            return if exit.code() == 0 {
                Ok(())
            } else {
                Err(HookError::Exited(exit))
            };
        }
        if is_over() {
            return Err(HookError::Stopping);
        }
        if left.is_zero() {
            return Err(HookError::Timeout(timeout));
        }
    }
}
