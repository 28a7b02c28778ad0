//! Enums whose values are words in Cargo.toml.

/// Declares such an enum with a word for each value: the list of values, the conversions to and from words, `Display`,
/// and with the feature `manifest` deserialization by serde. With `error NAME("what it is")`, the enum also has
/// `FromStr` with that error.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$of_value:meta])* $value:ident = $word:literal,)+
        }
        $(error $error:ident($what:literal);)?
    ) => {
        $(#[$attribute])*
        #[cfg_attr(feature = "manifest", derive(serde::Deserialize))]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $visibility enum $name {
            $($(#[$of_value])* #[cfg_attr(feature = "manifest", serde(rename = $word))] $value,)+
        }

        impl $name {
            /// All values, in the order of the documentation.
            $visibility const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in Cargo.toml.
            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// The value for this word.
            $visibility fn from_word(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $(
            impl std::str::FromStr for $name {
                type Err = $error;

                fn from_str(text: &str) -> Result<Self, $error> {
                    Self::from_word(text).ok_or_else(|| $error {
                        found: text.to_owned(),
                    })
                }
            }

            #[doc = concat!("The error for a word that is not a ", $what, ".")]
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $error {
                found: String,
            }

            impl std::fmt::Display for $error {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    let known = $name::ALL.map($name::as_str).join(", ");
                    write!(f, concat!("unknown ", $what, " {:?}; expected one of {}"), self.found, known)
                }
            }

            impl std::error::Error for $error {}
        )?
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use crate::{Protocol, SidType, StartType, TriggerAction};

    /// Checks that every value of an enum is found by its word, and by no other.
    macro_rules! reads_back {
        ($($name:ident)+) => {
            $(
                for value in $name::ALL {
                    assert_eq!($name::from_word(value.as_str()), Some(value));
                    assert_eq!(value.to_string(), value.as_str());
                    assert_eq!($name::from_word(&value.as_str().to_uppercase()), None);
                }
            )+
        };
    }

    #[test]
    fn every_word_is_read_back() {
        reads_back!(Protocol SidType StartType TriggerAction);
    }

    #[test]
    fn an_error_lists_all_words() {
        assert_eq!(
            "boot".parse::<StartType>().unwrap_err().to_string(),
            "unknown start type \"boot\"; expected one of auto, delayed, manual, disabled"
        );
        assert_eq!(
            "".parse::<SidType>().unwrap_err().to_string(),
            "unknown SID type \"\"; expected one of unrestricted, restricted, none"
        );
    }

    #[cfg(feature = "manifest")]
    #[test]
    fn serde_reads_the_same_words() {
        #[derive(serde::Deserialize)]
        struct Start {
            start: StartType,
        }
        for value in StartType::ALL {
            let read: Start = toml::from_str(&format!("start = '{value}'")).unwrap();
            assert_eq!(read.start, value);
        }
        assert!(toml::from_str::<Start>("start = 'Auto'").is_err());
    }
}
