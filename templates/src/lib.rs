//! Every text that cargo-winsvc generates, as [Tera](https://keats.github.io/tera/) templates.
//!
//! This is a crate of data: what a text says is found and changed here, what goes into it comes from the tool.

/// A template: the name under which it is rendered, and its text.
pub type Template = (&'static str, &'static str);

/// The script of the zip that registers and starts the service.
pub const ZIP_INSTALL: Template = ("install.cmd", include_str!("zip/install.cmd.tera"));

/// The script of the zip that stops and removes the service.
pub const ZIP_UNINSTALL: Template = ("uninstall.cmd", include_str!("zip/uninstall.cmd.tera"));

/// What both scripts begin with: where the program is.
pub const ZIP_EXE: Template = ("exe.cmd", include_str!("zip/exe.cmd.tera"));

/// What the zip says of itself.
pub const ZIP_README: Template = ("README.txt", include_str!("zip/README.txt.tera"));

/// All templates.
pub const ALL: [Template; 4] = [ZIP_INSTALL, ZIP_UNINSTALL, ZIP_EXE, ZIP_README];
