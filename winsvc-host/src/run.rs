//! The life of the service: starts the program, waits for what happens, and does what the policy decides.
//!
//! Its exits, the probes of a thread, and the controls of the service become events in one channel, which this module reads.

mod ending;
mod events;
mod watch;

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::ffi::OsString;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::{Duration, Instant};

use winsvc::child::{Child, Command, Exited};
use winsvc::hosted::Hosted;
use winsvc::{Control, PowerEvent, Service, Starting};
use winsvc_definition::events as messages;
use winsvc_definition::manifest::{HookEvent, Host, Readiness};

use crate::configuration::{Configuration, Source};
use crate::error::{HostError, seconds};
use crate::hooks::{Facts, Hooks};
use crate::output::{Output, Readers};
use crate::policy::{Decision, Ending, Policy};
use crate::program::{self, Exit};
use crate::texts::Texts;
use ending::is_over;
use events::{Event, Events};
use watch::Watcher;

/// Runs the program until the service ends.
pub(crate) fn run(
    starting: Starting,
    configuration: &Configuration,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut life = Life::new(&starting, configuration).map_err(|error| error.into_service_error(None))?;
    let result = life.first_start(starting);
    let result = match result {
        Ok(Some((service, program))) => life.serve(&service, program),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    result.map_err(|error| error.into_service_error(life.last))
}

/// The service.
struct Life {
    host: Host,
    hosted: Hosted,
    texts: Texts,
    command: Command,
    output: Output,
    hooks: Hooks,
    policy: Policy,
    events: Events,
    /// How often the program was started.
    starts: u32,
    /// The last exit.
    last: Option<Exit>,
}

/// The running program.
struct Program {
    child: Child,
    /// Sends its exit.
    _exited: Exited,
    begun: Instant,
    readers: Readers,
    /// Tells this start from others in events.
    start: u32,
    /// Probes it until it is dropped.
    watcher: Watcher,
}

/// How the program came to its end.
enum End {
    Exited(Exit),
    Unhealthy,
    /// The service must stop.
    Stopping(Option<Exit>),
}

/// Whether the program has become ready.
enum Started {
    Ready,
    Exited(Exit),
    Late,
    Stopping,
}

impl Life {
    /// How long the output of an exited program may still come.
    const LAST_OUTPUT: Duration = Duration::from_secs(2);

    fn new(starting: &Starting, configuration: &Configuration) -> Result<Self, HostError> {
        let hosted = Hosted::new(starting);
        let host = configuration.host(&hosted)?;
        let install = match &configuration.source {
            Source::File { folder, .. } => Some(folder.clone()),
            Source::Exe => None,
        };
        let texts = Texts::new(hosted.clone(), install);
        let mut arguments: Vec<OsString> = configuration.arguments(&hosted);
        if host.pass_start_arguments {
            arguments.extend(starting.start_arguments().iter().cloned());
        }
        let stop_timeout = without_reserve(hosted.stop_timeout());
        let mut command = program::command(&host, &texts, &arguments, stop_timeout);
        for (name, value) in configuration.environment(&hosted) {
            command = command.env(name, value);
        }
        let directory = host.output.directory.as_ref().map(|text| texts.path(text));
        let output = Output::new(
            &host.output,
            directory.as_deref(),
            hosted.clone(),
            configuration.has_terminal,
        );
        let hooks = Hooks::new(host.hooks.clone(), texts.clone(), hosted.clone(), output.clone());
        Ok(Self {
            policy: Policy::new(host.restart.clone()),
            events: Events::new(),
            starts: 0,
            last: None,
            command,
            output,
            hooks,
            texts,
            hosted,
            host,
        })
    }

    /// The first start. Its failure is one of the service; `None` if the program has done its work already.
    fn first_start(&mut self, starting: Starting) -> Result<Option<(Service, Program)>, HostError> {
        let deadline = self.start_deadline();
        self.hooks.run(HookEvent::BeforeStart, self.facts(None), &|| {
            Instant::now() >= deadline
        })?;
        let program = self.spawn().map_err(HostError::NotStarted)?;
        starting.progress("waiting until the program is ready");
        let service = self.hosted.service();
        match self.wait_until_ready(&service, &program, deadline) {
            Started::Ready => {
                // Before the service is RUNNING, so that it accepts them from then on.
                self.events.receive_controls(&service, &self.host, &self.hooks);
                let service = starting.ready();
                self.after_start(&service, &program);
                Ok(Some((service, program)))
            }
            Started::Exited(exit) => {
                let facts = self.exited(program, exit);
                let is_over = || Instant::now() >= deadline;
                let _ = self.hooks.run(HookEvent::AfterExit, facts, &is_over);
                match self
                    .policy
                    .after(Ending::Exited(exit.code()), false, Duration::ZERO, 0.0)
                {
                    Decision::Stop => {
                        self.hosted.log_event(messages::PROGRAM_ENDED, &[&exit]);
                        Ok(None)
                    }
                    _ => Err(HostError::ExitedEarly(exit)),
                }
            }
            Started::Late | Started::Stopping => {
                let lacks = program.watcher.lacks();
                program.child.kill();
                program.child.wait_timeout(Duration::from_secs(1));
                program.readers.wait(Self::LAST_OUTPUT);
                Err(HostError::NotReady {
                    timeout: self.hosted.start_timeout(),
                    lacks,
                })
            }
        }
    }

    /// From RUNNING to the end.
    fn serve(&mut self, service: &Service, first: Program) -> Result<(), HostError> {
        let mut program = first;
        loop {
            let end = self.wait_for_end(service, &program);
            let ran = program.begun.elapsed();
            let (ending, exit) = match end {
                End::Exited(exit) => (Ending::Exited(exit.code()), Some(exit)),
                End::Unhealthy => (Ending::Unhealthy, self.stop(service, &program)),
                End::Stopping(exit) => (
                    Ending::Unhealthy,
                    exit.or_else(|| self.stop_by_request(service, &program)),
                ),
            };
            self.ended(service, program, exit);
            let how = match (ending, exit) {
                (Ending::Exited(_), Some(exit)) => exit.to_string(),
                _ => STOPPED.to_owned(),
            };
            let Some(next) = self.restarted(service, (ending, exit, how), ran)? else {
                return Ok(());
            };
            program = next;
        }
    }

    /// Starts the program again, as often as the policy decides; `None` if the service stops.
    fn restarted(
        &mut self,
        service: &Service,
        end: (Ending, Option<Exit>, String),
        mut ran: Duration,
    ) -> Result<Option<Program>, HostError> {
        let (mut ending, mut exit, mut how) = end;
        loop {
            match self.policy.after(ending, service.is_stopping(), ran, jitter()) {
                Decision::Restart { after, attempt } => {
                    let strings = [how.clone(), seconds(ran), attempt.to_string(), seconds(after)];
                    let [how, ran, attempt, delay] = &strings;
                    self.hosted
                        .log_event(messages::PROGRAM_RESTARTS, &[how, ran, attempt, delay]);
                    service.status_text(&format!("the program {how}; it restarts in {delay}"));
                    if !self.wait_for_delay(service, after) {
                        return Ok(None);
                    }
                }
                Decision::Stop => {
                    if !service.is_stopping() {
                        self.hosted.log_event(messages::PROGRAM_ENDED, &[&how]);
                    }
                    return Ok(None);
                }
                Decision::Fail => {
                    return Err(match (ending, exit) {
                        (Ending::Exited(_), Some(exit)) => HostError::Exited(exit),
                        _ => HostError::Unhealthy,
                    });
                }
                Decision::GiveUp { attempts, is_failure } => {
                    self.hosted
                        .log_event(messages::PROGRAM_GIVEN_UP, &[&attempts, &how]);
                    let facts = Facts {
                        exit,
                        ran: Some(ran),
                        ..self.facts(None)
                    };
                    let _ = self.hooks.run(HookEvent::GiveUp, facts, &|| is_over(service));
                    return if is_failure {
                        Err(HostError::GivenUp { attempts })
                    } else {
                        Ok(None)
                    };
                }
            }
            let begun = Instant::now();
            (ending, exit, how) = match self.start_again(service) {
                Again::Running(program) => {
                    service.status_text("");
                    self.after_start(service, &program);
                    return Ok(Some(*program));
                }
                Again::Ended(ending, exit, how) => (ending, exit, how),
            };
            ran = begun.elapsed();
        }
    }

    fn start_again(&mut self, service: &Service) -> Again {
        let deadline = self.start_deadline();
        let facts = self.facts(None);
        let is_over = || service.is_stopping();
        if self.hooks.run(HookEvent::BeforeStart, facts, &is_over).is_err() {
            return Again::Ended(Ending::NotStarted, None, "could not be started".to_owned());
        }
        let program = match self.spawn() {
            Ok(program) => program,
            Err(error) => {
                let cause = error.source().map(|cause| format!(": {cause}"));
                let how = format!("could not be started{}", cause.unwrap_or_default());
                return Again::Ended(Ending::NotStarted, None, how);
            }
        };
        match self.wait_until_ready(service, &program, deadline) {
            Started::Ready => Again::Running(Box::new(program)),
            Started::Exited(exit) => {
                self.ended(service, program, Some(exit));
                Again::Ended(Ending::Exited(exit.code()), Some(exit), exit.to_string())
            }
            Started::Late => {
                let timeout = seconds(self.hosted.start_timeout());
                let lacks = program.watcher.lacks();
                self.hosted
                    .log_event(messages::PROGRAM_NOT_READY, &[&timeout, &lacks]);
                let exit = self.stop(service, &program);
                self.ended(service, program, exit);
                Again::Ended(Ending::Unhealthy, exit, STOPPED.to_owned())
            }
            Started::Stopping => {
                let exit = self.stop_by_request(service, &program);
                self.ended(service, program, exit);
                Again::Ended(Ending::Unhealthy, exit, STOPPED.to_owned())
            }
        }
    }

    fn spawn(&mut self) -> Result<Program, winsvc::child::SpawnError> {
        self.starts += 1;
        if self.host.output.rotate_on_start {
            self.output.rotate();
        }
        let watcher = Watcher::new(&self.host, &self.texts, self.events.sender(self.starts));
        let streams = self.output.streams(matches!(self.host.ready, Readiness::Line(_)));
        let mut child = program::spawn(&self.command, streams)?;
        let begun = Instant::now();
        self.hosted.log_event(
            messages::PROGRAM_STARTED,
            &[&self.texts.program(&self.host.program).display(), &child.id()],
        );
        let readers = self.output.read_program(&mut child, watcher.line());
        let exited = self.events.watch_exit(&child, self.starts);
        watcher.wait_until_ready();
        Ok(Program {
            child,
            _exited: exited,
            begun,
            readers,
            start: self.starts,
            watcher,
        })
    }

    /// When a start has failed: a little before the runtime ends the process.
    fn start_deadline(&self) -> Instant {
        Instant::now() + without_reserve(self.hosted.start_timeout())
    }

    fn wait_until_ready(&self, service: &Service, program: &Program, deadline: Instant) -> Started {
        loop {
            match self.events.next(Some(deadline)) {
                None => return Started::Late,
                Some(Event::Stop) => return Started::Stopping,
                Some(Event::Control(control)) => self.control(service, Some(program), control),
                Some(Event::Exited(start)) if start == program.start => {
                    if let Some(status) = program.child.try_wait() {
                        return Started::Exited(status.into());
                    }
                }
                Some(Event::Ready(start)) if start == program.start => return Started::Ready,
                Some(_) => {}
            }
        }
    }

    fn wait_for_end(&self, service: &Service, program: &Program) -> End {
        program.watcher.watch_health();
        loop {
            match self.events.next(None) {
                None | Some(Event::Stop) => return End::Stopping(program.child.try_wait().map(Exit::from)),
                Some(Event::Control(control)) => self.control(service, Some(program), control),
                Some(Event::Exited(start)) if start == program.start => {
                    if let Some(status) = program.child.try_wait() {
                        return End::Exited(status.into());
                    }
                }
                Some(Event::Unhealthy {
                    start,
                    failures,
                    error,
                }) if start == program.start => {
                    self.hosted
                        .log_event(messages::PROGRAM_UNHEALTHY, &[&failures, &error]);
                    return End::Unhealthy;
                }
                Some(_) => {}
            }
        }
    }

    /// Waits before a restart. Returns whether the program is to start.
    fn wait_for_delay(&self, service: &Service, delay: Duration) -> bool {
        let end = Instant::now() + delay;
        loop {
            match self.events.next(Some(end)) {
                None => return true,
                Some(Event::Stop) => return false,
                Some(Event::Control(Control::Custom(code, pending)))
                    if code == self.host.restart.retry_control.code() =>
                {
                    pending.done();
                    return true;
                }
                Some(Event::Control(control)) => self.control(service, None, control),
                Some(_) => {}
            }
        }
    }

    fn after_start(&self, service: &Service, program: &Program) {
        let facts = self.facts(Some(program));
        let _ = self
            .hooks
            .run(HookEvent::AfterStart, facts, &|| service.is_stopping());
    }

    /// Handles a control that is not a stop.
    fn control(&self, service: &Service, program: Option<&Program>, control: Control) {
        let run = |event| {
            let facts = self.facts(program);
            self.hooks.run(event, facts, &|| service.is_stopping())
        };
        match control {
            Control::Pause(pending) => match run(HookEvent::Pause) {
                Ok(()) => pending.done(),
                Err(error) => pending.refuse(error),
            },
            Control::Continue(pending) => match run(HookEvent::Continue) {
                Ok(()) => pending.done(),
                Err(error) => pending.refuse(error),
            },
            Control::ParamChange(pending) => match run(HookEvent::Reload) {
                Ok(()) => pending.done(),
                Err(error) => pending.refuse(error),
            },
            Control::Custom(code, pending) => {
                if code == self.host.output.rotate_control.code() {
                    self.output.rotate();
                    let _ = run(HookEvent::AfterRotate);
                }
                pending.done();
            }
            Control::Power(PowerEvent::Suspend) => drop(run(HookEvent::Suspend)),
            Control::Power(PowerEvent::ResumeAutomatic) => drop(run(HookEvent::Resume)),
            _ => {}
        }
    }

    fn facts(&self, program: Option<&Program>) -> Facts {
        Facts {
            process: program.map(|program| program.child.id()),
            exit: self.last,
            ran: program.map(|program| program.begun.elapsed()),
            restarts: self.starts.saturating_sub(1),
        }
    }
}

/// A time without the part that is left for what follows: the kill, and the end of the service.
fn without_reserve(time: Duration) -> Duration {
    time * 9 / 10
}

/// How a program ended that the host has stopped.
const STOPPED: &str = "was stopped";

/// The result of another start.
enum Again {
    Running(Box<Program>),
    /// How it ended, for the policy, with its exit, and in words.
    Ended(Ending, Option<Exit>, String),
}

/// A number from 0 to 1, for the jitter of delays.
fn jitter() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    f64::from(random as u32) / f64::from(u32::MAX)
}
