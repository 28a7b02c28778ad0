//! Checks the keys of the dialogs.

use crate::config::Config;
use crate::diagnostic::Diagnostic;

/// Warns about a license that nothing shows.
pub(super) fn check(config: &Config) -> Option<Diagnostic> {
    let package = &config.manifest.package;
    (package.license.is_some() && package.dialogs.is_none()).then(|| {
        Diagnostic::warning("`license` has no effect: the MSI has no dialogs to show it")
            .at(config.place(&["package", "license"]))
            .help("set `dialogs = true`; to install the file, add it to `files`")
    })
}
