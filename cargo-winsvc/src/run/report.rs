//! The results of a command, as it reports them.

use crate::artifact::{Artifact, Codes};
use crate::build::target::WindowsTarget;
use crate::config::ServiceConfig;
use crate::hashing::hex;
use crate::output::Written;
use crate::project::Project;
use crate::provenance::Provenance;
use crate::shell::Shell;
use crate::sign::{Signature, SignedProgram};

/// A result.
pub(super) struct Made {
    pub(super) format: &'static str,
    pub(super) file: Written,
    /// What identifies an MSI.
    pub(super) codes: Option<Codes>,
    signature: Option<Signature>,
    /// The signed programs in a package.
    signed_programs: Vec<SignedProgram>,
}

impl Made {
    /// A file of this format.
    pub(super) fn new(format: &'static str, file: Written) -> Self {
        Self {
            format,
            file,
            codes: None,
            signature: None,
            signed_programs: Vec::new(),
        }
    }

    /// An MSI with these codes.
    pub(super) fn msi(file: Written, codes: Codes) -> Self {
        Self {
            codes: Some(codes),
            ..Self::new("msi", file)
        }
    }

    /// With the signature of the file itself, if it has one.
    pub(super) fn signed(self, signature: Option<Signature>) -> Self {
        Self { signature, ..self }
    }

    /// With the signed programs that the package has.
    pub(super) fn with_programs(self, signed_programs: Vec<SignedProgram>) -> Self {
        Self {
            signed_programs,
            ..self
        }
    }

    /// Describes the file to whoever reads along. The results themselves come last.
    pub(super) fn describe(&self, shell: Shell) {
        let Self { file, codes, .. } = self;
        shell.status(
            "Created",
            format_args!(
                "{} ({} bytes, sha256 {})",
                file.name(),
                file.bytes,
                hex(&file.sha256)
            ),
        );
        if let Some(codes) = codes {
            shell.status("Identity", codes);
        }
    }

    /// Reports the file, which is for a target, or about the packages of all if `None`, and has these services.
    pub(super) fn report(
        &self,
        project: &Project,
        target: Option<&WindowsTarget>,
        services: &[&ServiceConfig],
        provenance: &Provenance,
        shell: Shell,
    ) {
        let Self {
            format,
            file,
            codes,
            signature,
            signed_programs,
        } = self;
        let path = std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
        let artifact = Artifact {
            format,
            path: path.display().to_string(),
            bytes: file.bytes,
            sha256: hex(&file.sha256),
            package: &project.name,
            version: project.version.to_string(),
            target: target.map(|target| target.triple.as_str()),
            services: services
                .iter()
                .map(|service| service.definition.name.as_str())
                .collect(),
            built: provenance.built,
            commit: provenance.commit.as_deref(),
            codes: codes.as_ref(),
            signature: signature.as_ref(),
            signed_programs,
        };
        shell.artifact(&path, &artifact);
    }
}
