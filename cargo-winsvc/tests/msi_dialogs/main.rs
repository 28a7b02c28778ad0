//! The dialogs of an MSI: the rules that Windows Installer and its validation demand, whether texts fit, and the bytes
//! that depend on the language.

mod fit;
#[path = "../products/mod.rs"]
mod products;
mod rules;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use cargo_winsvc::msi::{self, Options};
use cargo_winsvc::product::{Dialogs, Product};
use winsvc_definition::manifest::{Language, Languages};

/// A product whose dialogs have every page.
fn product() -> Product {
    Product {
        name: "Contoso Telemetry Collector".to_owned(),
        dialogs: Some(dialogs()),
        features: products::with_features().features,
        ..products::smallest()
    }
}

fn dialogs() -> Dialogs {
    Dialogs {
        languages: Languages::try_from(Language::ALL.to_vec()).unwrap(),
        ..products::dialogs()
    }
}

/// A package, as an independent reader sees it, with the tables that were read.
struct Package(::msi::Package<Cursor<Vec<u8>>>, BTreeMap<String, Vec<Row>>);

/// A row by column; numbers are texts, and empty cells are empty texts.
type Row = BTreeMap<String, String>;

impl Package {
    fn new(product: &Product, language: Language) -> Self {
        let mut out = Cursor::new(Vec::new());
        let folder = std::env::temp_dir();
        let payload = msi::compress(product, Options::default(), &folder, &mut |_| {}).unwrap();
        msi::render(product, language, &payload, &mut out).unwrap();
        Self(::msi::Package::open(out).unwrap(), BTreeMap::new())
    }

    fn rows(&mut self, table: &str) -> Vec<Row> {
        if let Some(rows) = self.1.get(table) {
            return rows.clone();
        }
        let rows = self.read(table);
        self.1.insert(table.to_owned(), rows.clone());
        rows
    }

    fn read(&mut self, table: &str) -> Vec<Row> {
        let rows = self.0.select_rows(::msi::Select::table(table)).unwrap();
        let columns: Vec<String> = rows
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect();
        let cell = |value: &::msi::Value| match value {
            ::msi::Value::Int(number) => number.to_string(),
            ::msi::Value::Str(text) => text.clone(),
            ::msi::Value::Null | ::msi::Value::Binary => String::new(),
        };
        rows.map(|row| {
            let cells = columns.iter().enumerate();
            cells
                .map(|(index, column)| (column.clone(), cell(&row[index])))
                .collect()
        })
        .collect()
    }

    fn has(&self, table: &str) -> bool {
        self.0.has_table(table)
    }

    /// The value of a property.
    fn property(&mut self, name: &str) -> Option<String> {
        let mut rows = self.rows("Property").into_iter();
        rows.find(|row| row["Property"] == name)
            .map(|row| row["Value"].clone())
    }

    /// A control of a dialog.
    fn control(&mut self, dialog: &str, control: &str) -> Option<Row> {
        let is_it = |row: &Row| row["Dialog_"] == dialog && row["Control"] == control;
        self.rows("Control").into_iter().find(is_it)
    }

    /// The rows of a control's or dialog's table.
    fn of(&mut self, table: &str, dialog: &str, control: &str) -> Vec<Row> {
        let rows = self.rows(table).into_iter();
        rows.filter(|row| row["Dialog_"] == dialog && row["Control_"] == control)
            .collect()
    }
}

#[test]
fn a_package_is_in_the_code_page_of_its_language() {
    let pages = Language::ALL.map(|language| {
        let mut package = Package::new(&product(), language);
        let codepage = package.0.database_codepage().id();
        let summary = package.0.summary_info();
        let languages = summary.languages();
        assert_eq!(
            languages[0].tag().split('-').next(),
            language.as_str().split('-').next()
        );
        assert_eq!(summary.codepage().id(), codepage, "{language}");
        let id = package.property("ProductLanguage").unwrap();
        format!("{language} {id} {codepage}")
    });
    assert_eq!(
        pages,
        [
            "en 1033 1252",
            "de 1031 1252",
            "fr 1036 1252",
            "es 3082 1252",
            "it 1040 1252",
            "pt-BR 1046 1252",
            "nl 1043 1252",
            "pl 1045 1250",
            "ru 1049 1251",
            "ja 1041 932",
            "ko 1042 949",
            "zh-CN 2052 936",
        ]
    );
}

#[test]
fn a_name_that_the_language_lacks_makes_the_database_utf_8() {
    let mut product = product();
    product.manufacturer = "Łódź GmbH".to_owned();
    let package = Package::new(&product, Language::German);
    assert_eq!(package.0.database_codepage().id(), 65001);
}

#[test]
fn packages_in_two_languages_differ_in_their_codes_and_replace_each_other() {
    let codes = |language| {
        let mut package = Package::new(&product(), language);
        for row in package.rows("Upgrade") {
            assert_eq!(row["Language"], "", "every language");
        }
        let id = package.0.summary_info().uuid().unwrap().to_string();
        (
            package.property("UpgradeCode"),
            package.property("ProductCode"),
            id,
        )
    };
    let (english, german) = (codes(Language::English), codes(Language::German));
    assert_eq!(english.0, german.0);
    assert_ne!(english.1, german.1);
    assert_ne!(english.2, german.2);
}

#[test]
fn inputs_reach_the_elevated_part_and_secrets_stay_out_of_logs() {
    /// `msidbControlAttributesPasswordInput`
    const PASSWORD_INPUT: i32 = 2_097_152;

    let mut package = Package::new(&product(), Language::English);
    let list = |value: Option<String>| -> Vec<String> {
        value.unwrap_or_default().split(';').map(str::to_owned).collect()
    };
    let secure = list(package.property("SecureCustomProperties"));
    for property in [
        "ACCOUNT",
        "PASSWORD",
        "LISTEN_PORT",
        "LOG_LEVEL",
        "KEY_FILE",
        "INSTALLDIR",
    ] {
        assert!(secure.contains(&property.to_owned()), "{property}: {secure:?}");
    }
    assert_eq!(list(package.property("MsiHiddenProperties")), ["PASSWORD"]);

    for control in package.rows("Control") {
        let is_secret = control["Property"] == "PASSWORD";
        let attributes: i32 = control["Attributes"].parse().unwrap();
        assert_eq!(attributes & PASSWORD_INPUT != 0, is_secret, "{control:?}");
    }
}

#[test]
fn fields_take_as_many_pages_as_they_need_and_offer_their_values() {
    let mut package = Package::new(&product(), Language::English);
    let inputs: Vec<(String, String, String)> = package
        .rows("Control")
        .into_iter()
        .filter(|row| row["Dialog_"].starts_with("SettingsDlg") && !row["Property"].is_empty())
        .map(|row| {
            (
                row["Dialog_"].clone(),
                row["Type"].clone(),
                row["Property"].clone(),
            )
        })
        .collect();
    let expected = [
        ("SettingsDlg1", "Edit", "LISTEN_PORT"),
        ("SettingsDlg1", "ComboBox", "LOG_LEVEL"),
        ("SettingsDlg1", "Edit", "UPSTREAM_URL"),
        ("SettingsDlg1", "Edit", "KEY_FILE"),
        ("SettingsDlg2", "Edit", "PROXY"),
    ];
    let mut expected = expected
        .map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
        .to_vec();
    let mut found = inputs;
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let mut choices: Vec<String> = package
        .rows("ComboBox")
        .into_iter()
        .map(|row| format!("{} {} {}", row["Property"], row["Order"], row["Value"]))
        .collect();
    choices.sort();
    assert_eq!(choices, ["LOG_LEVEL 1 info", "LOG_LEVEL 2 warn [\\[]all[\\]]"]);
}

#[test]
fn the_pages_are_a_chain_forwards_and_backwards() {
    let chain = |product: &Product| {
        let mut package = Package::new(product, Language::English);
        let mut target = |dialog: &str, control: &str| {
            let events = package.of("ControlEvent", dialog, control).into_iter();
            let mut events = events.filter(|event| event["Event"] == "NewDialog");
            events.next().map(|event| event["Argument"].clone())
        };
        let mut pages = vec!["WelcomeDlg".to_owned()];
        while let Some(next) = target(pages.last().unwrap(), "Next") {
            assert_eq!(target(&next, "Back").as_ref(), pages.last(), "back from {next}");
            pages.push(next);
        }
        pages
    };
    assert_eq!(
        chain(&product()),
        [
            "WelcomeDlg",
            "LicenseDlg",
            "FolderDlg",
            "FeaturesDlg1",
            "AccountDlg",
            "SettingsDlg1",
            "SettingsDlg2",
            "ReadyDlg"
        ]
    );
    let least = Product {
        dialogs: Some(Dialogs::default()),
        ..products::smallest()
    };
    assert_eq!(chain(&least), ["WelcomeDlg", "FolderDlg", "ReadyDlg"]);
}

/// An installed product has the same pages, if it has features.
#[test]
fn check_boxes_add_and_remove_features() {
    let mut package = Package::new(&product(), Language::English);
    let event = |row: &Row| [&row["Event"], &row["Argument"], &row["Condition"]].map(Clone::clone);
    for (page, next) in [
        ("FeaturesDlg1", "AccountDlg"),
        ("ChangeFeaturesDlg1", "ChangeDlg"),
    ] {
        let mut events = package.of("ControlEvent", page, "Next");
        events.sort_by_key(|row| row["Ordering"].parse::<u32>().unwrap());
        let events: Vec<_> = events.iter().map(event).collect();
        assert_eq!(
            events,
            [
                ["AddLocal", "docs", "Choice.docs=\"1\""],
                ["Remove", "docs", "NOT Choice.docs=\"1\""],
                ["AddLocal", "tray", "Choice.tray=\"1\""],
                ["Remove", "tray", "NOT Choice.tray=\"1\""],
                ["AddLocal", "updates", "Choice.updates=\"1\""],
                ["Remove", "updates", "NOT Choice.updates=\"1\""],
                ["NewDialog", next, "1"],
            ]
            .map(|event| event.map(str::to_owned))
        );
        let title = package.control(page, "Choice1").expect("the check box")["Text"].clone();
        assert_eq!(title, "Documentation && more");
    }
    let change = package.of("ControlEvent", "MaintenanceDlg", "Features");
    assert_eq!(
        change.iter().map(event).collect::<Vec<_>>(),
        [["NewDialog", "ChangeFeaturesDlg1", "1"].map(str::to_owned)]
    );
    let shown: Vec<[String; 3]> = package
        .rows("InstallUISequence")
        .iter()
        .filter(|row| row["Action"].starts_with("ShowFeature"))
        .map(|row| [&row["Action"], &row["Condition"], &row["Sequence"]].map(Clone::clone))
        .collect();
    assert_eq!(
        shown[1],
        ["ShowFeature1", "&tray=3 OR !tray=3", "1211"].map(str::to_owned)
    );
    // The list of installed programs offers a change only if there is one.
    assert_eq!(package.property("ARPNOMODIFY"), None);
    let least = Product {
        dialogs: Some(Dialogs::default()),
        ..products::smallest()
    };
    let mut package = Package::new(&least, Language::English);
    assert_eq!(package.property("ARPNOMODIFY").as_deref(), Some("1"));
    assert!(package.control("MaintenanceDlg", "Features").is_none());
}

#[test]
fn pictures_are_bitmaps_and_the_author_s_replace_the_plain_ones() {
    let sizes = |dialogs: Dialogs| {
        let product = Product {
            dialogs: Some(dialogs),
            ..products::smallest()
        };
        let mut package = Package::new(&product, Language::English);
        let size = ["Banner", "Side"].map(|name| {
            let mut bytes = Vec::new();
            let mut stream = package.0.read_stream(&format!("Binary.{name}")).unwrap();
            stream.read_to_end(&mut bytes).unwrap();
            assert_eq!(&bytes[..2], b"BM");
            let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            (number(18), number(22))
        });
        let banner = package
            .rows("Control")
            .into_iter()
            .find(|row| row["Text"] == "Banner");
        let has_name = package
            .rows("Control")
            .iter()
            .any(|row| row["Control"] == "ProductName");
        (size, banner.unwrap()["Width"].clone(), has_name)
    };
    let own = |width, height| {
        Some(cargo_winsvc::bitmap::Bitmap::new(width, height, |x, _| {
            [x as u8; 3]
        }))
    };
    assert_eq!(
        sizes(Dialogs::default()),
        ([(116, 116), (328, 624)], "44".to_owned(), true)
    );
    let author = Dialogs {
        banner: own(100, 50),
        side: own(164, 312),
        ..Dialogs::default()
    };
    assert_eq!(sizes(author), ([(100, 50), (164, 312)], "88".to_owned(), false));
}

#[test]
fn without_dialogs_there_is_no_trace_of_them() {
    let mut package = Package::new(&products::smallest(), Language::English);
    for table in [
        "Dialog",
        "Control",
        "Binary",
        "UIText",
        "ActionText",
        "TextStyle",
        "CheckBox",
    ] {
        assert!(!package.has(table), "{table}");
    }
    for sequence in ["InstallUISequence", "AdminUISequence"] {
        assert!(
            package
                .rows(sequence)
                .iter()
                .all(|row| !row["Action"].ends_with("Dlg"))
        );
    }
    assert_eq!(package.property("ErrorDialog"), None);
}
