//! `--small`: a profile that inherits the selected one and makes the exe small.
//!
//! It is a profile of its own, so that the author's stays as it is, and so do its exes.

use std::path::{Path, PathBuf};

use indicatif::HumanBytes;

use super::target::WindowsTarget;
use crate::cli::OptLevel;
use crate::project::CargoProject;
use crate::shell::Shell;

/// The name of the profile, and of the folder with its exes.
pub(super) const PROFILE: &str = "winsvc-small";

/// The flags that define the profile. `panic` is not among them: with `abort`, a panic could not be reported.
pub(super) fn config_flags(profile: &str, level: OptLevel) -> Vec<String> {
    let level = match level {
        OptLevel::S => "s",
        OptLevel::Z => "z",
    };
    let settings = [
        ("inherits", format!("{profile:?}")),
        ("opt-level", format!("{level:?}")),
        ("lto", "\"fat\"".to_owned()),
        ("codegen-units", "1".to_owned()),
        ("strip", "\"symbols\"".to_owned()),
    ];
    settings
        .iter()
        .flat_map(|(key, value)| ["--config".to_owned(), format!("profile.{PROFILE}.{key}={value}")])
        .collect()
}

/// Says how much smaller each exe is than the one that the selected profile has built, if there is one. `exes` are those of
/// the product.
pub(super) fn report(project: &CargoProject<'_>, exes: &[PathBuf], target: &WindowsTarget, shell: Shell) {
    let profile = project.selection.profile();
    let folder = project.target_dir.join(&target.triple).join(folder_of(profile));
    for (place, program) in &project.programs {
        let name = program.exe_name();
        if let Some(size) = size(&exes[*place]) {
            let usual = self::size(&folder.join(&name));
            shell.status("Small", comparison(&name, size, usual, profile));
        }
    }
}

fn size(exe: &Path) -> Option<u64> {
    Some(std::fs::metadata(exe).ok()?.len())
}

fn comparison(name: &str, size: u64, usual: Option<u64>, profile: &str) -> String {
    let shown = HumanBytes(size);
    match usual {
        None => format!("{name}: {shown}; profile `{profile}` has not built it yet"),
        Some(usual) if size < usual => {
            let saved = (usual - size) * 100 / usual;
            format!(
                "{name}: {shown}, {saved}% less than the {} of profile `{profile}`",
                HumanBytes(usual)
            )
        }
        Some(usual) => format!(
            "{name}: {shown}, not smaller than the {} of profile `{profile}`",
            HumanBytes(usual)
        ),
    }
}

/// The folder of a profile's exes
/// ([build cache](https://doc.rust-lang.org/cargo/reference/build-cache.html)).
fn folder_of(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_inherits_the_selected_one_and_leaves_panics_alone() {
        let flags = config_flags("dist", OptLevel::Z);
        let settings: Vec<&str> = flags.iter().skip(1).step_by(2).map(String::as_str).collect();
        assert_eq!(
            settings,
            [
                "profile.winsvc-small.inherits=\"dist\"",
                "profile.winsvc-small.opt-level=\"z\"",
                "profile.winsvc-small.lto=\"fat\"",
                "profile.winsvc-small.codegen-units=1",
                "profile.winsvc-small.strip=\"symbols\"",
            ]
        );
    }

    #[test]
    fn the_size_is_compared_with_the_exe_of_the_profile() {
        assert_eq!(
            comparison("a.exe", 512 * 1024, Some(2 * 1024 * 1024), "release"),
            "a.exe: 512.00 KiB, 75% less than the 2.00 MiB of profile `release`"
        );
        assert_eq!(
            comparison("a.exe", 1024, Some(1024), "dist"),
            "a.exe: 1.00 KiB, not smaller than the 1.00 KiB of profile `dist`"
        );
        assert_eq!(
            comparison("a.exe", 1024, None, "release"),
            "a.exe: 1.00 KiB; profile `release` has not built it yet"
        );
    }
}
