//! Why a product cannot be listed.

use std::path::PathBuf;

use thiserror::Error;
use winsvc_definition::manifest::{ChannelTextError, Format};

use crate::build::ToolchainError;
use crate::diagnostic::{Diagnostic, Explain, Place};

/// The error if a product cannot be listed in a channel.
#[derive(Debug, Error)]
pub(crate) enum ChannelError {
    /// Something that the channel lists is not known.
    #[error("the format `{format}` needs {}", list(missing))]
    Missing {
        /// The format.
        format: Format,
        /// All that is missing; at least one.
        missing: Vec<Missing>,
        /// The place of its table.
        place: Option<Box<Place>>,
    },
    /// The package's name cannot be the name in the channel.
    #[error("{error}")]
    Name {
        /// The error.
        error: ChannelTextError,
        /// The key that sets another name.
        key: &'static str,
        /// The place of the name.
        place: Box<Place>,
    },
    /// A text is too long for winget, or too short.
    #[error("winget does not accept the {what} {value:?}")]
    Length {
        /// What it is.
        what: &'static str,
        /// The text.
        value: String,
        /// The fewest characters.
        fewest: usize,
        /// The most characters.
        most: usize,
        /// The place of the text.
        place: Option<Box<Place>>,
    },
    /// The run makes no package that the format is about.
    #[error("the format `{format}` needs a package to list")]
    NoPackage {
        /// The format.
        format: Format,
        /// The formats of packages, one of which it needs.
        needed: &'static [Format],
        /// The place of the formats, if they are in Cargo.toml.
        place: Option<Box<Place>>,
    },
    /// Chocolatey does not install packages of this architecture.
    #[error("Chocolatey installs packages for x64 and x86 only")]
    Architecture {
        /// The place of the formats, if they are in Cargo.toml.
        place: Option<Box<Place>>,
    },
    /// The MSI is not a single file.
    #[error(
        "the format `{format}` cannot list an MSI with cabinets beside it, because it downloads a single file"
    )]
    Cabinets {
        /// The format.
        format: Format,
    },
    /// The zip cannot register the services.
    #[error("the format `scoop` needs a zip with install.cmd, and the program has no verbs for it to call")]
    NoScripts,
    /// The manifest cannot be written as YAML.
    #[error("cannot write the manifest for winget")]
    Yaml(#[source] Box<serde_saphyr::ser::Error>),
    /// A template does not render.
    #[error("cannot render a template of the package for Chocolatey")]
    Template(#[from] tera::Error),
    /// The package for Chocolatey, which is a zip, cannot be made.
    #[error("cannot write the package for Chocolatey")]
    Archive(#[from] ::zip::result::ZipError),
    /// The toolchain does not say its version.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// cargo's configuration cannot be read.
    #[error("cannot read cargo's configuration")]
    CargoConfig(#[source] Box<cargo_config2::Error>),
    /// A file that the packages were made from cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Something that a channel lists and that is not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing {
    /// What it is, with its article.
    pub(crate) what: &'static str,
    /// How to set it.
    pub(crate) help: &'static str,
}

/// The things in a sentence: `a, b and c`.
fn list(missing: &[Missing]) -> String {
    let names: Vec<&str> = missing.iter().map(|it| it.what).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

impl Explain for ChannelError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Missing { missing, place, .. } => {
                let diagnostic = diagnostic.at(place.as_deref().cloned());
                missing.iter().fold(diagnostic, |it, one| it.help(one.help))
            }
            Self::Name { key, place, .. } => diagnostic
                .at((**place).clone())
                .help(format!("set `{key}` in [package.metadata.winsvc.channels]")),
            Self::Length {
                fewest, most, place, ..
            } => {
                let diagnostic = diagnostic.at(place.as_deref().cloned());
                match *most {
                    usize::MAX => diagnostic.note(format!("expected at least {fewest} characters")),
                    most => diagnostic.note(format!("expected {fewest} to {most} characters")),
                }
            }
            Self::NoPackage { needed, place, .. } => {
                let needed: Vec<String> = needed.iter().map(|format| format!("`{format}`")).collect();
                let help = format!("add {} to the formats", needed.join(" or "));
                diagnostic.at(place.as_deref().cloned()).help(help)
            }
            Self::Architecture { place } => diagnostic
                .at(place.as_deref().cloned())
                .help("package for one of them too, or leave out the format `chocolatey`"),
            Self::Cabinets { .. } => diagnostic.help("install fewer files, or leave out the format"),
            Self::NoScripts => diagnostic
                .help("build the program with the feature `verbs` of winsvc, which is on by default"),
            Self::Toolchain(error) => error.diagnostic(),
            Self::Yaml(_)
            | Self::Template(_)
            | Self::Archive(_)
            | Self::CargoConfig(_)
            | Self::Unreadable { .. } => diagnostic,
        }
    }
}
