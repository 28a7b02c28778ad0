//! The program's own settings: a struct, read from arguments, variables and files.
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Settings {
//!     listen: SocketAddr,
//!     #[serde(default)]
//!     workers: usize,
//! }
//!
//! #[winsvc::main]
//! async fn main(starting: winsvc::Starting) -> Result<(), winsvc::settings::Error> {
//!     let settings = starting.settings();
//!     let mut current: Settings = settings.read()?; // an error fails the start
//!     let mut reloads = settings.reloads();
//!     starting.ready();
//!     loop {
//!         println!("{} workers on {}", current.workers, current.listen);
//!         match reloads.next().await {
//!             Some(changed) => current = changed, // an error is logged and changes nothing
//!             None => return Ok(()),              // the service must stop
//!         }
//!     }
//! }
//! ```
//!
//! # Layers
//!
//! The first layer that has a key takes precedence; here for a service `acme-agent`:
//!
//! | layer | for example |
//! | --- | --- |
//! | the arguments of this start (`StartService`) | `sc start acme-agent --listen=127.0.0.1:9000` |
//! | the command line: `arguments` in Cargo.toml, or a terminal's | `--listen 127.0.0.1:9000`, `--tls.cert=cert.pem`, `--verbose` |
//! | variables with the service's prefix | `ACME_AGENT_LISTEN`, `ACME_AGENT_TLS__CERT` |
//! | the administrator's file | `%ProgramData%\<manufacturer>\<product>\acme-agent.toml` |
//! | the shipped file, beside the exe | `acme-agent.toml` |
//! | [`defaults`](Settings::defaults), and those of serde | `#[serde(default)]` |
//!
//! Tables of several layers are merged; everything else is replaced as a whole, including lists. All files are optional.
//!
//! The administrator's file is in the service's configuration folder: [`Folders::config`](crate::Folders::config). `--config PATH`
//! or `ACME_AGENT_CONFIG` specifies another file, which must exist. In a terminal the shipped file is looked for in the working
//! directory first, because `cargo run` puts the exe elsewhere.
//!
//! # Values of arguments and variables
//!
//! Arguments and variables are converted to the type in the struct: a number, `true` or `false` (also `1` and `0`), a list with
//! commas between (`a,b`, or the same argument several times, or `["a", "b"]`), a table (`{ cert = "cert.pem" }`). If an
//! argument is repeated and one value is expected, the last one is used. Names are compared without case, and `-` equals `_`. If
//! serde does not pass on the expected type (`flatten`, `untagged`), text that looks like a number becomes a number.
//!
//! Dates and times of TOML are passed to the struct as strings, which the common libraries parse.
//!
//! # Unknown keys
//!
//! With `#[serde(deny_unknown_fields)]`, a key of a file and an argument that the struct does not have is an error; without it, they are
//! ignored, as in serde. An argument that is not a setting (`-v`, a name) is always an error: a program with its own
//! arguments calls [`without_arguments`](Settings::without_arguments). Unknown variables are always ignored, because the
//! environment is shared with other programs. An empty variable counts as not set.

mod arguments;
mod de;
mod error;
mod file;
mod reloads;
mod tree;
mod value_error;
mod variables;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;

pub use error::{Error, Origin};
pub use reloads::Reloads;

use crate::places;
use crate::run::Run;
use crate::service::{Controls, Service, Starting};
use tree::{Assignment, Table};

/// The one argument, and the one variable, that is no setting: it names the administrator's file.
const CONFIG: &str = "config";

/// Where a service's settings are read from; see the [module](self).
///
/// [`Starting::settings`](crate::Starting::settings) and [`Service::settings`](crate::Service::settings) give it.
///
/// ```
/// # use winsvc::testing::Scm;
/// # use winsvc::settings::{Error, Origin};
/// #[derive(serde::Deserialize)]
/// struct Settings { workers: u16 }
///
/// let service = Scm::new("acme-agent").variable("ACME_AGENT_WORKERS", "4").start(|starting: winsvc::Starting| {
///     let settings: Settings = starting.settings().read().unwrap();
///     assert_eq!(settings.workers, 4);
/// });
/// assert_eq!(service.end().exit_code, 0);
/// ```
#[derive(Clone)]
#[must_use = "nothing is read before `read`"]
pub struct Settings {
    run: Arc<Run>,
    takes_arguments: bool,
    prefix: String,
    file: Option<PathBuf>,
    defaults: String,
}

impl Service {
    /// The program's own settings, from arguments, variables and files; see the module [`settings`](crate::settings).
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { workers: u16 }
    /// # fn example(service: &winsvc::Service) -> Result<(), winsvc::settings::Error> {
    /// let settings: Settings = service.settings().read()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn settings(&self) -> Settings {
        Settings::new(Arc::clone(self.run()))
    }
}

impl Starting {
    /// The program's own settings; see [`Service::settings`]. An error in them can fail the start.
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { workers: u16 }
    /// # fn example(starting: &winsvc::Starting) -> Result<(), winsvc::settings::Error> {
    /// let settings: Settings = starting.settings().read()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn settings(&self) -> Settings {
        Settings::new(Arc::clone(self.run()))
    }
}

impl Settings {
    fn new(run: Arc<Run>) -> Self {
        let prefix = winsvc_definition::settings_prefix(run.facts().stamp.definition.name.as_str());
        Self {
            run,
            takes_arguments: true,
            prefix,
            file: None,
            defaults: String::new(),
        }
    }

    /// Leaves the command line to the program, which reads it itself, as with clap. The arguments of a start
    /// (`StartService`) stay settings.
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::settings::{Error, Origin};
    /// #[derive(serde::Deserialize)]
    /// struct Settings { workers: u16 }
    ///
    /// let service = Scm::new("acme-agent").arguments(["--verbose", "run"]).variable("ACME_AGENT_WORKERS", "4").start(|starting: winsvc::Starting| {
    ///     let settings: Settings = starting.settings().without_arguments().read().unwrap();
    ///     assert_eq!(settings.workers, 4);
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn without_arguments(mut self) -> Self {
        self.takes_arguments = false;
        self
    }

    /// Takes the variables that begin with this and `_`: `ACME` for `ACME_LISTEN`. Without it that is the service's name in
    /// capitals.
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::settings::{Error, Origin};
    /// #[derive(serde::Deserialize)]
    /// struct Settings { workers: u16 }
    ///
    /// let service = Scm::new("acme-agent").variable("ACME_WORKERS", "4").start(|starting: winsvc::Starting| {
    ///     let settings: Settings = starting.settings().variable_prefix("ACME").read().unwrap();
    ///     assert_eq!(settings.workers, 4);
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn variable_prefix(mut self, prefix: &str) -> Self {
        self.prefix = format!("{prefix}_");
        self
    }

    /// Uses this file as the administrator's file, like `--config`. It must exist.
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::settings::{Error, Origin};
    /// #[derive(serde::Deserialize)]
    /// struct Settings { workers: u16 }
    ///
    /// let service = Scm::new("acme-agent").start(|starting: winsvc::Starting| {
    ///     let settings = starting.settings().file("there is no such file.toml");
    ///     assert!(matches!(settings.read::<Settings>(), Err(Error::NoFile { .. })));
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Sets the defaults, as TOML: `include_str!("../acme-agent.toml")`, for example.
    ///
    /// ```no_run
    /// # fn example(starting: &winsvc::Starting) -> Result<(), winsvc::settings::Error> {
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { workers: usize }
    /// let settings: Settings = starting.settings().defaults("workers = 4").read()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn defaults(mut self, toml: &str) -> Self {
        toml.clone_into(&mut self.defaults);
        self
    }

    /// Reads the current settings.
    ///
    /// ```
    /// # use winsvc::testing::Scm;
    /// # use winsvc::settings::{Error, Origin};
    /// #[derive(serde::Deserialize)]
    /// struct Settings { workers: u16 }
    ///
    /// let service = Scm::new("acme-agent").arguments(["--workers=4"]).start(|starting: winsvc::Starting| {
    ///     let settings: Settings = starting.settings().read().unwrap();
    ///     assert_eq!(settings.workers, 4);
    /// });
    /// assert_eq!(service.end().exit_code, 0);
    /// ```
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let layers = self.layers()?;
        let table = layers.table;
        T::deserialize(de::Whole(&table)).map_err(|mistake| mistake.into_error(layers.file, &self.prefix))
    }

    /// Returns every key that is set now, with its source, for example for a log. It has no values, because some may be secret.
    ///
    /// ```no_run
    /// # fn example(settings: &winsvc::settings::Settings) -> Result<(), winsvc::settings::Error> {
    /// for (key, origin) in settings.sources()? {
    ///     println!("{key} is from {origin}"); // listen is from C:\ProgramData\Acme\Agent\acme-agent.toml, line 2, column 10
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn sources(&self) -> Result<Vec<(String, Origin)>, Error> {
        let layers = self.layers()?;
        let mut leaves = Vec::new();
        tree::leaves(&layers.table, "", &mut leaves);
        let sources = leaves.into_iter().map(|(key, node)| (key, node.origin.clone()));
        Ok(sources.collect())
    }

    /// Accepts parameter changes from now on, and reads the settings again at each of them.
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { workers: u16 }
    /// # async fn example(service: winsvc::Service) {
    /// let mut reloads = service.settings().reloads::<Settings>();
    /// while let Some(changed) = reloads.next().await {
    ///     println!("{} workers from now on", changed.workers);
    /// }
    /// # }
    /// ```
    pub fn reloads<T: DeserializeOwned>(&self) -> Reloads<T> {
        Reloads::new(self.clone(), Controls::new(Arc::clone(&self.run)))
    }

    fn layers(&self) -> Result<Layers, Error> {
        let facts = self.run.facts();
        let surroundings = &facts.surroundings;
        let of_start = |name| Origin::StartArgument { name };
        let of_line = |name| Origin::Argument { name };
        let line: &[OsString] = if self.takes_arguments {
            &surroundings.command_line
        } else {
            &[]
        };
        // The weakest first.
        let loose = [
            variables::parse(surroundings.variables.all(), &self.prefix)?,
            arguments::parse(line, of_line)?,
            arguments::parse(&facts.start_arguments, of_start)?,
        ];

        let mut table = if self.defaults.is_empty() {
            Table::new()
        } else {
            file::parse(&self.defaults, |line, column| Origin::Defaults { line, column })?
        };
        // What is shipped belongs to the program, under whatever name it is registered.
        let shipped = file_name(facts.stamp.definition.name.as_str());
        for folder in &surroundings.own_folders {
            if let Some(found) = file::read(&folder.join(&shipped), 0)? {
                tree::merge(&mut table, found);
                break;
            }
        }
        let file = self.administrator_file(&loose, &mut table)?;
        for assignments in loose {
            let settings = assignments.into_iter().filter(|one| !names_file(one));
            tree::assign(&mut table, settings);
        }
        Ok(Layers { table, file })
    }

    /// Lays the administrator's file over what is shipped, and gives its path.
    fn administrator_file(
        &self,
        loose: &[Vec<Assignment>],
        table: &mut Table,
    ) -> Result<Option<PathBuf>, Error> {
        let facts = self.run.facts();
        // A test may have no folder.
        let folder = facts.folders.config();
        let in_place = || (!folder.as_os_str().is_empty()).then(|| folder.join(file_name(&facts.name)));
        let naming = loose.iter().flatten().rfind(|one| names_file(one));
        let named = naming.map(|one| PathBuf::from(&one.text)).or(self.file.clone());
        let has_to_be = named.is_some();
        let Some(path) = named.or_else(in_place) else {
            return Ok(None);
        };
        // Somebody with rights answers for a file that is named.
        let open_folders = if has_to_be {
            0
        } else {
            facts.folders.open_config_folders()
        };
        match file::read(&path, open_folders)? {
            Some(found) => tree::merge(table, found),
            None if has_to_be => {
                return Err(Error::NoFile {
                    path,
                    named_by: naming.map(|one| one.origin.clone()),
                });
            }
            None => {}
        }
        Ok(Some(path))
    }
}

/// All layers in one.
struct Layers {
    table: Table,
    /// The administrator's file, whether or not it is there.
    file: Option<PathBuf>,
}

fn names_file(assignment: &Assignment) -> bool {
    assignment.path.len() == 1 && assignment.path[0] == CONFIG
}

fn file_name(service: &str) -> String {
    format!("{}.toml", places::file_name(service))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The defaults may have secrets in them.
        f.debug_struct("Settings")
            .field("prefix", &self.prefix)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
