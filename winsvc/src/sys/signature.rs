//! Authenticode signatures, as Windows verifies them.

use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{FALSE, INVALID_HANDLE_VALUE, TRUST_E_NOSIGNATURE};
use windows_sys::Win32::Security::Cryptography::{
    CERT_CONTEXT, CERT_NAME_ATTR_TYPE, CERT_NAME_SIMPLE_DISPLAY_TYPE, CertGetNameStringW,
    szOID_ORGANIZATION_NAME,
};
use windows_sys::Win32::Security::WinTrust::{
    WINTRUST_ACTION_GENERIC_VERIFY_V2, WINTRUST_DATA, WINTRUST_DATA_0, WINTRUST_FILE_INFO,
    WTD_CACHE_ONLY_URL_RETRIEVAL, WTD_CHOICE_FILE, WTD_REVOKE_NONE, WTD_STATEACTION_CLOSE,
    WTD_STATEACTION_VERIFY, WTD_UI_NONE, WTHelperGetProvSignerFromChain, WTHelperProvDataFromStateData,
    WinVerifyTrust,
};

/// Who has signed a file: names of the certificate's subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    pub(crate) name: String,
    pub(crate) organization: String,
}

/// The signer of a file whose signature this machine trusts; `None` if it has no signature.
///
/// Revocation is not checked, and no network is needed: a machine that is offline must not refuse updates from a server of
/// its own network.
pub(crate) fn signer(file: &Path) -> io::Result<Option<Signer>> {
    let path: Vec<u16> = file.as_os_str().encode_wide().chain([0]).collect();
    let mut info = WINTRUST_FILE_INFO {
        cbStruct: size_of::<WINTRUST_FILE_INFO>() as u32,
        pcwszFilePath: path.as_ptr(),
        ..WINTRUST_FILE_INFO::default()
    };
    let mut data = WINTRUST_DATA {
        cbStruct: size_of::<WINTRUST_DATA>() as u32,
        dwUIChoice: WTD_UI_NONE,
        fdwRevocationChecks: WTD_REVOKE_NONE,
        dwUnionChoice: WTD_CHOICE_FILE,
        Anonymous: WINTRUST_DATA_0 { pFile: &raw mut info },
        dwStateAction: WTD_STATEACTION_VERIFY,
        dwProvFlags: WTD_CACHE_ONLY_URL_RETRIEVAL,
        ..WINTRUST_DATA::default()
    };
    let mut action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    let mut verify = |data: &mut WINTRUST_DATA| {
        // SAFETY: action and data are those of this policy, and outlive the call with all that they point to.
        unsafe { WinVerifyTrust(INVALID_HANDLE_VALUE, &raw mut action, ptr::from_mut(data).cast()) }
    };
    let result = match verify(&mut data) {
        // SAFETY: the file was verified, and the state is not closed yet.
        0 => unsafe { signer_in(&data) }.map(Some),
        TRUST_E_NOSIGNATURE => Ok(None),
        error => Err(io::Error::from_raw_os_error(error)),
    };
    data.dwStateAction = WTD_STATEACTION_CLOSE;
    verify(&mut data);
    result
}

/// The signer in the state of a verification.
///
/// # Safety
///
/// The state must be that of a verification, and not be closed.
unsafe fn signer_in(data: &WINTRUST_DATA) -> io::Result<Signer> {
    // SAFETY: as the caller promises; each pointer is checked before it is followed.
    let certificate = unsafe {
        let provider = WTHelperProvDataFromStateData(data.hWVTStateData);
        let signer = if provider.is_null() {
            ptr::null_mut()
        } else {
            WTHelperGetProvSignerFromChain(provider, 0, FALSE, 0)
        };
        if signer.is_null() || (*signer).csCertChain == 0 || (*signer).pasCertChain.is_null() {
            return Err(io::Error::other("the signature has no certificate"));
        }
        (*(*signer).pasCertChain).pCert
    };
    Ok(Signer {
        // SAFETY: the certificate lives as long as the state; the first type has no parameter.
        name: unsafe { name(certificate, CERT_NAME_SIMPLE_DISPLAY_TYPE, ptr::null()) },
        // SAFETY: as above; the parameter of this type is a NUL-terminated string.
        organization: unsafe { name(certificate, CERT_NAME_ATTR_TYPE, szOID_ORGANIZATION_NAME) },
    })
}

/// A name of a certificate's subject; empty if it has none.
///
/// # Safety
///
/// The certificate must be valid, and the parameter be one of the type.
unsafe fn name(certificate: *const CERT_CONTEXT, kind: u32, parameter: *const u8) -> String {
    let mut text = [0_u16; 512];
    // SAFETY: as the caller promises; at most the given number of units is written.
    let length = unsafe {
        CertGetNameStringW(
            certificate,
            kind,
            0,
            parameter.cast(),
            text.as_mut_ptr(),
            text.len() as u32,
        )
    };
    // With its NUL.
    String::from_utf16_lossy(&text[..(length as usize).saturating_sub(1)])
}
