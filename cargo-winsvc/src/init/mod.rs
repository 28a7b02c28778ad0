//! `cargo winsvc init` and `new`: make a service of a program.
//!
//! Every change is planned first, then shown or made; a second run finds nothing to change.

mod change;
mod error;
mod manifest;
mod source;
mod workflow;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use self::change::Change;
pub(crate) use self::error::InitError;
use self::manifest::Starter;
use crate::build::Toolchain;
use crate::cli::{CiService, InitArgs, NewArgs, Selection};
use crate::config::Config;
use crate::diagnostic::Place;
use crate::from_wix;
use crate::import;
use crate::product::{self, Names};
use crate::project::{Program, Project};
use crate::shell::Shell;

/// `cargo winsvc init`.
pub(crate) fn init(args: &InitArgs, shell: Shell) -> Result<(), InitError> {
    let plan = if let Some(source) = &args.import {
        Plan::of_import(source, shell)?
    } else {
        let selection = Selection {
            manifest_path: args.manifest_path.clone(),
            package: args.package.clone(),
            bin: args.bin.clone(),
            ..Selection::default()
        };
        Plan::new(&selection, args.from_wix.as_deref(), args.ci, shell)?
    };
    if plan.changes.is_empty() {
        shell.status("Finished", "nothing to change");
        return Ok(());
    }
    if args.dry_run {
        return plan.print(io::stdout()).map_err(InitError::Stdout);
    }
    if !args.yes {
        if !io::stdin().is_terminal() {
            return Err(InitError::NobodyToAsk);
        }
        // A terminal that is gone cannot agree either.
        let _ = plan.print(io::stderr());
        if !is_agreed() {
            return Err(InitError::Declined);
        }
    }
    plan.make()
}

/// `cargo winsvc new`.
pub(crate) fn new(args: &NewArgs, shell: Shell) -> Result<(), InitError> {
    let mut cargo = Command::new(Toolchain::current().cargo);
    cargo
        .args(["new", "--bin"])
        .args(args.name.iter().flat_map(|name| ["--name", name]));
    let status = cargo
        .arg("--")
        .arg(&args.path)
        .status()
        .map_err(InitError::Cargo)?;
    if !status.success() {
        return Err(InitError::New);
    }
    let main = args.path.join("src/main.rs");
    std::fs::write(&main, winsvc_templates::NEW_MAIN.1)
        .map_err(|source| InitError::Unwritable { path: main, source })?;
    let selection = Selection {
        manifest_path: Some(args.path.join("Cargo.toml")),
        ..Selection::default()
    };
    Plan::new(&selection, None, None, shell)?.make()
}

/// What is to change.
struct Plan {
    /// The folder that all paths are relative to.
    root: PathBuf,
    changes: Vec<Change>,
}

impl Plan {
    fn new(
        selection: &Selection,
        wix: Option<&Path>,
        ci: Option<CiService>,
        shell: Shell,
    ) -> Result<Self, InitError> {
        let project = Project::load(selection, &Toolchain::current().cargo)?;
        let program = project.default_program().ok_or(InitError::Workspace)??;
        let root = project.workspace_manifest.parent().unwrap_or(Path::new("."));
        let mut plan = Self {
            root: root.to_owned(),
            changes: Vec::new(),
        };
        let config = Config::load_for_any_target::<InitError>(&project, shell)?;
        plan.edit_manifest(&project, &config, wix, shell)?;
        plan.edit_main(&program, shell)?;
        if let Some(service) = ci {
            plan.add_workflow(service, &project, &config, shell)?;
        }
        Ok(plan)
    }

    /// A file for `package --host` in the current folder, named after the service.
    fn of_import(source: &Path, shell: Shell) -> Result<Self, InitError> {
        let bytes = std::fs::read(source).map_err(|error| InitError::Unreadable {
            path: source.to_owned(),
            source: error,
        })?;
        let imported = import::read(&bytes).map_err(|error| InitError::Import {
            path: source.to_owned(),
            error,
        })?;
        let path = PathBuf::from(format!("{}.toml", imported.name));
        if path.exists() {
            return Err(InitError::FileExists { path });
        }
        for left in &imported.left {
            shell.help(&format!("not taken over: {left}"));
        }
        shell.status("Adding", path.display());
        let source = source.file_name().unwrap_or_default().to_string_lossy();
        let new = imported.file(&source);
        Ok(Self {
            root: PathBuf::from("."),
            changes: vec![Change { path, old: None, new }],
        })
    }

    fn edit_manifest(
        &mut self,
        project: &Project,
        config: &Config,
        wix: Option<&Path>,
        shell: Shell,
    ) -> Result<(), InitError> {
        let names = Names::new(project, config);
        let (upgrade_code, _) = product::upgrade_code(config, &names);
        let upgrade_code = upgrade_code.hyphenated().to_string();
        let mut table = match wix {
            Some(wix) => read_wix(&project.root().join(wix), shell)?,
            None => toml::Table::from_iter([("display-name".to_owned(), names.product.into())]),
        };
        let package = table
            .entry("package")
            .or_insert_with(|| toml::Table::new().into());
        if let Some(package) = package.as_table_mut() {
            package
                .entry("manufacturer")
                .or_insert_with(|| names.manufacturer.into());
            package
                .entry("upgrade-code")
                .or_insert_with(|| upgrade_code.clone().into());
        }
        let starter = Starter { table, upgrade_code };
        let text = read(&project.manifest)?;
        let is_shared = manifest::shares_dependency(&read(&project.workspace_manifest)?);
        let edited = manifest::edit(&text, env!("CARGO_PKG_VERSION"), is_shared, &starter);
        let edited = edited.map_err(|error| InitError::Manifest {
            place: Box::new(Place {
                path: project.manifest.clone(),
                text: text.clone(),
                span: error.span().unwrap_or(0..0),
            }),
            message: error.message().to_owned(),
        })?;
        if let Some(wix) = wix
            && !edited.added.iter().any(|added| added == manifest::TABLE)
        {
            return Err(InitError::TableExists { wix: wix.to_owned() });
        }
        for added in &edited.added {
            shell.status(
                "Adding",
                format_args!("{added} to {}", self.relative(&project.manifest).display()),
            );
        }
        self.add(&project.manifest, Some(text), edited.text);
        Ok(())
    }

    fn edit_main(&mut self, program: &Program, shell: Shell) -> Result<(), InitError> {
        let text = read(&program.source)?;
        let edited = source::edit(&text).map_err(|error| InitError::Main {
            path: program.source.clone(),
            text: text.clone(),
            error: Box::new(error),
        })?;
        if edited.text.is_some() {
            let file = self.relative(&program.source);
            shell.status("Adding", format_args!("#[winsvc::main] to {}", file.display()));
            if !edited.knows_of_stop {
                shell.help(
                    "a stop ends `main` wherever it is; to finish work before, take `service: winsvc::Service` and wait \
                     for `service.stop_requested()` (docs/entry.md)",
                );
            }
        }
        self.add(&program.source, Some(text), edited.text);
        Ok(())
    }

    /// Adds the workflow, unless the author has one of this name.
    fn add_workflow(
        &mut self,
        service: CiService,
        project: &Project,
        config: &Config,
        shell: Shell,
    ) -> Result<(), InitError> {
        let file = workflow::file(service);
        let path = self.root.join(file);
        if path.exists() {
            shell.help(&format!("`{file}` is there already, and stays as it is"));
            return Ok(());
        }
        if let Some(help) = workflow::unfit_engine(config) {
            shell.help(help);
        }
        shell.status("Adding", file);
        let text = workflow::render(service, project, config, &self.root)?;
        self.add(&path, None, Some(text));
        Ok(())
    }

    fn add(&mut self, path: &Path, old: Option<String>, new: Option<String>) {
        if let Some(new) = new {
            let path = self.relative(path);
            self.changes.push(Change { path, old, new });
        }
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_owned()
    }

    fn print(&self, mut to: impl io::Write) -> io::Result<()> {
        self.changes.iter().try_for_each(|change| write!(to, "{change}"))
    }

    fn make(self) -> Result<(), InitError> {
        change::make(&self.changes, &self.root)
            .map_err(|(path, source)| InitError::Unwritable { path, source })
    }
}

/// The keys that a source for WiX has.
fn read_wix(path: &Path, shell: Shell) -> Result<toml::Table, InitError> {
    let from = from_wix::read(&read(path)?).map_err(|error| InitError::Wix {
        path: path.to_owned(),
        error,
    })?;
    let has_code = from
        .keys
        .get("package")
        .is_some_and(|package| package.get("upgrade-code").is_some());
    if !has_code {
        shell.help("the source has no upgrade code; set `upgrade-code` to that of the installed product");
    }
    if !from.left.is_empty() {
        let left: Vec<&str> = from.left.iter().map(String::as_str).collect();
        shell.help(&format!(
            "these elements of the source are not taken over (docs/coming-from.md): {}",
            left.join(", ")
        ));
    }
    Ok(from.keys)
}

fn read(path: &Path) -> Result<String, InitError> {
    std::fs::read_to_string(path).map_err(|source| InitError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Asks in the terminal; anything but a yes is a no.
fn is_agreed() -> bool {
    let mut answer = String::new();
    eprint!("Make these changes? [y/N] ");
    let _ = io::stderr().flush();
    let _ = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
