//! The targets in cargo's configuration: `--config`, `CARGO_BUILD_TARGET` and the `config.toml` files, in this order
//! (<https://doc.rust-lang.org/cargo/reference/config.html#buildtarget>).

use std::path::Path;

use super::target::WindowsTarget;
use super::toolchain_error::ToolchainError;

/// The target in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Configured {
    /// A single Windows target is configured.
    Windows(WindowsTarget),
    /// Only targets for other systems are configured, or none.
    Others(Vec<String>),
}

/// The target in these `--config` flags, else in the configuration that cargo finds from the current folder upwards.
pub(super) fn configured_target(flags: &[String]) -> Result<Configured, ToolchainError> {
    let triples = match flags.iter().rev().find_map(|flag| triples_of_flag(flag)) {
        Some(triples) => triples,
        None => triples_of_files_and_variables()?,
    };
    pick(triples)
}

fn pick(triples: Vec<String>) -> Result<Configured, ToolchainError> {
    let mut windows: Vec<WindowsTarget> = triples
        .iter()
        .filter_map(|triple| WindowsTarget::new(triple))
        .collect();
    match (windows.pop(), windows.is_empty()) {
        (Some(target), true) => Ok(Configured::Windows(target)),
        (Some(_), false) => Err(ToolchainError::SeveralTargets { triples }),
        (None, _) => Ok(Configured::Others(triples)),
    }
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

    fn by_flags(flags: &[&str]) -> Result<Configured, ToolchainError> {
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        configured_target(&flags)
    }

    fn windows(triple: &str) -> Configured {
        Configured::Windows(WindowsTarget::new(triple).unwrap())
    }

    #[test]
    fn the_last_flag_that_names_a_target_counts() {
        let flags = [
            "build.target = 'i686-pc-windows-gnu'",
            "build.target = 'aarch64-pc-windows-gnullvm'",
            "build.jobs = 2",
        ];
        assert_eq!(by_flags(&flags).unwrap(), windows("aarch64-pc-windows-gnullvm"));
    }

    #[test]
    fn a_flag_may_be_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("extra.toml");
        std::fs::write(&file, "[build]\ntarget = [\"i686-pc-windows-gnu\"]\n").unwrap();
        assert_eq!(
            by_flags(&[file.to_str().unwrap()]).unwrap(),
            windows("i686-pc-windows-gnu")
        );
    }

    #[test]
    fn of_several_targets_one_may_be_windows() {
        let one = ["build.target = ['x86_64-unknown-linux-musl', 'i686-pc-windows-gnu']"];
        assert_eq!(by_flags(&one).unwrap(), windows("i686-pc-windows-gnu"));
        let two = ["build.target = ['x86_64-pc-windows-gnu', 'i686-pc-windows-gnu']"];
        let error = by_flags(&two).unwrap_err();
        assert!(
            matches!(error, ToolchainError::SeveralTargets { .. }),
            "{error:?}"
        );
        let none = ["build.target = 'x86_64-unknown-linux-musl'"];
        assert_eq!(
            by_flags(&none).unwrap(),
            Configured::Others(vec!["x86_64-unknown-linux-musl".to_owned()])
        );
    }
}
