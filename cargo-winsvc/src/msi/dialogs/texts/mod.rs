//! The texts of the dialogs in each language.
//!
//! Texts are formatted strings: `[ProductName]` is the product's name. `&` before a letter makes it the key of a button
//! or an input.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod ja;
mod ko;
mod nl;
mod pl;
mod pt_br;
mod ru;
mod zh_cn;

use winsvc_definition::manifest::Language;

/// The texts in a language.
pub(in crate::msi) struct Texts {
    // The title of every window.
    pub(super) caption: &'static str,
    // Buttons.
    pub(super) back: &'static str,
    pub(super) next: &'static str,
    pub(super) cancel: &'static str,
    pub(super) finish: &'static str,
    pub(super) install: &'static str,
    pub(super) repair: &'static str,
    pub(super) remove: &'static str,
    pub(super) change: &'static str,
    pub(super) features: &'static str,
    pub(super) ok: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) retry: &'static str,
    pub(super) ignore: &'static str,
    pub(super) abort: &'static str,
    pub(super) resume: &'static str,
    pub(super) up: &'static str,
    pub(super) new_folder: &'static str,
    // The first page.
    pub(super) welcome_title: &'static str,
    pub(super) welcome_text: &'static str,
    // The page with the license.
    pub(super) license_title: &'static str,
    pub(super) license_description: &'static str,
    pub(super) license_accept: &'static str,
    // The page with the installation folder.
    pub(super) folder_title: &'static str,
    pub(super) folder_description: &'static str,
    pub(super) folder_label: &'static str,
    // The window that chooses a folder.
    pub(super) browse_title: &'static str,
    pub(super) browse_description: &'static str,
    pub(super) look_in: &'static str,
    pub(super) folder_name: &'static str,
    // The pages with the features.
    pub(super) features_title: &'static str,
    pub(super) features_description: &'static str,
    // The page with the account.
    pub(super) account_title: &'static str,
    pub(super) account_description: &'static str,
    pub(super) account_text: &'static str,
    pub(super) user_name: &'static str,
    pub(super) password: &'static str,
    // The pages with properties.
    pub(super) fields_title: &'static str,
    pub(super) fields_description: &'static str,
    // The last page before an installation, a repair and a removal.
    pub(super) ready_title: &'static str,
    pub(super) ready_text: &'static str,
    pub(super) ready_folder: &'static str,
    pub(super) repair_title: &'static str,
    pub(super) repair_ready: &'static str,
    pub(super) remove_title: &'static str,
    pub(super) remove_ready: &'static str,
    // The window with the progress.
    pub(super) progress_title: &'static str,
    pub(super) progress_text: &'static str,
    pub(super) progress_status: &'static str,
    // The last page, by result.
    pub(super) finish_title: &'static str,
    pub(super) finish_text: &'static str,
    pub(super) failure_title: &'static str,
    pub(super) failure_text: &'static str,
    pub(super) user_exit_title: &'static str,
    pub(super) user_exit_text: &'static str,
    // The page that continues an interrupted installation.
    pub(super) resume_title: &'static str,
    pub(super) resume_text: &'static str,
    // The page of an installed product.
    pub(super) maintenance_title: &'static str,
    pub(super) maintenance_description: &'static str,
    pub(super) repair_text: &'static str,
    pub(super) remove_text: &'static str,
    pub(super) change_text: &'static str,
    // The small windows.
    pub(super) cancel_question: &'static str,
    pub(super) waiting_text: &'static str,
    // The list of volumes without enough space.
    pub(super) disk_title: &'static str,
    pub(super) disk_description: &'static str,
    pub(super) disk_text: &'static str,
    // What the installer's own messages replace.
    pub(super) error_text: &'static str,
    // The message if a newer version is installed.
    pub(in crate::msi) newer_installed: &'static str,
    // `UIText`: what controls show by themselves.
    pub(super) bytes: &'static str,
    pub(super) kilobytes: &'static str,
    pub(super) megabytes: &'static str,
    pub(super) gigabytes: &'static str,
    pub(super) new_folder_name: &'static str,
    pub(super) volume: &'static str,
    pub(super) volume_size: &'static str,
    pub(super) volume_available: &'static str,
    pub(super) volume_required: &'static str,
    pub(super) volume_difference: &'static str,
    pub(super) script_in_progress: &'static str,
    // `ActionText`: what the installer is doing.
    pub(super) preparing: &'static str,
    pub(super) removing_old: &'static str,
    pub(super) stopping_services: &'static str,
    pub(super) removing_services: &'static str,
    pub(super) removing: &'static str,
    pub(super) copying: &'static str,
    pub(super) writing_settings: &'static str,
    pub(super) registering_services: &'static str,
    pub(super) starting_services: &'static str,
    pub(super) registering_product: &'static str,
    pub(super) undoing: &'static str,
    pub(super) cleaning_up: &'static str,
}

/// The texts in a language.
pub(in crate::msi) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::English => &en::TEXTS,
        Language::German => &de::TEXTS,
        Language::French => &fr::TEXTS,
        Language::Spanish => &es::TEXTS,
        Language::Italian => &it::TEXTS,
        Language::Portuguese => &pt_br::TEXTS,
        Language::Dutch => &nl::TEXTS,
        Language::Polish => &pl::TEXTS,
        Language::Russian => &ru::TEXTS,
        Language::Japanese => &ja::TEXTS,
        Language::Korean => &ko::TEXTS,
        Language::Chinese => &zh_cn::TEXTS,
    }
}
