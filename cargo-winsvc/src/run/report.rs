//! The results of a command, as it reports them.

use crate::artifact::{Artifact, Codes};
use crate::build::target::WindowsTarget;
use crate::config::ServiceConfig;
use crate::hashing::hex;
use crate::output::Written;
use crate::project::Project;
use crate::provenance::Provenance;
use crate::shell::Shell;

/// A result.
pub(super) struct Made {
    format: &'static str,
    file: Written,
    /// What identifies an MSI.
    codes: Option<Codes>,
}

impl Made {
    /// A file of this format.
    pub(super) fn new(format: &'static str, file: Written) -> Self {
        Self {
            format,
            file,
            codes: None,
        }
    }

    /// An MSI with these codes.
    pub(super) fn msi(file: Written, codes: Codes) -> Self {
        Self {
            codes: Some(codes),
            ..Self::new("msi", file)
        }
    }

    /// Reports the file, which is for a target and has these services.
    pub(super) fn report(
        &self,
        project: &Project,
        target: &WindowsTarget,
        services: &[&ServiceConfig],
        provenance: &Provenance,
        shell: Shell,
    ) {
        let Self { format, file, codes } = self;
        if let Some(codes) = codes {
            shell.status("Identity", codes);
        }
        let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
        let artifact = Artifact {
            format,
            path: path.display().to_string(),
            bytes: file.bytes,
            sha256: hex(&file.sha256),
            package: &project.name,
            version: project.version.to_string(),
            target: &target.triple,
            services: services
                .iter()
                .map(|service| service.definition.name.as_str())
                .collect(),
            built: provenance.built,
            commit: provenance.commit.as_deref(),
            codes: codes.as_ref(),
        };
        shell.artifact(&path, &artifact);
    }
}
