//! How results are signed.

mod error;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

pub use error::SignTableError;

use super::sign_command::{SignCommand, literal_secret};
use super::{Text, Url};
use crate::{Timeout, VariableName};

/// The table `sign`: the engine that signs, of which there is one, and what all engines have in common.
///
/// It is also what `--sign-config` has; keys that it does not have are those of Cargo.toml.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "SignKeys"))]
#[serde(try_from = "SignKeys")]
pub struct SignTable {
    /// The engine; default: none, so that nothing is signed.
    pub engine: Option<SignEngine>,
    /// Environment variables that the engine reads secrets from: they must be set, and their values are hidden in what
    /// is shown of the engine's output; default: none.
    pub secrets: Option<Vec<VariableName>>,
    /// What the signature says of the program; default: the product's name.
    pub description: Option<Text>,
    /// The address in the signature; default: the package's homepage.
    pub url: Option<Url>,
    /// The RFC 3161 timestamp servers, of which the first that works is used; default: none.
    pub timestamp: Option<Vec<Url>>,
    /// The longest that one call of the engine may take; default: `2m`.
    pub timeout: Option<Timeout>,
    /// The longest that one timestamp server may take; default: `30s`.
    pub timestamp_timeout: Option<Timeout>,
}

impl SignTable {
    /// The keys of this table, and those of `defaults` that it does not have.
    #[must_use]
    pub fn or(self, defaults: Self) -> Self {
        Self {
            engine: self.engine.or(defaults.engine),
            secrets: self.secrets.or(defaults.secrets),
            description: self.description.or(defaults.description),
            url: self.url.or(defaults.url),
            timestamp: self.timestamp.or(defaults.timestamp),
            timeout: self.timeout.or(defaults.timeout),
            timestamp_timeout: self.timestamp_timeout.or(defaults.timestamp_timeout),
        }
    }

    /// Makes all paths those in `folder`, where the table is written.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        match &mut self.engine {
            Some(SignEngine::Osslsigncode(engine)) => engine.paths().for_each(|path| {
                *path = folder.join(&path);
            }),
            Some(SignEngine::Signtool(engine)) => {
                for path in [&mut engine.dlib, &mut engine.dlib_metadata]
                    .into_iter()
                    .flatten()
                {
                    *path = folder.join(&path);
                }
            }
            Some(SignEngine::Command(command)) => folder.clone_into(&mut command.folder),
            None => {}
        }
        if let Some(program) = self.engine.as_mut().and_then(SignEngine::program_mut)
            && program.components().count() > 1
        {
            *program = folder.join(&program);
        }
        self
    }
}

/// The program that signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignEngine {
    /// osslsigncode.
    Osslsigncode(Box<Osslsigncode>),
    /// Microsoft's signtool, on Windows.
    Signtool(Signtool),
    /// Any other.
    Command(SignCommand),
}

impl SignEngine {
    fn program_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Osslsigncode(engine) => engine.program.as_mut(),
            Self::Signtool(engine) => engine.program.as_mut(),
            Self::Command(command) => Some(&mut command.program),
        }
    }
}

/// The keys of [`SignTable`] as they are written.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SignKeys {
    /// Sign with osslsigncode.
    osslsigncode: Option<Box<Osslsigncode>>,
    /// Sign with Microsoft's signtool, on Windows.
    signtool: Option<Signtool>,
    /// Sign with any other program: its name and arguments, in which `{file}` and other names are replaced.
    command: Option<SignCommand>,
    /// Environment variables that the engine reads secrets from: they must be set, and their values are hidden in
    /// what is shown of the engine's output; default: none.
    secrets: Option<Vec<VariableName>>,
    /// What the signature says of the program; default: the product's name.
    description: Option<Text>,
    /// The address in the signature; default: the package's homepage.
    url: Option<Url>,
    /// The RFC 3161 timestamp servers, of which the first that works is used; default: none.
    timestamp: Option<Vec<Server>>,
    /// The longest that one call of the engine may take; default: `2m`.
    timeout: Option<Timeout>,
    /// The longest that one timestamp server may take; default: `30s`.
    timestamp_timeout: Option<Timeout>,
}

/// A timestamp server: its address becomes an argument of the engine, so that there is no password in it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Url"))]
struct Server(Url);

impl<'de> Deserialize<'de> for Server {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let url = Url::deserialize(deserializer)?;
        let host = url.as_str().split('/').nth(2).unwrap_or_default();
        if host.contains('@') {
            return Err(D::Error::custom(literal_secret(
                "an address without a user and a password",
            )));
        }
        Ok(Self(url))
    }
}

impl TryFrom<SignKeys> for SignTable {
    type Error = SignTableError;

    fn try_from(keys: SignKeys) -> Result<Self, SignTableError> {
        let engines = [
            keys.osslsigncode.map(SignEngine::Osslsigncode),
            keys.signtool.map(SignEngine::Signtool),
            keys.command.map(SignEngine::Command),
        ];
        let mut engines = engines.into_iter().flatten();
        let engine = engines.next();
        if engines.next().is_some() {
            return Err(SignTableError::TwoEngines);
        }
        let timestamp: Option<Vec<Url>> = keys
            .timestamp
            .map(|servers| servers.into_iter().map(|Server(url)| url).collect());
        if let Some(url) = timestamp.iter().flatten().find(|url| !url.is_web()) {
            return Err(SignTableError::TimestampServer {
                found: url.as_str().to_owned(),
            });
        }
        let has_servers = timestamp.as_ref().is_some_and(|servers| !servers.is_empty());
        if let Some(SignEngine::Command(command)) = &engine
            && has_servers
            && !command.has_timestamp()
        {
            return Err(SignTableError::UnusedTimestamp);
        }
        Ok(Self {
            engine,
            secrets: keys.secrets,
            description: keys.description,
            url: keys.url,
            timestamp,
            timeout: keys.timeout,
            timestamp_timeout: keys.timestamp_timeout,
        })
    }
}

/// The table `sign.osslsigncode`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "OsslsigncodeKeys")
)]
#[serde(try_from = "OsslsigncodeKeys")]
pub struct Osslsigncode {
    /// The program; default: `osslsigncode` in `PATH`.
    pub program: Option<PathBuf>,
    /// The key and its certificates.
    pub identity: SigningIdentity,
    /// Certificates that are added to the signature; default: none.
    pub additional_certificates: Option<PathBuf>,
    /// The password of the file, or the PIN of the token; default: none.
    pub password: Option<SecretSource>,
    /// The token's PKCS#11 library.
    pub pkcs11_module: Option<PathBuf>,
    /// OpenSSL's engine for PKCS#11; default: osslsigncode's.
    pub pkcs11_engine: Option<PathBuf>,
    /// OpenSSL's provider for PKCS#11; default: an engine is used.
    pub provider: Option<PathBuf>,
    /// More options.
    pub arguments: Vec<Text>,
}

impl Osslsigncode {
    /// The files that it reads.
    pub fn files(&self) -> Vec<PathBuf> {
        self.clone().paths().map(|path| path.clone()).collect()
    }

    fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let (first, second) = match &mut self.identity {
            SigningIdentity::Pkcs12(path) => (Some(path), None),
            SigningIdentity::Key { key, certificate } => (key.path_mut(), certificate.path_mut()),
        };
        let secret = match &mut self.password {
            Some(SecretSource::File(path)) => Some(path),
            _ => None,
        };
        [first, second, secret, self.additional_certificates.as_mut()]
            .into_iter()
            .chain(
                [
                    &mut self.pkcs11_module,
                    &mut self.pkcs11_engine,
                    &mut self.provider,
                ]
                .map(Option::as_mut),
            )
            .flatten()
    }
}

/// The key that signs, and its certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningIdentity {
    /// A PKCS#12 file with both.
    Pkcs12(PathBuf),
    /// Each by itself.
    Key {
        /// The private key.
        key: Located,
        /// The certificate, and those that it is issued by.
        certificate: Located,
    },
}

/// Where a key or a certificate is: a file, or a token's object by its PKCS#11 URI.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub enum Located {
    /// A file's path.
    File(PathBuf),
    /// A URI that begins with `pkcs11:`.
    Token(String),
}

impl Located {
    fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Token(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.starts_with("pkcs11:") {
            return Ok(Self::File(text.into()));
        }
        if text.contains("pin-value") {
            return Err(D::Error::custom(literal_secret("password = { env = \"NAME\" }")));
        }
        Ok(Self::Token(text))
    }
}

#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OsslsigncodeKeys {
    /// The program; default: `osslsigncode` in `PATH`.
    program: Option<PathBuf>,
    /// The path of a PKCS#12 file with the key and its certificates.
    pkcs12: Option<PathBuf>,
    /// The private key: a file's path, or a PKCS#11 URI.
    key: Option<Located>,
    /// The certificate, and those that it is issued by: a file's path, or a PKCS#11 URI.
    certificate: Option<Located>,
    /// Certificates that are added to the signature; default: none.
    additional_certificates: Option<PathBuf>,
    /// The place of the password of the file, or of the PIN of the token; default: none.
    password: Option<SecretSource>,
    /// The token's PKCS#11 library.
    pkcs11_module: Option<PathBuf>,
    /// OpenSSL's engine for PKCS#11; default: osslsigncode's.
    pkcs11_engine: Option<PathBuf>,
    /// OpenSSL's provider for PKCS#11; default: an engine is used.
    provider: Option<PathBuf>,
    /// More options.
    #[serde(default, deserialize_with = "more_options")]
    arguments: Vec<Text>,
}

/// The options of osslsigncode that the tool sets, or that change what it writes.
const OWN_OPTIONS: [&str; 14] = [
    "-in",
    "-out",
    "-h",
    "-n",
    "-i",
    "-t",
    "-ts",
    "-pkcs12",
    "-certs",
    "-spc",
    "-key",
    "-readpass",
    "-askpass",
    "-pem",
];

fn more_options<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Text>, D::Error> {
    let options: Vec<Text> = Vec::deserialize(deserializer)?;
    let words: Vec<&str> = options.iter().map(Text::as_str).collect();
    if SignCommand::has_secret(&words) {
        return Err(D::Error::custom(literal_secret("the key `password`")));
    }
    match words.iter().find(|word| OWN_OPTIONS.contains(word)) {
        Some(own) => Err(D::Error::custom(SignTableError::OwnOption {
            found: (*own).to_owned(),
        })),
        None => Ok(options),
    }
}

impl TryFrom<OsslsigncodeKeys> for Osslsigncode {
    type Error = SignTableError;

    fn try_from(keys: OsslsigncodeKeys) -> Result<Self, SignTableError> {
        let identity = match (keys.pkcs12, keys.key, keys.certificate) {
            (Some(path), None, None) => SigningIdentity::Pkcs12(path),
            (None, Some(key), Some(certificate)) => SigningIdentity::Key { key, certificate },
            _ => return Err(SignTableError::Identity),
        };
        Ok(Self {
            program: keys.program,
            identity,
            additional_certificates: keys.additional_certificates,
            password: keys.password,
            pkcs11_module: keys.pkcs11_module,
            pkcs11_engine: keys.pkcs11_engine,
            provider: keys.provider,
            arguments: keys.arguments,
        })
    }
}

/// The table `sign.signtool`. A certificate of Windows' store has no password that a command line could show.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Signtool {
    /// The program; default: `signtool` in `PATH`.
    pub program: Option<PathBuf>,
    /// The SHA-1 of the certificate; default: the best of the store.
    pub thumbprint: Option<Text>,
    /// A part of the certificate's subject.
    pub subject: Option<Text>,
    /// The certificate store; default: `My`.
    pub store: Option<Text>,
    /// Whether the store is the machine's.
    pub machine_store: bool,
    /// The library of a signing service, such as Azure Artifact Signing.
    pub dlib: Option<PathBuf>,
    /// The library's settings.
    pub dlib_metadata: Option<PathBuf>,
}

/// Where a secret is read from. A secret itself is never in Cargo.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "kebab-case")
)]
pub enum SecretSource {
    /// An environment variable.
    Env(VariableName),
    /// An open file descriptor.
    Fd(u32),
    /// A file.
    File(PathBuf),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable `{}`", name.as_str()),
            Self::Fd(number) => write!(f, "the file descriptor {number}"),
            Self::File(path) => write!(f, "the file `{}`", path.display()),
        }
    }
}

/// What a secret may be.
const SECRET_FORMS: &str = "`{ env = \"NAME\" }`, `{ fd = 3 }` or `{ file = \"path\" }`";

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Kind {
            Env,
            Fd,
            File,
        }

        struct Place;

        impl<'de> Visitor<'de> for Place {
            type Value = SecretSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SECRET_FORMS)
            }

            // Without the value, which may be the secret.
            fn visit_str<E: Error>(self, _: &str) -> Result<SecretSource, E> {
                Err(E::custom(literal_secret(SECRET_FORMS)))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<SecretSource, E> {
                Err(E::custom(literal_secret(SECRET_FORMS)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretSource, A::Error> {
                let source = match map.next_key()? {
                    Some(Kind::Env) => SecretSource::Env(map.next_value()?),
                    Some(Kind::Fd) => SecretSource::Fd(map.next_value()?),
                    Some(Kind::File) => SecretSource::File(map.next_value()?),
                    None => return Err(A::Error::invalid_length(0, &self)),
                };
                match map.next_key::<IgnoredAny>()? {
                    None => Ok(source),
                    Some(_) => Err(A::Error::invalid_length(2, &self)),
                }
            }
        }

        deserializer.deserialize_any(Place)
    }
}

#[cfg(test)]
mod tests;
