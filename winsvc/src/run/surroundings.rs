//! What a service's settings are read from: the command line, the environment, and folders of the machine.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use winsvc_definition::Stamp;

use crate::places;

/// The surroundings of a service. The default is none at all, which is what a test begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The command line without the program.
    pub(crate) command_line: Vec<OsString>,
    pub(crate) variables: Variables,
    /// Where the administrator's file lies.
    pub(crate) data_folder: Option<PathBuf>,
    /// How many folders on the way there anybody could have made, and with them the file.
    pub(crate) open_folders: usize,
    /// Where the file lies that is shipped: the first of these that has one counts.
    pub(crate) own_folders: Vec<PathBuf>,
}

/// The environment.
#[derive(Clone, Debug)]
pub(crate) enum Variables {
    /// The process's own, as it is when the settings are read: a program may load a file of variables first.
    Process,
    /// A test's.
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
    /// Under the SCM.
    #[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has an SCM"))]
    pub(crate) fn of_service(stamp: &Stamp) -> Self {
        Self {
            command_line: env::args_os().skip(1).collect(),
            variables: Variables::Process,
            data_folder: data_folder(stamp),
            open_folders: if cfg!(windows) { stamp.folders.len() } else { 0 },
            own_folders: exe_folder().into_iter().collect(),
        }
    }

    /// Anywhere else. The working directory comes first, because `cargo run` puts the exe elsewhere.
    pub(crate) fn of_terminal(stamp: &Stamp) -> Self {
        let mut surroundings = Self::of_service(stamp);
        surroundings.own_folders.insert(0, PathBuf::new());
        // Whoever sits there can do no more by its settings than without them.
        surroundings.open_folders = 0;
        surroundings
    }
}

fn data_folder(stamp: &Stamp) -> Option<PathBuf> {
    if cfg!(windows) {
        return places::data_folder(&stamp.folders);
    }
    let name = places::file_name(stamp.definition.name.as_str());
    places::unit_folder("CONFIGURATION_DIRECTORY").or_else(|| Some(Path::new("/etc").join(name)))
}

fn exe_folder() -> Option<PathBuf> {
    Some(env::current_exe().ok()?.parent()?.to_owned())
}
