//! The defaults of keys that are not set. What is not here is not set by default.

use toml::Value as Toml;
use winsvc_definition::manifest::{Compression, Format, Language, VersionScheme};
use winsvc_definition::{Update, UpdateChannel};

use super::setting::{Origin, Setting};
use crate::config::{Config, ServiceConfig};
use crate::product::identity::braced;
use crate::product::{Names, data_folder, install_folder, upgrade_code};
use crate::project::Project;
use crate::sign;

const FIXED: Origin = Origin::Default("");

/// The defaults of a service's keys.
pub(super) fn of_service(service: &ServiceConfig, config: &Config) -> Vec<Setting> {
    let definition = &service.definition;
    let recovery = &definition.recovery;
    let text =
        |key: &str, value: &dyn std::fmt::Display, origin| Setting::new(&[key], value.to_string(), origin);
    let program = &config.programs[service.program].program;
    let origin = match program.generated {
        Some(_) => "built by cargo winsvc",
        None => "the package's binary",
    };
    let mut defaults = vec![
        text("program", &program.binary, Origin::Default(origin)),
        text(
            "display-name",
            &definition.display_name,
            Origin::Default("the service's name"),
        ),
        text(
            "description",
            &definition.description,
            Origin::Default("the package's description"),
        ),
        text("start", &definition.start, FIXED),
        text("account", &definition.account, FIXED),
        text("start-timeout", &definition.start_timeout, FIXED),
        text("stop-timeout", &definition.stop_timeout, FIXED),
        text("sid-type", &definition.sid_type, FIXED),
        Setting::new(
            &["recovery", "restart"],
            recovery
                .restart
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            FIXED,
        ),
        Setting::new(&["recovery", "give-up"], recovery.give_up, FIXED),
        Setting::new(
            &["recovery", "reset-after"],
            recovery.reset_after.to_string(),
            FIXED,
        ),
        Setting::new(&["recovery", "on-error-exit"], recovery.on_error_exit, FIXED),
    ];
    if !service.is_listed() {
        defaults.push(text(
            "name",
            &definition.name,
            Origin::Default("the package's name"),
        ));
    }
    defaults
}

/// The defaults of the other keys; of those of `sign` only if files are signed.
pub(super) fn of_product(project: &Project, config: &Config, is_signed: bool) -> Vec<Setting> {
    let package = &config.manifest.package;
    let names = Names::new(project, config);
    let by_names = Origin::Default("manufacturer and product name");
    let (code, _) = upgrade_code(config, &names);
    let has_author = !project.authors.is_empty();
    let manufacturer = if has_author {
        "the first author"
    } else {
        "the product's name"
    };
    let product_name = match &config.services[..] {
        [_] => "the service's display name",
        _ => "the name of the package, or of the workspace's folder",
    };
    let formats = Format::DEFAULT.map(Format::as_str).map(Toml::from);
    let mut defaults = vec![
        Setting::new(
            &["package", "manufacturer"],
            &*names.manufacturer,
            Origin::Default(manufacturer),
        ),
        Setting::new(
            &["package", "product-name"],
            &*names.product,
            Origin::Default(product_name),
        ),
        Setting::new(&["package", "upgrade-code"], braced(&code), by_names.clone()),
        Setting::new(
            &["package", "install-folder"],
            install_folder(config, &names).join("/"),
            by_names.clone(),
        ),
        Setting::new(
            &["package", "data-folder"],
            data_folder(config, &names).join("/"),
            by_names,
        ),
        Setting::new(
            &["package", "exe-folder"],
            ".",
            Origin::Default("the installation folder"),
        ),
        Setting::new(&["package", "formats"], formats.to_vec(), FIXED),
        Setting::new(
            &["package", "compression"],
            Compression::default().as_str(),
            FIXED,
        ),
    ];
    if let Ok(version) = config.product_version {
        let origin = Origin::Default("the package's version");
        defaults.push(Setting::new(&["package", "version"], version.to_string(), origin));
    }
    if package.version.is_none() {
        let scheme = VersionScheme::default();
        defaults.push(Setting::new(
            &["package", "version-scheme"],
            scheme.as_str(),
            FIXED,
        ));
    }
    match &package.dialogs {
        Some(_) => {
            let languages = vec![Toml::from(Language::English.as_str())];
            defaults.push(Setting::new(
                &["package", "dialogs", "languages"],
                languages,
                FIXED,
            ));
            defaults.push(Setting::new(&["package", "dialogs", "account"], false, FIXED));
        }
        None => defaults.push(Setting::new(&["package", "dialogs"], false, FIXED)),
    }
    if is_signed {
        defaults.extend(of_signing(project, &names));
    }
    if config.manifest.update.is_some() {
        defaults.extend(of_updates());
    }
    if config.manifest.channels.url.is_some() {
        let origin = Origin::Default("the package's license");
        let license = project.license.clone();
        defaults.extend(license.map(|license| Setting::new(&["channels", "license"], license, origin)));
        let origin = Origin::Default("the package's keywords");
        defaults.push(Setting::new(
            &["channels", "tags"],
            project.keywords.clone(),
            origin,
        ));
    }
    defaults
}

/// The defaults of the keys of `update`.
fn of_updates() -> [Setting; 5] {
    [
        Setting::new(&["update", "channel"], UpdateChannel::default().as_str(), FIXED),
        Setting::new(&["update", "check"], Update::CHECK.to_string(), FIXED),
        Setting::new(&["update", "auto"], true, FIXED),
        Setting::new(&["update", "soak"], Update::SOAK.to_string(), FIXED),
        Setting::new(&["update", "rollback"], true, FIXED),
    ]
}

/// The defaults of the keys of `sign`.
fn of_signing(project: &Project, names: &Names) -> Vec<Setting> {
    let mut defaults = vec![Setting::new(
        &["sign", "description"],
        &*names.product,
        Origin::Default("the product's name"),
    )];
    let url = project.homepage.clone();
    let origin = Origin::Default("the package's homepage");
    defaults.extend(url.map(|url| Setting::new(&["sign", "url"], url, origin)));
    for (key, default) in sign::TIMEOUTS {
        let seconds = default.as_secs();
        let text = if seconds % 60 == 0 {
            format!("{}m", seconds / 60)
        } else {
            format!("{seconds}s")
        };
        defaults.push(Setting::new(&["sign", key], text, FIXED));
    }
    defaults
}
