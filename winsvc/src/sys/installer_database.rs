//! What Windows Installer knows of a product.

use std::io;
use std::path::PathBuf;

use windows_sys::core::{PCWSTR, PWSTR};
use windows_sys::s;
use winsvc_definition::Guid;

use super::library::Library;
use super::wide::wide;

/// The copy of the MSI that the product with this upgrade code was installed from; `None` if no product has it.
pub(crate) fn installed_package(upgrade_code: Guid) -> io::Result<Option<PathBuf>> {
    type EnumRelatedProducts = unsafe extern "system" fn(PCWSTR, u32, u32, PWSTR) -> u32;
    type GetProductInfo = unsafe extern "system" fn(PCWSTR, PCWSTR, PWSTR, *mut u32) -> u32;
    /// The length of a GUID with braces and a NUL.
    const CODE_LENGTH: usize = 39;
    /// `INSTALLPROPERTY_LOCALPACKAGE`
    const LOCAL_PACKAGE: &str = "LocalPackage";

    // Windows without Windows Installer has no such library.
    let library = Library::load("msi.dll")?;
    // SAFETY: the types are those of the functions.
    let (enum_related, get_info) = unsafe {
        (
            library.function::<EnumRelatedProducts>(s!("MsiEnumRelatedProductsW"))?,
            library.function::<GetProductInfo>(s!("MsiGetProductInfoW"))?,
        )
    };
    let upgrade_code = wide(&format!("{{{upgrade_code}}}").to_uppercase());
    let mut product = [0_u16; CODE_LENGTH];
    // SAFETY: the code is NUL-terminated, and the buffer has the length that the function requires.
    if unsafe { enum_related(upgrade_code.as_ptr(), 0, 0, product.as_mut_ptr()) } != 0 {
        return Ok(None);
    }
    let name = wide(LOCAL_PACKAGE);
    let mut path = [0_u16; 1024];
    let mut length = path.len() as u32;
    // SAFETY: both strings are NUL-terminated; at most `length` units of the buffer are written.
    let code = unsafe {
        get_info(
            product.as_ptr(),
            name.as_ptr(),
            path.as_mut_ptr(),
            &raw mut length,
        )
    };
    match code {
        0 => {
            let path = String::from_utf16_lossy(&path[..length as usize]);
            Ok(Some(path.into()).filter(|path: &PathBuf| !path.as_os_str().is_empty()))
        }
        code => Err(io::Error::from_raw_os_error(
            i32::try_from(code).unwrap_or(i32::MAX),
        )),
    }
}
