//! The application manifest of a service (`RT_MANIFEST`, id 1).
//!
//! Elements and their meaning: <https://learn.microsoft.com/windows/win32/sbscs/application-manifests>.

/// The manifest that is stamped into an exe whose author brought none.
///
/// - `asInvoker`: without it 32-bit exes named like installers ("setup", "update") are elevated and virtualised by guess.
/// - `supportedOS`: without these, version queries answer Windows 8 for ever; Windows 11 shares the identity of 10.
/// - `longPathAware`: paths over 260 characters, where the machine's policy allows them.
/// - `activeCodePage`: the ANSI functions, which C libraries call, take UTF-8 (Windows 10 1903 and later; ignored before).
///
/// It has no `assemblyIdentity`: an application's identity is used by nobody, while one that the loader finds
/// malformed keeps the program from starting (error 14001). So nothing in it depends on the architecture or the
/// program's name, and one text serves all.
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
