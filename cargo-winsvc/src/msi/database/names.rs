//! The names of a database's streams, packed so that 62 characters fit the 31 that a compound file offers.
//!
//! Two characters of the set `0-9 A-Z a-z . _` become one UTF-16 unit, a single one another; other characters are
//! kept. A table's stream is marked by one unit in front. There is no published specification; packages written
//! by Windows use this encoding.

use super::error::{DatabaseError, StreamNameProblem};

/// The name of the summary information's stream, which is not packed.
pub(super) const SUMMARY_INFORMATION: &str = "\u{5}SummaryInformation";

/// A compound file's directory entry has 32 units for the name and its final zero (MS-CFB 2.6.1).
const MAX_UNITS: usize = 31;
/// The characters that MS-CFB 2.6.1 forbids in names.
const FORBIDDEN: [char; 4] = ['/', '\\', ':', '!'];
/// The first unit for two characters: the first adds its value, the second its value times 64.
const PAIRS: u32 = 0x3800;
/// The first unit for one character.
const SINGLES: u32 = 0x4800;
/// The prefix of a table's stream name: the unit after the last one for a single character.
const TABLE: char = '\u{4840}';

/// The packed name of the stream that holds a table's rows.
pub(super) fn of_table(name: &str) -> Result<String, DatabaseError> {
    checked(name, format!("{TABLE}{}", packed(name)))
}

/// The packed name of any other stream.
pub(super) fn of_stream(name: &str) -> Result<String, DatabaseError> {
    checked(name, packed(name))
}

fn checked(name: &str, packed: String) -> Result<String, DatabaseError> {
    let len = packed.encode_utf16().count();
    let problem = if name.is_empty() {
        Some(StreamNameProblem::Empty)
    } else if let Some(reserved) = name.chars().find(|&character| is_reserved(character)) {
        Some(StreamNameProblem::Reserved(reserved))
    } else if len > MAX_UNITS {
        Some(StreamNameProblem::TooLong {
            len,
            limit: MAX_UNITS,
        })
    } else {
        None
    };
    match problem {
        Some(problem) => Err(DatabaseError::StreamName {
            name: name.to_owned(),
            problem,
        }),
        None => Ok(packed),
    }
}

fn is_reserved(character: char) -> bool {
    FORBIDDEN.contains(&character)
        || character.is_control()
        || (PAIRS..=u32::from(TABLE)).contains(&u32::from(character))
}

fn packed(name: &str) -> String {
    let mut packed = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let unit = match (digit(character), characters.peek().copied().and_then(digit)) {
            (Some(first), Some(second)) => {
                characters.next();
                char::from_u32(PAIRS + first + (second << 6))
            }
            (Some(single), None) => char::from_u32(SINGLES + single),
            (None, _) => Some(character),
        };
        packed.extend(unit);
    }
    packed
}

/// A character's value among the 64 that are packed.
fn digit(character: char) -> Option<u32> {
    let offset = |first: char| u32::from(character) - u32::from(first);
    match character {
        '0'..='9' => Some(offset('0')),
        'A'..='Z' => Some(10 + offset('A')),
        'a'..='z' => Some(36 + offset('a')),
        '.' => Some(62),
        '_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_packed_as_windows_packs_them() {
        assert_eq!(
            of_table("_Columns").expect("valid"),
            "\u{4840}\u{3b3f}\u{43f2}\u{4438}\u{45b1}"
        );
        assert_eq!(
            of_table("_Tables").expect("valid"),
            "\u{4840}\u{3f7f}\u{4164}\u{422f}\u{4836}"
        );
        assert_eq!(
            of_stream("App.exe").expect("valid"),
            "\u{44ca}\u{47b3}\u{46e8}\u{4828}"
        );
        assert_eq!(of_stream("a-b ü").expect("valid"), "\u{4824}-\u{4825} ü");
    }

    #[test]
    fn sixty_two_packable_characters_fit() {
        assert!(of_stream(&"x".repeat(62)).is_ok());
        assert_eq!(
            of_stream(&"x".repeat(63)).expect_err("too long").to_string(),
            format!(
                "invalid stream name `{}`: it takes 32 units; at most 31 are available \
                 (a letter, digit, point or underscore takes half a unit)",
                "x".repeat(63)
            )
        );
    }

    #[test]
    fn characters_with_another_meaning_are_refused() {
        for name in ["a/b", "a:b", "\u{5}a", "\u{3800}"] {
            assert!(matches!(
                of_stream(name),
                Err(DatabaseError::StreamName {
                    problem: StreamNameProblem::Reserved(_),
                    ..
                })
            ));
        }
    }
}
