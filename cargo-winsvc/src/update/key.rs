//! Keys of minisign: read, generated, used.

use std::fs::OpenOptions;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox, SignatureBox};
use winsvc_definition::manifest::SecretSource;
use winsvc_definition::{UpdateKey, VariableName};

use super::error::{KEY_VARIABLE, KeyProblem, PASSWORD_VARIABLE, UpdateError};
use crate::cli::SecretOption;
use crate::secret::Secret;

/// What the base64 of an encrypted secret key begins with: its algorithms.
const ENCRYPTED: &str = "RWRTY0Iy";

/// A key that signs.
pub(super) struct SigningKey {
    secret: SecretKey,
    public: PublicKey,
    text: UpdateKey,
}

impl SigningKey {
    /// Reads a secret key, which is a `.key` file of minisign or its second line, and decrypts it.
    pub(super) fn read(
        source: Option<&SecretOption>,
        password_source: Option<&SecretOption>,
    ) -> Result<Self, UpdateError> {
        let source = match source {
            Some(option) => option.source("--secret-key")?.clone(),
            None => SecretSource::Env(variable(KEY_VARIABLE)),
        };
        let error = |problem| UpdateError::Key {
            place: source.to_string(),
            problem,
        };
        let text = Secret::read_lines(&source)?;
        let mut lines = text.expose().lines().filter(|line| !line.trim().is_empty());
        let line = lines.next_back().unwrap_or_default().trim();
        let boxed = SecretKeyBox::from_string(&format!("untrusted comment: secret key\n{line}\n"));
        let boxed = boxed.map_err(|_| error(KeyProblem::Form))?;
        let secret = if line.starts_with(ENCRYPTED) {
            let password = password(password_source)?.ok_or_else(|| error(KeyProblem::NoPassword))?;
            boxed.into_secret_key(Some(password.expose().to_owned()))
        } else {
            boxed.into_unencrypted_secret_key()
        };
        let problem = if line.starts_with(ENCRYPTED) {
            KeyProblem::Password
        } else {
            KeyProblem::Form
        };
        let secret = secret.map_err(|_| error(problem))?;
        let public = PublicKey::from_secret_key(&secret).map_err(|_| error(KeyProblem::Form))?;
        let text = UpdateKey::new(&public.to_base64()).map_err(|_| error(KeyProblem::Form))?;
        Ok(Self { secret, public, text })
    }

    /// The public key.
    pub(super) fn public(&self) -> &UpdateKey {
        &self.text
    }

    /// Signs a manifest, prehashed, and verifies the signature.
    pub(super) fn sign(&self, content: &[u8], comment: &str) -> Result<String, UpdateError> {
        let untrusted = format!("signature of an update manifest, by the key {}", self.text.id());
        let signature = minisign::sign(
            Some(&self.public),
            &self.secret,
            Cursor::new(content),
            Some(comment),
            Some(&untrusted),
        );
        let signature = signature.map_err(|_| UpdateError::Sign)?.into_string();
        if verifies(content, &signature, comment, std::slice::from_ref(&self.text)) {
            Ok(signature)
        } else {
            Err(UpdateError::Sign)
        }
    }
}

fn variable(name: &str) -> VariableName {
    VariableName::new(name).expect("a constant that is valid")
}

/// The password of the secret key, if there is one.
pub(super) fn password(source: Option<&SecretOption>) -> Result<Option<Secret>, UpdateError> {
    match source {
        Some(option) => Ok(Some(Secret::read(option.source("--password")?)?)),
        None if std::env::var_os(PASSWORD_VARIABLE).is_some() => {
            Ok(Some(Secret::of_variable(&variable(PASSWORD_VARIABLE))?))
        }
        None => Ok(None),
    }
}

/// Whether one of the keys has signed the content with this trusted comment.
pub(super) fn verifies(content: &[u8], signature: &str, comment: &str, keys: &[UpdateKey]) -> bool {
    let Ok(signature) = SignatureBox::from_string(signature) else {
        return false;
    };
    if !signature.trusted_comment().is_ok_and(|found| found == comment) {
        return false;
    }
    keys.iter().any(|key| {
        let key = PublicKey::from_base64(key.as_str());
        key.is_ok_and(|key| {
            minisign::verify(&key, &signature, Cursor::new(content), true, false, false).is_ok()
        })
    })
}

/// Generates a key, writes the secret key to a new file that nobody else can read, and the public key beside it.
pub(super) fn generate(path: &Path, password: Option<Secret>) -> Result<UpdateKey, UpdateError> {
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.expose().to_owned())),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let pair = pair.map_err(|_| UpdateError::Generate)?;
    let public = UpdateKey::new(&pair.pk.to_base64()).map_err(|_| UpdateError::Generate)?;
    let comment = format!("minisign secret key {}", public.id());
    let secret = pair
        .sk
        .to_box(Some(&comment))
        .map_err(|_| UpdateError::Generate)?;
    let boxed = pair.pk.to_box().map_err(|_| UpdateError::Generate)?;
    create(path, &secret.into_string(), true)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".pub");
    create(&PathBuf::from(beside), &boxed.into_string(), false)?;
    Ok(public)
}

/// Writes a file that must not exist.
fn create(path: &Path, content: &str, is_secret: bool) -> Result<(), UpdateError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| UpdateError::KeyFile {
        path: path.to_owned(),
        source,
    })
}
