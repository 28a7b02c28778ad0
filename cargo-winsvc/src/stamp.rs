//! Stamps the linked exe with its version, the application manifest and the service definition.

use std::collections::BTreeSet;

use cargo_metadata::semver::Version;
use thiserror::Error;
use winsvc_definition::manifest::UpgradeCode;
use winsvc_definition::{Account, Build, Layout, Origin, ProductStamp, Stamp, Update, folders};

use crate::build::target::WindowsTarget;
use crate::config::{Config, ServiceConfig};
use crate::diagnostic::{Diagnostic, Explain, Place};
use crate::pe::{
    self, Icon, Image, ManifestContent, PeError, ReplacedValue, ResourceKind, Resources, VersionInfo,
};
use crate::product::{
    EntriesOf, Names, autostart, data_folder, firewall, registrar, registry_key, upgrade_code,
};
use crate::project::Project;
use crate::provenance::Provenance;
use crate::shell::Shell;

/// Returns the exe with its resources. The exe's own resources are kept, except for the version and the stamp.
pub(crate) fn stamp(
    exe: &[u8],
    project: &Project,
    config: &Config,
    program: usize,
    target: &WindowsTarget,
    provenance: &Provenance,
    shell: Shell,
) -> Result<Vec<u8>, StampError> {
    check_updater(exe, config, program)?;
    let image = Image::parse(exe)?;
    if image.is_signed() {
        shell.warning(&Diagnostic::warning(
            "the exe was signed before it was stamped; its signature is no longer valid and was removed",
        ));
    }
    let mut resources = image.resources()?;
    if resources.has_any(ResourceKind::MessageTable) {
        for service in config.services_of(program) {
            shell.warning(&own_message_table(service.definition.name.as_str()));
        }
    }
    set_version(&mut resources, project, config, program, shell)?;
    set_manifest(&mut resources, config, program, shell);
    if let Some(icon) = &config.icon
        && !resources.has_any(ResourceKind::GroupIcon)
    {
        Icon::parse(icon)?.add_to(&mut resources, 1);
    }
    for (id, content) in contents(project, config, program, target, provenance) {
        resources.set(ResourceKind::RcData, id, pe::LANGUAGE_NEUTRAL, content);
    }
    // The field in the header is what the linker wrote: seconds in 32 bits.
    let timestamp = u32::try_from(provenance.built).unwrap_or(u32::MAX);
    Ok(pe::stamp(&image, &resources, timestamp)?)
}

/// Checks that the exe can run the updater, if that is one of its services.
fn check_updater(exe: &[u8], config: &Config, program: usize) -> Result<(), StampError> {
    let lacks_updater = config.lacks_updater(program, exe);
    lacks_updater.map_or(Ok(()), |place| {
        Err(StampError::NoUpdater {
            binary: config.programs[program].program.binary.clone(),
            place: Box::new(place),
        })
    })
}

/// The warning about an exe with a message table.
fn own_message_table(service: &str) -> Diagnostic {
    Diagnostic::warning(format!(
        "the exe has a message table, which the event source `{service}` does not use"
    ))
    .note(
        "the message file of this source is Windows' EventCreate.exe, which shows the messages that winsvc \
         reports; the \
         Event Log service would hold the exe open as a message file and block upgrades",
    )
    .help("register another event source for the table, with a DLL as its message file")
}

/// VERSIONINFO: Explorer shows it on the file's Details tab, and Windows Installer compares files by it.
///
/// The exe's own version resource keeps its strings, tables and translations. The tool replaces the versions, which
/// must be the package's, the name under which the exe is installed, and values that Cargo.toml sets by a key; defaults
/// only fill gaps.
fn set_version(
    resources: &mut Resources<'_>,
    project: &Project,
    config: &Config,
    program: usize,
    shell: Shell,
) -> Result<(), PeError> {
    let (ours, defaults) = version_strings(project, config, program);
    let version = &config.programs[program].program.version;
    let info = |strings| VersionInfo {
        file_version: file_version(version),
        product_version: file_version(&project.version),
        prerelease: !version.pre.is_empty(),
        strings,
        ..VersionInfo::default()
    };
    let complete = || {
        let mut strings = [ours.as_slice(), &defaults].concat();
        strings.sort();
        info(strings).encode()
    };

    let own = resources.languages(ResourceKind::Version, 1);
    if own.is_empty() {
        resources.set(ResourceKind::Version, 1, pe::LANGUAGE_EN_US, complete()?);
    }
    let mut replaced = BTreeSet::new();
    for (language, data) in own {
        let data = match info(ours.clone()).merge_into(&data, &defaults) {
            Ok(merged) => {
                replaced.extend(merged.replaced);
                merged.data
            }
            Err(error) => {
                shell.warning(&unreadable_version(&error));
                complete()?
            }
        };
        resources.set_language(ResourceKind::Version, 1, language, data);
    }
    if !replaced.is_empty() {
        shell.warning(&replaced_version(&replaced));
    }
    Ok(())
}

/// The keys and values of strings: first those that replace the exe's own, then those that only fill gaps.
type VersionStrings = Vec<(String, String)>;

fn version_strings(project: &Project, config: &Config, program: usize) -> (VersionStrings, VersionStrings) {
    let names = Names::new(project, config);
    let version = project.version.to_string();
    let own = &config.programs[program].program;
    let (file_version, exe) = (own.version.to_string(), own.exe_name());
    let services: Vec<&ServiceConfig> = config.services_of(program).collect();
    let (description, is_written) = match services[..] {
        [service] => (
            service.definition.description.as_str(),
            service.table.description.is_some(),
        ),
        _ => (own.description.as_deref().unwrap_or_default(), false),
    };
    let description = if description.is_empty() {
        &names.product
    } else {
        description
    };
    let table = &config.manifest;
    let strings = [
        (
            "CompanyName",
            names.manufacturer.as_str(),
            table.package.manufacturer.is_some(),
        ),
        ("FileDescription", description, is_written),
        ("FileVersion", &file_version, true),
        ("InternalName", &own.binary, false),
        ("OriginalFilename", &exe, true),
        (
            "ProductName",
            &names.product,
            table.package.product_name.is_some(),
        ),
        ("ProductVersion", &version, true),
    ];
    let (ours, defaults): (Vec<_>, Vec<_>) = strings.into_iter().partition(|(_, _, is_ours)| *is_ours);
    let owned = |strings: Vec<(&str, &str, bool)>| {
        let pairs = strings.into_iter();
        pairs
            .map(|(key, text, _)| (key.to_owned(), text.to_owned()))
            .collect()
    };
    (owned(ours), owned(defaults))
}

/// The warning about a version resource that differs from Cargo.toml.
fn replaced_version(replaced: &BTreeSet<ReplacedValue>) -> Diagnostic {
    let warning = Diagnostic::warning(
        "the exe's own version resource differs from Cargo.toml; its values were replaced",
    )
    .help("remove these values from the resource script");
    replaced
        .iter()
        .fold(warning, |warning, ReplacedValue { key, old, new }| {
            warning.note(format!("`{key}` was \"{old}\", is now \"{new}\""))
        })
}

/// The warning about a version resource that cannot be read.
fn unreadable_version(error: &PeError) -> Diagnostic {
    Diagnostic::warning("cannot read the exe's own version resource; it was replaced").note(error.to_string())
}

/// `x.y.z.0`. A number that does not fit into 16 bits becomes 65535.
///
/// The fourth number is not used: a release must never be older than its candidates, because Windows Installer, which
/// compares all four, would then skip the file on the upgrade and remove it with the old version.
fn file_version(version: &Version) -> [u16; 4] {
    let number = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
    [
        number(version.major),
        number(version.minor),
        number(version.patch),
        0,
    ]
}

/// Adds the application manifest, unless the exe has its own, which is kept unchanged: Windows does not start a program
/// with an invalid manifest.
fn set_manifest(resources: &mut Resources<'_>, config: &Config, program: usize, shell: Shell) {
    let Some(own) = resources.get(ResourceKind::Manifest, 1) else {
        let ours = pe::MANIFEST.as_bytes();
        resources.set(ResourceKind::Manifest, 1, pe::LANGUAGE_EN_US, ours);
        return;
    };
    let Some(content) = ManifestContent::read(own) else {
        shell.warning(&Diagnostic::warning(
            "the exe's own application manifest is not well-formed XML; Windows does not start such a program",
        ));
        return;
    };
    if !content.missing.is_empty() {
        let missing = content.missing.join(", ");
        shell.status(
            "Manifest",
            format_args!("kept the exe's own manifest, which lacks {missing}"),
        );
    }
    // A domain may make its accounts administrators.
    let is_limited = |account: &&Account| !matches!(account, Account::LocalSystem | Account::GroupManaged(_));
    let mut accounts = config
        .services_of(program)
        .map(|service| &service.definition.account);
    if content.execution_level.as_deref() == Some(ADMINISTRATOR)
        && let Some(account) = accounts.find(is_limited)
    {
        shell.warning(&needs_administrator(account));
    }
}

/// The execution level of a program that runs only with administrator rights.
const ADMINISTRATOR: &str = "requireAdministrator";

/// The warning about a program that Windows does not start under the service's account.
fn needs_administrator(account: &Account) -> Diagnostic {
    Diagnostic::warning(format!(
        "the exe's manifest asks for `{ADMINISTRATOR}`, but the service's account `{account}` is not an administrator"
    ))
    .note("Windows does not start such a program without administrator rights (error 740)")
    .help("use `asInvoker` in the manifest, or `account = \"local-system\"`")
}

/// The stamps of a program, each with the number of its resource: one for each of its services, which the running
/// service reads, or one without a service, which has the autostart entries if the product has no service at all. By the origin in it `package` recognises the exe.
pub(crate) fn contents(
    project: &Project,
    config: &Config,
    program: usize,
    target: &WindowsTarget,
    provenance: &Provenance,
) -> Vec<(u16, Vec<u8>)> {
    let own = &config.programs[program].program;
    let mut build = Build::new(own.version.to_string());
    build.built = Some(provenance.built);
    build.commit.clone_from(&provenance.commit);
    let origin = Origin {
        package: own.package.clone(),
        binary: own.binary.clone(),
        target: target.triple.clone(),
    };
    let content = |stamp: Vec<u8>| [stamp, origin.encode()].concat();
    let names = Names::new(project, config);
    let layout = Layout {
        registry_key: registry_key(&names.manufacturer, &names.product),
        data_folder: data_folder(config, &names),
        folder_access: folders::sids(config.services.iter().map(|service| &service.definition)),
        exe_folder: config.programs[program].target.folders().to_vec(),
    };
    let rules = firewall(config, &names);
    let entries: Vec<_> = autostart(config, &names)
        .into_iter()
        .map(|(entry, _)| entry)
        .collect();
    let registrar = registrar(config);
    let update = config.manifest.update.as_ref().map(|table| Update {
        services: config
            .services
            .iter()
            .map(|it| it.definition.name.clone())
            .collect(),
        ..table.settings(&UpgradeCode(upgrade_code(config, &names).0))
    });
    // The updater is the last one, after all that rules and entries refer to.
    let services = config.registered().enumerate();
    let services = services.filter(|(_, service)| service.program == program);
    let services = services.map(|(index, service)| Stamp {
        definition: service.definition.clone(),
        role: config.role(index),
        build: build.clone(),
        layout: layout.clone(),
        properties: config.properties.clone(),
        firewall: rules
            .iter()
            .filter(|it| it.service == index)
            .map(|it| it.rule.clone())
            .collect(),
        host: config.host_text(service),
        autostart: if registrar == Some(EntriesOf::Service(index)) {
            entries.clone()
        } else {
            Vec::new()
        },
        update: update.clone(),
    });
    let stamps: Vec<(u16, Vec<u8>)> = Stamp::RESOURCE_IDS
        .zip(services.map(|stamp| content(stamp.encode())))
        .collect();
    if !stamps.is_empty() {
        return stamps;
    }
    let stamp = if registrar == Some(EntriesOf::Program(program)) && !entries.is_empty() {
        let product = ProductStamp {
            name: names.product,
            build,
            layout,
            properties: config.properties.clone(),
            autostart: entries,
        };
        product.encode()
    } else {
        build.encode()
    };
    vec![(Build::RESOURCE_ID, content(stamp))]
}

/// Why the exe cannot be stamped.
#[derive(Debug, Error)]
pub(crate) enum StampError {
    /// The linker's exe is not understood.
    #[error("cannot stamp the exe")]
    Exe(#[from] PeError),
    /// `update` is set, and the program was built without it.
    #[error(
        "the program `{binary}` cannot update itself: it was built without the feature `update` of winsvc"
    )]
    NoUpdater {
        /// The binary.
        binary: String,
        /// The place of `update`.
        place: Box<Place>,
    },
}

impl Explain for StampError {
    fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::of(self);
        match self {
            Self::Exe(_) => diagnostic.help(
                "the exe is as the linker left it; please report this with the linker's name and version",
            ),
            Self::NoUpdater { place, .. } => diagnostic.at((**place).clone()).help(ADD_UPDATER),
        }
    }
}

/// How a program gets the updater.
pub(crate) const ADD_UPDATER: &str =
    "run `cargo add winsvc --features update`, or the same of winsvc-host if its `main` is the program's";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests;
    use crate::shell::{MessageFormat, Verbosity};

    const SHELL: Shell = Shell {
        format: MessageFormat::Human,
        verbosity: Verbosity::Quiet,
        color: None,
        deny_warnings: false,
    };

    /// The strings of the version resource of an exe that had these, stamped for this table.
    fn stamped(own: &[(&str, &str)], table: &str) -> Vec<(String, String)> {
        let own = own
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        let own = VersionInfo {
            strings: own.collect(),
            language: 0,
            ..VersionInfo::default()
        };
        let mut resources = Resources::new();
        resources.set(ResourceKind::Version, 1, 0x407, own.encode().unwrap());
        let (project, config) = (tests::project(), tests::parse(table).unwrap());
        set_version(&mut resources, &project, &config, 0, SHELL).unwrap();
        let once = resources.clone();
        set_version(&mut resources, &project, &config, 0, SHELL).unwrap();
        assert_eq!(resources, once, "stamping again changes nothing");
        let [(0x407, data)] = &resources.languages(ResourceKind::Version, 1)[..] else {
            panic!("the resource has the author's language alone");
        };
        let mut strings = VersionInfo::read(data).unwrap().strings;
        strings.sort();
        strings
    }

    fn text<'a>(strings: &'a [(String, String)], key: &str) -> &'a str {
        let found = strings.iter().find(|(found, _)| found == key);
        found.map(|(_, text)| text.as_str()).unwrap_or_default()
    }

    #[test]
    fn an_author_s_strings_are_kept_and_the_versions_and_the_file_name_are_ours() {
        let own = [
            ("CompanyName", "Ächme"),
            ("FileVersion", "9.9"),
            ("InternalName", "core"),
            ("LegalCopyright", "© Ächme"),
            ("OriginalFilename", "core.exe"),
            ("ProductName", "Core"),
        ];
        let strings = stamped(&own, "[package.metadata.winsvc]\ndisplay-name = 'Agent'");
        let expected = [
            ("CompanyName", "Ächme"),
            ("FileDescription", "Agent"),
            ("FileVersion", "1.2.3"),
            ("InternalName", "core"),
            ("LegalCopyright", "© Ächme"),
            ("OriginalFilename", "acme.exe"),
            ("ProductName", "Core"),
            ("ProductVersion", "1.2.3"),
        ];
        assert_eq!(
            strings,
            expected.map(|(key, text)| (key.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn a_key_of_cargo_toml_wins_over_an_author_s_string() {
        let own = [
            ("CompanyName", "Ächme"),
            ("FileDescription", "Core"),
            ("ProductName", "Core"),
        ];
        let table = "[package.metadata.winsvc]\ndescription = 'Watches'\n\
            package = { manufacturer = 'Acme', product-name = 'Agent' }";
        let strings = stamped(&own, table);
        let texts = ["CompanyName", "FileDescription", "ProductName"].map(|key| text(&strings, key));
        assert_eq!(texts, ["Acme", "Watches", "Agent"]);
    }

    #[test]
    fn candidates_and_their_release_have_one_file_version() {
        let version = |text: &str| file_version(&text.parse().unwrap());
        assert_eq!(version("1.2.3-rc.1+build.5"), [1, 2, 3, 0]);
        assert_eq!(version("1.2.3"), [1, 2, 3, 0]);
        assert_eq!(version("70000.0.1"), [u16::MAX, 0, 1, 0]);
    }
}
