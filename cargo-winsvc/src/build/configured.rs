//! The targets in cargo's configuration: `--config`, `CARGO_BUILD_TARGET` and the `config.toml` files, in this order
//! (<https://doc.rust-lang.org/cargo/reference/config.html#buildtarget>).

use std::path::Path;

use super::target::WindowsTarget;
use super::toolchain_error::ToolchainError;

/// The targets in these `--config` flags, else in the configuration that cargo finds from the current folder upwards;
/// those that are not Windows targets apart.
pub(super) fn configured_targets(
    flags: &[String],
) -> Result<(Vec<WindowsTarget>, Vec<String>), ToolchainError> {
    let triples = match by_flags(flags) {
        Some(triples) => triples,
        None => triples_of_files_and_variables()?,
    };
    let (mut windows, mut others) = (Vec::new(), Vec::new());
    for triple in triples {
        match WindowsTarget::new(&triple) {
            Some(target) => windows.push(target),
            None => others.push(triple),
        }
    }
    Ok((windows, others))
}

/// The targets that `--config` flags set, of which the last counts.
pub(super) fn by_flags(flags: &[String]) -> Option<Vec<String>> {
    flags.iter().rev().find_map(|flag| triples_of_flag(flag))
}

/// `None` if the flag sets no target. Invalid flags have already been refused by cargo.
fn triples_of_flag(flag: &str) -> Option<Vec<String>> {
    let text = if Path::new(flag).is_file() {
        std::fs::read_to_string(flag).ok()?
    } else {
        flag.to_owned()
    };
    let table: toml::Table = text.parse().ok()?;
    match table.get("build")?.get("target")? {
        toml::Value::String(triple) => Some(vec![triple.clone()]),
        toml::Value::Array(triples) => Some(
            triples
                .iter()
                .filter_map(|triple| Some(triple.as_str()?.to_owned()))
                .collect(),
        ),
        _ => None,
    }
}

fn triples_of_files_and_variables() -> Result<Vec<String>, ToolchainError> {
    let config = cargo_config2::Config::load().map_err(|source| ToolchainError::CargoConfig { source })?;
    let targets = config.build.target.unwrap_or_default();
    Ok(targets.iter().map(|target| target.triple().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_flags(flags: &[&str]) -> (Vec<String>, Vec<String>) {
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let (windows, others) = configured_targets(&flags).unwrap();
        (windows.into_iter().map(|target| target.triple).collect(), others)
    }

    fn windows(triples: &[&str]) -> (Vec<String>, Vec<String>) {
        (
            triples.iter().map(|&triple| triple.to_owned()).collect(),
            Vec::new(),
        )
    }

    #[test]
    fn the_last_flag_that_names_a_target_counts() {
        let flags = [
            "build.target = 'i686-pc-windows-gnu'",
            "build.target = 'aarch64-pc-windows-gnullvm'",
            "build.jobs = 2",
        ];
        assert_eq!(by_flags(&flags), windows(&["aarch64-pc-windows-gnullvm"]));
    }

    #[test]
    fn a_flag_may_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("extra.toml");
        std::fs::write(&file, "[build]\ntarget = [\"i686-pc-windows-gnu\"]\n").unwrap();
        assert_eq!(
            by_flags(&[file.to_str().unwrap()]),
            windows(&["i686-pc-windows-gnu"])
        );
    }

    #[test]
    fn windows_targets_are_told_from_others() {
        let mixed = ["build.target = ['x86_64-unknown-linux-musl', 'i686-pc-windows-gnu']"];
        let (targets, others) = by_flags(&mixed);
        assert_eq!(targets, ["i686-pc-windows-gnu"]);
        assert_eq!(others, ["x86_64-unknown-linux-musl"]);
        let two = ["build.target = ['x86_64-pc-windows-gnu', 'i686-pc-windows-gnu']"];
        assert_eq!(
            by_flags(&two),
            windows(&["x86_64-pc-windows-gnu", "i686-pc-windows-gnu"])
        );
    }
}
