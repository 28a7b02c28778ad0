//! The sources of a service's settings: the command line, the environment, and folders of the machine.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use winsvc_definition::Stamp;

use crate::places;

/// The sources of a service's settings. The default is empty, for tests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The command line without the program name.
    pub(crate) command_line: Vec<OsString>,
    pub(crate) variables: Variables,
    /// The folder of the administrator's settings file.
    pub(crate) data_folder: Option<PathBuf>,
    /// The number of folders on this path that any user could have created, together with the file.
    pub(crate) open_folders: usize,
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
    pub(crate) fn of_service(stamp: &Stamp) -> Self {
        Self {
            command_line: env::args_os().skip(1).collect(),
            variables: Variables::Process,
            data_folder: data_folder(stamp),
            open_folders: if cfg!(windows) {
                stamp.layout.data_folder.len()
            } else {
                0
            },
            own_folders: exe_folder().into_iter().collect(),
        }
    }

    /// The sources on other hosts. The working directory comes first, because `cargo run` puts the exe elsewhere.
    pub(crate) fn of_terminal(stamp: &Stamp) -> Self {
        let mut surroundings = Self::of_service(stamp);
        surroundings.own_folders.insert(0, PathBuf::new());
        // The user of a terminal gains no rights through the settings, so the folders need no check.
        surroundings.open_folders = 0;
        surroundings
    }
}

fn data_folder(stamp: &Stamp) -> Option<PathBuf> {
    if cfg!(windows) {
        return places::data_folder(&stamp.layout.data_folder);
    }
    let name = places::file_name(stamp.definition.name.as_str());
    places::unit_folder("CONFIGURATION_DIRECTORY").or_else(|| Some(Path::new("/etc").join(name)))
}

fn exe_folder() -> Option<PathBuf> {
    Some(env::current_exe().ok()?.parent()?.to_owned())
}
