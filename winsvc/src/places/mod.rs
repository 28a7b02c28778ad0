//! The folders of a service: settings, data and logs, and the checks of who may have written there.

#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows has such lists"))]
mod access;
mod folders;
#[cfg(any(feature = "log-files", feature = "verbs"))]
pub(crate) mod log_folder;
pub(crate) mod trust;

pub use folders::Folders;
#[cfg(feature = "verbs")]
pub(crate) use folders::{product_folder, program_data};

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
