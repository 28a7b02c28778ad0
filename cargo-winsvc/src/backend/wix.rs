//! The WiX toolset: one program from version 4 on, a compiler and a linker before.
//!
//! WiX 7 and later build only for users who have accepted its licence. No argument here does that for them.

use std::path::{Path, PathBuf};

use winsvc_definition::manifest::Language;

use super::{BackendError, program, write};
use crate::build::toolchain;
use crate::product::Product;
use crate::shell::Shell;
use crate::wxs::{self, Dialect, Paths};

/// A WiX toolset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WixToolset {
    /// Version 4 or later: `wix`.
    V4 { wix: PathBuf },
    /// Version 3: compiler and linker.
    V3 { candle: PathBuf, light: PathBuf },
}

impl WixToolset {
    /// The toolset in the search path, or the version 3 that its installer has set the variable `WIX` for.
    pub(super) fn find() -> Result<Self, BackendError> {
        if let Some(wix) = toolchain::find_on_path("wix") {
            return Ok(Self::V4 { wix });
        }
        let installed = std::env::var_os("WIX").map(|folder| Path::new(&folder).join("bin"));
        let find = |name| {
            let installed = installed.as_deref();
            toolchain::find_on_path(name).or_else(|| toolchain::find_in(installed?, name))
        };
        match (find("candle"), find("light")) {
            (Some(candle), Some(light)) => Ok(Self::V3 { candle, light }),
            _ => Err(BackendError::NoProgram {
                what: "WiX toolset",
                programs: "`wix`, and no `candle` with `light`,",
                help: "install WiX (dotnet tool install --global wix)",
            }),
        }
    }

    pub(super) fn build(
        &self,
        product: &Product,
        language: Language,
        paths: &Paths,
        shell: Shell,
    ) -> Result<(), BackendError> {
        let dialect = match self {
            Self::V4 { .. } => Dialect::V4,
            Self::V3 { .. } => Dialect::V3,
        };
        let source = wxs::render(product, language, dialect, paths)?;
        let (name, folder) = (dialect.file_name(&paths.stem), paths.folder.as_path());
        write(&source, &name, folder)?;
        let (msi, arch) = (format!("{}.msi", paths.stem), product.arch.as_str());
        match self {
            Self::V4 { wix } => {
                shell.status("Building", format_args!("{msi} with WiX"));
                let arguments = ["build", "-arch", arch, "-pdbtype", "none", "-o", &msi, &name];
                program::run(wix, &arguments, folder)?;
            }
            Self::V3 { candle, light } => {
                shell.status("Building", format_args!("{msi} with WiX 3"));
                let object = format!("{}.wixobj", paths.stem);
                program::run(candle, &["-nologo", "-arch", arch, "-o", &object, &name], folder)?;
                program::run(light, &["-nologo", "-spdb", "-o", &msi, &object], folder)?;
            }
        }
        Ok(())
    }
}
