//! `install` and `uninstall`: register the service as the definition says, or remove its registration.
//!
//! Both are idempotent. `install` changes an existing registration in place, so that an update keeps everything that depends
//! on the service (its SID in file permissions, its own permissions).

use std::time::Duration;

use winsvc_definition::command_line;
use winsvc_definition::registration::{ENVIRONMENT_VALUE, NOT_SET, OWN_PROCESS, RegistryValue};

use super::autostart::Autostart;
use super::command::Options;
use super::control::{self, Wait};
use super::failure::{Code, Failure, describe};
use super::firewall::Firewall;
use super::folders;
use super::registration::{
    Change, EventSource, Registration, Setting, Value, event_source_key, is_unknown_level, service_key,
};
use super::report::{Done, Installed};
use super::values;
use crate::sys::machine::{CallError, Level, LevelValue, Machine, code};

/// What is registered with the service.
pub(super) struct More {
    pub(super) firewall: Firewall,
    pub(super) autostart: Autostart,
    /// The registry key that is removed with the updater; `None` for the author's services.
    pub(super) update_key: Option<String>,
}

/// Removes the keys of the product and of its manufacturer if there is nothing in them: the updater has created them with
/// its own.
fn remove_empty_keys_above(machine: &dyn Machine, key: &str) {
    let mut key = key;
    while let Some((above, _)) = key.rsplit_once('\\').filter(|(above, _)| above.contains('\\')) {
        let values = machine.registry_values(above);
        let is_empty = values.is_ok_and(|values| values.is_some_and(|values| values.is_empty()));
        // One that has other keys cannot be removed, and stays.
        if !is_empty || machine.remove_registry_key(above).is_err() {
            return;
        }
        key = above;
    }
}

/// Registers the service as `wanted`, or reports what would be done.
pub(super) fn install(
    machine: &dyn Machine,
    service: &str,
    wanted: &Registration,
    records_key: Option<&str>,
    more: &More,
    dry_run: bool,
) -> Result<(Done, Vec<String>), Failure> {
    let failed = |error| Failure::of_call(machine, "install the service", service, error);
    let mut present = Registration::read(machine, service).map_err(failed)?;
    if let Some(present) = &present {
        refuse_another_program(service, present, wanted)?;
    }
    let mut wanted = wanted.clone();
    if let Some(security) = &mut wanted.security {
        *security = machine.canonical_security(security).map_err(failed)?;
        if let Some(present) = &mut present {
            present.security = look_at_security(machine, service).map_err(failed)?;
        }
    }
    let mut warnings = Vec::new();
    let event_source = EventSource::read(machine, service).map_err(failed)?;
    let has_event_source = event_source != EventSource::Missing;
    if let EventSource::Foreign(value) = &event_source {
        wanted.event_source.clear();
        warnings.push(foreign_event_source(service, value));
    }
    folders::refuse_links(machine, &wanted.folders)?;
    let wanted = &wanted;
    let created = present.is_none();
    let mut before = present.unwrap_or_else(|| Registration::fresh(wanted.config.clone(), event_source));
    before.folders = folders::protected(machine, &wanted.folders).map_err(failed)?;
    before.records = present_records(machine, records_key, wanted).map_err(failed)?;
    let mut changes = before.changes(wanted);
    let steps = steps(created, &changes, wanted, records_key);
    if created {
        changes = everything(wanted);
    }
    let sets_account = created || changes.iter().any(|change| change.setting == Setting::Account);
    if !dry_run {
        if sets_account {
            warnings.extend(allow_logon(machine, &wanted.config.account));
        }
        for (index, step) in steps.iter().enumerate() {
            match step.apply(machine, service, wanted) {
                Ok(None) => {}
                Ok(Some((setting, warning))) => {
                    warnings.push(warning);
                    changes.retain(|change| change.setting != setting);
                }
                Err(error) => {
                    // Remove a new service that is incomplete. A service that existed before keeps the changes so far.
                    if created && index > 0 {
                        let _ = machine.delete(service);
                        if !has_event_source {
                            let _ = machine.remove_registry_key(&event_source_key(service));
                        }
                    }
                    return Err(failed(error));
                }
            }
        }
    }
    let mut firewall_rules = more.firewall.names();
    if !dry_run {
        let (added, problems) = more.firewall.add(machine);
        firewall_rules = added;
        warnings.extend(problems);
    }
    let (autostart, problems) = more.autostart.register(machine, dry_run);
    warnings.extend(problems.iter().map(|problem| problem.warning(machine)));
    Ok((
        Done::Installed(Installed {
            created,
            changes,
            firewall_rules,
            autostart,
            dry_run,
        }),
        warnings,
    ))
}

/// The warning if another program, perhaps Windows itself, has an event source with the name of the service. The events of that
/// program need it. Events of the service are logged with it too, but Event Viewer may not show their texts unchanged.
fn foreign_event_source(service: &str, value: &str) -> String {
    format!(
        "the event source \"{service}\" belongs to another program ({value}) and is not changed; if that program is gone, remove \
         the key HKLM\\{}",
        event_source_key(service)
    )
}

/// The security descriptor of the service; `None` if the caller may not read it.
fn look_at_security(machine: &dyn Machine, service: &str) -> Result<Option<String>, CallError> {
    match machine.security(service) {
        Ok(security) => Ok(Some(security)),
        Err(error) if error.code == code::ACCESS_DENIED => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lets a user's or a group managed service account log on as a service; Windows itself does so for the others. Returns
/// a warning if it cannot, because a policy of the domain may grant the right.
fn allow_logon(machine: &dyn Machine, account: &str) -> Option<String> {
    if !values::is_user(account) {
        return None;
    }
    let error = machine.allow_logon(account).err()?;
    Some(format!(
        "the account {account} was not granted the right to log on as a service: {} ({})",
        describe(machine, error.code),
        error.call
    ))
}

/// The records of properties that the machine has.
fn present_records(
    machine: &dyn Machine,
    key: Option<&str>,
    wanted: &Registration,
) -> Result<Vec<(String, String)>, CallError> {
    let mut present = Vec::new();
    for (name, _) in &wanted.records {
        let Some(key) = key else { continue };
        let value = values::recorded(machine.registry_value(key, name)?);
        present.push((name.clone(), value.unwrap_or_else(|| NOT_SET.to_owned())));
    }
    Ok(present)
}

/// All settings of a new service.
fn everything(wanted: &Registration) -> Vec<Change> {
    let settings = Setting::ALL.into_iter();
    settings
        .filter_map(|setting| {
            let to = wanted.value(setting)?;
            (!to.is_empty()).then_some(Change {
                setting,
                from: None,
                to,
            })
        })
        .collect()
}

/// Refuses to change or remove a service of this name that belongs to another program.
fn refuse_another_program(
    service: &str,
    present: &Registration,
    wanted: &Registration,
) -> Result<(), Failure> {
    let file_name = |line: &str| {
        let program = command_line::program(line);
        program.rsplit(['\\', '/']).next().unwrap_or_default().to_owned()
    };
    let (theirs, ours) = (&present.config, &wanted.config);
    if theirs.service_type & OWN_PROCESS != 0
        && file_name(&theirs.binary_path).eq_ignore_ascii_case(&file_name(&ours.binary_path))
    {
        return Ok(());
    }
    let message = format!(
        "the service \"{service}\" belongs to another program: {}",
        theirs.binary_path
    );
    Err(Failure::new(Code::Failed, message).help(format!(
        "choose another name in Cargo.toml, or remove the other service with `sc.exe delete \"{service}\"`"
    )))
}

/// A step of the registration, in execution order.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Create,
    /// All that `ChangeServiceConfig` takes.
    Configure {
        account: bool,
    },
    Level(LevelValue),
    Environment,
    EventSource,
    Folders,
    /// Copies files to the configuration folder, which is protected.
    Copies,
    /// Records the properties in this registry key.
    Records(String),
    Security(String),
}

/// The steps that make the changes.
fn steps(create: bool, changes: &[Change], wanted: &Registration, records_key: Option<&str>) -> Vec<Step> {
    let is_changed = |setting| changes.iter().any(|change| change.setting == setting);
    let level = |level| {
        let value = wanted.level(level).filter(|_| is_changed(Setting::Level(level)));
        value.cloned().map(Step::Level)
    };
    let mut steps = Vec::new();
    if create {
        steps.push(Step::Create);
    }
    // The delay can be set and cleared only while the start type is automatic.
    let delay = level(Level::DelayedStart);
    let is_delayed = matches!(delay, Some(Step::Level(LevelValue::DelayedStart(true))));
    let (first, last) = if is_delayed { (None, delay) } else { (delay, None) };
    steps.extend(first);
    if changes.iter().any(|change| change.setting.is_config()) {
        steps.push(Step::Configure {
            account: is_changed(Setting::Account),
        });
    }
    steps.extend(last);
    steps.extend(
        [
            Level::Description,
            Level::Recovery,
            Level::FailureFlag,
            Level::SidType,
            Level::Privileges,
            Level::Triggers,
            Level::Preshutdown,
        ]
        .into_iter()
        .filter_map(level),
    );
    if is_changed(Setting::Environment) {
        steps.push(Step::Environment);
    }
    if is_changed(Setting::EventSource) {
        steps.push(Step::EventSource);
    }
    if is_changed(Setting::Folders) {
        steps.push(Step::Folders);
    }
    if is_changed(Setting::Copies) {
        steps.push(Step::Copies);
    }
    if is_changed(Setting::Properties) {
        steps.extend(records_key.map(|key| Step::Records(key.to_owned())));
    }
    // Last, because it may remove rights that the other steps need.
    let security = wanted.security.clone().filter(|_| is_changed(Setting::Security));
    steps.extend(security.map(Step::Security));
    steps
}

impl Step {
    /// Executes the step. A setting that the system does not support is returned with a warning and is not a failure.
    fn apply(
        &self,
        machine: &dyn Machine,
        service: &str,
        wanted: &Registration,
    ) -> Result<Option<(Setting, String)>, CallError> {
        match self {
            Self::Create => machine.create(service, &wanted.config, wanted.password.as_ref())?,
            Self::Configure { account } => {
                machine.configure(service, &wanted.config, *account, wanted.password.as_ref())?;
            }
            Self::Level(value) => {
                let warning = set_level(machine, service, value)?;
                return Ok(warning.map(|warning| (Setting::Level(value.level()), warning)));
            }
            Self::Environment => {
                let key = service_key(service);
                if wanted.environment.is_empty() {
                    machine.remove_registry_value(&key, ENVIRONMENT_VALUE)?;
                } else {
                    let variables = RegistryValue::Strings(wanted.environment.clone());
                    machine.set_registry_value(&key, ENVIRONMENT_VALUE, &variables)?;
                }
            }
            Self::EventSource => {
                let key = event_source_key(service);
                for (name, value) in &wanted.event_source {
                    machine.set_registry_value(&key, name, value)?;
                }
            }
            Self::Folders => {
                let are_kept = folders::protect(machine, &wanted.folders)?;
                let setting = Setting::Folders;
                return Ok((!are_kept).then(|| (setting, dropped(setting))));
            }
            Self::Copies => {
                for copy in &wanted.copies {
                    machine.copy_file(&copy.from, &copy.to)?;
                }
            }
            Self::Records(key) => {
                for (name, value) in &wanted.records {
                    machine.set_registry_value(key, name, &RegistryValue::String(value.clone()))?;
                }
            }
            Self::Security(wanted) => {
                machine.set_security(service, wanted)?;
                let is_kept = look_at_security(machine, service)?.is_none_or(|kept| kept == *wanted);
                let setting = Setting::Security;
                return Ok((!is_kept).then(|| (setting, dropped(setting))));
            }
        }
        Ok(None)
    }
}

/// Sets a level and checks that it is set: Wine accepts some that it does not keep. Returns a warning if it is not set.
fn set_level(machine: &dyn Machine, service: &str, value: &LevelValue) -> Result<Option<String>, CallError> {
    let level = value.level();
    let kept = machine
        .set_level(service, value)
        .and_then(|()| machine.level(service, level));
    match kept {
        Ok(kept) if Value::from(&kept) == Value::from(value) => Ok(None),
        Ok(_) => Ok(Some(dropped(Setting::Level(level)))),
        Err(error) if is_unknown_level(error) => Ok(Some(unknown(machine, level, error))),
        Err(error) => Err(error),
    }
}

/// The warning if the system accepts a setting and does not keep it.
fn dropped(setting: Setting) -> String {
    format!("this system did not keep the setting \"{}\"", setting.words())
}

/// The warning if the system does not support a level.
fn unknown(machine: &dyn Machine, level: Level, error: CallError) -> String {
    format!(
        "this system does not support the setting \"{}\": {} ({})",
        Setting::Level(level).words(),
        describe(machine, error.code),
        error.call
    )
}

/// Stops the service and removes its registration, or reports what would be done. A missing service is not a failure.
pub(super) fn uninstall(
    machine: &dyn Machine,
    service: &str,
    wanted: &Registration,
    records_key: Option<&str>,
    more: &More,
    wait: Wait,
    options: &Options,
) -> Result<(Done, Vec<String>), Failure> {
    let Options { dry_run, purge, .. } = *options;
    let failed = |error| Failure::of_call(machine, "uninstall the service", service, error);
    let present = Registration::read(machine, service).map_err(failed)?;
    if let Some(present) = &present {
        refuse_another_program(service, present, wanted)?;
    }
    let unwanted_folders = match &more.update_key {
        _ if purge => wanted.folders.clone(),
        Some(_) => folders::of_updater(&wanted.folders),
        None => Vec::new(),
    };
    folders::refuse_links(machine, &unwanted_folders)?;
    let event_source = EventSource::read(machine, service).map_err(failed)?;
    let has_event_source = matches!(event_source, EventSource::Ours(_));
    let mut warnings = Vec::new();
    if !dry_run {
        if present.is_some() {
            warnings = control::stop(machine, service, wait)?.1;
            delete(machine, service, wait)?;
        }
        if has_event_source {
            let key = event_source_key(service);
            machine.remove_registry_key(&key).map_err(failed)?;
        }
        if let Some(key) = records_key.filter(|_| !options.properties.keep) {
            machine.remove_registry_key(key).map_err(failed)?;
        }
        if let Some(key) = &more.update_key {
            machine.remove_registry_key(key).map_err(failed)?;
            remove_empty_keys_above(machine, key);
        }
    }
    if let EventSource::Foreign(value) = &event_source {
        warnings.push(foreign_event_source(service, value));
    }
    let mut removed_rules = more.firewall.names();
    if !dry_run {
        let (deleted, problems) = more.firewall.delete(machine);
        removed_rules = deleted;
        warnings.extend(problems);
    }
    let (removed_autostart, problems) = more.autostart.remove(machine, dry_run);
    warnings.extend(problems.iter().map(|problem| problem.warning(machine)));
    let removed_folders = folders::purge(machine, &unwanted_folders, dry_run)?;
    Ok((
        Done::Uninstalled {
            existed: present.is_some(),
            event_source: has_event_source,
            removed_rules,
            removed_autostart,
            removed_folders,
            dry_run,
        },
        warnings,
    ))
}

/// Deletes the service and waits until it is gone: it remains as long as another program has it open.
fn delete(machine: &dyn Machine, service: &str, wait: Wait) -> Result<(), Failure> {
    const LOOK: Duration = Duration::from_millis(50);
    let deadline = machine.now() + wait.stop;
    match machine.delete(service) {
        Ok(()) => {}
        Err(error)
            if [code::SERVICE_DOES_NOT_EXIST, code::SERVICE_MARKED_FOR_DELETE].contains(&error.code) => {}
        Err(error) => return Err(Failure::of_call(machine, "uninstall the service", service, error)),
    }
    while !matches!(machine.status(service), Err(error) if error.code == code::SERVICE_DOES_NOT_EXIST) {
        if machine.now() >= deadline {
            let message =
                format!("the service \"{service}\" is marked for deletion, but another program has it open");
            return Err(Failure::new(Code::TimedOut, message)
                .help("close all programs that have it open, such as the Services window"));
        }
        machine.sleep(LOOK);
    }
    Ok(())
}
