//! The tables of texts that controls and the progress use by name.

use super::texts::Texts;

/// What controls show by themselves ([UIText](https://learn.microsoft.com/windows/win32/msi/uitext-table)).
pub(in crate::msi) fn ui_texts(texts: &Texts) -> [(&'static str, String); 11] {
    let text = |key, text: &str| (key, text.to_owned());
    [
        text("GB", texts.gigabytes),
        text("KB", texts.kilobytes),
        text("MB", texts.megabytes),
        // A short and a long name.
        text("NewFolder", &format!("Fldr|{}", texts.new_folder_name)),
        text("ScriptInProgress", texts.script_in_progress),
        text("VolumeCostAvailable", texts.volume_available),
        text("VolumeCostDifference", texts.volume_difference),
        text("VolumeCostRequired", texts.volume_required),
        text("VolumeCostSize", texts.volume_size),
        text("VolumeCostVolume", texts.volume),
        text("bytes", texts.bytes),
    ]
}

/// What the installer is doing, by action
/// ([ActionText](https://learn.microsoft.com/windows/win32/msi/actiontext-table)).
pub(in crate::msi) fn action_texts(texts: &Texts) -> Vec<(&'static str, &'static str)> {
    let groups: [(&'static str, &[&'static str]); 12] = [
        (
            texts.preparing,
            &[
                "AppSearch",
                "CostFinalize",
                "CostInitialize",
                "FileCost",
                "FindRelatedProducts",
                "GenerateScript",
                "InstallValidate",
                "LaunchConditions",
                "ProcessComponents",
            ],
        ),
        (texts.removing_old, &["RemoveExistingProducts"]),
        (texts.stopping_services, &["StopServices"]),
        (texts.removing_services, &["DeleteServices"]),
        (
            texts.removing,
            &[
                "RemoveEnvironmentStrings",
                "RemoveFiles",
                "RemoveFolders",
                "RemoveRegistryValues",
                "UnpublishFeatures",
            ],
        ),
        (
            texts.copying,
            &["CreateFolders", "InstallAdminPackage", "InstallFiles"],
        ),
        (
            texts.writing_settings,
            &["WriteEnvironmentStrings", "WriteRegistryValues"],
        ),
        (
            texts.registering_services,
            &["InstallServices", "MsiConfigureServices"],
        ),
        (texts.starting_services, &["StartServices"]),
        (
            texts.registering_product,
            &[
                "PublishFeatures",
                "PublishProduct",
                "RegisterProduct",
                "RegisterUser",
            ],
        ),
        (texts.undoing, &["Rollback"]),
        (texts.cleaning_up, &["RollbackCleanup"]),
    ];
    let rows = groups
        .into_iter()
        .flat_map(|(text, actions)| actions.iter().map(move |action| (*action, text)));
    rows.collect()
}
