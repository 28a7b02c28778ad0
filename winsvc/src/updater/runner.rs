//! The process that installs: a copy of the exe in the update folder.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use winsvc_definition::events;

use super::folder;
use super::machine::ThisMachine;
use super::product::Product;
use super::status::StatusKey;
use crate::journal;
use crate::sys::{self, OpenedProcess};
use crate::update::{Activity, Outcome, UpdateError, Updater};

/// The first argument of a runner. The second one is the path of the installed exe.
const ARGUMENT: &str = "winsvc-update-runner";

/// How long the updater service may still have the lock.
const LOCK: Duration = Duration::from_secs(60);

/// Starts a runner that installs what is prepared for this exe.
pub(super) fn start(product: &Product, exe: &Path) -> io::Result<OpenedProcess> {
    let copy = folder::copy_of(exe, &product.folder)?;
    let exe = exe.to_str().ok_or(io::ErrorKind::InvalidInput)?;
    sys::start_detached(&copy, &[ARGUMENT.to_owned(), exe.to_owned()])
}

/// Installs, and returns the exit code, if this process is a runner.
///
/// The arguments alone do not make it one: its exe must be in the update folder, to which only administrators can write,
/// and where nobody else can read and so run it.
pub(crate) fn run() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != ARGUMENT {
        return None;
    }
    let exe = PathBuf::from(arguments.next()?);
    let product = Product::of_this_exe().ok()??;
    let own = env::current_exe().ok()?;
    if !folder::is_copy(&own, &product.folder) || product.make_folder().is_err() {
        return None;
    }
    journal::open_event_log(OsStr::new(&product.service));
    journal::watch_panics();
    // Else it would be the folder of the exe, which could not be removed.
    let _ = env::set_current_dir(&product.folder);
    let result = install(&product, &exe);
    StatusKey(product.status_key()).change(|status| {
        status.activity = match &result {
            Ok(Outcome::Waiting(_)) => Activity::Waiting,
            _ => Activity::Idle,
        };
        status.runs = status.runs.wrapping_add(1);
        status.error = result.as_ref().err().map(ToString::to_string);
    });
    if let Err(error) = &result {
        journal::log_event(events::UPDATE_INTERRUPTED, &[error]);
    }
    journal::close();
    Some(if result.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn install(product: &Product, exe: &Path) -> Result<Outcome, UpdateError> {
    let (settings, _) = product.settings();
    let mut updater = Updater::new(settings, product.installed(exe)?, ThisMachine::new(product, exe));
    let begun = Instant::now();
    loop {
        // What a service did before an earlier update does not matter.
        let is_interrupted = updater.is_interrupted();
        if let Ok(false) = is_interrupted {
            folder::forget_services(&product.folder);
        }
        match is_interrupted.and_then(|_| updater.install_prepared()) {
            Err(UpdateError::AlreadyRunning) if begun.elapsed() < LOCK => {
                std::thread::sleep(Duration::from_millis(100));
            }
            result => return result,
        }
    }
}
