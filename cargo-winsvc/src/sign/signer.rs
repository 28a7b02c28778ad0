//! Signs a file step by step, and verifies what each step left.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use tempfile::TempDir;
use winsvc_definition::Timeout;
use winsvc_definition::manifest::{SignEngine, SignTable, Url};

use super::authenticode::{self, Signature};
use super::engine::{self, Files, Labels, Step, Timestamping};
use super::error::{Cause, SignError, Subject};
use super::process::{Call, CallError};
use super::trial;
use crate::diagnostic::{Diagnostic, Explain};
use crate::hashing::{hex, sha256_of};
use crate::secret::{Hidden, Secret};
use crate::shell::Shell;

/// The keys of timeouts, and their defaults.
pub(crate) const TIMEOUTS: [(&str, Duration); 2] =
    [("timeout", TIMEOUT), ("timestamp-timeout", TIMESTAMP_TIMEOUT)];
/// The longest that a program may take, by default.
const TIMEOUT: Duration = Duration::from_mins(2);
/// The longest that a timestamp server may take, by default.
const TIMESTAMP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait before all timestamp servers are tried once more.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// The most lines of a program's output that are shown.
const LONGEST_OUTPUT: usize = 10;

/// Signs files.
#[derive(Debug)]
pub(crate) struct Signer {
    engine: SignEngine,
    labels: Labels,
    secret: Option<Secret>,
    hidden: Hidden,
    servers: Vec<Url>,
    timeout: Duration,
    timestamp_timeout: Duration,
    shell: Shell,
    /// Whether a missing timestamp was reported.
    has_warned: Cell<bool>,
}

/// A program of a package that is signed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SignedProgram {
    /// The file name.
    pub file: String,
    /// The SHA-256 of the signed file.
    pub sha256: String,
    /// Its signature.
    pub signature: Signature,
}

impl Signer {
    /// Prepares to sign as the table says. Reads the secrets.
    pub(crate) fn new(table: SignTable, defaults: Labels, shell: Shell) -> Result<Self, SignError> {
        let engine = table.engine.ok_or(SignError::NoEngine)?;
        let secret = match &engine {
            SignEngine::Osslsigncode(options) => {
                for path in options.files() {
                    File::open(&path).map_err(|source| SignError::Unreadable { path, source })?;
                }
                options.password.as_ref().map(Secret::read).transpose()?
            }
            SignEngine::Signtool(_) | SignEngine::Command(_) => None,
        };
        let variables = table.secrets.unwrap_or_default();
        let variables: Result<Vec<_>, _> = variables.iter().map(Secret::of_variable).collect();
        Ok(Self {
            engine,
            labels: Labels {
                description: table
                    .description
                    .map(|text| text.as_str().to_owned())
                    .or(defaults.description),
                url: table.url.map(|url| url.as_str().to_owned()).or(defaults.url),
            },
            hidden: Hidden::new(variables?.into_iter().chain(secret.clone())),
            secret,
            servers: table.timestamp.unwrap_or_default(),
            timeout: table.timeout.map_or(TIMEOUT, Timeout::duration),
            timestamp_timeout: table
                .timestamp_timeout
                .map_or(TIMESTAMP_TIMEOUT, Timeout::duration),
            shell,
            has_warned: Cell::new(false),
        })
    }

    /// Signs a trial file where that needs neither a person nor a service, so that errors come before the build.
    pub(crate) fn try_out(&self) -> Result<(), SignError> {
        if matches!(self.engine, SignEngine::Osslsigncode(_)) {
            let folder = private_folder(None).map_err(of_file(&Subject::Trial))?;
            let path = folder.path().join("trial.exe");
            fs::write(&path, trial::program()).map_err(of_file(&Subject::Trial))?;
            self.sign_once(&Subject::Trial, &path, None)?;
        }
        Ok(())
    }

    /// The program that signs.
    pub(crate) fn program_path(&self) -> PathBuf {
        engine::program(&self.engine)
    }

    /// The addresses of the timestamp servers.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().map(Url::as_str)
    }

    /// Signs a program, unless it is signed already.
    pub(crate) fn program(&self, name: &str, exe: &mut Vec<u8>) -> Result<SignedProgram, SignError> {
        let subject = Subject::File(name.to_owned());
        let present = authenticode::read_pe(exe).map_err(|source| SignError::Invalid {
            subject: subject.clone(),
            source,
        })?;
        let is_new = present.is_none();
        let signature = if let Some(signature) = present {
            signature
        } else {
            let folder = private_folder(None).map_err(of_file(&subject))?;
            let path = folder.path().join(name);
            fs::write(&path, &exe).map_err(of_file(&subject))?;
            let signature = self.sign(&subject, &path)?;
            *exe = fs::read(&path).map_err(of_file(&subject))?;
            signature
        };
        self.report(name, &signature, is_new);
        let (_, sha256) = sha256_of(&exe[..]).map_err(of_file(&subject))?;
        Ok(SignedProgram {
            file: name.to_owned(),
            sha256: hex(&sha256),
            signature,
        })
    }

    /// Signs the package that `render` writes, and copies it to `out`. It is signed in `folder`, as it may be large.
    pub(crate) fn package<T, E: From<SignError>>(
        &self,
        name: &str,
        folder: &Path,
        out: &mut File,
        render: impl FnOnce(&mut File) -> Result<T, E>,
    ) -> Result<(T, Signature), E> {
        let subject = Subject::File(name.to_owned());
        let folder = private_folder(Some(folder)).map_err(of_file(&subject))?;
        let path = folder.path().join(name);
        let mut file = File::create_new(&path).map_err(of_file(&subject))?;
        let rendered = render(&mut file)?;
        drop(file);
        let signature = self.sign(&subject, &path)?;
        let copy = |out: &mut File| {
            out.rewind()?;
            io::copy(&mut File::open(&path)?, out)
        };
        copy(out).map_err(of_file(&subject))?;
        self.report(name, &signature, true);
        Ok((rendered, signature))
    }

    /// Signs a file in its place, with a timestamp if there are servers.
    pub(super) fn sign(&self, subject: &Subject, path: &Path) -> Result<Signature, SignError> {
        if self.servers.is_empty() {
            return self.sign_once(subject, path, None);
        }
        if engine::timestamping(&self.engine) == Timestamping::AfterSigning {
            self.sign_once(subject, path, None)?;
            return self.timestamp(subject, path);
        }
        // A call that fails may have used up a part of the file, and another try with a wrong PIN may lock a token:
        // each server is asked once, with a fresh copy.
        let original = path.with_extension("original");
        fs::copy(path, &original).map_err(of_file(subject))?;
        let mut failures = Vec::new();
        for server in &self.servers {
            fs::copy(&original, path).map_err(of_file(subject))?;
            match self.sign_once(subject, path, Some(server.as_str())) {
                Ok(signature) if signature.timestamp.is_none() => {
                    return Err(SignError::NoTimestamp {
                        subject: subject.clone(),
                        program: engine::program(&self.engine),
                    });
                }
                Err(error) if self.servers.len() > 1 && !is_interrupt(&error) => {
                    failures.push(failure(server, &error));
                }
                result => return result,
            }
        }
        Err(SignError::Timestamp {
            subject: subject.clone(),
            failures,
        })
    }

    /// Adds a timestamp to a signature: of the first server that works, each tried several times.
    fn timestamp(&self, subject: &Subject, path: &Path) -> Result<Signature, SignError> {
        let mut failures = Vec::new();
        for pause in [None].into_iter().chain(PAUSES.map(Some)) {
            if let Some(pause) = pause {
                thread::sleep(pause);
            }
            failures.clear();
            for server in &self.servers {
                let output = path.with_extension("timestamped");
                let files = Files {
                    input: path,
                    output: &output,
                };
                let Some(step) = engine::timestamp(&self.engine, files, server.as_str()) else {
                    continue;
                };
                match self.step(subject, path, &step, self.timestamp_timeout, &output) {
                    Ok(signature) if signature.timestamp.is_some() => return Ok(signature),
                    Ok(_) => failures.push(format!("{}: it gave no timestamp", server.as_str())),
                    Err(error) if is_interrupt(&error) => return Err(error),
                    Err(error) => failures.push(failure(server, &error)),
                }
            }
        }
        Err(SignError::Timestamp {
            subject: subject.clone(),
            failures,
        })
    }

    /// Signs a file in its place by one call.
    fn sign_once(
        &self,
        subject: &Subject,
        path: &Path,
        server: Option<&str>,
    ) -> Result<Signature, SignError> {
        let output = path.with_extension("signed");
        let files = Files {
            input: path,
            output: &output,
        };
        let step = engine::sign(&self.engine, files, &self.labels, server, self.secret.as_ref());
        self.step(subject, path, &step, self.timeout, &output)
    }

    /// Runs a step, and verifies the result before it replaces the file.
    fn step(
        &self,
        subject: &Subject,
        path: &Path,
        step: &Step,
        timeout: Duration,
        output: &Path,
    ) -> Result<Signature, SignError> {
        let (call, result) = match step {
            Step::InPlace(call) => (call, path),
            Step::NewFile(call) => (call, output),
        };
        let signature = self.run(subject, call, timeout).and_then(|()| {
            let unsigned = || SignError::Unsigned {
                subject: subject.clone(),
                program: call.program.clone(),
            };
            if !result.exists() {
                return Err(unsigned());
            }
            let signature = authenticode::read(result).map_err(|source| SignError::Invalid {
                subject: subject.clone(),
                source,
            })?;
            signature.ok_or_else(unsigned)
        });
        if result != path {
            let replaced = if signature.is_ok() {
                fs::rename(result, path)
            } else {
                remove_if_there(result)
            };
            replaced.map_err(of_file(subject))?;
        }
        signature
    }

    fn run(&self, subject: &Subject, call: &Call, timeout: Duration) -> Result<(), SignError> {
        let finished = call.run(timeout).map_err(|source| SignError::Call {
            subject: subject.clone(),
            program: call.program.clone(),
            source,
        })?;
        if finished.status.success() {
            return Ok(());
        }
        let output = self.hidden.hide(&finished.output);
        // OpenSSL's own errors repeat at length what osslsigncode says.
        let lines = output.lines().map(str::trim);
        let lines: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !line.contains(":error:"))
            .collect();
        let shown = lines[lines.len().saturating_sub(LONGEST_OUTPUT)..].iter();
        Err(SignError::Failed {
            subject: subject.clone(),
            program: call.program.clone(),
            cause: Cause::find(&finished.output, finished.status.code()),
            output: shown.map(|&line| line.to_owned()).collect(),
        })
    }

    pub(super) fn report(&self, name: &str, signature: &Signature, is_new: bool) {
        let verb = if is_new { "Signed" } else { "Fresh" };
        let time = signature
            .timestamp
            .as_ref()
            .map(|timestamp| timestamp.time.as_str());
        let time = time.map_or_else(|| "no timestamp".to_owned(), |time| format!("timestamp {time}"));
        let Signature { subject, issuer, .. } = signature;
        self.shell.status(
            verb,
            format_args!("{name} by {subject} (issuer {issuer}, {time})"),
        );
        if signature.timestamp.is_none() && !self.has_warned.replace(true) {
            self.shell.warning(&no_timestamp(name, signature));
        }
    }
}

/// A folder that only this user can read.
pub(super) fn private_folder(parent: Option<&Path>) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".winsvc-");
    match parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    }
}

/// Adds to an error which file it is about.
pub(super) fn of_file(subject: &Subject) -> impl Fn(io::Error) -> SignError + use<> {
    let subject = subject.clone();
    move |source| SignError::File {
        subject: subject.clone(),
        source,
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_interrupt(error: &SignError) -> bool {
    matches!(
        error,
        SignError::Call {
            source: CallError::Interrupted,
            ..
        }
    )
}

/// A server, and why it gave no timestamp.
fn failure(server: &Url, error: &SignError) -> String {
    let diagnostic = error.diagnostic();
    let notes = diagnostic.notes.first().cloned();
    let reason = match error {
        SignError::Failed { .. } | SignError::Call { .. } | SignError::Invalid { .. } => notes,
        _ => None,
    };
    format!("{}: {}", server.as_str(), reason.unwrap_or(diagnostic.message))
}

fn no_timestamp(name: &str, signature: &Signature) -> Diagnostic {
    let end = &signature.chain[0].not_after;
    let message = format!("the signature of `{name}` has no timestamp, and is valid only until {end}");
    Diagnostic::warning(message)
        .help("name timestamp servers, such as `sign.timestamp = [\"http://timestamp.digicert.com\"]`")
}
