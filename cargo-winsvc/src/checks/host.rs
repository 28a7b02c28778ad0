//! Checks the programs of services that run under `winsvc-host`.

use thiserror::Error;
use winsvc_definition::manifest::Format;
use winsvc_definition::{NamedText, TextName, TextPart};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::payload::Payload;

/// Checks that each program is installed, as far as its path says that it is to be.
pub(super) fn check(config: &Config, payload: &Payload, formats: &[Format]) -> Result<(), HostError> {
    if formats.is_empty() {
        return Ok(());
    }
    for service in &config.services {
        let Some(host) = &service.table.host else {
            continue;
        };
        let Some(path) = installed_path(&host.program) else {
            continue;
        };
        let files = payload.files.iter().map(|file| file.target.to_string());
        let programs = config.programs.iter().map(|program| program.target.to_string());
        let installed: Vec<String> = files.chain(programs).collect();
        let is_same = |target: &String| target.replace('\\', "/").eq_ignore_ascii_case(&path);
        if !installed.iter().any(is_same) {
            return Err(HostError::NotInstalled {
                program: host.program.as_written().to_owned(),
                place: Box::new(config.place_in(service, &["host", "program"])),
            });
        }
    }
    Ok(())
}

/// The path below the installation folder, with slashes; `None` for a path elsewhere, and for a name that is looked up.
fn installed_path(program: &NamedText) -> Option<String> {
    let path = match program.parts() {
        [TextPart::Name(TextName::Install), TextPart::Literal(path)] => path,
        [TextPart::Literal(path)] if path.contains(['/', '\\']) => path,
        _ => return None,
    };
    let path = path.replace('\\', "/");
    let is_elsewhere = path.starts_with('/') || path.contains(':') || path.contains('%');
    (!is_elsewhere).then_some(path)
}

/// The error for a program that cannot run.
#[derive(Debug, Error)]
pub(crate) enum HostError {
    /// No file has its path.
    #[error("the program `{program}` is not installed")]
    NotInstalled {
        /// The program.
        program: String,
        /// Its place.
        place: Box<Place>,
    },
}

impl Explain for HostError {
    fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotInstalled { place, .. } => Diagnostic::of(self).at(Place::clone(place)).help(
                "add it to `files` in `package`, or set the full path of a program that the machine has",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_the_installation_folder_is_one_of_the_package() {
        let path = |text: &str| installed_path(&NamedText::new(text).unwrap());
        assert_eq!(path(r"{install}\node\node.exe").as_deref(), Some("node/node.exe"));
        assert_eq!(path("node/node.exe").as_deref(), Some("node/node.exe"));
        for elsewhere in [
            "node.exe",
            r"C:\node\node.exe",
            r"%ProgramFiles%\node\node.exe",
            r"{data}\node.exe",
            r"\\server\node.exe",
        ] {
            assert_eq!(path(elsewhere), None, "{elsewhere}");
        }
    }
}
