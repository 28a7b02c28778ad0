//! The sources of a service's settings beside its folders: the command line, the environment and the shipped file.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The sources of a service's settings. The default is empty, for tests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The command line without the program name.
    pub(crate) command_line: Vec<OsString>,
    pub(crate) variables: Variables,
    /// The folders to search for the shipped settings file; the first one that contains it is used.
    pub(crate) own_folders: Vec<PathBuf>,
}

/// The environment.
#[derive(Clone, Debug)]
pub(crate) enum Variables {
    /// The environment of the process when the settings are read: a program may load a file of variables first.
    Process,
    /// The variables of a test.
    Given(Vec<(OsString, OsString)>),
}

impl Default for Variables {
    fn default() -> Self {
        Self::Given(Vec::new())
    }
}

impl Variables {
    #[cfg(feature = "testing")]
    pub(crate) fn give(&mut self, name: OsString, value: OsString) {
        if let Self::Given(variables) = self {
            variables.push((name, value));
        }
    }

    pub(crate) fn all(&self) -> Vec<(OsString, OsString)> {
        match self {
            Self::Process => env::vars_os().collect(),
            Self::Given(variables) => variables.clone(),
        }
    }
}

impl Surroundings {
    /// The sources under the SCM.
    #[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has an SCM"))]
    pub(crate) fn of_service() -> Self {
        Self {
            command_line: env::args_os().skip(1).collect(),
            variables: Variables::Process,
            own_folders: exe_folder().into_iter().collect(),
        }
    }

    /// The sources on other hosts. The working directory comes first, because `cargo run` puts the exe elsewhere.
    pub(crate) fn of_terminal() -> Self {
        let mut surroundings = Self::of_service();
        surroundings.own_folders.insert(0, PathBuf::new());
        surroundings
    }
}

fn exe_folder() -> Option<PathBuf> {
    Some(env::current_exe().ok()?.parent()?.to_owned())
}
