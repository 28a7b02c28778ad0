//! Where the service's folders are: [`Folders`].

use std::env;
use std::io;
use std::path::{Component, Path, PathBuf};

use winsvc_definition::Stamp;

use super::file_name;
use super::trust;

/// The folders of a service, the same for its settings, its log files and its own code.
///
/// | | Windows | Linux under systemd | else as root | else |
/// | --- | --- | --- | --- | --- |
/// | [`install`](Self::install) | the installation folder | the exe's folder | the exe's folder | the exe's folder |
/// | [`config`](Self::config) | `%ProgramData%\<manufacturer>\<product>` | `ConfigurationDirectory=` | `/etc/<name>` | `$XDG_CONFIG_HOME/<name>` |
/// | [`data`](Self::data) | its subfolder `data` | `StateDirectory=` | `/var/lib/<name>` | `$XDG_STATE_HOME/<name>` |
/// | [`logs`](Self::logs) | its subfolder `logs` | `LogsDirectory=` | `/var/log/<name>` | `$XDG_STATE_HOME/<name>/logs` |
///
/// `data-folder` in Cargo.toml replaces `<manufacturer>\<product>`. An exe that was not stamped by `cargo winsvc` has its
/// own name there. On Windows the folders are the same in a terminal. Without the variables of XDG, their defaults are
/// used: `~/.config` and `~/.local/state`.
///
/// The MSI and `service install` create the folders: administrators have full access, the service can read its settings
/// and change its data and logs, and other users have no access.
///
/// These methods return paths and check nothing. [`Service::data_folder`](crate::Service::data_folder) and
/// [`Service::read_config`](crate::Service::read_config) check who may have written there.
///
/// ```no_run
/// # fn example(service: &winsvc::Service) {
/// println!("settings are in {}", service.folders().config().display());
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    install: PathBuf,
    config: PathBuf,
    data: PathBuf,
    logs: PathBuf,
    /// How many folders at the end of `config` any user could have created before the installation; 0 if nothing is
    /// checked.
    open: usize,
}

impl Folders {
    /// The folders of a service under the SCM.
    #[cfg_attr(
        not(any(windows, feature = "verbs")),
        allow(dead_code, reason = "only Windows has an SCM")
    )]
    pub(crate) fn of_service(stamp: &Stamp) -> Self {
        let mut folders = Self::of_terminal(stamp);
        if cfg!(windows) {
            folders.open = product_folder(stamp).len();
        }
        folders
    }

    /// The folders on other hosts. The user of a terminal gains no rights by what is in them, and an init system has
    /// created them, so they need no check.
    pub(crate) fn of_terminal(stamp: &Stamp) -> Self {
        let install = install_folder(&stamp.layout.exe_folder);
        if cfg!(windows) {
            let mut config = program_data();
            config.extend(product_folder(stamp));
            return Self {
                install,
                data: config.join("data"),
                logs: config.join("logs"),
                config,
                open: 0,
            };
        }
        let name = file_name(stamp.definition.name.as_str());
        let variable = |name: &str| env::var(name).ok();
        Self {
            install,
            ..Self::on_unix(&name, is_root(), &variable)
        }
    }

    /// Folders at these paths, which are not checked.
    #[cfg(feature = "verbs")]
    pub(crate) fn at(install: &str, config: &str, data: &str, logs: &str) -> Self {
        Self {
            install: install.into(),
            config: config.into(),
            data: data.into(),
            logs: logs.into(),
            open: 0,
        }
    }

    /// The folders on Linux and macOS.
    fn on_unix(name: &str, is_root: bool, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        // A relative path in a variable of XDG is invalid and has to be ignored
        // (https://specifications.freedesktop.org/basedir-spec/latest/).
        let absolute = |name: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = absolute("HOME").filter(|_| !is_root);
        let by_default = |xdg: &str, below_home: &str, of_root: &str| match &home {
            Some(home) => absolute(xdg).unwrap_or_else(|| home.join(below_home)).join(name),
            None => Path::new(of_root).join(name),
        };
        let state = by_default("XDG_STATE_HOME", ".local/state", "/var/lib");
        let logs = match &home {
            Some(_) => state.join("logs"),
            None => Path::new("/var/log").join(name),
        };
        // systemd has created these for the unit; a unit may have several of each
        // (https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#RuntimeDirectory=).
        let of_unit = |name: &str| {
            let folders = variable(name)?;
            let first = folders.split(':').next().filter(|first| !first.is_empty())?;
            Some(PathBuf::from(first))
        };
        Self {
            install: PathBuf::new(),
            config: of_unit("CONFIGURATION_DIRECTORY")
                .unwrap_or_else(|| by_default("XDG_CONFIG_HOME", ".config", "/etc")),
            data: of_unit("STATE_DIRECTORY").unwrap_or(state),
            logs: of_unit("LOGS_DIRECTORY").unwrap_or(logs),
            open: 0,
        }
    }

    /// The installation folder. The exe is in it, or in a subfolder.
    ///
    /// Only administrators can write to it; the service itself should not need to.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// let assets = service.folders().install().join("assets");
    /// # }
    /// ```
    pub fn install(&self) -> &Path {
        &self.install
    }

    /// The folder for what administrators configure, with the service's settings file.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("edit {}", service.folders().config().join("acme-agent.toml").display());
    /// # }
    /// ```
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// The folder for the service's own data. [`Service::data_folder`](crate::Service::data_folder) also creates and
    /// checks it.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("the database is in {}", service.folders().data().display());
    /// # }
    /// ```
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder for log files.
    ///
    /// ```no_run
    /// # fn example(service: &winsvc::Service) {
    /// println!("logs are in {}", service.folders().logs().display());
    /// # }
    /// ```
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// How many folders at the end of [`config`](Self::config) any user could have created.
    #[cfg(feature = "settings")]
    pub(crate) fn open_config_folders(&self) -> usize {
        self.open
    }

    /// The same for [`data`](Self::data) and [`logs`](Self::logs), which are one folder deeper.
    pub(crate) fn open_subfolders(&self) -> usize {
        match self.open {
            0 => 0,
            folders => folders + 1,
        }
    }

    /// Creates the data folder if it does not exist, and checks who can write to it.
    pub(crate) fn make_data_folder(&self) -> io::Result<PathBuf> {
        if self.data.as_os_str().is_empty() {
            return Err(no_folder("data"));
        }
        trust::make_own_folder(&self.data, self.open_subfolders())
            .map_err(|error| with_path(&self.data, &error))?;
        Ok(self.data.clone())
    }

    /// Reads a file in the configuration folder, if its owner is trusted.
    pub(crate) fn read_config(&self, file: &Path) -> io::Result<Vec<u8>> {
        if self.config.as_os_str().is_empty() {
            return Err(no_folder("configuration"));
        }
        let is_below = file.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_below || file.as_os_str().is_empty() {
            let message = format!(
                "invalid path {}; expected a path below the configuration folder",
                file.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let path = self.config.join(file);
        let open = match self.open {
            0 => 0,
            folders => folders + file.components().count() - 1,
        };
        match trust::read(&path, open) {
            Ok(Some(content)) => Ok(content),
            Ok(None) => Err(with_path(&path, &io::ErrorKind::NotFound.into())),
            Err(error) => Err(with_path(&path, &error.into())),
        }
    }
}

/// The folders of a test: what it does not set is empty.
#[cfg(feature = "testing")]
impl Folders {
    pub(crate) fn set_install(&mut self, folder: PathBuf) {
        self.install = folder;
    }

    pub(crate) fn set_config(&mut self, folder: PathBuf) {
        self.config = folder;
    }

    pub(crate) fn set_data(&mut self, folder: PathBuf) {
        self.data = folder;
    }

    pub(crate) fn set_logs(&mut self, folder: PathBuf) {
        self.logs = folder;
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    crate::sys::is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// Windows' folder for the data of all users.
pub(crate) fn program_data() -> PathBuf {
    let folder = env::var_os("ProgramData").unwrap_or_else(|| r"C:\ProgramData".into());
    PathBuf::from(folder)
}

/// The path of the product's folder below `%ProgramData%`, never empty.
pub(crate) fn product_folder(stamp: &Stamp) -> Vec<String> {
    match &stamp.layout.data_folder[..] {
        [] => vec![file_name(stamp.definition.name.as_str())],
        folders => folders.to_vec(),
    }
}

/// The exe's folder without the last folders `below`, if it ends with them.
fn install_folder(below: &[String]) -> PathBuf {
    let exe = env::current_exe().unwrap_or_default();
    let folder = exe.parent().unwrap_or(Path::new(""));
    without_end(folder, below).to_owned()
}

fn without_end<'a>(folder: &'a Path, below: &[String]) -> &'a Path {
    let mut above = folder;
    for name in below.iter().rev() {
        let is_same = above
            .file_name()
            .is_some_and(|last| last.eq_ignore_ascii_case(name));
        match above.parent() {
            Some(parent) if is_same => above = parent,
            _ => return folder,
        }
    }
    above
}

/// The error of a folder that a test has not set.
fn no_folder(which: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("the test has set no {which} folder"),
    )
}

fn with_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders for configuration, data and logs.
    fn on_unix(is_root: bool, variables: &[(&str, &str)]) -> [String; 3] {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let folders = Folders::on_unix("acme", is_root, &variable);
        [folders.config, folders.data, folders.logs].map(|path| path.display().to_string())
    }

    #[cfg(unix)]
    #[test]
    fn systemd_s_folders_come_first_then_root_s_then_the_user_s() {
        let of_root = ["/etc/acme", "/var/lib/acme", "/var/log/acme"];
        let home = ("HOME", "/home/eve");
        let of_eve = [
            "/home/eve/.config/acme",
            "/home/eve/.local/state/acme",
            "/home/eve/.local/state/acme/logs",
        ];
        assert_eq!(on_unix(true, &[home]), of_root);
        assert_eq!(on_unix(false, &[home]), of_eve);
        assert_eq!(on_unix(false, &[]), of_root, "without a home");
        let relative = [home, ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")];
        assert_eq!(on_unix(false, &relative), of_eve);
        let xdg = [home, ("XDG_STATE_HOME", "/s"), ("XDG_CONFIG_HOME", "/c")];
        assert_eq!(on_unix(false, &xdg), ["/c/acme", "/s/acme", "/s/acme/logs"]);
        let unit = [
            home,
            ("CONFIGURATION_DIRECTORY", "/etc/a:/etc/b"),
            ("STATE_DIRECTORY", "/var/lib/private/a"),
            ("LOGS_DIRECTORY", "/var/log/a"),
        ];
        for is_root in [false, true] {
            assert_eq!(
                on_unix(is_root, &unit),
                ["/etc/a", "/var/lib/private/a", "/var/log/a"]
            );
        }
    }

    #[test]
    fn the_installation_folder_contains_that_of_the_exe() {
        let folder = Path::new("apps").join("Acme").join("Bin").join("x64");
        let below = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(without_end(&folder, &[]), folder);
        assert_eq!(
            without_end(&folder, &below(&["bin", "x64"])),
            Path::new("apps").join("Acme")
        );
        // The exe was moved.
        assert_eq!(without_end(&folder, &below(&["lib", "x64"])), folder);
        assert_eq!(without_end(&folder, &below(&["a", "b", "c", "d", "e"])), folder);
    }

    #[test]
    fn a_file_elsewhere_is_not_read_as_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        std::fs::create_dir_all(config.join("tls")).unwrap();
        std::fs::write(config.join("tls/ca.pem"), "ca").unwrap();
        std::fs::write(folder.path().join("other"), "other").unwrap();
        let folders = Folders {
            config,
            ..Folders::default()
        };
        assert_eq!(folders.read_config(Path::new("tls/ca.pem")).unwrap(), b"ca");
        let kind = |file: &Path| folders.read_config(file).unwrap_err().kind();
        for file in ["", "..", "../other", "./tls/ca.pem"] {
            assert_eq!(kind(Path::new(file)), io::ErrorKind::InvalidInput, "{file}");
        }
        assert_eq!(kind(&folder.path().join("other")), io::ErrorKind::InvalidInput);
        assert_eq!(kind(Path::new("none")), io::ErrorKind::NotFound);
    }
}
