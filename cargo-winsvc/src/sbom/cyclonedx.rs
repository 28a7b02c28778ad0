//! CycloneDX 1.6, as JSON (<https://cyclonedx.org/docs/1.6/json/>).

use packageurl::PackageUrl;
use serde::Serialize;
use uuid::Uuid;

use super::{Linked, Package, Source, license_expression};
use crate::hashing::{hex, sha256_of};
use crate::product::identity;
use crate::texts::rfc3339;

/// What a bill of materials is about.
pub(crate) struct Subject<'a> {
    /// The product's name.
    pub product: &'a str,
    /// Its manufacturer.
    pub manufacturer: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The triple of the target.
    pub target: &'a str,
    /// The build time.
    pub built: u64,
    /// The programs, in the order of [`Linked`].
    pub programs: Vec<ProgramFile<'a>>,
}

/// The exe of a program.
pub(crate) struct ProgramFile<'a> {
    /// Its path in the installation folder.
    pub name: String,
    /// The version of its package.
    pub version: String,
    /// Its content.
    pub exe: &'a [u8],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    #[serde(rename = "bomFormat")]
    format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    timestamp: String,
    tools: Tools,
    component: Component,
    properties: [Property<'a>; 1],
}

#[derive(Serialize)]
struct Tools {
    components: [Component; 1],
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'static str,
    value: &'a str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "String::is_empty")]
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    supplier: Option<Supplier>,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<License>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
}

#[derive(Serialize)]
struct Supplier {
    name: String,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum License {
    Expression(String),
    /// A license that is not an SPDX expression.
    License {
        name: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    depends_on: Vec<String>,
}

/// The bill of materials. It is the same for the same subject and packages.
pub(crate) fn document(subject: &Subject<'_>, linked: &Linked) -> Vec<u8> {
    let mut bom = bom(subject, linked);
    let (_, digest) = sha256_of(&text(&bom)[..]).expect("memory can be read");
    bom.serial_number = identity::serial_number(&digest).urn().to_string();
    text(&bom)
}

fn text(bom: &Bom<'_>) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(bom).expect("the document is plain data");
    text.push(b'\n');
    text
}

fn bom<'a>(subject: &Subject<'a>, linked: &Linked) -> Bom<'a> {
    let product = "product".to_owned();
    let exes = subject.programs.iter().map(program);
    let packages = linked.packages.iter().map(package);
    let components: Vec<Component> = exes.chain(packages).collect();
    let (exes, packages) = components.split_at(subject.programs.len());
    let references = |indices: &[usize]| {
        let references = indices.iter().map(|&index| packages[index].reference.clone());
        references.collect::<Vec<_>>()
    };
    let of_exes = exes.iter().zip(&linked.roots).map(|(exe, &root)| Dependency {
        reference: exe.reference.clone(),
        depends_on: references(&[root]),
    });
    let of_packages = packages.iter().zip(&linked.packages);
    let of_packages = of_packages.map(|(component, package)| Dependency {
        reference: component.reference.clone(),
        depends_on: references(&package.dependencies),
    });
    let of_product = Dependency {
        reference: product.clone(),
        depends_on: exes.iter().map(|exe| exe.reference.clone()).collect(),
    };
    let dependencies = [of_product]
        .into_iter()
        .chain(of_exes)
        .chain(of_packages)
        .collect();
    Bom {
        format: "CycloneDX",
        spec_version: "1.6",
        serial_number: Uuid::nil().urn().to_string(),
        version: 1,
        metadata: Metadata {
            timestamp: rfc3339(subject.built),
            tools: Tools {
                components: [Component {
                    kind: "application",
                    name: env!("CARGO_PKG_NAME").to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    ..Component::default()
                }],
            },
            component: Component {
                kind: "application",
                reference: product,
                supplier: Some(Supplier {
                    name: subject.manufacturer.to_owned(),
                }),
                name: subject.product.to_owned(),
                version: subject.version.to_owned(),
                ..Component::default()
            },
            properties: [Property {
                name: "winsvc:target",
                value: subject.target,
            }],
        },
        dependencies,
        components,
    }
}

fn program(program: &ProgramFile<'_>) -> Component {
    let (_, digest) = sha256_of(program.exe).expect("memory can be read");
    Component {
        kind: "application",
        reference: format!("file:{}", program.name),
        name: program.name.clone(),
        version: program.version.clone(),
        hashes: vec![sha256(hex(&digest))],
        ..Component::default()
    }
}

fn package(package: &Package) -> Component {
    let Package {
        name,
        version,
        license,
        checksum,
        ..
    } = package;
    let purl = purl(package);
    let license = license.as_ref().map(|license| match license_expression(license) {
        Some(expression) => License::Expression(expression),
        None => License::License {
            name: license.clone(),
        },
    });
    Component {
        kind: "library",
        // A package without an address is in a folder; cargo refuses two of one name and version.
        reference: purl.clone().unwrap_or_else(|| format!("path:{name}@{version}")),
        name: name.clone(),
        version: version.clone(),
        hashes: checksum.iter().cloned().map(sha256).collect(),
        licenses: license.into_iter().collect(),
        purl,
        ..Component::default()
    }
}

fn sha256(content: String) -> Hash {
    Hash {
        alg: "SHA-256",
        content,
    }
}

/// The package URL. A package in a folder has none: whatever a registry has under its name is another package.
fn purl(package: &Package) -> Option<String> {
    let qualifier = match &package.source {
        Source::Local => return None,
        Source::CratesIo => None,
        Source::Registry(url) => Some(("repository_url", url)),
        Source::Git(url) => Some(("vcs_url", url)),
    };
    let mut purl = PackageUrl::new("cargo", package.name.as_str()).ok()?;
    purl.with_version(package.version.as_str()).ok()?;
    if let Some((key, value)) = qualifier {
        purl.add_qualifier(key, value.as_str()).ok()?;
    }
    Some(purl.to_string())
}
