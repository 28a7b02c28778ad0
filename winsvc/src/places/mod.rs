//! Where the files of a service lie that are no part of its package: its logs, its administrator's settings.

#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) mod log_folder;
#[cfg(any(feature = "log-files", feature = "settings"))]
pub(crate) mod trust;

use std::env;
use std::path::PathBuf;

/// The folder of a service's data on Windows: `%ProgramData%` and the product's own folders below it.
pub(crate) fn data_folder(folders: &[String]) -> Option<PathBuf> {
    let mut folder = PathBuf::from(env::var_os("ProgramData").filter(|_| cfg!(windows))?);
    folder.extend(folders);
    Some(folder)
}

/// A folder that systemd has made for the unit, by the name of the variable that tells of it.
///
/// Facts: <https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#RuntimeDirectory=>.
#[cfg(any(feature = "log-files", feature = "settings"))]
pub(crate) fn unit_folder(variable: &str) -> Option<PathBuf> {
    let folders = env::var(variable).ok().filter(|_| !cfg!(windows))?;
    folders.split(':').next().map(PathBuf::from)
}

/// A service's name in the name of a file: what Windows does not allow there becomes `_`.
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
    fn a_name_of_a_service_can_be_that_of_a_file() {
        assert_eq!(file_name("Acme: Größe?"), "Acme_ Größe_");
    }
}
