//! Whether and how the results of a command are signed, and the command that signs other files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use winsvc_definition::manifest::FilesEntry;

use super::dry_run;
use super::error::Error;
use super::plan::{Built, Plan, package};
use crate::artifact::SignedArtifact;
use crate::cli::{SignArgs, SignOptions};
use crate::config::Config;
use crate::hashing::hex;
use crate::payload;
use crate::product::{ContentError, Names};
use crate::project::Project;
use crate::shell::Shell;
use crate::sign::{self, Labels, SignedProgram, Signer};

/// The signer of the results, if they are signed.
pub(super) fn signer(options: &SignOptions, plan: &Plan, shell: Shell) -> Result<Option<Signer>, Error> {
    if options.no_sign {
        return Ok(None);
    }
    // The key `sign` is that of the product, whatever its target.
    let Some(target) = plan.targets.first() else {
        return Ok(None);
    };
    let table = sign::from_options(&options.config.sign_config)?;
    let table = table.or(target.config.manifest.sign.clone().unwrap_or_default());
    let is_asked_for =
        options.sign || !options.config.sign_config.is_empty() || target.config.manifest.sign.is_some();
    if !is_asked_for {
        return Ok(None);
    }
    let signer = Signer::new(table, labels(&plan.project, &target.config), shell)?;
    Ok(Some(signer))
}

/// Signs the exes of all targets.
pub(super) fn exes(signer: &Signer, plan: &Plan, built: &mut [Built]) -> Result<(), Error> {
    for (target, built) in plan.targets.iter().zip(built) {
        for (program, exe) in target.config.programs.iter().zip(&mut built.exes) {
            let name = program.program.exe_name();
            built.signed.push(signer.program(&name, exe)?);
        }
    }
    Ok(())
}

/// Signs the programs among the files whose entries ask for it. Those of several targets are signed once.
pub(super) fn files(signer: &Signer, plan: &mut Plan, built: &mut [Built]) -> Result<(), Error> {
    let mut done: HashMap<PathBuf, (Arc<[u8]>, SignedProgram)> = HashMap::new();
    for (target, built) in plan.targets.iter_mut().zip(built) {
        let entries = &target.config.manifest.package.files;
        let asks = |entry: usize| matches!(&entries[entry], FilesEntry::Source(source) if source.sign);
        for file in target.payload.files.iter_mut().filter(|file| asks(file.entry)) {
            let unreadable = |source| ContentError::Unreadable {
                path: file.path.clone(),
                source,
            };
            if !payload::is_program(&file.path).map_err(unreadable)? {
                continue;
            }
            let (content, program) = match done.entry(file.path.clone()) {
                Entry::Occupied(done) => done.into_mut(),
                Entry::Vacant(entry) => {
                    let mut content = fs::read(&file.path).map_err(unreadable)?;
                    let program = signer.program(file.target.file_name(), &mut content)?;
                    entry.insert((content.into(), program))
                }
            };
            file.signed = Some(Arc::clone(content));
            built.signed.push(SignedProgram {
                file: file.target.to_string(),
                ..program.clone()
            });
        }
    }
    Ok(())
}

/// `cargo winsvc sign`. It reads Cargo.toml only if the command line has no engine.
pub(super) fn run(args: &SignArgs, shell: Shell) -> Result<(), Error> {
    let mut table = sign::from_options(&args.config.sign_config)?;
    let mut defaults = Labels::default();
    if table.engine.is_none() {
        let (project, config) = package(args.manifest_path.clone(), args.package.clone(), shell)?;
        defaults = labels(&project, &config);
        table = table.or(config.manifest.sign.unwrap_or_default());
    }
    let signer = Signer::new(table, defaults, shell)?;
    if args.run.dry_run {
        return dry_run::sign(&signer, &args.files, shell);
    }
    signer.try_out()?;
    let staged = sign::stage_files(&signer, &args.files)?;
    shell.check_warnings()?;
    for file in staged.publish()? {
        let artifact = SignedArtifact {
            path: file.path.display().to_string(),
            bytes: file.bytes,
            sha256: hex(&file.sha256),
            signature: &file.signature,
        };
        shell.artifact(&file.path, &artifact);
    }
    Ok(())
}

/// What signatures say by default: the product's name, and the package's homepage.
fn labels(project: &Project, config: &Config) -> Labels {
    Labels {
        description: Some(Names::new(project, config).product),
        url: project.homepage.clone(),
    }
}
