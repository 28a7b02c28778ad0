//! Writes an MSI with every dialog in each language, to look at them: `tests/screenshots` does.
//!
//! ```text
//! cargo run -p cargo-winsvc --example dialogs -- FOLDER
//! ```

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use cargo_winsvc::license::License;
use cargo_winsvc::msi::{self, Options};
use cargo_winsvc::product::{
    self, Arch, Content, Dialogs, Feature, Field, Links, Machine, Product, Service, identity,
};
use winsvc_definition::manifest::{FeatureName, Language, Languages, ProductVersion, TargetPath};
use winsvc_definition::{Definition, Role, ServiceName};

const LICENSE: &str = include_str!("../LICENSE-MIT");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("expected a folder")?);
    let product = product()?;
    let payload = msi::compress(&product, Options::default(), &folder, &mut |_| {})?;
    for &language in product.languages() {
        let path = folder.join(format!("dialogs-{language}.msi"));
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        msi::render(&product, language, &payload, &mut file)?;
    }
    Ok(())
}

fn product() -> Result<Product, Box<dyn Error>> {
    let (name, manufacturer) = ("Acme Agent", "Acme Inc.");
    let definition = Definition::new(ServiceName::new("acme-agent")?);
    Ok(Product {
        name: name.to_owned(),
        manufacturer: manufacturer.to_owned(),
        version: Ok(ProductVersion::new("1.2.0")?),
        full_version: "1.2.0".to_owned(),
        comments: String::new(),
        links: Links::default(),
        icon: None,
        arch: Arch::X64,
        upgrade_code: identity::upgrade_code(manufacturer, name),
        upgrade_code_is_derived: true,
        replaces: Vec::new(),
        built: 1_700_000_000,
        folders: ["Acme Inc", "Acme Agent"].map(str::to_owned).into(),
        data_folder: ["Acme Inc", "Acme Agent"].map(str::to_owned).into(),
        files: vec![product::File::new(
            TargetPath::new("acme-agent.exe")?,
            Content::Bytes(b"no program".as_slice().into()),
        )?],
        empty_folders: Vec::new(),
        features: features()?,
        services: vec![Service {
            definition,
            role: Role::Service,
            file: 0,
            verb_word: None,
            former_names: Vec::new(),
        }],
        properties: Vec::new(),
        machine: Machine::default(),
        dialogs: Some(Dialogs {
            languages: Languages::try_from(Language::ALL.to_vec())?,
            license: Some(License::parse(Path::new("LICENSE"), LICENSE.as_bytes())?),
            fields: vec![
                field("LISTEN_PORT", "Port on which the agent listens (9182)", &[]),
                field("LOG_LEVEL", "Level of the log", &["info", "warn", "debug"]),
                field("UPSTREAM_URL", "Address of the server", &[]),
                field("KEY_FILE", "File with the key for the server", &[]),
                field("PROXY", "Proxy, if one is needed", &[]),
            ],
            account_page: true,
            ..Dialogs::default()
        }),
    })
}

fn features() -> Result<Vec<Feature>, Box<dyn Error>> {
    let feature = |name: &str, title: &str, description: &str| -> Result<Feature, Box<dyn Error>> {
        Ok(Feature {
            name: FeatureName::new(name)?,
            title: title.to_owned(),
            description: description.to_owned(),
            is_default: true,
        })
    };
    Ok(vec![
        feature("docs", "Documentation", "The manual, as HTML.")?,
        feature("tray", "Tray icon", "Shows the state of the agent.")?,
    ])
}

fn field(property: &str, label: &str, values: &[&str]) -> Field {
    Field {
        property: property.to_owned(),
        label: label.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}
