//! The application manifest of a service (`RT_MANIFEST`, id 1).
//!
//! Elements and their meaning: <https://learn.microsoft.com/windows/win32/sbscs/application-manifests>.

use encoding_rs::UTF_8;

/// The elements of [`MANIFEST`], which the exe's own manifest may lack.
const ELEMENTS: [&str; 4] = [EXECUTION_LEVEL, "supportedOS", "longPathAware", "activeCodePage"];

const EXECUTION_LEVEL: &str = "requestedExecutionLevel";

/// The contents of the exe's own manifest, compared with [`MANIFEST`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestContent {
    /// The elements of [`MANIFEST`] that it lacks.
    pub missing: Vec<&'static str>,
    /// The requested execution level.
    pub execution_level: Option<String>,
}

impl ManifestContent {
    /// Parses a manifest; `None` if it is not well-formed XML.
    pub fn read(manifest: &[u8]) -> Option<Self> {
        // Supports UTF-16 too, by its byte order mark.
        let (text, _, _) = UTF_8.decode(manifest);
        let document = roxmltree::Document::parse(&text).ok()?;
        let find = |name| document.descendants().find(|node| node.tag_name().name() == name);
        Some(Self {
            missing: ELEMENTS
                .into_iter()
                .filter(|&element| find(element).is_none())
                .collect(),
            execution_level: find(EXECUTION_LEVEL)
                .and_then(|node| node.attribute("level"))
                .map(str::to_owned),
        })
    }
}

/// The manifest that is stamped into an exe without its own.
///
/// - `asInvoker`: without it 32-bit exes named like installers ("setup", "update") are elevated and virtualised
///   heuristically.
/// - `supportedOS`: without these, version queries always return Windows 8; Windows 11 has the same identity as 10.
/// - `longPathAware`: paths over 260 characters, if the machine's policy allows them.
/// - `activeCodePage`: the ANSI functions, which C libraries call, use UTF-8 (Windows 10 1903 and later; ignored
///   before).
///
/// It has no `assemblyIdentity`: nothing uses an application's identity, but a malformed one prevents the program from
/// starting (error 14001). So the manifest does not depend on the architecture or the program's name.
pub const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application>
      <!-- Windows 7, Server 2008 R2 -->
      <supportedOS Id="{35138b9a-5d96-4fbd-8e2d-a2440225f93a}"/>
      <!-- Windows 8, Server 2012 -->
      <supportedOS Id="{4a2f28e3-53b9-4441-ba9c-d69d4a4a6e38}"/>
      <!-- Windows 8.1, Server 2012 R2 -->
      <supportedOS Id="{1f676c76-80e1-4239-95bb-83d0f6d0da78}"/>
      <!-- Windows 10 and 11, Server 2016 and later -->
      <supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/>
    </application>
  </compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
      <activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">UTF-8</activeCodePage>
    </windowsSettings>
  </application>
</assembly>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_has_every_element() {
        let ours = ManifestContent::read(MANIFEST.as_bytes()).unwrap();
        assert_eq!(ours.missing, [""; 0]);
        assert_eq!(ours.execution_level.as_deref(), Some("asInvoker"));
    }

    #[test]
    fn elements_are_found_by_their_names_in_any_encoding() {
        let text = "<assembly xmlns='urn:schemas-microsoft-com:asm.v1'><!-- <longPathAware/> -->\
            <a:trustInfo xmlns:a='urn:schemas-microsoft-com:asm.v3'><a:requestedExecutionLevel level='requireAdministrator'/>\
            </a:trustInfo></assembly>";
        let expected = ManifestContent {
            missing: vec!["supportedOS", "longPathAware", "activeCodePage"],
            execution_level: Some("requireAdministrator".to_owned()),
        };
        assert_eq!(ManifestContent::read(text.as_bytes()), Some(expected.clone()));
        let utf16: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(ManifestContent::read(&utf16), Some(expected));
        assert_eq!(ManifestContent::read(b"no XML"), None);
    }
}
