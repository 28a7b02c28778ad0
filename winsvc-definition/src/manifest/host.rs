//! The table `host`: a program that is not a service itself, and how it runs as one.

use std::collections::BTreeMap;

use crate::words::words;
use crate::{NamedText, TextName, Timeout, VariableName};

mod affinity;
mod command;
mod hook;
mod output;
mod probe;
mod restart;
mod stop;

pub use affinity::{Affinity, AffinityError};
pub use command::{HostCommand, HostCommandError};
pub use hook::{Hook, HookEvent};
pub use output::{HostOutput, OutputFormat, StderrTarget, StdoutTarget};
pub use probe::{HealthCheck, Probe, Readiness, SocketAddress, SocketAddressError};
pub use restart::{
    ControlCode, ControlCodeError, ExitCodeError, ExitStatusCode, GiveUp, RestartOn, RestartTable,
};
pub use stop::{StopSignal, StopStep};

/// The table `host`.
///
/// ```
/// use winsvc_definition::manifest::{Host, RestartOn};
///
/// let host: Host = toml::from_str("program = '{install}/node/node.exe'\narguments = ['server.js']").unwrap();
/// assert_eq!(host.restart.on, RestartOn::Failure);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Host {
    /// The program: an exe or a batch file.
    pub program: NamedText,
    /// Its arguments. Those on the service's command line follow.
    #[serde(default)]
    pub arguments: Vec<NamedText>,
    /// Whether the arguments of a start (`sc start NAME …`) follow too.
    #[serde(default)]
    pub pass_start_arguments: bool,
    /// Its working directory; default: its own folder.
    pub working_directory: Option<NamedText>,
    /// Its environment variables. `%NAME%` in a value is a variable of the service.
    #[serde(default)]
    pub environment: BTreeMap<VariableName, NamedText>,
    /// Whether it also has the variables of the service.
    #[serde(default = "yes")]
    pub inherit_environment: bool,
    /// Its priority class.
    #[serde(default)]
    pub priority: Priority,
    /// The processors that it runs on; default: all.
    pub affinity: Option<Affinity>,
    /// When it is ready to serve, and the service RUNNING.
    #[serde(default)]
    pub ready: Readiness,
    /// What shows that it still serves; default: nothing, it only has to run.
    pub health: Option<HealthCheck>,
    /// How it is asked to stop, before it is killed.
    #[serde(default = "StopStep::default_steps")]
    pub stop: Vec<StopStep>,
    /// What happens to the processes that it has started.
    #[serde(default)]
    pub tree: ProcessTree,
    /// What happens when it exits.
    #[serde(default)]
    pub restart: RestartTable,
    /// Where its output goes.
    #[serde(default)]
    pub output: HostOutput,
    /// Commands that run at events of its life.
    #[serde(default)]
    pub hooks: Vec<Hook>,
}

impl Host {
    /// How long a program that has no other readiness must run.
    pub const DEFAULT_ALIVE: Timeout = Timeout::seconds(1);

    /// All its texts, which may have names.
    pub fn texts(&self) -> impl Iterator<Item = &NamedText> {
        let commands = self.hooks.iter().map(|hook| &hook.command);
        let commands = commands.chain(self.stop.iter().filter_map(StopStep::command));
        let probes = [
            self.ready.probe(),
            self.health.as_ref().map(|health| &health.probe),
        ];
        std::iter::once(&self.program)
            .chain(&self.arguments)
            .chain(&self.working_directory)
            .chain(self.environment.values())
            .chain(commands.flat_map(HostCommand::texts))
            .chain(probes.into_iter().flatten().flat_map(Probe::texts))
            .chain(self.ready.file())
            .chain(&self.output.directory)
    }

    /// A name in a text that has no value while the service runs: that of the value of a property.
    pub fn unusable_name(&self) -> Option<TextName> {
        self.texts()
            .flat_map(NamedText::names)
            .find(|name| matches!(name, TextName::Value))
            .cloned()
    }
}

fn yes() -> bool {
    true
}

words! {
    /// The priority of a program's threads
    /// ([priority classes](https://learn.microsoft.com/windows/win32/procthread/scheduling-priorities)).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Priority {
        /// When nothing else runs.
        Idle = "idle",
        /// Less than normal.
        BelowNormal = "below-normal",
        /// As other programs.
        #[default]
        Normal = "normal",
        /// More than normal.
        AboveNormal = "above-normal",
        /// Before other programs.
        High = "high",
    }
}

words! {
    /// What happens to the processes that a program has started.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum ProcessTree {
        /// They end with the program: none is left after a stop, an exit or the end of the host.
        #[default]
        Job = "job",
        /// They are killed with the program when it does not stop in time, but may outlive its exit.
        Process = "process",
        /// They are left alone.
        Leave = "leave",
    }
}

#[cfg(test)]
mod tests;
