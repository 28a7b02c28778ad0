//! What the tests share: a machine for a service, and settings that it has.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use winsvc::Starting;
use winsvc::settings::{Error, Settings};
use winsvc::testing::Scm;

/// The folders of a service, and what else surrounds it.
pub(crate) struct Machine {
    pub(crate) folder: TempDir,
    pub(crate) scm: Scm,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "exe"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let scm = Scm::new("acme-agent")
            .config_folder(folder.path().join("data"))
            .exe_folder(folder.path().join("exe"));
        Self { folder, scm }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(self, file: &str, content: &str) -> Self {
        fs::write(self.path(file), content).unwrap();
        self
    }

    /// The administrator's file.
    pub(crate) fn data(self, content: &str) -> Self {
        self.write("data/acme-agent.toml", content)
    }

    pub(crate) fn shipped(self, content: &str) -> Self {
        self.write("exe/acme-agent.toml", content)
    }

    pub(crate) fn with(mut self, change: impl FnOnce(Scm) -> Scm) -> Self {
        self.scm = change(self.scm);
        self
    }

    pub(crate) fn variable(self, name: &str, value: &str) -> Self {
        self.with(|scm| scm.variable(name, value))
    }

    pub(crate) fn arguments(self, arguments: &[&str]) -> Self {
        self.with(|scm| scm.arguments(arguments))
    }

    /// What a service on this machine gets to see.
    pub(crate) fn ask<T: Send + 'static>(&self, ask: impl FnOnce(Settings) -> T + Send + 'static) -> T {
        let (sender, receiver) = mpsc::channel();
        let service = self.scm.clone().start(move |starting: Starting| {
            sender.send(ask(starting.settings())).unwrap();
        });
        let answer = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        service.end();
        answer
    }

    pub(crate) fn read<T: DeserializeOwned + Send + 'static>(&self) -> Result<T, Error> {
        self.ask(|settings| settings.read())
    }

    /// What is said of settings that are not those of `T`, without the folder of the test.
    pub(crate) fn mistake<T: DeserializeOwned + std::fmt::Debug + Send + 'static>(&self) -> String {
        let error = self.read::<T>().unwrap_err().to_string();
        error.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agent {
    pub(crate) listen: SocketAddr,
    #[serde(default)]
    pub(crate) workers: u16,
    #[serde(default)]
    pub(crate) peers: Vec<String>,
    #[serde(default)]
    pub(crate) verbose: bool,
    #[serde(default)]
    pub(crate) api_token: u16,
    pub(crate) tls: Option<Tls>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Tls {
    pub(crate) cert_file: PathBuf,
    #[serde(default)]
    pub(crate) versions: Vec<u8>,
}

pub(crate) const LISTEN: &str = "listen = '127.0.0.1:80'\n";
