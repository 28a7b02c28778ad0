//! Short names (8.3) of files and folders, for file systems that want them.
//!
//! A name that is short already is its own. Any other gets a part of a hash of its long name and its folder, as in WiX, so
//! that the same file has the same short name in every version. No two names of one folder may have the same one.

use std::collections::HashMap;

use super::names::letters;

/// The short names that are in use.
#[derive(Debug, Default)]
pub(super) struct ShortNames {
    /// By folder and short name, each with the long name, in the form in which Windows compares names.
    used: HashMap<(String, String), String>,
}

impl ShortNames {
    /// The short names of these files and folders, each a pair of a folder and a name in it.
    pub(super) fn of<'a>(names: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let mut short_names = Self::default();
        // A name that is short already keeps it, whatever the others are.
        for (folder, name) in names.clone().filter(|(_, name)| is_short(name)) {
            short_names.take(folder, name, name);
        }
        for (folder, name) in names {
            short_names.make(folder, name);
        }
        short_names
    }

    /// The name in the form of the `Filename` columns: `SHORT|long`, or only the name if it is short.
    pub(super) fn short_and_long(&mut self, folder: &str, name: &str) -> String {
        if is_short(name) {
            return name.to_owned();
        }
        format!("{}|{name}", self.make(folder, name))
    }

    /// Finds the first free short name for the long one; it is the same again for the same name.
    fn make(&mut self, folder: &str, name: &str) -> String {
        let (_, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let extension: String = extension
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(3)
            .collect::<String>()
            .to_ascii_uppercase();
        let dot = if extension.is_empty() { "" } else { "." };
        let hashed = format!("{folder}|{}", name.to_lowercase());
        let mut attempts = (0..).map(|attempt| match attempt {
            0 => letters(&hashed, 8),
            _ => letters(&format!("{hashed}|{attempt}"), 8),
        });
        let free = attempts.find_map(|hash| {
            let short = format!("{hash}{dot}{extension}");
            self.take(folder, &short, name).then_some(short)
        });
        free.expect("there are more hashes than files")
    }

    /// Takes a short name, unless another name of the folder has it.
    fn take(&mut self, folder: &str, short: &str, long: &str) -> bool {
        let key = (folder.to_owned(), short.to_uppercase());
        let long = long.to_lowercase();
        *self.used.entry(key).or_insert_with(|| long.clone()) == long
    }
}

fn is_short(name: &str) -> bool {
    let is_part = |part: &str, longest: usize| {
        part.len() <= longest
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    !stem.is_empty() && is_part(stem, 8) && is_part(extension, 3) && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short_and_long(name: &str, folder: &str) -> String {
        ShortNames::default().short_and_long(folder, name)
    }

    #[test]
    fn only_names_that_need_it_get_a_short_one() {
        assert_eq!(short_and_long("hello.exe", "INSTALLDIR"), "hello.exe");
        assert_eq!(short_and_long("README", "INSTALLDIR"), "README");
        let name = short_and_long("agent.config.toml", "INSTALLDIR");
        let (short, long) = name.split_once('|').unwrap();
        assert_eq!(
            (short.len(), &short[8..], long),
            (12, ".TOM", "agent.config.toml")
        );
        assert_ne!(short_and_long("agent.config.toml", "OTHER"), name);
        assert_eq!(
            short_and_long(".env", "INSTALLDIR").split_once('|').unwrap().1,
            ".env"
        );
    }

    #[test]
    fn a_short_name_that_is_taken_is_passed_over() {
        let long = "agent.config.toml";
        let first = letters(&format!("F|{long}"), 8);
        let taken = format!("{}.tom", first.to_lowercase());
        let names = [("F", long), ("F", taken.as_str()), ("G", long)];
        let mut short_names = ShortNames::of(names.into_iter());
        let own = short_names.short_and_long("F", &taken);
        assert_eq!(own, taken, "a name that is short keeps it");
        let other = short_names.short_and_long("F", long);
        assert_ne!(other, format!("{first}.TOM|{long}"));
        assert_eq!(
            other,
            format!("{}.TOM|{long}", letters(&format!("F|{long}|1"), 8))
        );
        assert_eq!(short_names.short_and_long("F", long), other, "and so again");
        // Names that differ in case alone are one.
        assert!(
            short_names
                .short_and_long("F", "Agent.Config.toml")
                .starts_with(&other[..12])
        );
    }
}
