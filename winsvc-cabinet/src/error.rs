//! The limits of a cabinet.

use std::collections::HashSet;
use std::io;

use thiserror::Error;

use super::Member;

/// The greatest number of files: the header counts them in 16 bits.
pub(super) const MAX_MEMBERS: usize = 0xFFFF;
/// The longest name in bytes, its final zero included (MS-CAB 2.3, `szName`).
const MAX_NAME: usize = 256;
/// The largest file: as many blocks as a folder counts in 16 bits (MS-CAB 2.3, `cbFile`).
pub const MAX_FILE: u64 = 0x7FFF_8000;

/// The error if files cannot be stored in a cabinet.
#[derive(Debug, Error)]
pub enum CabinetError {
    /// There are too many files for one cabinet.
    #[error("a cabinet cannot hold {count} files; expected at most {limit}")]
    TooManyFiles {
        /// How many files there are.
        count: usize,
        /// How many a cabinet holds.
        limit: usize,
    },
    /// A file is too large for a cabinet.
    #[error("the file `{name}` has {size} bytes; a file in a cabinet has at most {limit}")]
    FileTooLarge {
        /// The file's name.
        name: String,
        /// Its size.
        size: u64,
        /// The greatest size.
        limit: u64,
    },
    /// A name is empty, too long, or contains a zero.
    #[error("invalid file name `{name}` in a cabinet; expected 1 to {limit} bytes without a zero byte")]
    Name {
        /// The name.
        name: String,
        /// The greatest length in bytes.
        limit: usize,
    },
    /// Two files have the same name.
    #[error("the cabinet would have two files named `{name}`")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// The files are too large for one cabinet even when compressed.
    #[error(
        "the cabinet would have {size} bytes; extractors read at most {limit}\nnote: divide the files among \
         several cabinets"
    )]
    TooLarge {
        /// The cabinet's size.
        size: u64,
        /// The greatest size.
        limit: u64,
    },
    /// The files have fewer bytes than announced.
    #[error("the files of a cabinet have {missing} bytes fewer than announced")]
    Incomplete {
        /// How many bytes are missing.
        missing: u64,
    },
    /// The cabinet cannot be written.
    #[error("cannot write a cabinet")]
    Write(#[source] io::Error),
}

/// Checks the files against the limits of the format.
pub(super) fn check(members: &[Member]) -> Result<(), CabinetError> {
    if members.len() > MAX_MEMBERS {
        return Err(CabinetError::TooManyFiles {
            count: members.len(),
            limit: MAX_MEMBERS,
        });
    }
    let mut names = HashSet::new();
    for member in members {
        check_name(&member.name)?;
        if !names.insert(&member.name) {
            return Err(CabinetError::DuplicateName {
                name: member.name.clone(),
            });
        }
        if member.size > MAX_FILE {
            return Err(CabinetError::FileTooLarge {
                name: member.name.clone(),
                size: member.size,
                limit: MAX_FILE,
            });
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), CabinetError> {
    if name.is_empty() || name.len() >= MAX_NAME || name.contains('\0') {
        return Err(CabinetError::Name {
            name: name.to_owned(),
            limit: MAX_NAME - 1,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DosDateTime;

    fn member(name: &str) -> Member {
        Member {
            name: name.to_owned(),
            size: 0,
            modified: DosDateTime::from_unix(0),
        }
    }

    fn error(members: &[Member]) -> String {
        check(members).expect_err("the files do not fit").to_string()
    }

    #[test]
    fn names_are_short_and_different() {
        for name in ["", "a\0b", &"ä".repeat(128)] {
            assert_eq!(
                error(&[member(name)]),
                format!(
                    "invalid file name `{name}` in a cabinet; expected 1 to 255 bytes without a zero byte"
                )
            );
        }
        check(&[member(&"a".repeat(255))]).unwrap();
        assert_eq!(
            error(&[member("a"), member("a")]),
            "the cabinet would have two files named `a`"
        );
    }

    #[test]
    fn a_cabinet_counts_its_files_in_16_bits() {
        let members: Vec<_> = (0..65_536).map(|number| member(&format!("f{number}"))).collect();
        assert_eq!(
            error(&members),
            "a cabinet cannot hold 65536 files; expected at most 65535"
        );
        check(&members[1..]).unwrap();
    }

    #[test]
    fn a_file_has_as_many_blocks_as_a_folder_counts() {
        let large = |size| Member { size, ..member("a") };
        check(&[large(MAX_FILE)]).unwrap();
        assert_eq!(
            error(&[large(MAX_FILE + 1)]),
            "the file `a` has 2147450881 bytes; a file in a cabinet has at most 2147450880"
        );
    }
}
