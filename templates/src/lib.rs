//! Every text that cargo-winsvc generates, as [Tera](https://keats.github.io/tera/) templates.
//!
//! This crate contains only data: the wording is here, the values come from the tool.

/// A template: its name and its content.
pub type Template = (&'static str, &'static str);

/// The script of the zip that registers and starts the service.
pub const ZIP_INSTALL: Template = ("install.cmd", include_str!("zip/install.cmd.tera"));

/// The script of the zip that stops and removes the service.
pub const ZIP_UNINSTALL: Template = ("uninstall.cmd", include_str!("zip/uninstall.cmd.tera"));

/// The beginning of both scripts: finds the program.
pub const ZIP_EXE: Template = ("exe.cmd", include_str!("zip/exe.cmd.tera"));

/// The readme of the zip.
pub const ZIP_README: Template = ("README.txt", include_str!("zip/README.txt.tera"));

/// The install guide of the MSI as Markdown.
pub const GUIDE_MARKDOWN: Template = ("guide.md", include_str!("guide/guide.md.tera"));

/// The install guide of the MSI as text.
pub const GUIDE_TEXT: Template = ("guide.txt", include_str!("guide/guide.txt.tera"));

/// The source for the WiX toolset.
pub const WXS: Template = ("main.wxs", include_str!("wxs/main.wxs.tera"));

/// The `main.rs` of a new program; no template, but as it is.
pub const NEW_MAIN: Template = ("main.rs", include_str!("new/main.rs"));

/// The description of a package for Chocolatey.
pub const CHOCOLATEY_NUSPEC: Template = ("package.nuspec", include_str!("chocolatey/package.nuspec.tera"));

/// The script with which Chocolatey installs the package.
pub const CHOCOLATEY_INSTALL: Template = (
    "chocolateyinstall.ps1",
    include_str!("chocolatey/chocolateyinstall.ps1.tera"),
);

/// The properties of the package as an Open Packaging Convention document.
pub const CHOCOLATEY_PROPERTIES: Template = (
    "core-properties.psmdcp",
    include_str!("chocolatey/core-properties.psmdcp.tera"),
);

/// The relationships of the package's parts.
pub const CHOCOLATEY_RELATIONSHIPS: Template = ("rels.xml", include_str!("chocolatey/rels.xml.tera"));

/// The types of the package's parts: without values.
pub const CHOCOLATEY_CONTENT_TYPES: &str = include_str!("chocolatey/content-types.xml");

/// The endings of the names of templates that are XML, whose values are escaped.
pub const XML: [&str; 3] = [".nuspec", ".psmdcp", ".xml"];

/// The workflow for GitHub that releases the packages.
pub const WORKFLOW_GITHUB: Template = ("github.yml", include_str!("workflow/github.yml.tera"));

/// The pipeline for GitLab that releases the packages.
pub const WORKFLOW_GITLAB: Template = ("gitlab.yml", include_str!("workflow/gitlab.yml.tera"));

/// The step of both that installs a package on Windows.
pub const WORKFLOW_INSTALL: Template = ("install.ps1", include_str!("workflow/install.ps1.tera"));

/// All templates.
pub const ALL: [Template; 14] = [
    ZIP_INSTALL,
    ZIP_UNINSTALL,
    ZIP_EXE,
    ZIP_README,
    GUIDE_MARKDOWN,
    GUIDE_TEXT,
    WXS,
    CHOCOLATEY_NUSPEC,
    CHOCOLATEY_INSTALL,
    CHOCOLATEY_PROPERTIES,
    CHOCOLATEY_RELATIONSHIPS,
    WORKFLOW_GITHUB,
    WORKFLOW_GITLAB,
    WORKFLOW_INSTALL,
];
