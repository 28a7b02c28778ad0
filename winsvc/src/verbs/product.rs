//! `NAME.exe autostart install | uninstall | status`: a program of a product without a service registers the product's autostart
//! entries, as `service install` does for a product with one.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::ExitCode;

use winsvc_definition::registration::RegistryValue;
use winsvc_definition::{Build, Definition, ProductStamp, Role, ServiceName, Stamp};

use super::autostart::{Autostart, Changes, Problem};
use super::command::{self, Options, Request, UsageError, Verb};
use super::failure::{Code, Failure};
use super::report::{Output, failure_json, failure_words};
use super::values::{self, PropertyOptions};
use super::word::{self, word};
use super::{fail, folders, print};
use crate::identity::Package;
use crate::sys;
use crate::sys::machine::Machine;
use crate::text::json::{self, Object};

/// Runs the command of the command line, if it has one.
pub fn run(package: Package) -> Option<ExitCode> {
    let word = package.verb_word()?;
    let mut words = env::args_os().skip(1);
    if words.next()? != word {
        return None;
    }
    word::set_word(word);
    Some(act(words.collect()).into())
}

fn act(words: Vec<OsString>) -> u8 {
    let product = match product() {
        Ok(product) => product,
        Err(failure) => return fail(&failure),
    };
    let name = product.name.clone();
    let stamp = stamp(product);
    match command::parse(words).map(supported) {
        Ok(Some(Request::Help)) => {
            print(&Output {
                stdout: help(&name),
                ..Output::default()
            });
            Code::Done as u8
        }
        Ok(Some(Request::Autostart(change))) => {
            let stamps = [stamp];
            let changed =
                values::check(&stamps, &change.set).and_then(|()| super::change_autostart(&change, &stamps));
            match changed {
                Ok(()) => Code::Done as u8,
                Err(failure) => fail(&failure),
            }
        }
        Ok(Some(Request::Verb(verb, options))) => {
            let stamps = [stamp];
            let outcome = values::check(&stamps, &options.properties.set)
                .and_then(|()| on_this_machine(verb, &options, &stamps[0]));
            let (output, code) = render(verb, &name, &outcome, options.json);
            print(&output);
            code as u8
        }
        Ok(_) => fail(&usage("unexpected command")),
        Err(error) => fail(&usage(match &error {
            UsageError::NoVerb => "missing command",
            _ => "unexpected command",
        })),
    }
}

/// What the exe registers.
fn product() -> Result<ProductStamp, Failure> {
    let content = sys::resource(Build::RESOURCE_ID);
    let stamp = content.map(ProductStamp::decode).transpose();
    match stamp {
        Ok(Some(stamp)) => Ok(stamp),
        Ok(None) | Err(winsvc_definition::StampError::Missing { .. }) => {
            Err(Failure::new(Code::Failed, "this program has no autostart entries to register")
                .help("package it with `cargo winsvc package`; in a product without a service, its first program has them"))
        }
        Err(error) => Err(Failure::new(Code::Failed, error.to_string())),
    }
}

/// The entries as those of a service, which is not registered.
fn stamp(product: ProductStamp) -> Stamp {
    let name = ServiceName::new(&product.name).or_else(|_| ServiceName::new("product"));
    Stamp {
        definition: Definition::new(name.unwrap_or_else(|error| unreachable!("{error}"))),
        role: Role::Service,
        build: product.build,
        layout: product.layout,
        properties: product.properties,
        firewall: Vec::new(),
        host: None,
        autostart: product.autostart,
        update: None,
    }
}

/// The request, if it does not need a service.
pub(super) fn supported(request: Request) -> Option<Request> {
    match &request {
        Request::Help | Request::Autostart(_) => Some(request),
        Request::Verb(Verb::Install | Verb::Uninstall | Verb::Status, options) => {
            let supported = Options {
                dry_run: options.dry_run,
                json: options.json,
                properties: PropertyOptions {
                    set: options.properties.set.clone(),
                    forget: options.properties.forget,
                    ..PropertyOptions::default()
                },
                ..Options::default()
            };
            (*options == supported).then_some(request)
        }
        #[cfg(feature = "update")]
        Request::Update(_) => None,
        Request::Run(_) | Request::AllowLogon(_) | Request::Verb(..) => None,
    }
}

fn usage(message: &str) -> Failure {
    let word = word();
    Failure::new(
        Code::Usage,
        format!("{message} for `{word}`; expected install, uninstall or status"),
    )
    .help(format!("run `{word} --help` to list all options"))
}

fn help(name: &str) -> String {
    let word = word();
    format!(
        "Registers the programs of \"{name}\" that Windows starts.\n\n\
         Usage: {word} <COMMAND> [OPTIONS]\n\n\
         Commands:\n  \
         install    register the autostart entries, or update them\n  \
         uninstall  remove the autostart entries\n  \
         status     show which entries are registered\n\n\
         Options:\n  \
         --dry-run         show what would be done without doing it (install, uninstall)\n  \
         --set NAME=VALUE  set a property of the product (install)\n  \
         --forget          use the defaults of properties that were set earlier (install)\n  \
         --json            print JSON\n  \
         -h, --help        print this help\n\n\
         Exit codes:\n  \
         0 success   1 failure   2 usage error   4 not registered   5 administrator rights required\n"
    )
}

#[cfg(windows)]
fn on_this_machine(verb: Verb, options: &Options, stamp: &Stamp) -> Result<Done, Failure> {
    on(
        &sys::LocalMachine::new(),
        verb,
        options,
        stamp,
        &super::own_path()?,
    )
}

#[cfg(not(windows))]
fn on_this_machine(verb: Verb, _: &Options, _: &Stamp) -> Result<Done, Failure> {
    let message = format!("`{} {}` is supported on Windows only", word(), verb.as_str());
    Err(Failure::new(Code::Failed, message))
}

/// The result of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Changed {
        changes: Changes,
        dry_run: bool,
    },
    /// The names of the entries, each with whether it is registered.
    Status(Vec<(String, bool)>),
}

/// Runs a command.
pub(super) fn on(
    machine: &dyn Machine,
    verb: Verb,
    options: &Options,
    stamp: &Stamp,
    exe: &str,
) -> Result<Done, Failure> {
    let folders = folders::of_product(stamp)?;
    let values = values::registered(machine, stamp, exe, &folders, &options.properties)?;
    let records: Vec<_> = values
        .records
        .iter()
        .filter(|(name, _)| name != values::ACCOUNT)
        .cloned()
        .collect();
    let records_key = values::records_key(stamp).filter(|_| !records.is_empty() && !options.dry_run);
    let autostart = Autostart::new(stamp, values);
    let failed = |error| {
        Failure::of_call(
            machine,
            "change the properties of",
            stamp.definition.name.as_str(),
            error,
        )
    };
    let done = |(changes, problems): (Changes, Vec<Problem>)| match problems.into_iter().next() {
        Some(problem) => Err(problem.failure(machine)),
        None => Ok(Done::Changed {
            changes,
            dry_run: options.dry_run,
        }),
    };
    match verb {
        Verb::Install => {
            let result = done(autostart.register(machine, options.dry_run))?;
            if let Some(key) = records_key {
                for (name, value) in records {
                    machine
                        .set_registry_value(&key, &name, &RegistryValue::String(value))
                        .map_err(failed)?;
                }
            }
            Ok(result)
        }
        Verb::Uninstall => {
            let (removed, problems) = autostart.remove(machine, options.dry_run);
            let changes = Changes {
                removed,
                ..Changes::default()
            };
            let result = done((changes, problems))?;
            if let Some(key) = records_key {
                machine.remove_registry_key(&key).map_err(failed)?;
            }
            Ok(result)
        }
        _ => match autostart.status(machine) {
            Ok(entries) => Ok(Done::Status(entries)),
            Err(problem) => Err(problem.failure(machine)),
        },
    }
}

/// The output of a command, and its exit code.
pub(super) fn render(
    verb: Verb,
    product: &str,
    outcome: &Result<Done, Failure>,
    as_json: bool,
) -> (Output, Code) {
    let code = match outcome {
        Ok(Done::Status(entries)) if entries.iter().all(|(_, is_registered)| !is_registered) => {
            Code::NotInstalled
        }
        Ok(_) => Code::Done,
        Err(failure) => failure.code,
    };
    let mut output = Output::default();
    if as_json {
        let object = Object::default()
            .text("verb", verb.as_str())
            .text("product", product)
            .text("result", code.as_str());
        output.stdout = json_of(object, outcome).finish() + "\n";
    } else {
        match outcome {
            Ok(done) => output.stdout = words(verb, product, done),
            Err(failure) => output.stderr = failure_words(failure),
        }
    }
    (output, code)
}

fn words(verb: Verb, product: &str, done: &Done) -> String {
    let entries = format!("The autostart entries of \"{product}\"");
    match done {
        Done::Status(states) => {
            let mut text = format!("{entries}:\n");
            for (name, is_registered) in states {
                let state = if *is_registered {
                    "registered"
                } else {
                    "not registered"
                };
                let _ = writeln!(text, "  {state:<22}{name}");
            }
            text
        }
        Done::Changed { changes, dry_run } => {
            let would = if *dry_run { "would be" } else { "are" };
            let mut text = match verb {
                Verb::Install => format!("{entries} {would} registered.\n"),
                _ if changes.removed.is_empty() => format!("{entries} are not registered; nothing to do.\n"),
                _ => format!("{entries} {would} removed.\n"),
            };
            for name in &changes.registered {
                let _ = writeln!(text, "  {:<22}{name}", "autostart");
            }
            for name in &changes.removed {
                let _ = writeln!(text, "  {:<22}{name}", "autostart removed");
            }
            text
        }
    }
}

fn json_of(object: Object, outcome: &Result<Done, Failure>) -> Object {
    let names = |names: &[String]| names.iter().map(|name| json::text(name)).collect::<Vec<_>>();
    match outcome {
        Ok(Done::Changed { changes, dry_run }) => object
            .flag("dry_run", *dry_run)
            .list("autostart", names(&changes.registered))
            .list("removed_autostart", names(&changes.removed)),
        Ok(Done::Status(states)) => {
            let states = states.iter().map(|(name, is_registered)| {
                Object::default()
                    .text("name", name)
                    .flag("registered", *is_registered)
                    .finish()
            });
            object.list("autostart", states)
        }
        Err(failure) => object.object("error", failure_json(failure)),
    }
}
