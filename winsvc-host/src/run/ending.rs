//! The end of the program: by itself, or by a stop.

use std::time::{Duration, Instant};

use winsvc::Service;
use winsvc::child::Ending;
use winsvc_definition::events as messages;
use winsvc_definition::manifest::HookEvent;

use super::events::Event;
use super::{Life, Program, without_reserve};
use crate::hooks::Facts;
use crate::program::Exit;

impl Life {
    /// Stops a program that is to start again. A stop of the service has priority.
    pub(super) fn stop(&self, service: &Service, program: &Program) -> Option<Exit> {
        // The thread of the stop goes on when its future is dropped.
        drop(program.child.stop());
        let end = Instant::now() + self.hosted.stop_timeout();
        loop {
            if let Some(status) = program.child.try_wait() {
                self.log_kill(program);
                return Some(status.into());
            }
            match self.events.next(Some(end)) {
                Some(Event::Stop) => return self.stop_by_request(service, program),
                Some(Event::Control(control)) => self.control(service, Some(program), control),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Stops the program, because the service stops: before the deadline of the service.
    pub(super) fn stop_by_request(&self, service: &Service, program: &Program) -> Option<Exit> {
        let left = || {
            let deadline = service.stop_deadline();
            deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            })
        };
        let hook_end = Instant::now() + (left() / 2).min(self.hosted.stop_timeout());
        let facts = self.facts(Some(program));
        let is_over = || Instant::now() >= hook_end;
        let _ = self.hooks.run(HookEvent::BeforeStop, facts, &is_over);
        drop(program.child.stop());
        let patience = left().min(self.hosted.stop_timeout());
        let patience = without_reserve(patience);
        if program.child.wait_timeout(patience).is_none() {
            program.child.kill();
        }
        let status = program.child.wait_timeout(left() / 2);
        self.log_kill(program);
        status.map(Exit::from)
    }

    /// Logs whether the program had to be killed.
    fn log_kill(&self, program: &Program) {
        if program.child.try_wait().is_none() {
            return;
        }
        let stopped = program.child.stop_and_wait();
        if matches!(stopped.ending, Ending::Killed) && !self.host.stop.is_empty() {
            let mut reason = "it did not stop in time".to_owned();
            for (step, error) in &stopped.failures {
                reason.extend(["; ", &step.to_string(), ": ", &error.to_string()]);
            }
            self.hosted.log_event(messages::PROGRAM_KILLED, &[&reason]);
        }
    }

    /// Takes the last output of an exited program.
    pub(super) fn exited(&mut self, program: Program, exit: Exit) -> Facts {
        self.last = Some(exit);
        let facts = Facts {
            exit: Some(exit),
            ran: Some(program.begun.elapsed()),
            ..self.facts(Some(&program))
        };
        let left = program.child.left_behind();
        if left > 0 {
            let reason = format!("{left} processes were left when it had exited");
            self.hosted.log_event(messages::PROGRAM_KILLED, &[&reason]);
        }
        program.readers.wait(Self::LAST_OUTPUT);
        facts
    }

    /// Takes the last output of a program that has ended, and runs the hooks for that.
    pub(super) fn ended(&mut self, service: &Service, program: Program, exit: Option<Exit>) {
        let facts = match exit {
            Some(exit) => self.exited(program, exit),
            None => self.facts(None),
        };
        let _ = self.hooks.run(HookEvent::AfterExit, facts, &|| is_over(service));
    }
}

/// Whether the time of a hook after the exit is over: shortly before the service has to end.
pub(super) fn is_over(service: &Service) -> bool {
    const LEFT: Duration = Duration::from_millis(300);
    service
        .stop_deadline()
        .is_some_and(|deadline| deadline.saturating_duration_since(Instant::now()) < LEFT)
}
