//! The state machine of an update: pure. The state is on disk before the action that it asks for begins, so that a power
//! cut at any point finds on disk what was about to happen.
//!
//! ```text
//! idle ──▶ downloading ──▶ downloaded ──▶ verified ──▶ installing ──▶ soak ──▶ idle (done)
//!  ▲            │               │             ▲             │           │
//!  └────────────┴───────────────┘             └─ busy ──────┤           │
//!  ▲                                                        ▼           ▼
//!  └───────────────────────────────────────────────────── rolling back ─┘
//! ```
//!
//! After a restart nothing that the last run did is taken for granted: a package is verified again, and an installation
//! that has not put the whole new version in its place is rolled back before anything else.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};
use winsvc_definition::update::manifest::Artifact;

/// How often an update is tried again after it was interrupted, before its version counts as failed.
pub(super) const TRIES: u32 = 3;

/// What is known about updates on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct State {
    /// The sequence of the newest manifest.
    pub(super) sequence: u64,
    /// The keys that may sign manifests, beside the root keys.
    pub(super) signing_keys: Vec<String>,
    /// The versions that have failed, until a newer one is installed.
    pub(super) failed: Vec<Version>,
    /// The version that was last offered, and since when.
    pub(super) offered: Option<Offer>,
    /// The update that is being made.
    pub(super) attempt: Option<Attempt>,
    /// How the last one ended.
    pub(super) last: Option<Ended>,
}

impl State {
    /// Whether an installation has begun: it must be ended before anything else.
    pub(super) fn is_installing(&self) -> bool {
        let phase = self.attempt.as_ref().map(|it| it.phase);
        matches!(phase, Some(Phase::Installing | Phase::Soak | Phase::RollingBack))
    }

    /// Whether a package is ready to be installed.
    pub(super) fn is_verified(&self) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|it| it.phase == Phase::Verified)
    }

    /// Notes since when a version is known.
    pub(super) fn offer(&mut self, version: Option<&Version>, now: u64) {
        let known = self.offered.take();
        self.offered = version.map(|version| match known {
            Some(offer) if offer.version == *version => offer,
            _ => Offer {
                version: version.clone(),
                since: now,
            },
        });
    }
}

/// A version that the machine knows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offer {
    pub(super) version: Version,
    /// In seconds since 1970-01-01T00:00:00Z.
    pub(super) since: u64,
}

/// An update that is being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Attempt {
    pub(super) from: Version,
    pub(super) to: Version,
    pub(super) artifact: Artifact,
    pub(super) phase: Phase,
    /// How often it was interrupted.
    pub(super) interruptions: u32,
    /// Why it is rolled back.
    #[serde(default)]
    pub(super) cause: Option<Cause>,
}

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// The package is being downloaded.
    Downloading,
    /// The package is complete.
    Downloaded,
    /// The package is the one of the manifest. It may wait here for a request or the window.
    Verified,
    /// The new version is being put in the place of the old one.
    Installing,
    /// The new version runs, and is watched.
    Soak,
    /// The old version is being put back.
    RollingBack,
}

/// Why an update is rolled back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Cause {
    /// Something came in between: it may succeed the next time.
    Interrupted(String),
    /// The version does not work here.
    Failed(String),
}

/// How an update ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Ended {
    pub(super) version: Version,
    pub(super) end: End,
}

/// How an update ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum End {
    /// The new version runs.
    Done,
    /// The old version was not touched, and runs.
    NotInstalled(String),
    /// The old version runs again.
    RolledBack(String),
    /// The new version is unhealthy and stays, because rollback is off.
    LeftUnhealthy(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("installed"),
            Self::NotInstalled(why) => write!(f, "not installed: {why}"),
            Self::RolledBack(why) => write!(f, "rolled back: {why}"),
            Self::LeftUnhealthy(why) => write!(f, "not healthy: {why}"),
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// There is a version to install.
    Begin {
        from: Version,
        to: Version,
        artifact: Artifact,
    },
    /// The version is not to be installed any more.
    Superseded,
    /// The updater runs again after it was interrupted. Whether the whole new version is in place, and the old one kept.
    Resumed {
        is_in_place: bool,
    },
    Downloaded,
    NotDownloaded(String),
    Verified,
    /// The package is not the one of the manifest.
    NotVerified(String),
    /// The installation may begin.
    Go,
    /// The new version is in place, and its service runs.
    Installed,
    /// Nothing was changed, because something else is being installed.
    Busy(String),
    NotInstalled(Cause),
    Healthy,
    Unhealthy(String),
    RolledBack,
    /// The old version is not there any more.
    CannotRollBack(String),
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing, until there is another event.
    Rest,
    Download,
    Verify,
    Install,
    /// Start the service if it does not run, and watch it.
    Watch,
    /// Put the old version back if it is not in place, and start the service.
    RollBack,
    /// Remove what the update left.
    CleanUp,
}

/// Changes the state by an event, and returns the action. An event that does not fit the state changes nothing.
pub(super) fn next(state: &mut State, event: Event, has_rollback: bool) -> Action {
    let Some(attempt) = &mut state.attempt else {
        return match event {
            Event::Begin { from, to, artifact } => {
                state.attempt = Some(Attempt {
                    from,
                    to,
                    artifact,
                    phase: Phase::Downloading,
                    interruptions: 0,
                    cause: None,
                });
                Action::Download
            }
            _ => Action::Rest,
        };
    };
    match (attempt.phase, event) {
        (_, Event::Resumed { is_in_place }) => {
            // A package that waits is not interrupted.
            if attempt.phase != Phase::Verified {
                attempt.interruptions += 1;
            }
            resume(state, is_in_place)
        }
        (Phase::Downloading, Event::Downloaded) => enter(attempt, Phase::Downloaded, Action::Verify),
        (Phase::Downloaded, Event::Verified) | (Phase::Installing, Event::Busy(_)) => {
            enter(attempt, Phase::Verified, Action::Rest)
        }
        (Phase::Downloading, Event::NotDownloaded(why)) | (Phase::Downloaded, Event::NotVerified(why)) => {
            end(state, End::NotInstalled(why), false)
        }
        (Phase::Downloading | Phase::Downloaded | Phase::Verified, Event::Superseded) => {
            state.attempt = None;
            Action::CleanUp
        }
        (Phase::Verified, Event::Go) => enter(attempt, Phase::Installing, Action::Install),
        (Phase::Installing, Event::Installed) => enter(attempt, Phase::Soak, Action::Watch),
        (Phase::Installing, Event::NotInstalled(cause)) => {
            if let Cause::Interrupted(_) = cause {
                attempt.interruptions += 1;
            }
            roll_back(attempt, cause)
        }
        (Phase::Soak, Event::Healthy) => {
            // A version that has failed is tried again only after a newer one has worked.
            let installed = attempt.to.clone();
            state.failed.retain(|version| *version > installed);
            end(state, End::Done, false)
        }
        (Phase::Soak, Event::Unhealthy(why)) if has_rollback => roll_back(attempt, Cause::Failed(why)),
        (Phase::Soak, Event::Unhealthy(why)) | (Phase::RollingBack, Event::CannotRollBack(why)) => {
            end(state, End::LeftUnhealthy(why), true)
        }
        (Phase::RollingBack, Event::RolledBack) => rolled_back(state),
        _ => Action::Rest,
    }
}

/// What is done after a restart.
fn resume(state: &mut State, is_in_place: bool) -> Action {
    let Some(attempt) = &mut state.attempt else {
        return Action::Rest;
    };
    let is_last_try = attempt.interruptions >= TRIES;
    let interrupted = || Cause::Interrupted("it was interrupted".to_owned());
    match attempt.phase {
        Phase::Downloading | Phase::Downloaded if is_last_try => end(
            state,
            End::NotInstalled("it was interrupted too often".to_owned()),
            true,
        ),
        Phase::Downloading => Action::Download,
        Phase::Downloaded | Phase::Verified => enter(attempt, Phase::Downloaded, Action::Verify),
        Phase::Installing if is_in_place && !is_last_try => enter(attempt, Phase::Soak, Action::Watch),
        Phase::Installing => roll_back(attempt, interrupted()),
        // A version that takes the machine down each time never ends its soak.
        Phase::Soak if !is_in_place => roll_back(
            attempt,
            Cause::Failed("the new version is not in place any more".to_owned()),
        ),
        Phase::Soak if is_last_try => roll_back(
            attempt,
            Cause::Failed("it was interrupted too often while it was watched".to_owned()),
        ),
        Phase::Soak => Action::Watch,
        Phase::RollingBack => Action::RollBack,
    }
}

fn enter(attempt: &mut Attempt, phase: Phase, action: Action) -> Action {
    attempt.phase = phase;
    action
}

fn roll_back(attempt: &mut Attempt, cause: Cause) -> Action {
    attempt.cause = Some(cause);
    enter(attempt, Phase::RollingBack, Action::RollBack)
}

fn rolled_back(state: &mut State) -> Action {
    let Some(attempt) = &mut state.attempt else {
        return Action::Rest;
    };
    match attempt.cause.take() {
        Some(Cause::Interrupted(_)) if attempt.interruptions < TRIES => {
            enter(attempt, Phase::Downloaded, Action::Verify)
        }
        Some(Cause::Interrupted(why) | Cause::Failed(why)) => end(state, End::RolledBack(why), true),
        None => end(state, End::RolledBack(String::new()), true),
    }
}

/// Ends the update. `has_failed`: the version is not tried again.
fn end(state: &mut State, end: End, has_failed: bool) -> Action {
    if let Some(attempt) = state.attempt.take() {
        if has_failed && !state.failed.contains(&attempt.to) {
            state.failed.push(attempt.to.clone());
        }
        state.offered = None;
        state.last = Some(Ended {
            version: attempt.to,
            end,
        });
    }
    Action::CleanUp
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::tests::{release, version};

    fn begun() -> State {
        let mut state = State::default();
        let begin = Event::Begin {
            from: version("1.0.0"),
            to: version("1.1.0"),
            artifact: release("1.1.0").artifacts.remove(0),
        };
        assert_eq!(next(&mut state, begin, true), Action::Download);
        state
    }

    /// The actions, and the state after the last of the events.
    fn after(events: &[Event]) -> (Vec<Action>, State) {
        let mut state = begun();
        let events = events.iter().cloned();
        (events.map(|event| next(&mut state, event, true)).collect(), state)
    }

    fn phase(state: &State) -> Option<Phase> {
        state.attempt.as_ref().map(|attempt| attempt.phase)
    }

    const IN_SOAK: [Event; 4] = [Event::Downloaded, Event::Verified, Event::Go, Event::Installed];

    #[test]
    fn an_update_goes_from_phase_to_phase() {
        let (actions, state) = after(&[&IN_SOAK[..], &[Event::Healthy]].concat());
        assert_eq!(
            actions,
            [
                Action::Verify,
                Action::Rest,
                Action::Install,
                Action::Watch,
                Action::CleanUp
            ]
        );
        assert_eq!(state.last.unwrap().end, End::Done);
        assert!(state.failed.is_empty() && state.attempt.is_none());
    }

    #[test]
    fn a_version_that_is_unhealthy_is_rolled_back_and_remembered() {
        let unhealthy = Event::Unhealthy("it stopped".to_owned());
        let (actions, state) = after(&[&IN_SOAK[..], &[unhealthy, Event::RolledBack]].concat());
        assert_eq!(actions[4..], [Action::RollBack, Action::CleanUp]);
        assert_eq!(state.failed, [version("1.1.0")]);
        assert_eq!(state.last.unwrap().end.to_string(), "rolled back: it stopped");
    }

    #[test]
    fn a_newer_version_that_works_ends_the_memory_of_older_failures() {
        let mut state = begun();
        state.failed = ["1.0.9", "1.1.0", "1.2.0"].map(version).to_vec();
        for event in IN_SOAK.into_iter().chain([Event::Healthy]) {
            next(&mut state, event, true);
        }
        assert_eq!(state.failed, [version("1.2.0")]);
    }

    #[test]
    fn without_rollback_an_unhealthy_version_stays_and_is_remembered() {
        let (_, mut state) = after(&IN_SOAK);
        let action = next(&mut state, Event::Unhealthy("it stopped".to_owned()), false);
        assert_eq!(action, Action::CleanUp);
        assert_eq!(state.failed, [version("1.1.0")]);
    }

    #[test]
    fn a_package_that_is_not_downloaded_or_not_the_right_one_leaves_the_old_version_alone() {
        for events in [
            vec![Event::NotDownloaded("the server is busy".to_owned())],
            vec![Event::Downloaded, Event::NotVerified("another hash".to_owned())],
        ] {
            let (actions, state) = after(&events);
            assert_eq!(actions.last(), Some(&Action::CleanUp));
            assert!(state.attempt.is_none() && state.failed.is_empty());
        }
    }

    #[test]
    fn a_second_update_does_not_begin_during_the_first() {
        let (_, mut state) = after(&IN_SOAK);
        let before = state.clone();
        let begin = Event::Begin {
            from: version("1.0.0"),
            to: version("1.2.0"),
            artifact: release("1.2.0").artifacts.remove(0),
        };
        assert_eq!(next(&mut state, begin, true), Action::Rest);
        assert_eq!(next(&mut state, Event::Superseded, true), Action::Rest);
        assert_eq!(state, before);
    }

    #[test]
    fn another_installation_is_waited_for() {
        let busy = Event::Busy("another installation".to_owned());
        let (actions, state) = after(&[Event::Downloaded, Event::Verified, Event::Go, busy]);
        assert_eq!((actions[3], phase(&state)), (Action::Rest, Some(Phase::Verified)));
    }

    #[test]
    fn after_a_restart_a_package_is_verified_again_and_an_installation_is_undone() {
        let resumed = |events: &[Event], is_in_place| {
            let (_, mut state) = after(events);
            (
                next(&mut state, Event::Resumed { is_in_place }, true),
                phase(&state).unwrap(),
            )
        };
        assert_eq!(resumed(&[], false), (Action::Download, Phase::Downloading));
        assert_eq!(resumed(&IN_SOAK[..1], false), (Action::Verify, Phase::Downloaded));
        assert_eq!(resumed(&IN_SOAK[..2], false), (Action::Verify, Phase::Downloaded));
        assert_eq!(
            resumed(&IN_SOAK[..3], false),
            (Action::RollBack, Phase::RollingBack)
        );
        assert_eq!(resumed(&IN_SOAK[..3], true), (Action::Watch, Phase::Soak));
        assert_eq!(resumed(&IN_SOAK, true), (Action::Watch, Phase::Soak));
    }

    #[test]
    fn an_update_that_is_interrupted_each_time_is_given_up() {
        for count in 0..=IN_SOAK.len() {
            let (_, mut state) = after(&IN_SOAK[..count]);
            let mut rounds = 0;
            while state.attempt.is_some() {
                rounds += 1;
                assert!(rounds <= 2 * TRIES, "{state:?}");
                let action = next(
                    &mut state,
                    Event::Resumed {
                        is_in_place: count >= 3,
                    },
                    true,
                );
                if action == Action::RollBack {
                    next(&mut state, Event::RolledBack, true);
                }
            }
            assert_eq!(state.failed, [version("1.1.0")], "{count}");
        }
    }

    #[test]
    fn the_state_of_another_version_is_read() {
        let newer = r#"{"sequence":7,"failed":["1.2.0"],"later":{"a":1}}"#;
        let state: State = serde_json::from_str(newer).unwrap();
        assert_eq!((state.sequence, &state.failed[..]), (7, &[version("1.2.0")][..]));
        let (_, state) = after(&IN_SOAK);
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
}
