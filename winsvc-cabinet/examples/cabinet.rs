//! Writes a cabinet with the files of a folder, one extension after the other, as a package has them.
//!
//! ```console
//! $ cargo run --release --example cabinet -- LEVEL FOLDER CABINET
//! ```

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use winsvc_cabinet::{CabinetWriter, DosDateTime, Level, Member};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [level, folder, cabinet] = &arguments[..] else {
        eprintln!("usage: cabinet fast|default|max FOLDER CABINET");
        return ExitCode::from(2);
    };
    match write(level, Path::new(folder), Path::new(cabinet)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(level: &str, folder: &Path, cabinet: &Path) -> Result<(), Box<dyn Error>> {
    let level = match level {
        "fast" => Level::Fast,
        "default" => Level::Default,
        "max" => Level::Max,
        _ => return Err(format!("unknown level `{level}`; expected `fast`, `default` or `max`").into()),
    };
    let mut paths = files(folder)?;
    paths.sort_by(|a, b| (a.extension(), a).cmp(&(b.extension(), b)));
    let member = |path: &PathBuf| {
        let name = path.strip_prefix(folder).unwrap_or(path);
        Ok(Member {
            name: name.to_string_lossy().replace('/', "\\"),
            size: fs::metadata(path)?.len(),
            modified: DosDateTime::from_unix(1_700_000_000),
        })
    };
    let members = paths.iter().map(member).collect::<io::Result<Vec<_>>>()?;
    let mut writer = CabinetWriter::new(File::create(cabinet)?, members, level)?;
    for path in &paths {
        io::copy(&mut File::open(path)?, &mut writer)?;
    }
    writer.finish()?;
    Ok(())
}

/// The files of a folder and of those in it.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(self::files(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}
