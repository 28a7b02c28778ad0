//! Tests the verbs on a simulated machine: the sequence of their calls, and their output.

mod autostart;
mod control;
mod firewall;
mod folders;
mod install;
mod logs;
mod machine;
mod product;
mod properties;
mod settings;
mod task_scheduler;
#[cfg(feature = "update")]
mod update;

use winsvc_definition::{
    Argument, Dependency, NamedText, Privilege, SecurityDescriptor, Stamp, StartType, Timeout, Trigger,
    VariableName,
};

use super::command::{Options, Verb};
use super::report::{Output, Report};
use crate::identity::Package;
use machine::FakeMachine;

const EXE: &str = r"C:\Program Files\Acme\agent.exe";
const IMAGE: &str = r#""C:\Program Files\Acme\agent.exe" --config "a b.toml""#;

fn stamp() -> Stamp {
    let package = Package {
        name: "acme",
        version: "1.0.0",
        verbs: None,
    };
    let mut stamp = package.unstamped();
    let definition = &mut stamp.definition;
    definition.description = "Watches.".to_owned();
    definition.start = StartType::Delayed;
    definition.dependencies = vec![
        Dependency::new("Tcpip").unwrap(),
        Dependency::new("+TDI").unwrap(),
    ];
    definition.arguments = ["--config", "a b.toml"].map(Argument::literal).into();
    let variable = VariableName::new("RUST_LOG").unwrap();
    definition.environment = [(variable, NamedText::literal("info"))].into();
    definition.start_timeout = Timeout::new("30s").unwrap();
    definition.stop_timeout = Timeout::new("20s").unwrap();
    stamp
}

/// The exit code and the output of a verb.
fn prompt(machine: &FakeMachine, verb: Verb, options: &Options, stamp: &Stamp) -> (u8, Output) {
    let report = Report {
        verb,
        service: "acme",
        outcome: super::on(machine, verb, options, stamp, true, EXE),
    };
    (report.code() as u8, report.render(options.json))
}

fn run(machine: &FakeMachine, verb: Verb) -> (u8, Output) {
    prompt(machine, verb, &Options::default(), &stamp())
}

fn json(machine: &FakeMachine, verb: Verb) -> (u8, String) {
    let options = Options {
        json: true,
        ..Options::default()
    };
    let (code, output) = prompt(machine, verb, &options, &stamp());
    assert_eq!(output.stderr, "");
    (code, output.stdout)
}

/// The help for invalid arguments of the exe `acme.exe`.
fn usage_help(words: &str, services: &[&str]) -> String {
    let error = super::command::parse(words.split_whitespace().map(Into::into)).unwrap_err();
    super::usage_help(&error, "acme.exe", services)
}

fn out(text: &str) -> Output {
    Output {
        stdout: text.to_owned(),
        stderr: String::new(),
    }
}

fn err(text: &str) -> Output {
    Output {
        stdout: String::new(),
        stderr: text.to_owned(),
    }
}
