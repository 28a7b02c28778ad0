//! msitools: wixl builds what it understands of the source, msibuild adds the tables that differ, and the result is
//! compared with the tables that the product has.

use std::fs;
use std::path::PathBuf;

use winsvc_definition::manifest::Language;

use super::tables::{Tables, stored};
use super::{BackendError, program, write};
use crate::build::toolchain;
use crate::config::Config;
use crate::msi;
use crate::msi::codepage::WESTERN;
use crate::product::{Arch, Names, Product};
use crate::project::Project;
use crate::shell::Shell;
use crate::wxs::{self, Dialect, Paths, WxsError};

/// The programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wixl {
    wixl: PathBuf,
    msibuild: PathBuf,
}

/// A file that makes UTF-8 the code page of a database.
const UTF_8: (&str, &str) = ("_ForceCodepage.idt", "\r\n\r\n65001\t_ForceCodepage\r\n");

impl Wixl {
    pub(super) fn find(arch: Arch) -> Result<Self, BackendError> {
        if arch == Arch::Arm64 {
            return Err(BackendError::Arch { arch: arch.as_str() });
        }
        match (
            toolchain::find_on_path("wixl"),
            toolchain::find_on_path("msibuild"),
        ) {
            (Some(wixl), Some(msibuild)) => Ok(Self { wixl, msibuild }),
            _ => Err(BackendError::NoProgram {
                what: "msitools",
                programs: "`wixl` and `msibuild`",
                help: "install msitools (on Debian: apt install msitools wixl)",
            }),
        }
    }

    /// Refuses names that the summary of an MSI by wixl cannot have.
    pub(super) fn check(project: &Project, config: &Config) -> Result<(), BackendError> {
        let Names {
            manufacturer,
            product,
        } = Names::new(project, config);
        for (name, key) in [(product, "product-name"), (manufacturer, "manufacturer")] {
            if WESTERN.encode(&name).is_none() {
                let place = match &config.services[..] {
                    [service] if config.manifest.package.product_name.is_none() => {
                        config.place_in(service, &["display-name"])
                    }
                    _ => config.place(&["package", key]),
                };
                let place = Box::new(place);
                return Err(BackendError::Letters { name, place });
            }
        }
        Ok(())
    }

    pub(super) fn build(
        &self,
        product: &Product,
        language: Language,
        paths: &Paths,
        shell: Shell,
    ) -> Result<(), BackendError> {
        let contents = msi::hashed_contents(product, language).map_err(WxsError::Msi)?;
        let source = wxs::render_for_wixl(product, &contents, paths)?;
        let (name, folder) = (Dialect::V3.file_name(&paths.stem), paths.folder.as_path());
        write(&source, &name, folder)?;
        let msi = format!("{}.msi", paths.stem);
        shell.status("Building", format_args!("{msi} with wixl"));
        let arguments = ["-a", product.arch.as_str(), "-o", &msi, &name];
        program::run(&self.wixl, &arguments, folder)?;

        let built = stored(&folder.join(&msi))?;
        let wanted = Tables::wanted(&contents.rows, &built);
        let differing: Vec<&str> = wanted.differing(&built).map(|table| table.name).collect();
        let mut arguments = vec![msi.clone(), "-i".to_owned(), UTF_8.0.to_owned()];
        fs::write(folder.join(UTF_8.0), UTF_8.1).map_err(BackendError::Scratch)?;
        for table in &differing {
            let file = format!("{table}.idt");
            fs::write(folder.join(&file), wanted.archive(table)).map_err(BackendError::Scratch)?;
            if built.contains_key(*table) {
                arguments.extend(["-q".to_owned(), format!("DROP TABLE `{table}`")]);
            }
            arguments.extend(["-i".to_owned(), file]);
        }
        shell.status(
            "Completing",
            format_args!("{} tables with msibuild", differing.len()),
        );
        program::run(&self.msibuild, &arguments, folder)?;
        wanted.expect(&stored(&folder.join(&msi))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_architecture_that_wixl_does_not_know_is_refused() {
        let error = Wixl::find(Arch::Arm64).unwrap_err();
        assert_eq!(error.to_string(), "wixl cannot build an MSI for arm64");
    }
}
