//! `cargo winsvc release`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::Error;
use crate::build::Toolchain;
use crate::cli::{ReleaseArgs, Selection};
use crate::config::Config;
use crate::project::Project;
use crate::provenance;
use crate::shell::Shell;
use crate::update;

pub(super) fn run(args: &ReleaseArgs, shell: Shell) -> Result<(), Error> {
    if let Some(path) = &args.new_key {
        return Ok(update::new_key(path, args, shell)?);
    }
    let selection = Selection {
        manifest_path: args.manifest_path.clone(),
        package: args.package.clone(),
        ..Selection::default()
    };
    let project = Project::load(&selection, &Toolchain::current().cargo)?;
    let config = Config::load_for_any_target::<Error>(&project, shell)?;
    let now = provenance::epoch()?.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    });
    Ok(update::release(&project, &config, args, now, shell)?)
}
