//! The same package for both: a project for `cargo winsvc`, and a source for wixl.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::payload::File;

/// Writes the project of a service with these files.
pub(crate) fn cargo(folder: &Path, library: &Path, files: &[File]) -> io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/main.rs"), MAIN)?;
    let mut manifest = format!(
        r#"[package]
name = "payload"
version = "1.0.0"
edition = "2024"

[workspace]

[dependencies]
winsvc = {{ path = '{}' }}

[package.metadata.winsvc.package]
formats = ["msi"]
files = [
"#,
        library.display()
    );
    for File { source, target } in files {
        let _ = writeln!(
            manifest,
            "    {{ source = '{}', target = 'tree/{target}' }},",
            source.display()
        );
    }
    manifest.push_str("]\n");
    fs::write(folder.join("Cargo.toml"), manifest)
}

const MAIN: &str = "#[winsvc::main]
async fn main(service: winsvc::Service) {
    service.stop_requested().await
}
";

/// Writes the source of a package with the exe and these files, all of them below the folder.
pub(crate) fn wxs(path: &Path, below: &Path, exe: &Path, files: &[File]) -> io::Result<()> {
    let mut wxs = r#"<?xml version="1.0"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="*" Name="payload" Language="1033" Version="1.0.0" Manufacturer="payload" UpgradeCode="DD748897-1E9B-5068-B853-4BC9117A1A35">
<Package InstallerVersion="500" Compressed="yes"/>
<Media Id="1" Cabinet="product.cab" EmbedCab="yes"/>
<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFiles64Folder"><Directory Id="INSTALLDIR" Name="payload">
"#
    .to_owned();
    let relative = |path: &Path| path.strip_prefix(below).unwrap_or(path).display().to_string();
    component(&mut wxs, 0, &relative(exe), "payload.exe");
    let mut number = 1;
    for folder in files.chunk_by(|a, b| folder(&a.target) == folder(&b.target)) {
        let name = self::folder(&folder[0].target);
        let _ = writeln!(wxs, r#"<Directory Id="D{name}" Name="{name}">"#);
        for file in folder {
            component(
                &mut wxs,
                number,
                &relative(&file.source),
                &file.target[name.len() + 1..],
            );
            number += 1;
        }
        wxs.push_str("</Directory>\n");
    }
    wxs.push_str("</Directory></Directory></Directory>\n<Feature Id=\"F\" Level=\"1\">\n");
    for number in 0..number {
        let _ = writeln!(wxs, r#"<ComponentRef Id="C{number}"/>"#);
    }
    wxs.push_str("</Feature>\n</Product>\n</Wix>\n");
    fs::write(path, wxs)
}

fn folder(target: &str) -> &str {
    target.split_once('/').map_or("", |(folder, _)| folder)
}

fn component(wxs: &mut String, number: usize, source: &str, name: &str) {
    let _ = writeln!(
        wxs,
        r#"<Component Id="C{number}" Guid="*" Win64="yes"><File Id="F{number}" Source="{source}" Name="{name}" KeyPath="yes"/></Component>"#
    );
}
