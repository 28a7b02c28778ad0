//! The updater service: it checks, downloads and verifies, and has a runner install.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use winsvc_definition::Update;
use winsvc_definition::events::{self, Message};

use super::machine::ThisMachine;
use super::product::{NotUpdatable, Product};
use super::runner;
use super::status::StatusKey;
use crate::control::Control;
use crate::journal;
use crate::service::Service;
use crate::sys::machine::Process as _;
use crate::sys::{self, OpenedProcess};
use crate::text::civil;
use crate::update::{
    Activity, CHECK_NOW, Outcome, Request, UPDATE_NOW, UpdateError, UpdateStatus, Updater, now, schedule,
};

/// The time between two looks at a runner, or at the lock that one has.
const LOOK: Duration = Duration::from_secs(1);
/// The time until a runner that ended early is replaced by another one, which grows with each.
const FIRST_RESTART: Duration = Duration::from_secs(2);

/// What the service waits for.
enum Notice {
    Request(Request),
    Checked(Box<Checked>),
    Stop,
}

/// The end of a check.
struct Checked {
    /// The request; `None` if only interrupted installations were looked for.
    request: Option<Request>,
    result: Result<Outcome, UpdateError>,
    settings: Update,
    install_id: String,
}

/// Runs until the service must stop.
pub(crate) fn serve(service: &Service) -> io::Result<()> {
    let product = Product::of_this_exe().map_err(io::Error::other)?;
    let product = product.ok_or_else(|| io::Error::other(NotUpdatable))?;
    // Later it may have another name.
    let exe = env::current_exe()?;
    let status = StatusKey(product.status_key());
    let version = service.build_info().version.clone();
    status.change(|status| status.updater = Some(version));

    let (sender, receiver) = mpsc::channel();
    let mut controls = service.controls().accept_custom(UPDATE_NOW..=CHECK_NOW);
    thread::Builder::new()
        .name("winsvc-update-requests".to_owned())
        .spawn({
            let sender = sender.clone();
            move || {
                while let Some(control) = controls.wait_next() {
                    let request = match control {
                        Control::Custom(UPDATE_NOW, _) => Request::Now,
                        Control::Custom(CHECK_NOW, _) => Request::Check,
                        _ => continue,
                    };
                    let _ = sender.send(Notice::Request(request));
                }
                let _ = sender.send(Notice::Stop);
            }
        })?;
    service.ready();
    Loop {
        product,
        exe,
        status,
        sender,
        work: Work::None,
        waiting: None,
        is_looking_back: true,
        next: Instant::now(),
        runners: 0,
        logged: Vec::new(),
    }
    .run(&receiver);
    Ok(())
}

/// What is going on.
enum Work {
    None,
    /// A thread checks, downloads and verifies.
    Check,
    /// A runner installs.
    Runner(OpenedProcess),
}

struct Loop {
    product: Product,
    exe: PathBuf,
    status: StatusKey,
    sender: Sender<Notice>,
    work: Work,
    /// The request that comes next.
    waiting: Option<Request>,
    /// Whether the next work is to look for an installation that was interrupted.
    is_looking_back: bool,
    /// When the next work is due.
    next: Instant,
    /// How many runners were started in a row.
    runners: u32,
    /// The warnings that are not repeated.
    logged: Vec<(Message, String)>,
}

impl Loop {
    fn run(mut self, receiver: &Receiver<Notice>) {
        loop {
            let timeout = match self.work {
                Work::None => self.next.saturating_duration_since(Instant::now()),
                Work::Check => Duration::MAX,
                Work::Runner(_) => LOOK,
            };
            match receiver.recv_timeout(timeout) {
                Ok(Notice::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Notice::Request(request)) => {
                    // To update includes a check.
                    if self.waiting != Some(Request::Now) {
                        self.waiting = Some(request);
                    }
                    if !self.is_looking_back {
                        self.next = Instant::now();
                    }
                }
                Ok(Notice::Checked(checked)) => self.checked(*checked),
                Err(RecvTimeoutError::Timeout) => {}
            }
            match &self.work {
                Work::Runner(process) if process.wait(Duration::ZERO) => {
                    self.work = Work::None;
                    self.look_back_in(FIRST_RESTART * self.runners.min(60));
                }
                Work::None if self.next <= Instant::now() => self.begin(),
                _ => {}
            }
        }
    }

    fn look_back_in(&mut self, time: Duration) {
        self.is_looking_back = true;
        self.next = Instant::now() + time;
    }

    /// Begins what is due, on another thread: a download must not delay a stop.
    fn begin(&mut self) {
        let request = if self.is_looking_back {
            None
        } else {
            Some(self.waiting.take().unwrap_or(Request::Scheduled))
        };
        let work = {
            let (product, exe, sender) = (self.product.clone(), self.exe.clone(), self.sender.clone());
            let (settings, invalid) = product.settings();
            for why in invalid {
                self.warn(events::UPDATE_POLICY_INVALID, why);
            }
            move || {
                let (result, install_id) = check(&product, &exe, settings.clone(), request);
                let checked = Checked {
                    request,
                    result,
                    settings,
                    install_id,
                };
                let _ = sender.send(Notice::Checked(Box::new(checked)));
            }
        };
        let thread = thread::Builder::new().name("winsvc-update".to_owned());
        match thread.spawn(work) {
            Ok(_) => self.work = Work::Check,
            Err(_) => self.next = Instant::now() + LOOK,
        }
    }

    fn checked(&mut self, checked: Checked) {
        self.work = Work::None;
        if let Err(UpdateError::AlreadyRunning) = checked.result {
            // A runner: if it ends early, its work is done by another one.
            self.waiting = self
                .waiting
                .or(checked.request.filter(|it| *it != Request::Scheduled));
            self.look_back_in(LOOK);
            return;
        }
        if let Ok(Outcome::Prepared) = checked.result {
            if checked.request.is_some() {
                self.status
                    .change(|status| status.checked = Some(civil::rfc3339(now())));
            }
            match runner::start(&self.product, &self.exe) {
                Ok(process) => {
                    self.runners += 1;
                    self.work = Work::Runner(process);
                    return;
                }
                Err(error) => self.warn(events::UPDATE_RUNNER_FAILED, error.to_string()),
            }
        }
        let Checked {
            request,
            result,
            settings,
            install_id,
        } = checked;
        self.runners = 0;
        self.is_looking_back = false;
        let Some(_) = request else {
            let last = self.status.read().checked;
            let last = last.and_then(|time| civil::seconds_of(&time));
            let delay = match self.waiting {
                Some(_) => Duration::ZERO,
                None => schedule::first(&settings, &install_id, now(), last),
            };
            self.next = Instant::now() + delay;
            return;
        };
        self.show(&result);
        let delay = match self.waiting {
            Some(_) => Duration::ZERO,
            None => schedule::next(&settings, &install_id, result.as_ref().ok(), sys::local_minute()),
        };
        self.next = Instant::now() + delay;
    }

    /// Shows the result of a check.
    fn show(&mut self, result: &Result<Outcome, UpdateError>) {
        self.status.change(|status| {
            let UpdateStatus {
                available, activity, ..
            } = status;
            *activity = Activity::Idle;
            match result {
                Ok(Outcome::Available(version)) => *available = Some(version.to_string()),
                Ok(Outcome::Waiting(version)) => {
                    *available = Some(version.to_string());
                    *activity = Activity::Waiting;
                }
                Ok(Outcome::UpToDate(_) | Outcome::Updated(_) | Outcome::Failed(..)) => *available = None,
                Ok(Outcome::Off | Outcome::Prepared) | Err(_) => {}
            }
            status.error = result.as_ref().err().map(ToString::to_string);
            if !matches!(result, Ok(Outcome::Off) | Err(_)) {
                status.checked = Some(civil::rfc3339(now()));
            }
            status.runs = status.runs.wrapping_add(1);
        });
        match result {
            Err(error) => self.warn(events::UPDATE_CHECK_FAILED, error.to_string()),
            Ok(_) => self
                .logged
                .retain(|(message, _)| *message != events::UPDATE_CHECK_FAILED),
        }
    }

    /// Logs a warning, unless it is the last one of its kind.
    fn warn(&mut self, message: Message, why: String) {
        let warning = (message, why);
        if !self.logged.contains(&warning) {
            journal::log_event(message, &[&warning.1]);
            self.logged.push(warning);
        }
    }
}

/// Does one check, and returns its result with the identifier of the installation.
fn check(
    product: &Product,
    exe: &Path,
    settings: Update,
    request: Option<Request>,
) -> (Result<Outcome, UpdateError>, String) {
    let installed = match product.make_folder().and_then(|()| product.installed(exe)) {
        Ok(installed) => installed,
        Err(error) => return (Err(UpdateError::System(error)), String::new()),
    };
    let install_id = installed.install_id.clone();
    let mut updater = Updater::new(settings, installed, ThisMachine::new(product, exe));
    let result = match request {
        Some(request) => updater.prepare(request),
        None => updater.is_interrupted().map(|is_interrupted| {
            if is_interrupted {
                Outcome::Prepared
            } else {
                Outcome::UpToDate(Vec::new())
            }
        }),
    };
    (result, install_id)
}
