//! A check: one thing that a build needs, and whether this machine has it.

use std::path::PathBuf;

use serde::Serialize;

use crate::shell::{Mark, Shell};

/// What a build needs, or can use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// Its name.
    pub(super) name: &'static str,
    /// The target that needs it; `None` if all do.
    pub(super) target: Option<String>,
    /// Whether a build fails without it.
    #[serde(rename = "needed")]
    pub(super) is_needed: bool,
    /// Whether this machine has it.
    #[serde(flatten)]
    pub(super) state: State,
    /// What explains the state.
    pub(super) notes: Vec<String>,
    /// The commands or instructions that install it; one of them is enough.
    pub(super) install: Vec<String>,
}

/// Whether this machine has something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(super) enum State {
    /// It is there.
    Found {
        /// Its version.
        version: Option<String>,
        /// Its path.
        path: Option<PathBuf>,
    },
    /// A build with it has succeeded.
    Works,
    /// It is not there.
    Missing,
    /// It is there, but does not work.
    Broken,
    /// It was not checked, because something else is missing.
    Unchecked,
}

impl State {
    pub(super) const fn is_good(&self) -> bool {
        matches!(self, Self::Found { .. } | Self::Works)
    }
}

impl Check {
    /// Something that every build needs.
    pub(super) fn new(name: &'static str, state: State) -> Self {
        Self {
            name,
            target: None,
            is_needed: true,
            state,
            notes: Vec::new(),
            install: Vec::new(),
        }
    }

    /// The instructions, which are not needed for what is there.
    pub(super) fn install(mut self, install: impl IntoIterator<Item = String>) -> Self {
        if !self.state.is_good() {
            self.install = install.into_iter().collect();
        }
        self
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Prints it to stdout: a line in human format with the instructions below it, or a JSON object.
    pub(super) fn print(&self, shell: Shell) {
        let (mark, verb) = match (&self.state, self.is_needed) {
            (State::Found { .. }, _) => (Mark::Good, "Found"),
            (State::Works, _) => (Mark::Good, "Built"),
            (State::Missing, true) => (Mark::Bad, "Missing"),
            (State::Missing, false) => (Mark::Unimportant, "Missing"),
            (State::Broken, _) => (Mark::Bad, "Broken"),
            (State::Unchecked, _) => (Mark::Unimportant, "Unchecked"),
        };
        let details = self.notes.iter().cloned();
        let install = self.install.iter().enumerate().map(|(index, install)| {
            let word = if index == 0 { "to install it" } else { "or" };
            format!("{word}: {install}")
        });
        let details: Vec<String> = details.chain(install).collect();
        shell.check(mark, verb, &self.line(), &details, self);
    }

    /// Its name and its target.
    pub(super) fn full_name(&self) -> String {
        match &self.target {
            Some(target) => format!("{} for {target}", self.name),
            None => self.name.to_owned(),
        }
    }

    fn line(&self) -> String {
        let (version, path) = match &self.state {
            State::Found { version, path } => (version.as_deref(), path.as_ref()),
            _ => (None, None),
        };
        let version = version.map(|version| format!(": {version}")).unwrap_or_default();
        let path = path
            .map(|path| format!(" ({})", path.display()))
            .unwrap_or_default();
        format!("{}{version}{path}", self.full_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_version_and_path() {
        let state = State::Found {
            version: Some("2.39.5".to_owned()),
            path: Some(PathBuf::from("/usr/bin/git")),
        };
        assert_eq!(Check::new("git", state).line(), "git: 2.39.5 (/usr/bin/git)");
        assert_eq!(Check::new("git", State::Missing).line(), "git");
    }

    #[test]
    fn the_json_has_the_state_beside_the_name() {
        let check = Check::new("git", State::Missing).install(["apt-get install git".to_owned()]);
        assert_eq!(
            serde_json::to_value(&check).unwrap(),
            serde_json::json!({
                "name": "git", "target": null, "needed": true, "state": "missing",
                "notes": [], "install": ["apt-get install git"],
            })
        );
    }
}
