//! What the tests stamp: everything that a service's exe gets.

use cargo_winsvc::pe::{
    self, FileType, Icon, Image, LANGUAGE_EN_US, LANGUAGE_NEUTRAL, ResourceKind, Resources, VersionInfo,
};

pub(crate) const TIME: u32 = 1_700_000_000;

/// The version that `author.rc` has too.
pub(crate) fn version() -> VersionInfo {
    let strings = [
        ("CompanyName", "Acme"),
        ("FileDescription", "Acme Agent"),
        ("ProductVersion", "1.2.3-rc.1"),
    ];
    VersionInfo {
        file_version: [1, 2, 3, 4],
        product_version: [1, 2, 3, 0],
        strings: strings
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .to_vec(),
        prerelease: true,
        file_type: FileType::Application,
        ..VersionInfo::default()
    }
}

/// An icon file with one image of 32 by 32, which nobody draws here.
pub(crate) fn ico() -> Vec<u8> {
    let image = b"BM: not really";
    let mut file = vec![
        0,
        0,
        1,
        0,
        1,
        0,
        32,
        32,
        0,
        0,
        1,
        0,
        32,
        0,
        image.len() as u8,
        0,
        0,
        0,
        22,
        0,
        0,
        0,
    ];
    file.extend(image);
    file
}

/// Everything that a service's exe gets, beside what it has.
pub(crate) fn add_ours<'a>(resources: &mut Resources<'a>, ico: &'a [u8]) {
    resources.set(
        ResourceKind::Version,
        1,
        LANGUAGE_EN_US,
        version().encode().unwrap(),
    );
    resources.set(ResourceKind::Manifest, 1, LANGUAGE_EN_US, pe::MANIFEST.as_bytes());
    resources.set(
        ResourceKind::RcData,
        100,
        LANGUAGE_NEUTRAL,
        b"{ \"name\": \"agent\" }".as_slice(),
    );
    Icon::parse(ico).unwrap().add_to(resources, 1);
}

pub(crate) fn stamp(exe: &[u8]) -> Vec<u8> {
    let image = Image::parse(exe).unwrap();
    let ico = ico();
    let mut resources = image.resources().unwrap();
    add_ours(&mut resources, &ico);
    pe::stamp(&image, &resources, TIME).unwrap()
}

/// What `query.c` prints of an exe stamped with `add_ours`.
pub(crate) const ANSWERS: &str = "\
file 1.2.3.4 flags 2
translation 0409 1200
CompanyName: Acme
FileDescription: Acme Agent
ProductVersion: 1.2.3-rc.1
message 00000001: error 1813
message 00000002: error 1813
message 00000010: error 1813
definition: 19 bytes, { \"name\": \"agent\" }
manifest: 1263 bytes, <?xml version=\"1.0\" 
author's schema: error 1813
icon: 14 bytes, BM: not really
";
