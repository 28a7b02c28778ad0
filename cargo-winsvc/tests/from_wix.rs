//! Sources for WiX become keys of Cargo.toml, which winsvc accepts.

use cargo_winsvc::diagnostic::Explain as _;
use cargo_winsvc::from_wix::{FromWix, read};
use winsvc_definition::manifest::Manifest;

/// The keys as text, once the manifest's own parser has accepted them.
fn keys(from: &FromWix) -> String {
    let text = toml::to_string(&from.keys).unwrap();
    let _: Manifest = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    text
}

#[test]
fn a_source_for_wix_4() {
    let from = read(
        r#"<Wix xmlns="http://wixtoolset.org/schemas/v4/wxs" xmlns:util="http://wixtoolset.org/schemas/v4/wxs/util">
             <Package Name="Acme Agent" Manufacturer="Acme" Version="$(var.Version)"
                      UpgradeCode="6ba7b810-9dad-11d1-80b4-00c04fd430c8">
               <MajorUpgrade DowngradeErrorMessage="A newer version is installed." />
               <StandardDirectory Id="ProgramFiles64Folder">
                 <Component>
                   <File Source="agent.exe" KeyPath="yes" />
                   <ServiceInstall Name="acme-agent" DisplayName="Acme Agent" Type="ownProcess" Start="auto"
                                   ErrorControl="normal" Account="NT AUTHORITY\LocalService" Arguments="--log info">
                     <ServiceDependency Id="Tcpip" />
                     <ServiceDependency Id="TDI" Group="yes" />
                     <util:ServiceConfig FirstFailureActionType="restart" SecondFailureActionType="restart"
                                         ThirdFailureActionType="none" RestartServiceDelayInSeconds="5" />
                   </ServiceInstall>
                   <ServiceConfig ServiceName="acme-agent" DelayedAutoStart="yes" OnInstall="yes" />
                   <ServiceControl Id="Control" Name="acme-agent" Start="install" Stop="both" />
                 </Component>
                 <Component><File Id="Readme" Source="README.md" /></Component>
               </StandardDirectory>
               <CustomAction Id="Register" Property="A" Value="B" />
             </Package>
           </Wix>"#,
    )
    .unwrap();
    assert_eq!(
        keys(&from),
        r#"account = "local-service"
arguments = ["--log", "info"]
dependencies = ["Tcpip", "+TDI"]
display-name = "Acme Agent"
name = "acme-agent"
start = "delayed"

[package]
manufacturer = "Acme"
product-name = "Acme Agent"
upgrade-code = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

[recovery]
give-up = true
restart = ["5s", "5s"]
"#
    );
    let left: Vec<&str> = from.left.iter().map(String::as_str).collect();
    assert_eq!(left, ["CustomAction Register", "File Readme"]);
}

#[test]
fn a_source_for_wix_3_with_variables_and_two_services() {
    let from = read(
        r#"<?define Company = "Acme Inc." ?>
           <Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
             <Product Id="*" Name="Suite" Manufacturer="$(var.Company)" Version="1.0.0"
                      UpgradeCode="{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}">
               <Package InstallerVersion="500" />
               <Component>
                 <File Source="a.exe" />
                 <ServiceInstall Name="a" Type="ownProcess" Start="demand" ErrorControl="normal" />
               </Component>
               <Component>
                 <File Source="b.exe" />
                 <ServiceInstall Name="b" Type="ownProcess" Start="auto" ErrorControl="normal" Account="[USER]"
                                 Arguments="&quot;[INSTALLDIR]&quot;" />
               </Component>
             </Product>
           </Wix>"#,
    )
    .unwrap();
    assert_eq!(
        keys(&from),
        r#"[package]
manufacturer = "Acme Inc."
product-name = "Suite"
upgrade-code = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"

[services.a]
account = "local-system"
start = "manual"

[services.b]
"#
    );
    let left: Vec<&str> = from.left.iter().map(String::as_str).collect();
    assert_eq!(
        left,
        ["Account of ServiceInstall b", "Arguments of ServiceInstall b"]
    );
}

#[test]
fn other_files_are_errors() {
    let error = |source| read(source).unwrap_err().diagnostic().message;
    assert_eq!(error("nonsense"), "the source is not valid XML");
    assert_eq!(error("<html/>"), "expected an element `Wix`, found `html`");
}
