//! cargo's own flags.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

/// The heading of cargo's own flags.
pub(super) const CARGO_OPTIONS: &str = "Cargo options";

/// cargo's flags for what to build and how, with the same meaning as in cargo.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of cargo's")]
#[command(next_help_heading = CARGO_OPTIONS)]
pub(crate) struct Selection {
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub manifest_path: Option<PathBuf>,
    /// Package the product that this file describes, without a Rust project
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["manifest_path", "package", "bin", "features"])]
    pub host: Option<PathBuf>,
    /// Package to build (see `cargo help pkgid`)
    #[arg(short, long, value_name = "SPEC")]
    pub package: Option<String>,
    /// Build only the specified binary
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// Build for the target triple, or for several, if repeated [default: cargo's `build.target`, the host on Windows, else x86_64-pc-windows-gnu]
    #[arg(long, value_name = "TRIPLE", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// Build with the specified profile [default: release]
    #[arg(long, value_name = "PROFILE-NAME")]
    pub profile: Option<String>,
    /// Build in release mode, with optimizations (the default)
    #[arg(short, long, conflicts_with = "profile")]
    pub release: bool,
    /// Space or comma separated list of features to activate
    #[arg(short = 'F', long, value_name = "FEATURES", action = ArgAction::Append)]
    pub features: Vec<String>,
    /// Activate all available features
    #[arg(long)]
    pub all_features: bool,
    /// Do not activate the `default` feature
    #[arg(long)]
    pub no_default_features: bool,
    /// Number of parallel jobs, defaults to # of CPUs
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<String>,
    /// Directory for all generated artifacts
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub target_dir: Option<PathBuf>,
    /// Override a configuration value
    #[arg(long, value_name = "KEY=VALUE|PATH", action = ArgAction::Append)]
    pub config: Vec<String>,
    /// Assert that `Cargo.lock` will remain unchanged
    #[arg(long)]
    pub locked: bool,
    /// Run without accessing the network
    #[arg(long)]
    pub offline: bool,
    /// Equivalent to specifying both --locked and --offline
    #[arg(long)]
    pub frozen: bool,
}

impl Selection {
    /// The profile's name.
    pub(crate) fn profile(&self) -> &str {
        self.profile.as_deref().unwrap_or("release")
    }

    /// The flags for the project of the hosts, which has no features, profiles and lock file of the author's.
    pub(crate) fn of_host(&self) -> Self {
        Self {
            profile: self.profile.clone().filter(|profile| profile == "dev"),
            features: Vec::new(),
            all_features: false,
            no_default_features: false,
            locked: false,
            offline: self.offline || self.frozen,
            frozen: false,
            ..self.clone()
        }
    }

    /// The flags for cargo's dependency resolution, for every call of cargo.
    pub(crate) fn resolution_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for (flag, set) in [
            ("--locked", self.locked),
            ("--offline", self.offline),
            ("--frozen", self.frozen),
        ] {
            if set {
                flags.push(flag.to_owned());
            }
        }
        for config in &self.config {
            flags.extend(["--config".to_owned(), config.clone()]);
        }
        flags
    }

    /// The flags that select the compiled features.
    pub(crate) fn feature_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for features in &self.features {
            flags.extend(["--features".to_owned(), features.clone()]);
        }
        for (flag, set) in [
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
        ] {
            if set {
                flags.push(flag.to_owned());
            }
        }
        flags
    }
}
