//! Shortcuts that a package creates.

use std::fmt;

use super::{FeatureName, FolderPath, Text, TextError, Url, is_file_name};
use crate::words::words;
use crate::{NamedText, validated_text};

/// A table in `shortcuts`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "Fields"))]
#[serde(try_from = "Fields")]
pub struct Shortcut {
    /// Its name, without an extension.
    pub name: ShortcutName,
    /// What it opens.
    pub opens: Opens,
    /// Where it is.
    pub place: ShortcutPlace,
    /// Its folder in the start menu; `None` for the product's.
    pub folder: Option<MenuFolder>,
    /// The feature that it belongs to; `None` for that of its program.
    pub feature: Option<FeatureName>,
}

/// What a shortcut opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// A program, by its binary's name.
    Program(String, LinkOptions),
    /// A file or a folder.
    Path(NamedText, LinkOptions),
    /// An address, by an internet shortcut.
    Url(Url),
}

impl Opens {
    /// The texts with names.
    pub fn texts_mut(&mut self) -> Vec<&mut NamedText> {
        match self {
            Self::Program(_, options) => options.arguments.iter_mut().collect(),
            Self::Path(path, options) => options.arguments.iter_mut().chain([path]).collect(),
            Self::Url(_) => Vec::new(),
        }
    }

    /// The texts with names.
    pub fn texts(&self) -> Vec<&NamedText> {
        match self {
            Self::Program(_, options) => options.arguments.iter().collect(),
            Self::Path(path, options) => options.arguments.iter().chain([path]).collect(),
            Self::Url(_) => Vec::new(),
        }
    }

    /// The options, if it is not an internet shortcut.
    pub fn options(&self) -> Option<&LinkOptions> {
        match self {
            Self::Program(_, options) | Self::Path(_, options) => Some(options),
            Self::Url(_) => None,
        }
    }
}

/// The keys of a shortcut to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkOptions {
    /// The arguments.
    pub arguments: Vec<NamedText>,
    /// The text that Windows shows for it; may be empty.
    pub description: String,
    /// The path of an `.ico` file, relative to the folder of Cargo.toml; `None` for the icon of the target.
    pub icon: Option<String>,
    /// The working folder; `None` for that of the program.
    pub working_folder: Option<WorkingFolder>,
}

words! {
    /// Where a shortcut is.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum ShortcutPlace {
        /// The start menu of all users.
        #[default]
        StartMenu = "start-menu",
        /// The desktop of all users.
        Desktop = "desktop",
        /// The folder whose content Windows opens when a user logs on.
        Startup = "startup",
    }
}

words! {
    /// The folder in which a shortcut starts its program.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum WorkingFolder {
        /// The installation folder.
        Install = "install",
        /// The folder of the administrator's settings.
        Config = "config",
        /// The folder of the service's data.
        Data = "data",
        /// The folder of the log files.
        Logs = "logs",
    }
}

/// A folder in the start menu.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1)))]
#[serde(try_from = "String")]
pub struct MenuFolder(Vec<String>);

impl MenuFolder {
    /// Checks the path; `.` is the start menu itself.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text == "." {
            return Ok(Self(Vec::new()));
        }
        match FolderPath::new(text) {
            Ok(path) => Ok(Self(path.parts().to_vec())),
            Err(_) => Err(TextError {
                expected: "folders of the start menu, such as \"Acme/Agent\", or \".\"",
                found: text.to_owned(),
            }),
        }
    }

    /// The folders of the path, the outer one first.
    pub fn parts(&self) -> &[String] {
        &self.0
    }
}

validated_text!(MenuFolder, TextError);

/// The name of a shortcut, which is a file name without its extension.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("minLength" = 1, "maxLength" = 100)))]
#[serde(try_from = "String")]
pub struct ShortcutName(String);

impl ShortcutName {
    /// The most characters that the column of an MSI takes, with a short name beside it.
    const LONGEST: usize = 100;

    /// Checks the name.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if is_file_name(text) && text.encode_utf16().count() <= Self::LONGEST {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError {
                expected: "a file name of at most 100 characters, without an extension",
                found: text.to_owned(),
            })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

validated_text!(ShortcutName, TextError);

/// The keys of a table.
#[derive(serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    /// Its name, without an extension.
    name: ShortcutName,
    /// The program that it opens, by its binary's name.
    program: Option<String>,
    /// The file or folder that it opens.
    target: Option<NamedText>,
    /// The address that it opens.
    url: Option<Url>,
    /// The arguments.
    arguments: Option<Vec<NamedText>>,
    /// The text that Windows shows for it.
    description: Option<Text>,
    /// The path of an `.ico` file, relative to the folder of Cargo.toml; default: the target's own icon.
    icon: Option<String>,
    /// The working folder; default: that of the program.
    working_folder: Option<WorkingFolder>,
    /// Where it is; default: `start-menu`.
    #[serde(default)]
    place: ShortcutPlace,
    /// Its folder in the start menu; default: the product's.
    folder: Option<MenuFolder>,
    /// The feature that it belongs to; default: that of its program.
    feature: Option<FeatureName>,
}

impl TryFrom<Fields> for Shortcut {
    type Error = ShortcutError;

    fn try_from(fields: Fields) -> Result<Self, ShortcutError> {
        if fields.folder.is_some() && fields.place != ShortcutPlace::StartMenu {
            return Err(ShortcutError::Folder { place: fields.place });
        }
        let of_links = [
            ("arguments", fields.arguments.is_some()),
            ("description", fields.description.is_some()),
            ("icon", fields.icon.is_some()),
            ("working-folder", fields.working_folder.is_some()),
        ];
        let options = LinkOptions {
            arguments: fields.arguments.unwrap_or_default(),
            description: fields
                .description
                .map(|text| text.as_str().to_owned())
                .unwrap_or_default(),
            icon: fields.icon,
            working_folder: fields.working_folder,
        };
        if options.description.encode_utf16().count() > LONGEST_DESCRIPTION {
            return Err(ShortcutError::Description);
        }
        let opens = match (fields.program, fields.target, fields.url) {
            (Some(program), None, None) => Opens::Program(program, options),
            (None, Some(target), None) => Opens::Path(target, options),
            (None, None, Some(url)) => match of_links.into_iter().find(|(_, is_set)| *is_set) {
                Some((key, _)) => return Err(ShortcutError::OfUrl { key }),
                None => Opens::Url(url),
            },
            _ => return Err(ShortcutError::Target),
        };
        Ok(Self {
            name: fields.name,
            opens,
            place: fields.place,
            folder: fields.folder,
            feature: fields.feature,
        })
    }
}

/// The most characters of a description that the column of an MSI takes.
const LONGEST_DESCRIPTION: usize = 255;

/// The error for a table of a shortcut.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ShortcutError {
    /// It has none or several of the keys for what it opens.
    Target,
    /// The description is too long.
    Description,
    /// An internet shortcut does not have this key.
    OfUrl {
        /// The key.
        key: &'static str,
    },
    /// Only the start menu has folders.
    Folder {
        /// The place.
        place: ShortcutPlace,
    },
}

impl fmt::Display for ShortcutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target => f.write_str("a shortcut has one of the keys `program`, `target` and `url`"),
            Self::Description => write!(
                f,
                "the description of a shortcut has at most {LONGEST_DESCRIPTION} characters"
            ),
            Self::OfUrl { key } => write!(f, "unexpected key `{key}` for a shortcut with `url`"),
            Self::Folder { place } => write!(
                f,
                "unexpected key `folder` for a shortcut with `place = \"{place}\"`"
            ),
        }
    }
}

impl std::error::Error for ShortcutError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Shortcut, String> {
        toml::from_str(&format!("name = 'Acme'\n{text}"))
            .map_err(|error: toml::de::Error| error.message().to_owned())
    }

    #[test]
    fn a_shortcut_opens_one_thing() {
        let shortcut = read("program = 'tray'\narguments = ['--show']").unwrap();
        assert_eq!(shortcut.place, ShortcutPlace::StartMenu);
        assert!(matches!(shortcut.opens, Opens::Program(program, _) if program == "tray"));
        assert!(matches!(
            read("target = '{data}'").unwrap().opens,
            Opens::Path(..)
        ));
        assert!(matches!(
            read("url = 'https://acme.example'").unwrap().opens,
            Opens::Url(_)
        ));
        for none_or_two in ["", "program = 'a'\nurl = 'https://a.example'"] {
            let error = read(none_or_two).unwrap_err();
            assert_eq!(
                error,
                "a shortcut has one of the keys `program`, `target` and `url`"
            );
        }
        assert_eq!(
            read("url = 'https://a.example'\nicon = 'a.ico'").unwrap_err(),
            "unexpected key `icon` for a shortcut with `url`"
        );
    }

    #[test]
    fn only_the_start_menu_has_folders() {
        let folder = |text: &str| read(text).unwrap().folder.map(|folder| folder.parts().to_vec());
        assert_eq!(folder("program = 'a'"), None);
        assert_eq!(folder("program = 'a'\nfolder = '.'"), Some(vec![]));
        assert_eq!(
            folder("program = 'a'\nfolder = 'Acme/Agent'"),
            Some(vec!["Acme".to_owned(), "Agent".to_owned()])
        );
        assert_eq!(
            read("program = 'a'\nplace = 'desktop'\nfolder = 'Acme'").unwrap_err(),
            "unexpected key `folder` for a shortcut with `place = \"desktop\"`"
        );
        assert!(ShortcutName::new("a/b").is_err());
        assert!(ShortcutName::new(&"a".repeat(101)).is_err());
    }
}
