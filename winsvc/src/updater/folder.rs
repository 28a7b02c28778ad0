//! Files in the update folder that are the updater's own: the identifier of the installation, the services that ran before
//! an installation, and the copies of the exe that install.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::BuildHasher as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The identifier of the installation, which decides about staged rollouts. It is random, and with the machine's name in
/// it, so that the machines that an image was copied to have others.
pub(super) fn install_id(folder: &Path) -> io::Result<String> {
    let path = folder.join("install-id");
    let random = match fs::read_to_string(&path) {
        Ok(text) if !text.is_empty() => text,
        Ok(_) => create_id(&path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => create_id(&path)?,
        Err(error) => return Err(error),
    };
    let machine = std::env::var("COMPUTERNAME").unwrap_or_default();
    Ok(format!("{random} {machine}"))
}

fn create_id(path: &Path) -> io::Result<String> {
    // The standard library keys its hashes with random numbers of the system.
    let number = || RandomState::new().hash_one(path);
    let id = format!("{:016x}{:016x}", number(), number());
    write(path, &id)?;
    Ok(id)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The file with the names of the services that ran before an installation.
fn services_file(folder: &Path) -> PathBuf {
    folder.join("services")
}

/// The services that ran before the installation; `None` if it has not begun.
pub(super) fn services(folder: &Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(services_file(folder)).ok()?;
    // A file that a power cut has left without its end is not complete.
    let names = text.strip_suffix("\n\n")?;
    Some(names.lines().map(str::to_owned).collect())
}

pub(super) fn write_services(folder: &Path, names: &[String]) -> io::Result<()> {
    write(&services_file(folder), &format!("{}\n\n", names.join("\n")))
}

pub(super) fn forget_services(folder: &Path) {
    // Written again by the next installation.
    let _ = fs::remove_file(services_file(folder));
}

/// The folders with copies of the exe, of which one may run.
const RUNNERS: [&str; 4] = ["runner-1", "runner-2", "runner-3", "runner-4"];

/// Copies an exe, and the DLLs beside it, to a folder in which no copy runs. Returns the path of the copy.
pub(super) fn copy_of(exe: &Path, folder: &Path) -> io::Result<PathBuf> {
    let mut to = Err(io::ErrorKind::AlreadyExists.into());
    for name in RUNNERS {
        let runner = folder.join(name);
        match fs::remove_dir_all(&runner) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => to = to.or(Err(error)),
            _ => to = to.or(Ok(runner)),
        }
    }
    let to = to?;
    fs::create_dir(&to)?;
    for entry in fs::read_dir(exe.parent().unwrap_or(exe))? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("dll")) {
            fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    let copy = to.join(exe.file_name().unwrap_or_default());
    fs::copy(exe, &copy)?;
    Ok(copy)
}

/// Whether an exe is a copy in the update folder.
pub(super) fn is_copy(exe: &Path, folder: &Path) -> bool {
    let above = exe.parent().and_then(Path::parent);
    // One that does not exist is no copy.
    let real = |path: &Path| fs::canonicalize(path).ok();
    above.is_some_and(|above| real(above).is_some() && real(above) == real(folder))
}
