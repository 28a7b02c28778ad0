//! The programs that Windows starts without a service.

use winsvc_definition::Autostart;
use winsvc_definition::manifest::FeatureName;

use super::{File, Names, Product};
use crate::config::Config;

/// A program that Windows starts without a service.
#[derive(Clone, Debug)]
pub struct AutostartEntry {
    /// Its entry.
    pub entry: Autostart,
    /// The program: an index into [`Product::files`](super::Product::files).
    pub file: usize,
    /// The feature that it belongs to; `None` if it is always registered.
    pub feature: Option<FeatureName>,
}

/// The exe that registers tasks in an MSI, and all entries outside of one: its first service's that is always installed, or in a
/// product without a service its first program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrar {
    /// The exe: an index into [`Product::files`].
    pub file: usize,
    /// The word before its commands; `None` if it has none.
    pub verb_word: Option<String>,
}

impl Product {
    /// The exe that registers the entries.
    pub fn registrar(&self) -> Option<Registrar> {
        let service = self.main_service().map(|service| Registrar {
            file: service.file,
            verb_word: service.verb_word.clone(),
        });
        service.or_else(|| self.machine.registrar.clone())
    }
}

/// The entries, which have been checked, each with its feature. The stamp of the [`registrar`] has them.
pub(crate) fn autostart(config: &Config, names: &Names) -> Vec<(Autostart, Option<FeatureName>)> {
    let entries = config.manifest.autostart.iter().map(|table| {
        let program = match config.program(&table.program) {
            Some(program) => config.programs[program].target.parts().to_vec(),
            None => table.program.split(['/', '\\']).map(str::to_owned).collect(),
        };
        let mut task = table.task.clone();
        if let Some(task) = &mut task {
            task.folder = names.folders();
        }
        let is_default = |name: &FeatureName| config.manifest.features[name].default;
        let entry = Autostart {
            name: table.name.as_str().to_owned(),
            program,
            arguments: table.arguments.clone(),
            task,
            optional: !table.feature.as_ref().is_none_or(is_default),
        };
        (entry, table.feature.clone())
    });
    entries.collect()
}

/// What has the entries in its stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntriesOf {
    /// A service: an index into [`Config::services`].
    Service(usize),
    /// A program of a product without a service: an index into [`Config::programs`].
    Program(usize),
}

/// What registers the entries outside of an MSI, and the tasks in it: the first service, or else the first program, that is
/// always installed.
pub(crate) fn registrar(config: &Config) -> Option<EntriesOf> {
    if !config.services.is_empty() {
        return config.main_service().map(EntriesOf::Service);
    }
    let mut programs = config.programs.iter();
    let program = programs.position(|program| program.feature.is_none());
    program.map(EntriesOf::Program)
}

/// The entries with their programs. `files` are those of the product.
pub(super) fn with_files(config: &Config, names: &Names, files: &[File]) -> Vec<AutostartEntry> {
    let entries = autostart(config, names).into_iter();
    let entries = entries.filter_map(|(entry, feature)| {
        let path = entry.program.join("/");
        let is_it = |file: &File| file.target.to_string().eq_ignore_ascii_case(&path);
        Some(AutostartEntry {
            file: files.iter().position(is_it)?,
            entry,
            feature,
        })
    });
    entries.collect()
}
