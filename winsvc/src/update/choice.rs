//! Which version of a manifest a machine gets.

use std::fmt;

use semver::Version;
use winsvc_definition::UpdateUrl;
use winsvc_definition::update::manifest::{Artifact, ArtifactKind, Release, UpdateArch, UpdateManifest};

use super::rollout;

/// The machine that a version is chosen for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Installation<'a> {
    /// The installed version.
    pub(super) version: &'a Version,
    /// The architecture of the installed exe.
    pub(super) arch: UpdateArch,
    /// How it was installed.
    pub(super) kind: ArtifactKind,
    /// Its random identifier.
    pub(super) install_id: &'a str,
    /// Versions that have failed on this machine.
    pub(super) failed: &'a [Version],
    /// Whether somebody asked for the update, so that staging does not matter.
    pub(super) is_requested: bool,
}

/// A version to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) version: Version,
    /// Whether it does not wait for a window.
    pub(super) is_urgent: bool,
    /// The package, with its whole address.
    pub(super) artifact: Artifact,
}

/// The highest version that this machine may have, or why it has none: the reason of each newer version. If the
/// installed version is withdrawn and there is none, the highest older version that is not.
pub(super) fn choose(
    manifest: &UpdateManifest,
    url: &UpdateUrl,
    installation: Installation<'_>,
) -> Result<Candidate, Vec<(Version, Refusal)>> {
    let mut releases: Vec<&Release> = manifest.releases.iter().collect();
    releases.sort_by(|a, b| b.version.cmp(&a.version));
    let mut refusals = Vec::new();
    for release in releases.iter().filter(|it| it.version > *installation.version) {
        match allowed(release, installation) {
            Ok(artifact) => return candidate(release, artifact, url).map_err(|it| vec![it]),
            Err(refusal) => refusals.push((release.version.clone(), refusal)),
        }
    }
    let is_withdrawn = |release: &&Release| release.version == *installation.version && release.withdrawn;
    if releases.iter().copied().any(|release| is_withdrawn(&release)) {
        for release in releases.iter().filter(|it| it.version < *installation.version) {
            if let Ok(artifact) = usable(release, installation) {
                return candidate(release, artifact, url).map_err(|it| vec![it]);
            }
        }
        refusals.push((installation.version.clone(), Refusal::Withdrawn));
    }
    Err(refusals)
}

fn candidate(
    release: &Release,
    artifact: &Artifact,
    url: &UpdateUrl,
) -> Result<Candidate, (Version, Refusal)> {
    let whole = url
        .beside(&artifact.url)
        .map_err(|_| (release.version.clone(), Refusal::NoPackage))?;
    Ok(Candidate {
        version: release.version.clone(),
        is_urgent: release.critical,
        artifact: Artifact {
            url: whole.as_str().to_owned(),
            ..artifact.clone()
        },
    })
}

/// The package of a newer version that the machine may have.
fn allowed<'a>(release: &'a Release, installation: Installation<'_>) -> Result<&'a Artifact, Refusal> {
    let artifact = usable(release, installation)?;
    if let Some(minimum) = release.minimum.as_ref().filter(|it| *it > installation.version) {
        return Err(Refusal::Minimum {
            minimum: minimum.clone(),
        });
    }
    let bucket = rollout::bucket(installation.install_id, &release.rollout.salt);
    let is_included = rollout::includes(release.rollout.percent, bucket);
    if is_included || release.critical || installation.is_requested {
        Ok(artifact)
    } else {
        Err(Refusal::NotYet {
            percent: release.rollout.percent,
        })
    }
}

/// The package of a version that works on the machine, as far as is known.
fn usable<'a>(release: &'a Release, installation: Installation<'_>) -> Result<&'a Artifact, Refusal> {
    if release.withdrawn {
        return Err(Refusal::Withdrawn);
    }
    if installation.failed.contains(&release.version) {
        return Err(Refusal::Failed);
    }
    let mut artifacts = release.artifacts.iter();
    let artifact = artifacts.find(|it| it.arch == installation.arch && it.kind == installation.kind);
    artifact.ok_or(Refusal::NoPackage)
}

/// Why a machine does not get a version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The version was withdrawn.
    Withdrawn,
    /// The version has failed on this machine.
    Failed,
    /// There is no package for the machine's architecture and kind of installation.
    NoPackage,
    /// The installed version is too old to be updated to it.
    Minimum {
        /// The lowest version that can.
        minimum: Version,
    },
    /// The version is not yet for all machines, and not for this one.
    NotYet {
        /// For how many of a hundred it is.
        percent: u8,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Withdrawn => f.write_str("it was withdrawn"),
            Self::Failed => f.write_str("it has failed on this machine"),
            Self::NoPackage => f.write_str("it has no package for this machine"),
            Self::Minimum { minimum } => write!(f, "it can only be installed over {minimum} or later"),
            Self::NotYet { percent } => {
                write!(
                    f,
                    "it is for {percent} % of the machines so far, and not yet for this one"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::tests::{manifest, release, url, version};

    fn chosen(releases: Vec<Release>, adjust: impl Fn(&mut Installation<'_>)) -> Result<String, String> {
        chosen_after(&[], releases, adjust)
    }

    fn chosen_after(
        failed: &[Version],
        releases: Vec<Release>,
        adjust: impl Fn(&mut Installation<'_>),
    ) -> Result<String, String> {
        let installed = version("1.1.0");
        let mut installation = Installation {
            version: &installed,
            arch: UpdateArch::X64,
            kind: ArtifactKind::Exe,
            install_id: "0123",
            failed,
            is_requested: false,
        };
        adjust(&mut installation);
        let choice = choose(&manifest(releases), &url(), installation);
        choice.map(|it| it.version.to_string()).map_err(|refusals| {
            let refusals = refusals
                .iter()
                .map(|(version, refusal)| format!("{version}: {refusal}"));
            refusals.collect::<Vec<_>>().join("; ")
        })
    }

    fn changed(text: &str, change: impl Fn(&mut Release)) -> Release {
        let mut release = release(text);
        change(&mut release);
        release
    }

    #[test]
    fn the_highest_version_is_chosen_and_never_an_older_one() {
        let releases = || ["1.0.0", "1.2.0", "1.10.0", "1.2.1-rc.1"].map(release).to_vec();
        assert_eq!(chosen(releases(), |_| {}), Ok("1.10.0".to_owned()));
        assert_eq!(
            chosen(vec![release("1.0.0"), release("1.1.0")], |_| {}),
            Err(String::new())
        );
        assert_eq!(chosen(Vec::new(), |_| {}), Err(String::new()));
    }

    #[test]
    fn every_refusal_has_its_reason() {
        let refused = |change: fn(&mut Release)| chosen(vec![changed("1.2.0", change)], |_| {}).unwrap_err();
        assert_eq!(refused(|it| it.withdrawn = true), "1.2.0: it was withdrawn");
        assert_eq!(
            refused(|it| it.minimum = Some(version("1.1.1"))),
            "1.2.0: it can only be installed over 1.1.1 or later"
        );
        assert_eq!(
            refused(|it| it.rollout.percent = 0),
            "1.2.0: it is for 0 % of the machines so far, and not yet for this one"
        );
        assert_eq!(
            refused(|it| it.artifacts[0].kind = ArtifactKind::Msi),
            "1.2.0: it has no package for this machine"
        );
        assert_eq!(
            refused(|it| it.artifacts[0].arch = UpdateArch::Arm64),
            "1.2.0: it has no package for this machine"
        );
        let failed = [version("1.2.0")];
        assert_eq!(
            chosen_after(&failed, vec![release("1.2.0")], |_| {}).unwrap_err(),
            "1.2.0: it has failed on this machine"
        );
    }

    #[test]
    fn a_lower_version_is_a_step_to_one_that_needs_it() {
        let releases = vec![
            release("1.2.0"),
            changed("2.0.0", |it| it.minimum = Some(version("1.2.0"))),
        ];
        assert_eq!(chosen(releases, |_| {}), Ok("1.2.0".to_owned()));
    }

    #[test]
    fn staging_does_not_hold_back_what_is_critical_or_asked_for() {
        let staged = || changed("1.2.0", |it| it.rollout.percent = 0);
        assert!(chosen(vec![staged()], |_| {}).is_err());
        assert!(chosen(vec![staged()], |it| it.is_requested = true).is_ok());
        assert!(
            chosen(
                vec![changed("1.2.0", |it| {
                    it.rollout.percent = 0;
                    it.critical = true;
                })],
                |_| {}
            )
            .is_ok()
        );
    }

    #[test]
    fn a_withdrawn_version_is_replaced_by_a_newer_else_by_the_one_before() {
        let withdrawn = || changed("1.1.0", |it| it.withdrawn = true);
        let all = ["0.9.0", "1.0.0"].map(release);
        let with = |more: &[Release]| [&all[..], &[withdrawn()], more].concat();
        assert_eq!(chosen(with(&[]), |_| {}), Ok("1.0.0".to_owned()));
        assert_eq!(chosen(with(&[release("1.1.1")]), |_| {}), Ok("1.1.1".to_owned()));
        assert_eq!(
            chosen(vec![withdrawn()], |_| {}),
            Err("1.1.0: it was withdrawn".to_owned())
        );
    }

    #[test]
    fn the_address_is_whole() {
        let installed = version("1.0.0");
        let installation = Installation {
            version: &installed,
            arch: UpdateArch::X64,
            kind: ArtifactKind::Exe,
            install_id: "",
            failed: &[],
            is_requested: true,
        };
        let candidate = choose(&manifest(vec![release("1.1.0")]), &url(), installation).unwrap();
        assert_eq!(
            candidate.artifact.url,
            "https://dl.acme.example/agent/agent-1.1.0-x64.exe"
        );
    }
}
