//! The state on disk: `state.json`, replaced as a whole.

use std::io;
use std::path::{Path, PathBuf};

use super::files::Files;
use super::machine::State;

/// The file with the state.
#[derive(Clone, Debug)]
pub(super) struct Store {
    path: PathBuf,
}

/// What the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loaded {
    /// A state, or none yet.
    State(Box<State>),
    /// Something else. An update may have been interrupted at any point.
    Damaged,
}

impl Store {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("state.json"),
        }
    }

    pub(super) fn load(&self, files: &mut dyn Files) -> io::Result<Loaded> {
        if !files.exists(&self.path)? {
            return Ok(Loaded::State(Box::default()));
        }
        let content = files.read(&self.path)?;
        let state = serde_json::from_slice(&content);
        Ok(state.map_or(Loaded::Damaged, |state| Loaded::State(Box::new(state))))
    }

    /// Returns when the state is on the disk. A power cut leaves this state or the one before.
    pub(super) fn save(&self, files: &mut dyn Files, state: &State) -> io::Result<()> {
        let new = self.path.with_extension("json.new");
        let content = serde_json::to_vec_pretty(state)?;
        let mut file = files.create(&new)?;
        file.write_all(&content)?;
        file.finish()?;
        drop(file);
        files.rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::files::Disk;

    #[test]
    fn a_state_is_read_back_and_a_damaged_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert_eq!(store.load(&mut Disk).unwrap(), Loaded::State(Box::default()));
        let state = State {
            sequence: 7,
            ..State::default()
        };
        store.save(&mut Disk, &state).unwrap();
        assert_eq!(store.load(&mut Disk).unwrap(), Loaded::State(Box::new(state)));
        for damage in [
            "",
            "{",
            "\0\0\0\0",
            r#"{"sequence":-1}"#,
            r#"{"attempt":{"phase":"x"}}"#,
        ] {
            std::fs::write(folder.path().join("state.json"), damage).unwrap();
            assert_eq!(store.load(&mut Disk).unwrap(), Loaded::Damaged, "{damage}");
        }
    }

    #[test]
    fn what_a_power_cut_left_of_a_new_state_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        std::fs::write(folder.path().join("state.json.new"), "{\"seq").unwrap();
        assert_eq!(store.load(&mut Disk).unwrap(), Loaded::State(Box::default()));
    }
}
