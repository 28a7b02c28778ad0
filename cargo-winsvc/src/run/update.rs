//! `cargo winsvc release`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::error::Error;
use super::plan::package;
use crate::cli::ReleaseArgs;
use crate::provenance;
use crate::shell::Shell;
use crate::update;

pub(super) fn run(args: &ReleaseArgs, shell: Shell) -> Result<(), Error> {
    if let Some(path) = &args.new_key {
        return Ok(update::new_key(path, args, shell)?);
    }
    let (project, config) = package(args.manifest_path.clone(), args.package.clone(), shell)?;
    let now = provenance::epoch()?.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    });
    Ok(update::release(&project, &config, args, now, shell)?)
}
