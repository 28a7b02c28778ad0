//! A server of updates on this machine, and the key that signs them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::SystemTime;

use tempfile::TempDir;

use crate::deadline::PATIENCE;
use crate::fixture::{Fixture, Packages};
use crate::http::{free_port, request};
use crate::process::run;
use crate::tool::cargo_winsvc;

/// How the server answers a request for a file.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With a redirect.
    Redirect(String),
    /// With its first half, although it announces the whole.
    Truncated,
    /// With bytes that never end.
    Endless,
}

/// A channel of updates: a key, a server, and what was released.
#[derive(Debug)]
pub struct Channel {
    /// Its name, by which tests that run at the same time have copies of the fixture of their own.
    pub name: &'static str,
    folder: TempDir,
    /// The public key.
    pub key: String,
    port: u16,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
}

impl Channel {
    /// A channel without a release.
    ///
    /// # Panics
    ///
    /// When the tool cannot make a key, or the server cannot listen.
    pub fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for releases");
        let key = new_key(&folder.path().join("update.key"));
        fs::create_dir(folder.path().join("served")).expect("a folder for what is served");
        let port = free_port();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port");
        let answers = Arc::<Mutex<BTreeMap<String, Answer>>>::default();
        let served = folder.path().join("served");
        thread::spawn({
            let answers = Arc::clone(&answers);
            move || {
                for connection in listener.incoming().flatten() {
                    let (served, answers) = (served.clone(), Arc::clone(&answers));
                    // A client that hangs up is none of the server's errors.
                    thread::spawn(move || serve(connection, &served, &answers));
                }
            }
        });
        Self {
            name,
            folder,
            key,
            port,
            answers,
        }
    }

    /// The address for Cargo.toml.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The folder with what is served.
    pub fn served(&self) -> PathBuf {
        self.folder.path().join("served")
    }

    /// A file with a secret key.
    pub fn secret_key(&self) -> PathBuf {
        self.folder.path().join("update.key")
    }

    /// Answers requests for a file in another way from now on; `None` for the file again.
    ///
    /// # Panics
    ///
    /// Never.
    pub fn answer(&self, file: &str, answer: Option<Answer>) {
        let mut answers = self.answers.lock().expect("no panic in here");
        match answer {
            Some(answer) => answers.insert(file.to_owned(), answer),
            None => answers.remove(file),
        };
    }

    /// Makes the packages of a fixture, and releases them by `cargo winsvc release`.
    ///
    /// # Panics
    ///
    /// When the tool fails.
    pub fn release(&self, fixture: &Fixture) -> Packages {
        let packages = fixture.package();
        for package in [&packages.msi, &packages.zip] {
            let name = package.file_name().expect("a file");
            fs::copy(package, self.served().join(name)).expect("a copy of a package");
        }
        let is_first = !self.served().join("update-stable.json").exists();
        self.sign(
            fixture,
            &self.secret_key(),
            if is_first { &["--first"] } else { &[] },
            None,
        );
        packages
    }

    /// Runs `cargo winsvc release` for a fixture, at a time that may have passed.
    ///
    /// # Panics
    ///
    /// When the tool fails.
    pub fn sign(&self, fixture: &Fixture, key: &Path, arguments: &[&str], time: Option<SystemTime>) {
        let mut tool = cargo_winsvc();
        fixture.write_copy();
        let time = time.unwrap_or_else(SystemTime::now);
        let time = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("a time after 1970");
        tool.env("SOURCE_DATE_EPOCH", time.as_secs().to_string())
            .arg("release")
            .arg("--manifest-path")
            .arg(fixture.root().join("Cargo.toml"))
            .arg("--out-dir")
            .arg(self.served())
            .arg(format!("--secret-key=file:{}", key.display()))
            .args(arguments);
        let _ = run(&mut tool, PATIENCE).ok();
    }
}

/// Makes a key, and returns its public half.
///
/// # Panics
///
/// When the tool fails.
pub fn new_key(path: &Path) -> String {
    let _ = run(cargo_winsvc().args(["release", "--new-key"]).arg(path), PATIENCE).ok();
    let public = fs::read_to_string(path.with_extension("key.pub")).expect("a public key");
    public
        .lines()
        .nth(1)
        .expect("the key in its second line")
        .to_owned()
}

fn serve(
    mut connection: TcpStream,
    served: &Path,
    answers: &Mutex<BTreeMap<String, Answer>>,
) -> io::Result<()> {
    let request = request(&mut connection)?;
    let path = request.head.split(' ').nth(1).unwrap_or_default();
    let name = path.trim_start_matches('/').to_owned();
    let answer = answers.lock().expect("no panic in here").get(&name).cloned();
    let content = fs::read(served.join(&name));
    let head = |status: &str, rest: &str| format!("HTTP/1.1 {status}\r\nConnection: close\r\n{rest}\r\n");
    let (Ok(content), None) = (&content, &answer) else {
        return match (answer, content) {
            (Some(Answer::Redirect(to)), _) => connection
                .write_all(head("302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n")).as_bytes()),
            (Some(Answer::Endless), _) => {
                connection.write_all(head("200 OK", "").as_bytes())?;
                loop {
                    connection.write_all(&[b' '; 4096])?;
                }
            }
            (Some(Answer::Truncated), Ok(content)) => {
                let length = format!("Content-Length: {}\r\n", content.len());
                connection.write_all(head("200 OK", &length).as_bytes())?;
                connection.write_all(&content[..content.len() / 2])
            }
            _ => connection.write_all(head("404 Not Found", "Content-Length: 0\r\n").as_bytes()),
        };
    };
    let length = format!("Content-Length: {}\r\n", content.len());
    connection.write_all(head("200 OK", &length).as_bytes())?;
    connection.write_all(content)
}
