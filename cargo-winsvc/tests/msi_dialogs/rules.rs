//! The rules of Microsoft's validation (ICE) about dialogs, as far as they can be read from the tables.
//!
//! ICE20 also wants a window `FilesInUse` and a table `ListBox`, which the package leaves out on purpose.
//!
//! Source: [ICE reference](https://learn.microsoft.com/windows/win32/msi/ice-reference).

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// `msidbDialogAttributesError`
const ERROR_DIALOG: i32 = 65_536;
/// All bits of dialogs and of all controls' own halves that are defined.
const DIALOG_BITS: i32 = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 | 512 | ERROR_DIALOG;

/// The events whose argument is a dialog.
const OF_DIALOGS: [&str; 3] = ["NewDialog", "SpawnDialog", "SpawnWaitDialog"];
/// The standard events that the dialogs use.
const STANDARD: [&str; 13] = [
    "NewDialog",
    "SpawnDialog",
    "SpawnWaitDialog",
    "EndDialog",
    "CheckTargetPath",
    "SetTargetPath",
    "DirectoryListNew",
    "DirectoryListUp",
    "Reset",
    "Reinstall",
    "ReinstallMode",
    "Remove",
    "AddLocal",
];

fn packages() -> Vec<Package> {
    let least = Product {
        dialogs: Some(Dialogs::default()),
        ..products::smallest()
    };
    let mut packages = vec![Package::new(&least, Language::English)];
    packages
        .extend([Language::English, Language::Chinese].map(|language| Package::new(&product(), language)));
    packages
}

/// The controls by dialog and name.
fn controls(package: &mut Package) -> BTreeMap<(String, String), Row> {
    let rows = package.rows("Control").into_iter();
    rows.map(|row| ((row["Dialog_"].clone(), row["Control"].clone()), row))
        .collect()
}

fn dialog_names(package: &mut Package) -> BTreeSet<String> {
    package
        .rows("Dialog")
        .into_iter()
        .map(|row| row["Dialog"].clone())
        .collect()
}

/// ICE20: the dialogs after the end, and the window of messages.
#[test]
fn both_sequences_have_the_dialogs_of_each_end() {
    for mut package in packages() {
        let dialogs = dialog_names(&mut package);
        for sequence in ["InstallUISequence", "AdminUISequence"] {
            for number in ["-1", "-2", "-3"] {
                let rows = package.rows(sequence);
                let ends: Vec<&Row> = rows.iter().filter(|row| row["Sequence"] == number).collect();
                assert_eq!(ends.len(), 1, "{sequence} {number}");
                assert!(dialogs.contains(&ends[0]["Action"]), "{:?}", ends[0]);
            }
        }
    }
}

/// ICE20
#[test]
fn the_window_of_messages_has_the_controls_that_windows_installer_fills() {
    for mut package in packages() {
        let name = package.property("ErrorDialog").unwrap();
        let dialogs = package.rows("Dialog");
        let dialog = dialogs.iter().find(|row| row["Dialog"] == name).unwrap();
        assert_ne!(dialog["Attributes"].parse::<i32>().unwrap() & ERROR_DIALOG, 0);
        assert_eq!(dialog["Control_First"], "ErrorText");
        let controls = controls(&mut package);
        let control = |control: &str| &controls[&(name.clone(), control.to_owned())];
        assert_eq!(control("ErrorText")["Type"], "Text");
        let buttons = [
            ("A", "ErrorAbort"),
            ("C", "ErrorCancel"),
            ("I", "ErrorIgnore"),
            ("N", "ErrorNo"),
            ("O", "ErrorOk"),
            ("R", "ErrorRetry"),
            ("Y", "ErrorYes"),
        ];
        let shape = |row: &Row| ["Y", "Width", "Height"].map(|column| row[column].clone());
        for (button, event) in buttons {
            let row = control(button);
            assert_eq!(
                (row["Type"].as_str(), row["Control_Next"].as_str()),
                ("PushButton", "")
            );
            assert_eq!(shape(row), shape(control("A")));
            let events = package.of("ControlEvent", &name, button);
            assert_eq!(events.len(), 1);
            assert_eq!(
                (events[0]["Event"].as_str(), events[0]["Argument"].as_str()),
                ("EndDialog", event)
            );
        }
    }
}

/// ICE20, ICE23
#[test]
fn the_tab_key_goes_round_in_every_dialog() {
    for mut package in packages() {
        let controls = controls(&mut package);
        for dialog in package.rows("Dialog") {
            let name = &dialog["Dialog"];
            for column in ["Control_First", "Control_Default", "Control_Cancel"] {
                let control = &dialog[column];
                let exists = controls.contains_key(&(name.clone(), control.clone()));
                assert!(
                    exists || (control.is_empty() && column != "Control_First"),
                    "{name} {column} {control}"
                );
            }
            let linked: BTreeSet<&str> = controls
                .iter()
                .filter(|((of, _), row)| of == name && !row["Control_Next"].is_empty())
                .map(|((_, control), _)| control.as_str())
                .collect();
            let Some(first) = linked.iter().next() else {
                continue;
            };
            let (mut at, mut seen) = ((*first).to_owned(), BTreeSet::new());
            while seen.insert(at.clone()) {
                at = controls[&(name.clone(), at)]["Control_Next"].clone();
            }
            assert_eq!(&at, first, "{name}: one ring");
            assert_eq!(seen.len(), linked.len(), "{name}: {linked:?}");
            assert!(
                linked.len() == 1 || linked.contains(dialog["Control_First"].as_str()),
                "{name}"
            );
        }
    }
}

/// ICE17
#[test]
fn controls_have_what_their_kind_needs() {
    for mut package in packages() {
        let pictures: BTreeSet<String> = package
            .rows("Binary")
            .iter()
            .map(|row| row["Name"].clone())
            .collect();
        let of_property = |package: &mut Package, table: &str, property: &str| {
            package.has(table) && package.rows(table).iter().any(|row| row["Property"] == property)
        };
        for ((dialog, name), row) in controls(&mut package) {
            let place = format!("{dialog}.{name}");
            match row["Type"].as_str() {
                "PushButton" => assert!(!package.of("ControlEvent", &dialog, &name).is_empty(), "{place}"),
                "Bitmap" | "Icon" => assert!(pictures.contains(&row["Text"]), "{place}"),
                "CheckBox" => assert!(of_property(&mut package, "CheckBox", &row["Property"]), "{place}"),
                "ComboBox" => assert!(of_property(&mut package, "ComboBox", &row["Property"]), "{place}"),
                "PathEdit" | "DirectoryCombo" | "DirectoryList" => {
                    // Indirect: the property has the name of a folder.
                    let folder = package.property(&row["Property"]).unwrap();
                    assert!(
                        package
                            .rows("Directory")
                            .iter()
                            .any(|row| row["Directory"] == folder),
                        "{place}"
                    );
                }
                "Edit" => assert_eq!(row["Property"], row["Property"].to_uppercase(), "{place}"),
                "Text" | "Line" | "ProgressBar" | "ScrollableText" | "VolumeCostList" => {}
                other => panic!("{place}: {other}"),
            }
        }
    }
}

/// ICE31
#[test]
fn fonts_that_texts_name_exist() {
    for mut package in packages() {
        let fonts: BTreeSet<String> = package
            .rows("TextStyle")
            .iter()
            .map(|row| row["TextStyle"].clone())
            .collect();
        assert!(fonts.contains(&package.property("DefaultUIFont").unwrap()));
        let rows = package.rows("TextStyle");
        assert!(
            rows.iter()
                .all(|row| row["FaceName"].len() <= 31 && !row["TextStyle"].ends_with("_UL"))
        );
        for row in package.rows("Control") {
            let style = row["Text"]
                .strip_prefix("{\\")
                .and_then(|text| text.split_once('}'));
            if let Some((style, _)) = style.filter(|_| row["Type"] != "ScrollableText") {
                assert!(fonts.contains(style), "{style}");
            }
        }
    }
}

/// ICE34
#[test]
fn no_group_of_radio_buttons_lacks_a_default() {
    for package in packages() {
        assert!(!package.has("RadioButton"));
    }
}

/// ICE44
#[test]
fn events_lead_to_dialogs_that_exist_and_leave_theirs_last() {
    for mut package in packages() {
        let dialogs = dialog_names(&mut package);
        let mut of_controls: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
        for row in package.rows("ControlEvent") {
            let event = row["Event"].as_str();
            assert!(STANDARD.contains(&event), "{row:?}");
            assert!(
                !OF_DIALOGS.contains(&event) || dialogs.contains(&row["Argument"]),
                "{row:?}"
            );
            assert_ne!(row["Condition"], "", "never: {row:?}");
            let key = (row["Dialog_"].clone(), row["Control_"].clone());
            of_controls.entry(key).or_default().push(row);
        }
        for (control, mut events) in of_controls {
            events.sort_by_key(|row| row["Ordering"].parse::<i32>().unwrap());
            let leaves = |row: &Row| ["NewDialog", "EndDialog", "SpawnDialog"].contains(&&*row["Event"]);
            let first = events.iter().position(leaves).unwrap_or(events.len());
            assert!(events[first..].iter().all(leaves), "{control:?}: {events:?}");
            // Of several that are true, the last one counts.
            let unconditional = events
                .iter()
                .filter(|row| leaves(row) && row["Condition"] == "1")
                .count();
            assert!(unconditional <= 1, "{control:?}");
        }
    }
}

/// ICE45
#[test]
fn no_undefined_bit_is_set() {
    for mut package in packages() {
        for row in package.rows("Dialog") {
            assert_eq!(
                row["Attributes"].parse::<i32>().unwrap() & !DIALOG_BITS,
                0,
                "{row:?}"
            );
        }
        for row in package.rows("Control") {
            let own = match row["Type"].as_str() {
                "Text" => 65_536 | 131_072 | 262_144 | 524_288,
                "Edit" => 65_536 | 2_097_152,
                "ComboBox" => 65_536 | 131_072,
                "DirectoryCombo" | "VolumeCostList" => {
                    65_536 | 131_072 | 262_144 | 524_288 | 1_048_576 | 2_097_152
                }
                "PushButton" => 131_072 | 262_144 | 524_288 | 1_048_576 | 8_388_608,
                "Bitmap" => 1_048_576,
                _ => 0,
            };
            let defined = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | own;
            assert_eq!(row["Attributes"].parse::<i32>().unwrap() & !defined, 0, "{row:?}");
        }
    }
}

/// ICE13: other sequences have no dialogs.
#[test]
fn dialogs_are_in_the_sequences_of_the_user_interface_alone() {
    for mut package in packages() {
        let dialogs = dialog_names(&mut package);
        for sequence in [
            "InstallExecuteSequence",
            "AdminExecuteSequence",
            "AdvtExecuteSequence",
        ] {
            assert!(
                package
                    .rows(sequence)
                    .iter()
                    .all(|row| !dialogs.contains(&row["Action"]))
            );
        }
        let numbers: Vec<String> = package
            .rows("InstallUISequence")
            .iter()
            .map(|row| row["Sequence"].clone())
            .collect();
        let distinct: BTreeSet<&String> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len(), "{numbers:?}");
    }
}

/// With this window Windows Installer asks about programs that use a file, also about those that it stops itself; a
/// silent upgrade then waits for an answer that nobody gives.
#[test]
fn nothing_asks_about_files_in_use() {
    for mut package in packages() {
        assert!(!package.has("ListBox"));
        let dialogs = dialog_names(&mut package);
        assert!(!dialogs.contains("FilesInUse") && !dialogs.contains("MsiRMFilesInUse"));
        assert_eq!(
            package.property("MSIRESTARTMANAGERCONTROL").as_deref(),
            Some("Disable")
        );
    }
}

/// A key that two controls of a dialog have reaches only one of them.
#[test]
fn no_key_is_used_twice_in_a_dialog() {
    let mut doubled = Vec::new();
    for language in Language::ALL {
        let mut package = Package::new(&product(), language);
        let mut keys: BTreeMap<(String, char), Vec<String>> = BTreeMap::new();
        for row in package.rows("Control") {
            // The messages have some of the buttons, never `Abort` and `Cancel` together.
            let is_plain = row["Attributes"].parse::<i32>().unwrap() & 131_072 != 0 && row["Type"] == "Text";
            if is_plain || row["Type"] == "ScrollableText" || row["Dialog_"] == "ErrorDlg" {
                continue;
            }
            let key = row["Text"].split('&').nth(1).and_then(|rest| rest.chars().next());
            if let Some(key) = key {
                let key = (row["Dialog_"].clone(), key.to_lowercase().next().unwrap());
                keys.entry(key).or_default().push(row["Control"].clone());
            }
        }
        let keys = keys.into_iter().filter(|(_, controls)| controls.len() > 1);
        doubled.extend(keys.map(|(key, controls)| format!("{language} {key:?}: {controls:?}")));
    }
    assert!(doubled.is_empty(), "{doubled:#?}");
}

#[test]
fn texts_name_the_product_and_nothing_else() {
    for language in Language::ALL {
        let mut package = Package::new(&product(), language);
        let mut texts: Vec<String> = package
            .rows("UIText")
            .iter()
            .map(|row| row["Text"].clone())
            .collect();
        texts.extend(
            package
                .rows("ActionText")
                .iter()
                .map(|row| row["Description"].clone()),
        );
        texts.extend(
            package
                .rows("LaunchCondition")
                .iter()
                .map(|row| row["Description"].clone()),
        );
        let controls = package.rows("Control");
        let author = ["License", "Label1", "Label2", "Label3", "Label4", "Volumes"];
        let own = controls.iter().filter(|row| !author.contains(&&*row["Control"]));
        texts.extend(own.map(|row| row["Text"].clone()));
        for text in texts {
            for name in text
                .split('[')
                .skip(1)
                .map(|rest| rest.split(']').next().unwrap())
            {
                let known = ["ProductName", "ProductVersion", "INSTALLDIR"];
                assert!(known.contains(&name), "{language}: {text}");
            }
            assert!(
                !text.contains("  ") && text.trim() == text,
                "{language}: {text:?}"
            );
        }
    }
}
