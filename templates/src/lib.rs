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

/// All templates.
pub const ALL: [Template; 7] = [
    ZIP_INSTALL,
    ZIP_UNINSTALL,
    ZIP_EXE,
    ZIP_README,
    GUIDE_MARKDOWN,
    GUIDE_TEXT,
    WXS,
];
