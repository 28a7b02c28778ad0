//! `NAME.exe service install | uninstall | start | stop | restart | status | logs | update | run`: a program manages its own service.
//!
//! ```text
//! words ──command──▶ Request ──▶ install, control, report::status ──▶ Report ──▶ words or JSON, exit code
//!                                   │        ▲
//!                                   ▼        │
//!                                  Machine (Windows, or a test's)
//! ```
//!
//! The verbs register the same values as the MSI: both take them from the definition ([`registration`]). The logic accesses
//! Windows only through the trait [`Machine`](crate::sys::machine::Machine), so that tests can replace it.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

mod autostart;
mod command;
pub(crate) mod control;
mod failure;
mod firewall;
mod folders;
mod help;
mod install;
mod logs;
mod product;
mod registration;
mod report;
mod run;
mod several;
#[cfg(test)]
mod tests;
#[cfg(feature = "update")]
mod update;
mod values;
mod word;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use winsvc_definition::{Property, Stamp};

use crate::identity::Package;
use crate::places::Folders;
use crate::places::log_folder::LogFolder;
use crate::sys::machine::Machine;
use autostart::Autostart;
use command::{Request, UsageError, Verb};
use failure::{Code, Failure};
use firewall::Firewall;
pub use product::run as run_autostart;
use report::{Output, Report, failure_words};
use word::word;

/// The value of a name in a definition's texts on this machine.
#[cfg(feature = "host")]
pub(crate) fn value(stamp: &Stamp, folders: &Folders, name: &winsvc_definition::TextName) -> String {
    run::values_of(stamp, folders).value(name)
}

/// A command line that looks like a verb's.
pub(crate) struct CommandLine {
    program: OsString,
    /// What follows the word.
    words: Vec<OsString>,
    parent: Parent,
}

/// The parent of this process, as far as it matters to the verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parent {
    /// `services.exe`, which starts services and the commands of their recovery; or unknown.
    MayBeScm,
    /// `service run`: the arguments are the program's.
    Run,
    Other,
}

impl CommandLine {
    /// The command line of this process, if it looks like a verb's.
    pub(crate) fn of_verb(package: Package) -> Option<Self> {
        let word = package.verb_word()?;
        let mut words = env::args_os();
        let program = words.next().unwrap_or_default();
        if words.next()? != word {
            return None;
        }
        word::set_word(word);
        let parent = parent();
        (parent != Parent::Run).then(|| Self {
            program,
            words: words.collect(),
            parent,
        })
    }

    /// Whether this may also be the command line of a service, so that the program has to ask the SCM first. Windows answers in
    /// microseconds, Wine in ten seconds.
    pub(crate) fn may_be_of_a_service(&self) -> bool {
        self.parent == Parent::MayBeScm
    }

    /// Runs the verb.
    pub(crate) fn run(self, package: Package) -> ExitCode {
        act(package, &self.program, self.words).into()
    }
}

#[cfg(windows)]
fn parent() -> Parent {
    match crate::sys::parent() {
        Some(parent) if run::is_by(parent.pid) => Parent::Run,
        // Another program named `services.exe` only costs one query of the SCM.
        Some(crate::sys::Parent { exe: Some(exe), .. }) if !exe.eq_ignore_ascii_case("services.exe") => {
            Parent::Other
        }
        // The SCM never exits, so a parent that has exited is not the SCM.
        Some(crate::sys::Parent { exe: None, .. }) => Parent::Other,
        _ => Parent::MayBeScm,
    }
}

#[cfg(not(windows))]
fn parent() -> Parent {
    // `service run` has become this process.
    if run::is_by(std::process::id()) {
        Parent::Run
    } else {
        Parent::Other
    }
}

fn act(package: Package, program: &OsStr, words: Vec<OsString>) -> u8 {
    let mut stamps = match Package::stamped() {
        Ok(stamps) => stamps,
        Err(error) => return fail(&Failure::new(Code::Failed, error.to_string())),
    };
    let is_stamped = !stamps.is_empty();
    if !is_stamped {
        stamps.push(package.unstamped());
    }
    match command::parse(words) {
        Ok(Request::Help) => {
            print(&Output {
                stdout: help::help(&called(program), &several::names(&stamps), properties(&stamps)),
                ..Output::default()
            });
            Code::Done as u8
        }
        Ok(Request::Run(command::Run { service, arguments })) => {
            let stamp = match several::only(&stamps, service.as_deref()) {
                Ok(stamp) => stamp,
                Err(failure) => return fail(&failure),
            };
            let error = run::run(program, stamp, arguments);
            fail(&Failure::new(
                Code::Failed,
                format!("cannot run the program: {error}"),
            ))
        }
        #[cfg(feature = "update")]
        Ok(Request::Update(options)) => update_product(options, &stamps),
        Ok(Request::AllowLogon(account)) => allow_logon(&account),
        Ok(Request::Autostart(change)) => {
            let changed =
                values::check(&stamps, &change.set).and_then(|()| change_autostart(&change, &stamps));
            match changed {
                Ok(()) => Code::Done as u8,
                Err(failure) => fail(&failure),
            }
        }
        Ok(Request::Verb(verb, mut options)) => {
            let stamps = several::refuse_to_purge_one(&stamps, &options)
                .and_then(|()| values::check(&stamps, &options.properties.set))
                .and_then(|()| values::check_account(&mut options.properties, read_line))
                .and_then(|()| several::meant(stamps, verb, options.service.as_deref()));
            let stamps = match stamps {
                Ok(stamps) => stamps,
                Err(failure) => return fail(&failure),
            };
            let mut code = Code::Done as u8;
            let count = stamps.len();
            for (stamp, position) in stamps.into_iter().zip(1..) {
                // The services share their folders and their properties: they are removed with the last one.
                let is_last = position == count && code == Code::Done as u8;
                let options = command::Options {
                    purge: options.purge && is_last,
                    properties: values::PropertyOptions {
                        keep: options.service.is_some() || !is_last,
                        ..options.properties.clone()
                    },
                    ..options.clone()
                };
                let outcome = on_this_machine(verb, &options, &stamp, is_stamped);
                if several::is_taken_along(&stamp, verb, options.service.as_deref()) {
                    if let Err(failure) = outcome {
                        print(&report::warning(&failure));
                    }
                    continue;
                }
                let report = Report {
                    verb,
                    service: stamp.definition.name.as_str(),
                    outcome,
                };
                print(&report.render(options.json));
                // The first failure is the one to look at.
                if code == Code::Done as u8 {
                    code = report.code() as u8;
                }
            }
            code
        }
        Err(error) => {
            let help = usage_help(&error, &called(program), &several::names(&stamps));
            fail(&Failure::new(Code::Usage, error.to_string()).help(help))
        }
    }
}

/// Shows what the updater does, or asks it to begin.
#[cfg(all(windows, feature = "update"))]
fn update_product(options: command::UpdateOptions, stamps: &[Stamp]) -> u8 {
    let report = update::update(&crate::sys::LocalMachine::new(), options, stamps);
    print(&report.render(options.json));
    report.code() as u8
}

#[cfg(all(not(windows), feature = "update"))]
fn update_product(_: command::UpdateOptions, _: &[Stamp]) -> u8 {
    fail(&Failure::new(
        Code::Failed,
        "updates are supported on Windows only",
    ))
}

/// Reads a line of the standard input.
fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// Lets an account log on as a service.
#[cfg(windows)]
fn allow_logon(account: &str) -> u8 {
    let machine = crate::sys::LocalMachine::new();
    match machine.allow_logon(account) {
        Ok(()) => Code::Done as u8,
        Err(error) => fail(&Failure::of_call(
            &machine,
            "grant the right to log on as a service to",
            account,
            error,
        )),
    }
}

#[cfg(not(windows))]
fn allow_logon(_: &str) -> u8 {
    fail(&Failure::new(
        Code::Failed,
        "accounts have this right on Windows only",
    ))
}

/// Registers or removes an entry of the autostart.
#[cfg(windows)]
fn change_autostart(change: &command::AutostartChange, stamps: &[Stamp]) -> Result<(), Failure> {
    autostart::change(&crate::sys::LocalMachine::new(), change, stamps, &own_path()?)
}

#[cfg(not(windows))]
fn change_autostart(_: &command::AutostartChange, _: &[Stamp]) -> Result<(), Failure> {
    Err(Failure::new(
        Code::Failed,
        "autostart entries are supported on Windows only",
    ))
}

/// What an administrator may set.
fn properties(stamps: &[Stamp]) -> &[Property] {
    stamps.first().map_or(&[], |stamp| &stamp.properties)
}

/// The help for invalid arguments; `program` is the name of the exe, `services` are the names of its services.
fn usage_help(error: &UsageError, program: &str, services: &[&str]) -> String {
    let list = format!("run `{program} {} --help` to list all subcommands", word());
    match error {
        // Probably a setting of the program, which a start can override.
        UsageError::UnknownOption {
            verb: Verb::Start | Verb::Restart,
            found,
        } if found.starts_with("--") => {
            let name = found.split('=').next().unwrap_or_default();
            let service = match services {
                [service] => service,
                _ => "NAME",
            };
            format!("pass arguments to the service with `sc.exe start \"{service}\" {name}=VALUE`; {list}")
        }
        _ => list,
    }
}

/// Reports an error that occurs before there is a [`Report`].
fn fail(failure: &Failure) -> u8 {
    print(&Output {
        stderr: failure_words(failure),
        ..Output::default()
    });
    failure.code as u8
}

/// The program as it was called, without its folder.
fn called(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or(program);
    name.to_string_lossy().into_owned()
}

#[cfg(windows)]
fn on_this_machine(
    verb: Verb,
    options: &command::Options,
    stamp: &Stamp,
    is_stamped: bool,
) -> Result<(report::Done, Vec<String>), Failure> {
    on(
        &crate::sys::LocalMachine::new(),
        verb,
        options,
        stamp,
        is_stamped,
        &own_path()?,
    )
}

#[cfg(windows)]
fn own_path() -> Result<String, Failure> {
    let exe = env::current_exe().map_err(|error| {
        let message = format!("cannot determine the path of this program: {error}");
        Failure::new(Code::Failed, message)
    })?;
    // A lossy conversion would register another path.
    let path = exe.to_str().ok_or_else(|| {
        let message = format!("the path of this program is not Unicode: {}", exe.display());
        Failure::new(Code::Failed, message).help("move the program to a folder whose path is Unicode")
    })?;
    Ok(path.to_owned())
}

#[cfg(not(windows))]
fn on_this_machine(
    verb: Verb,
    _: &command::Options,
    _: &Stamp,
    _: bool,
) -> Result<(report::Done, Vec<String>), Failure> {
    let message = format!("`{} {}` is supported on Windows only", word(), verb.as_str());
    Err(Failure::new(Code::Failed, message).help(format!(
        "start and stop the program with an init system such as systemd, or run it in this terminal with `{} run`",
        word()
    )))
}

/// Runs a verb.
fn on(
    machine: &dyn Machine,
    verb: Verb,
    options: &command::Options,
    stamp: &Stamp,
    is_stamped: bool,
    exe: &str,
) -> Result<(report::Done, Vec<String>), Failure> {
    let definition = &stamp.definition;
    let service = definition.name.as_str();
    let wait = control::Wait::new(definition, options.timeout);
    let wanted = || {
        let product_folders = folders::of_product(stamp)?;
        let values = values::registered(machine, stamp, exe, &product_folders, &options.properties)?;
        let wanted = registration::Registration::wanted(stamp, exe, product_folders, &values);
        Ok((wanted, values))
    };
    match verb {
        Verb::Install if !is_stamped => Err(Failure::new(
            Code::Failed,
            "this exe has no service definition: it was built by Cargo alone",
        )
        .help("build it with `cargo winsvc build`, which stamps the definition into it")),
        Verb::Install => {
            let key = values::records_key(stamp);
            let (wanted, values) = wanted()?;
            let more = install::More {
                firewall: Firewall::wanted(stamp, &values, options),
                autostart: Autostart::new(stamp, values),
                update_key: values::update_key(stamp),
            };
            install::install(machine, service, &wanted, key.as_deref(), &more, options.dry_run)
        }
        Verb::Uninstall => {
            let key = values::records_key(stamp);
            let (wanted, values) = wanted()?;
            let more = install::More {
                firewall: Firewall::all(stamp),
                autostart: Autostart::new(stamp, values),
                update_key: values::update_key(stamp),
            };
            install::uninstall(machine, service, &wanted, key.as_deref(), &more, wait, options)
        }
        Verb::Start => control::start(machine, service, wait),
        Verb::Stop => control::stop(machine, service, wait),
        Verb::Restart => control::restart(machine, service, wait),
        Verb::Status => report::status(machine, service),
        Verb::Logs => {
            let folders = Folders::of_service(stamp);
            let folder = Some(LogFolder::new(folders.logs().to_owned(), service));
            logs::show(machine, service, folder, options, &mut Terminal)?;
            Ok((report::Done::Logs, Vec::new()))
        }
    }
}

/// stdout and stderr.
struct Terminal;

impl logs::Sink for Terminal {
    fn out(&mut self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "note: {text}");
    }
}

/// Writes to the terminal. Errors are ignored: a closed terminal cannot show them.
fn print(output: &Output) {
    let _ = std::io::stdout().lock().write_all(output.stdout.as_bytes());
    let _ = std::io::stderr().lock().write_all(output.stderr.as_bytes());
}
