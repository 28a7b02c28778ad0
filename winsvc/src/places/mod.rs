//! The folders of files that are not part of the package: logs, and the administrator's settings.

#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) mod log_folder;
#[cfg(any(feature = "log-files", feature = "settings"))]
pub(crate) mod trust;

use std::env;
use std::path::PathBuf;

/// The data folder of a service on Windows: the product's folders below `%ProgramData%`.
pub(crate) fn data_folder(folders: &[String]) -> Option<PathBuf> {
    let mut folder = PathBuf::from(env::var_os("ProgramData").filter(|_| cfg!(windows))?);
    folder.extend(folders);
    Some(folder)
}

/// A folder that systemd has created for the unit, by the name of the variable that contains it.
///
/// Reference: <https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#RuntimeDirectory=>.
#[cfg(any(feature = "log-files", feature = "settings"))]
pub(crate) fn unit_folder(variable: &str) -> Option<PathBuf> {
    let folders = env::var(variable).ok().filter(|_| !cfg!(windows))?;
    folders.split(':').next().map(PathBuf::from)
}

/// The service's name as a file name: characters that Windows does not allow become `_`.
pub(crate) fn file_name(service: &str) -> String {
    let is_allowed = |character: &char| !r#"<>:"/\|?*"#.contains(*character) && !character.is_control();
    let characters = service.chars();
    characters
        .map(|character| if is_allowed(&character) { character } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_file_names_cannot_have_are_replaced() {
        assert_eq!(file_name("Acme: Größe?"), "Acme_ Größe_");
    }
}
