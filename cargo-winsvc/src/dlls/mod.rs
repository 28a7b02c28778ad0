//! The DLLs that programs import: each must be in the package, part of Windows, or allowed by name.
//!
//! Windows looks for them in the folder of the exe first, then in its own folders
//! ([search order](https://learn.microsoft.com/windows/win32/dlls/dynamic-link-library-search-order)). A DLL that only the
//! build machine has is the reason for a service that starts there and nowhere else.

mod error;
mod hints;
mod windows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use winsvc_definition::manifest::{DllName, TargetPath};

pub(crate) use self::error::DllError;
use self::error::{Problem, ProblemKind};
use self::windows::is_part_of_windows;
use crate::build::Links;
use crate::config::Config;
use crate::payload::{Payload, folded};
use crate::pe::{Image, Machine, PeError};

/// Checks the programs and the exes among the installed files.
pub(crate) fn check(
    config: &Config,
    payload: &Payload,
    exes: &[Vec<u8>],
    links: Option<&Links>,
) -> Result<(), DllError> {
    let package = Package::new(config, payload);
    let mut problems = BTreeSet::new();
    for (program, bytes) in config.programs.iter().zip(exes) {
        let image = Image::parse(bytes).and_then(|image| Imports::of(&image));
        let imports = image.map_err(|source| DllError::Program {
            exe: program.program.exe_name(),
            source,
        })?;
        package.check(&program.target, imports, &mut problems)?;
    }
    for file in payload.files.iter().filter(|file| is_exe(&file.target)) {
        // A file that Windows cannot run has no imports.
        if let Some(imports) = Package::read(&file.path)? {
            package.check(&file.target, imports, &mut problems)?;
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let mut problems: Vec<Problem> = problems.into_iter().collect();
    for problem in &mut problems {
        problem.crates = links
            .map(|links| links.crates_of(&problem.dll))
            .unwrap_or_default();
    }
    let place = problems.iter().find_map(|problem| match problem.kind {
        ProblemKind::Elsewhere { entry, .. } => {
            Some(Box::new(config.place_of_entry(&["package", "files"], entry)))
        }
        ProblemKind::Missing | ProblemKind::OtherMachine { .. } => None,
    });
    Err(DllError::Imports { problems, place })
}

fn is_exe(target: &TargetPath) -> bool {
    target.file_name().to_lowercase().ends_with(".exe")
}

/// What an image imports.
struct Imports {
    machine: Machine,
    /// The DLLs, and whether each is loaded only when the program first calls it.
    dlls: BTreeMap<String, bool>,
}

impl Imports {
    fn of(image: &Image<'_>) -> Result<Self, PeError> {
        let delayed = image.delay_imports()?.into_iter().map(|dll| (dll, true));
        let dlls = delayed.chain(image.imports()?.into_iter().map(|dll| (dll, false)));
        Ok(Self {
            machine: image.machine(),
            dlls: dlls.collect(),
        })
    }
}

/// What is installed.
struct Package<'a> {
    payload: &'a Payload,
    /// The files by their path in lower case.
    files: BTreeMap<String, usize>,
    allowed: &'a [DllName],
}

impl<'a> Package<'a> {
    fn new(config: &'a Config, payload: &'a Payload) -> Self {
        let files = payload.files.iter().enumerate();
        Self {
            payload,
            files: files.map(|(index, file)| (folded(&file.target), index)).collect(),
            allowed: &config.manifest.package.allow_dlls,
        }
    }

    /// The imports of a file; `None` if it is not an image.
    fn read(path: &Path) -> Result<Option<Imports>, DllError> {
        let bytes = std::fs::read(path).map_err(|source| DllError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Ok(Image::parse(&bytes).and_then(|image| Imports::of(&image)).ok())
    }

    /// Follows the imports of the exe `target` through the package.
    fn check(
        &self,
        target: &TargetPath,
        imports: Imports,
        problems: &mut BTreeSet<Problem>,
    ) -> Result<(), DllError> {
        let machine = imports.machine;
        let mut visited = BTreeSet::new();
        let mut open = vec![(target.file_name().to_owned(), imports)];
        while let Some((importer, imports)) = open.pop() {
            for (dll, is_delayed) in imports.dlls {
                let problem = |kind| Problem {
                    dll: dll.clone(),
                    importer: importer.clone(),
                    kind,
                    crates: Vec::new(),
                };
                let beside = self.files.get(&beside(target, &dll)).copied();
                let found = beside.or_else(|| self.elsewhere(&dll).filter(|_| is_delayed));
                if let Some(index) = found {
                    if !visited.insert(index) {
                        continue;
                    }
                    let Some(imports) = Self::read(&self.payload.files[index].path)? else {
                        continue;
                    };
                    if imports.machine == machine {
                        open.push((dll, imports));
                    } else {
                        problems.insert(problem(ProblemKind::OtherMachine {
                            dll: imports.machine.to_string(),
                            exe: machine.to_string(),
                        }));
                    }
                    continue;
                }
                if is_part_of_windows(&dll) || self.allowed.iter().any(|allowed| allowed.is(&dll)) {
                    continue;
                }
                let kind = match self.elsewhere(&dll).map(|index| &self.payload.files[index]) {
                    Some(file) => ProblemKind::Elsewhere {
                        installed: file.target.to_string(),
                        expected: beside_as_written(target, &dll),
                        entry: file.entry,
                    },
                    None => ProblemKind::Missing,
                };
                problems.insert(problem(kind));
            }
        }
        Ok(())
    }

    /// A file of this name in any folder.
    fn elsewhere(&self, dll: &str) -> Option<usize> {
        let dll = dll.to_lowercase();
        let mut files = self.payload.files.iter();
        files.position(|file| file.target.file_name().to_lowercase() == dll)
    }
}

/// The path of a file in the folder of another one.
fn beside_as_written(target: &TargetPath, dll: &str) -> String {
    let folders = target.folders().iter().map(String::as_str);
    folders.chain([dll]).collect::<Vec<_>>().join("/")
}

fn beside(target: &TargetPath, dll: &str) -> String {
    beside_as_written(target, dll).to_lowercase()
}

#[cfg(test)]
mod tests;
