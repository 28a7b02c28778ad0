//! Checks properties: what an administrator may set at the installation.

use thiserror::Error;
use winsvc_definition::manifest::PropertyTable;
use winsvc_definition::{NamedText, Property, PropertyName, rules};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};

/// Checks the names, the defaults and where secrets flow. Returns the warnings.
pub(super) fn check(config: &Config) -> Result<Vec<Diagnostic>, PropertyError> {
    let mut warnings = Vec::new();
    for property in &config.properties {
        let name = property.name.as_str();
        let table = &config.manifest.properties[&property.name];
        let place = |key: &str| Box::new(config.place(&["properties", name, key]));
        let own = || Box::new(config.place(&["properties", name]));
        if is_reserved(&property.name) {
            return Err(PropertyError::Reserved {
                name: property.name.clone(),
                place: own(),
            });
        }
        check_file(property, table, &place)?;
        check_default(config, property, table, &place)?;
        if table.is_readable() && table.secret.unwrap_or_else(|| is_secret(name)) {
            return Err(PropertyError::Secret {
                name: property.name.clone(),
                place: if table.secret.is_some() {
                    place("secret")
                } else {
                    own()
                },
            });
        }
        if !config.is_used(property) {
            warnings.push(
                Diagnostic::warning(format!("the value of the property `{name}` is not used"))
                    .at(*own())
                    .help(format!(
                        "set `setting`, `variable`, `argument` or `file`, or put `{{{name}}}` into a text"
                    )),
            );
        }
    }
    Ok(warnings)
}

/// A file is copied: no other key applies to its path.
fn check_file(
    property: &Property,
    table: &PropertyTable,
    place: &dyn Fn(&str) -> Box<Place>,
) -> Result<(), PropertyError> {
    if property.file.is_none() {
        return Ok(());
    }
    let other_keys = [
        ("default", table.default.is_some()),
        ("values", !table.values.is_empty()),
        ("min", table.min.is_some()),
        ("max", table.max.is_some()),
        ("remember", table.remember.is_some()),
        ("setting", table.setting.is_some()),
        ("variable", table.variable.is_some()),
        ("argument", table.argument.is_some()),
        ("arguments", table.arguments),
    ];
    match other_keys.into_iter().find(|(_, is_set)| *is_set) {
        Some((key, _)) => Err(PropertyError::FileAnd {
            key,
            place: place(key),
        }),
        None => Ok(()),
    }
}

/// The default must be an allowed value.
fn check_default(
    config: &Config,
    property: &Property,
    written: &PropertyTable,
    place: &dyn Fn(&str) -> Box<Place>,
) -> Result<(), PropertyError> {
    if let (Some(min), Some(max)) = (property.min, property.max)
        && min > max
    {
        return Err(PropertyError::Limits {
            min,
            max,
            place: place("min"),
        });
    }
    // Folders are known at the installation only. A value in a folder is no number, and needs no mark.
    let default = property.default.fill(&|name| format!(r"C:\{name}\"));
    if default.is_empty() {
        return Ok(());
    }
    let definitions = config.services.iter().map(|service| &service.definition);
    let broken = rules(property, definitions)
        .into_iter()
        .find(|rule| !rule.accepts(&default));
    match broken {
        Some(rule) => Err(PropertyError::Default {
            default: written.default.iter().map(NamedText::as_written).collect(),
            expected: rule.to_string(),
            place: place("default"),
        }),
        None => Ok(()),
    }
}

/// Whether a property of this name is known to Windows Installer, or to the package itself
/// ([Property Reference](https://learn.microsoft.com/windows/win32/msi/property-reference)).
fn is_reserved(name: &PropertyName) -> bool {
    const PREFIXES: [&str; 3] = ["ARP", "MSI", "WINSVC_"];
    const NAMES: [&str; 65] = [
        "ACCOUNT",
        "ACTION",
        "ADDDEFAULT",
        "ADDLOCAL",
        "ADDSOURCE",
        "ADMINPROPERTIES",
        "ADVERTISE",
        "AFTERREBOOT",
        "ALLUSERS",
        "AVAILABLEFREEREG",
        "CCP_DRIVE",
        "COMPADDDEFAULT",
        "COMPADDLOCAL",
        "COMPADDSOURCE",
        "COMPANYNAME",
        "DISABLEADVTSHORTCUTS",
        "DISABLEMEDIA",
        "DISABLEROLLBACK",
        "EXECUTEACTION",
        "EXECUTEMODE",
        "FASTOEM",
        "FILEADDDEFAULT",
        "FILEADDLOCAL",
        "FILEADDSOURCE",
        "FIREWALL",
        "FORGET",
        "INSTALLDIR",
        "INSTALLLEVEL",
        "LIMITUI",
        "LOGACTION",
        "MEDIAPACKAGEPATH",
        "NEWERVERSIONFOUND",
        "NOCOMPANYNAME",
        "NOUSERNAME",
        "OLDERVERSIONFOUND",
        "ORIGINALDATABASE",
        "PASSWORD",
        "PATCH",
        "PIDKEY",
        "PRIMARYFOLDER",
        "PRODUCTLANGUAGE",
        "PROMPTROLLBACKCOST",
        "PURGE",
        "REBOOT",
        "REBOOTPROMPT",
        "REINSTALL",
        "REINSTALLMODE",
        "REMOVE",
        "RESUME",
        "ROOTDRIVE",
        "SECONDSEQUENCE",
        "SEQUENCE",
        "SHORTFILENAMES",
        "SOURCEDIR",
        "START",
        "TARGETDIR",
        "TRANSFORMS",
        "TRANSFORMSATSOURCE",
        "TRANSFORMSSECURE",
        "UILEVEL",
        "UPGRADINGPRODUCTCODE",
        "USERNAME",
        "USERSID",
        "VERSIONNT",
        "WINDOWSBUILD",
    ];
    // Numbered by the package, which searches for what a service has and had.
    let searched = name.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
    let is_searched = searched.len() < name.as_str().len()
        && ["HAS", "SET", "OLD"]
            .iter()
            .any(|prefix| searched.starts_with(prefix));
    NAMES.contains(&name.as_str())
        || PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
        || is_searched
}

/// Whether a property of this name has a secret.
fn is_secret(name: &str) -> bool {
    let is_word = |word: &str| {
        ["KEY", "PWD", "SECRET", "TOKEN", "CREDENTIAL", "CREDENTIALS"].contains(&word)
            || word.starts_with("PASSW")
            || word.starts_with("PASSPHRASE")
    };
    name.split('_')
        .any(|word| is_word(word) || word.ends_with("KEY") && word.starts_with("API"))
}

/// The error for a property.
#[derive(Debug, Error)]
pub(crate) enum PropertyError {
    /// The name has another meaning.
    #[error("the property `{name}` has a meaning of its own")]
    Reserved {
        /// The name.
        name: PropertyName,
        /// Its place.
        place: Box<Place>,
    },
    /// A key does not apply to the path of a file.
    #[error("`{key}` cannot be used with `file`")]
    FileAnd {
        /// The key.
        key: &'static str,
        /// Its place.
        place: Box<Place>,
    },
    /// The limits exclude every number.
    #[error("no number is at least {min} and at most {max}")]
    Limits {
        /// The lower limit.
        min: i32,
        /// The upper limit.
        max: i32,
        /// Its place.
        place: Box<Place>,
    },
    /// The default is not an allowed value.
    #[error("the default \"{default}\" is not allowed; expected {expected}")]
    Default {
        /// The default.
        default: String,
        /// What is allowed.
        expected: String,
        /// Its place.
        place: Box<Place>,
    },
    /// A secret would be readable.
    #[error("every user of the machine could read the value of `{name}`")]
    Secret {
        /// The name.
        name: PropertyName,
        /// Its place.
        place: Box<Place>,
    },
}

impl Explain for PropertyError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Reserved { place, .. }
        | Self::FileAnd { place, .. }
        | Self::Limits { place, .. }
        | Self::Default { place, .. }
        | Self::Secret { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Reserved { name, .. } => diagnostic
                .note("the names of Windows Installer and of the package itself cannot be defined again")
                .help(format!("choose another name, such as `AGENT_{name}`")),
            Self::FileAnd { .. } => diagnostic
                .note("the value is a path at the time of the installation: the file is copied to the configuration folder"),
            Self::Limits { .. } | Self::Default { .. } => diagnostic,
            Self::Secret { .. } => diagnostic
                .note(
                    "arguments, variables and settings of a service are in the registry, which every user can read, \
                     and Windows Installer writes them into its log",
                )
                .help(
                    "use `file = \"name\"`: the value is the path of a file with the secret, which is copied to the \
                     protected configuration folder",
                )
                .help("set `secret = false` if the value is not a secret"),
        }
    }
}
