//! The identifiers of a product and its components: derived, never random, so that the same input gives the same
//! identifier.
//!
//! All identifiers are name-based UUIDs (RFC 9562, version 5). Component identifiers follow the rule of the WiX toolset, so
//! that a package can take over from one made by WiX, and the other way round.

use uuid::Uuid;

/// WiX's namespace for components (`FinalizeComponentGuids.cs`).
const WIX_COMPONENTS: Uuid = Uuid::from_u128(0x3064_E5C6_FB63_4FE9_AC49_E446_A792_EFA5);

/// Our own namespace: version 5 of `winsvc` in the namespace for domain names.
const WINSVC: Uuid = Uuid::from_u128(0x5a28_8cf7_6217_5e77_a667_3f29_d82e_a8df);

/// The default upgrade code, which all versions of a product share.
pub fn upgrade_code(manufacturer: &str, product: &str) -> Uuid {
    derive("upgrade-code", &[manufacturer.as_bytes(), product.as_bytes()])
}

/// The product code of a version: derived from the digest of its content.
pub fn product_code(content: &[u8; 32]) -> Uuid {
    derive("product-code", &[content])
}

/// The package code of a package file: derived from the digest of its content.
pub fn package_code(content: &[u8; 32]) -> Uuid {
    derive("package-code", &[content])
}

/// The serial number of a bill of materials: derived from the digest of its content.
pub(crate) fn serial_number(content: &[u8; 32]) -> Uuid {
    derive("bill-of-materials", &[content])
}

/// The identifier of a component whose key path is a file: version 5 of the path, hashed as UTF-16LE, where the path is
/// `<standard folder>\<folders>\<file>` with all but the standard folder in lower case.
pub fn file_component(standard_folder: &str, folders: &[String], file: &str) -> Uuid {
    let mut path = standard_folder.to_owned();
    for part in folders.iter().map(String::as_str).chain([file]) {
        path.push('\\');
        path.push_str(&part.to_lowercase());
    }
    let name: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Uuid::new_v5(&WIX_COMPONENTS, &name)
}

/// The identifier of a component that creates a folder (`purpose`) and whose key path is a registry value. Products
/// that share a folder have different keys, and so different components.
pub fn folder_component(purpose: &str, is_64_bit: bool, key: &str, folder: &[String]) -> Uuid {
    let bits: &[u8] = if is_64_bit { b"64" } else { b"32" };
    let [key, folder] = [key.to_lowercase(), folder.join("\\").to_lowercase()];
    derive(purpose, &[bits, key.as_bytes(), folder.as_bytes()])
}

/// The parts are unambiguous: none of them but the last may hold a NUL, and hashes have a fixed length.
fn derive(kind: &str, parts: &[&[u8]]) -> Uuid {
    let mut name = kind.as_bytes().to_vec();
    for part in parts {
        name.push(0);
        name.extend_from_slice(part);
    }
    Uuid::new_v5(&WINSVC, &name)
}

/// The form that Windows Installer uses everywhere: upper case, in braces.
pub fn braced(id: &Uuid) -> String {
    id.braced().encode_upper(&mut Uuid::encode_buffer()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_namespace_is_what_it_says() {
        assert_eq!(WINSVC, Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"winsvc"));
    }

    #[test]
    fn identifiers_do_not_change() {
        assert_eq!(
            braced(&upgrade_code("Acme", "Agent")),
            "{DD748897-1E9B-5068-B853-4BC9117A1A35}"
        );
        let agent = file_component(
            "ProgramFiles64Folder",
            &["Acme".to_owned(), "Agent".to_owned()],
            "Agent.exe",
        );
        assert_eq!(braced(&agent), "{0CC14F10-F659-5000-BC7E-8EB9D889D1D7}");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(upgrade_code("Acme", "Agent"), upgrade_code("AcmeA", "gent"));
    }
}
