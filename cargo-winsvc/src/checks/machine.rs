//! Checks settings of the machine.

use std::collections::HashSet;
use std::path::Path;

use thiserror::Error;
use winsvc_definition::manifest::{Format, Opens};

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::payload::{Payload, PayloadFile};
use crate::product::identity::braced;
use crate::product::{self, Names};
use crate::project::Project;

/// Checks that no value is set twice, and the programs that are named.
pub(super) fn check(config: &Config) -> Result<(), MachineError> {
    check_programs(config)?;
    let mut values = HashSet::new();
    for (index, entry) in config.manifest.registry.iter().enumerate() {
        let name = entry.name.clone().unwrap_or_default();
        if !values.insert((entry.key.as_str().to_lowercase(), name.to_lowercase())) {
            return Err(MachineError::Twice {
                key: entry.key.as_str().to_owned(),
                name,
                place: Box::new(config.place_of_entry(&["registry"], index)),
            });
        }
    }
    Ok(())
}

/// The warnings that a zip has none of these.
pub(super) fn in_a_zip(config: &Config) -> Vec<Diagnostic> {
    let manifest = &config.manifest;
    let keys = [
        ("registry", manifest.registry.is_empty()),
        ("machine-environment", manifest.machine_environment.is_empty()),
        ("path", manifest.path.is_empty()),
        ("shortcuts", manifest.shortcuts.is_empty()),
        ("url-protocols", manifest.url_protocols.is_empty()),
        ("requires", manifest.requires.is_empty()),
        ("commands", manifest.commands.is_empty()),
        // They are registered with a service.
        (
            "firewall",
            manifest.firewall.is_empty() || !config.services.is_empty(),
        ),
    ];
    let written = keys.into_iter().filter(|(_, is_empty)| !is_empty);
    let warnings = written.map(|(key, _)| {
        Diagnostic::warning(format!(
            "the scripts of the zip do not apply `{key}`, only the MSI does"
        ))
        .at(config.place(&[key]))
    });
    warnings.collect()
}

/// Checks that a program is one of the product's.
pub(super) fn check_program(
    config: &Config,
    program: &str,
    place: impl Fn() -> Place,
) -> Result<(), MachineError> {
    let known: Vec<&str> = config
        .programs
        .iter()
        .map(|it| it.program.binary.as_str())
        .collect();
    if known.contains(&program) {
        return Ok(());
    }
    Err(MachineError::Program {
        program: program.to_owned(),
        known: known.join(", "),
        place: Box::new(place()),
    })
}

/// Checks the commands. The payload has the installed files if packages are made.
pub(super) fn check_commands(
    config: &Config,
    payload: &Payload,
    formats: &[Format],
) -> Result<(), MachineError> {
    for (index, command) in config.manifest.commands.iter().enumerate() {
        let place = || config.place_of_entry(&["commands"], index);
        check_exe(config, payload, formats, &command.program, place)?;
    }
    Ok(())
}

/// Checks that a program is a binary of the product or an installed exe.
pub(super) fn check_exe(
    config: &Config,
    payload: &Payload,
    formats: &[Format],
    program: &str,
    place: impl Fn() -> Place,
) -> Result<(), MachineError> {
    if config.program(program).is_some() {
        return Ok(());
    }
    let extension = Path::new(program).extension();
    let is_exe = extension.is_some_and(|extension| extension.eq_ignore_ascii_case("exe"));
    let is_installed = installed(payload, program).is_some();
    let (program, place) = (program.to_owned(), Box::new(place()));
    if !is_exe && (is_installed || extension.is_some()) {
        return Err(MachineError::NoExe { program, place });
    }
    if !is_installed && !formats.is_empty() {
        return Err(MachineError::NotInstalled { program, place });
    }
    Ok(())
}

/// The installed file with this path.
pub(super) fn installed<'a>(payload: &'a Payload, path: &str) -> Option<&'a PayloadFile> {
    let path = path.replace('\\', "/");
    let is_it = |file: &&PayloadFile| file.target.to_string().eq_ignore_ascii_case(&path);
    payload.files.iter().find(is_it)
}

/// Checks that the replaced products are others.
pub(super) fn check_replaces(project: &Project, config: &Config) -> Result<(), MachineError> {
    let (own, _) = product::upgrade_code(config, &Names::new(project, config));
    let mut codes = HashSet::from([own]);
    for (index, code) in config.manifest.package.replaces.iter().enumerate() {
        if !codes.insert(code.0) {
            return Err(MachineError::Replaced {
                code: braced(&code.0),
                place: Box::new(config.place_of_entry(&["package", "replaces"], index)),
            });
        }
    }
    Ok(())
}

/// Checks the programs of URL protocols and shortcuts.
fn check_programs(config: &Config) -> Result<(), MachineError> {
    for (scheme, protocol) in &config.manifest.url_protocols {
        let place = || config.place(&["url-protocols", scheme.as_str()]);
        check_program(config, &protocol.program, place)?;
    }
    let mut paths = HashSet::new();
    for (index, shortcut) in config.manifest.shortcuts.iter().enumerate() {
        let place = || config.place_of_entry(&["shortcuts"], index);
        if let Opens::Program(program, _) = &shortcut.opens {
            check_program(config, program, place)?;
        }
        let folder = shortcut
            .folder
            .as_ref()
            .map(|folder| folder.parts().join("/").to_lowercase());
        let name = shortcut.name.as_str();
        if !paths.insert((shortcut.place.as_str(), folder, name.to_lowercase())) {
            return Err(MachineError::SameShortcut {
                name: name.to_owned(),
                place: Box::new(place()),
            });
        }
    }
    Ok(())
}

/// The error for a setting of the machine.
#[derive(Debug, Error)]
pub(crate) enum MachineError {
    /// The program is not one of the product's.
    #[error("unknown program `{program}`; expected one of {known}")]
    Program {
        /// The program.
        program: String,
        /// The product's programs.
        known: String,
        /// Its place.
        place: Box<Place>,
    },
    /// The program of an entry is neither a binary nor an installed file.
    #[error("the program `{program}` is neither a program of the product nor an installed file")]
    NotInstalled {
        /// The program.
        program: String,
        /// The place of the entry.
        place: Box<Place>,
    },
    /// The program of an entry is no exe.
    #[error("the program `{program}` is not an exe")]
    NoExe {
        /// The program.
        program: String,
        /// The place of the entry.
        place: Box<Place>,
    },
    /// A replaced product is the product itself, or is listed twice.
    #[error("`replaces` lists {code}, which is the product's own upgrade code or is listed twice")]
    Replaced {
        /// The upgrade code.
        code: String,
        /// Its place.
        place: Box<Place>,
    },
    /// Two shortcuts have the same name in one folder.
    #[error("two shortcuts in one folder have the name `{name}`")]
    SameShortcut {
        /// The name.
        name: String,
        /// The place of the second one.
        place: Box<Place>,
    },
    /// Two entries set the same value.
    #[error("two entries of `registry` set the value `{name}` of the key `{key}`")]
    Twice {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// The place of the second entry.
        place: Box<Place>,
    },
}

impl Explain for MachineError {
    fn diagnostic(&self) -> Diagnostic {
        let (Self::Program { place, .. }
        | Self::NotInstalled { place, .. }
        | Self::NoExe { place, .. }
        | Self::Replaced { place, .. }
        | Self::SameShortcut { place, .. }
        | Self::Twice { place, .. }) = self;
        let diagnostic = Diagnostic::of(self).at((**place).clone());
        match self {
            Self::Program { .. } => diagnostic.help("add the program to `programs`, or name another one"),
            Self::NotInstalled { .. } => diagnostic.help(
                "name a binary of `programs` or of a service, or the path of a file in `files`, such as \
                 \"tools/setup.exe\"",
            ),
            Self::NoExe { .. } => diagnostic
                .note("only an exe can be started directly")
                .help("install an exe that does the work of the script, or make it a command of one of your programs"),
            Self::Replaced { .. } => {
                diagnostic.help("remove it: a newer version of the product itself is an upgrade")
            }
            Self::SameShortcut { .. } => {
                diagnostic.help("rename one of them, or set another `folder` or `place`")
            }
            Self::Twice { .. } => diagnostic.help("remove one of them"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    /// The message and its place.
    fn refused(table: &str) -> String {
        let error = said(&format!("package.formats = []\n{table}")).unwrap_err();
        error.lines().take(2).collect::<Vec<_>>().join("")
    }

    #[test]
    fn a_program_is_one_of_the_product_s() {
        let shortcut = "[[package.metadata.winsvc.shortcuts]]\nname = 'Tray'\nprogram = 'tray'";
        assert_eq!(
            refused(shortcut),
            "error: unknown program `tray`; expected one of acme --> Cargo.toml:3:1"
        );
        assert_eq!(
            refused("url-protocols.acme = 'tray'"),
            "error: unknown program `tray`; expected one of acme --> Cargo.toml:3:22"
        );
        let shortcut = shortcut.replace("'tray'", "'acme'");
        let warnings = said(&shortcut).unwrap();
        assert!(
            warnings[0]
                .starts_with("warning: the scripts of the zip do not apply `shortcuts`, only the MSI does"),
            "{warnings:#?}"
        );
    }

    #[test]
    fn a_command_is_a_program_or_an_installed_file() {
        let error = said("[[package.metadata.winsvc.commands]]\nprogram = 'tools/setup.exe'").unwrap_err();
        let first =
            "error: the program `tools/setup.exe` is neither a program of the product nor an installed file";
        assert_eq!(error.lines().next(), Some(first));
        for program in ["tools/setup.ps1", "setup.cmd"] {
            let table = format!("[[package.metadata.winsvc.commands]]\nprogram = '{program}'");
            assert_eq!(
                refused(&table),
                format!("error: the program `{program}` is not an exe --> Cargo.toml:3:1")
            );
        }
        let own = said("[[package.metadata.winsvc.commands]]\nprogram = 'acme'").unwrap();
        assert!(own[0].contains("do not apply `commands`"), "{own:#?}");
    }

    #[test]
    fn shortcuts_in_one_folder_have_different_names() {
        let table = |more: &str| {
            let shortcut = "[[package.metadata.winsvc.shortcuts]]\nprogram = 'acme'\n";
            format!("{shortcut}name = 'Tray'\n{shortcut}name = 'TRAY'\n{more}")
        };
        assert!(refused(&table("")).starts_with("error: two shortcuts in one folder have the name `TRAY`"));
        assert!(said(&table("place = 'desktop'")).is_ok());
    }

    #[test]
    fn a_product_does_not_replace_itself() {
        let own = "{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}";
        let table = |codes: &str| format!("package.upgrade-code = '{own}'\npackage.replaces = [{codes}]");
        let other = "'{6BA7B811-9DAD-11D1-80B4-00C04FD430C8}'";
        assert_eq!(said(&table(other)), Ok(Vec::new()));
        for codes in [format!("'{own}'"), format!("{other}, {other}")] {
            let error = said(&table(&codes)).unwrap_err();
            assert!(error.contains("own upgrade code or is listed twice"), "{error}");
        }
    }

    #[test]
    fn a_list_with_very_many_names_is_refused_for_an_msi() {
        let names = "'{install}', ".repeat(30);
        let error = said(&format!(
            "[[package.metadata.winsvc.commands]]\nprogram = 'acme'\narguments = [{names}]"
        ));
        let first = "error: the list `arguments` has more names of folders and properties than a command line of an MSI \
                     can hold";
        assert_eq!(error.unwrap_err().lines().next(), Some(first));
    }

    #[test]
    fn a_text_has_names_with_values_only() {
        for (arguments, message) in [
            ("['{name}']", "has no value in this text"),
            ("['a', '{PORT}']", "the property `PORT` is not defined"),
        ] {
            let table = format!("url-protocols.acme = {{ program = 'acme', arguments = {arguments} }}");
            let error = refused(&table);
            assert!(error.contains(message), "{error}");
        }
    }
}
