//! The services of one exe: which of them a verb means, and in which order.
//!
//! `install` and `uninstall` mean the updater too. `start` and `stop` take it along: it is the same program, which nobody
//! can replace while it runs. Else the verbs act as if there were no updater, unless it is named.

use winsvc_definition::{Dependency, Role, Stamp};

use super::command::{Options, Verb};
use super::failure::{Code, Failure};

/// The names of the author's services.
pub(super) fn names(stamps: &[Stamp]) -> Vec<&str> {
    own(stamps).into_iter().map(name).collect()
}

/// The author's services.
fn own(stamps: &[Stamp]) -> Vec<&Stamp> {
    let own = stamps.iter().filter(|stamp| stamp.role == Role::Service);
    own.collect()
}

/// The services that a verb means: the named one, else all of them. To start services means those that start
/// automatically, unless there are none. A service comes after those that it depends on; before them if the verb stops
/// it.
pub(super) fn meant(mut stamps: Vec<Stamp>, verb: Verb, named: Option<&str>) -> Result<Vec<Stamp>, Failure> {
    if named.is_some() || verb == Verb::Logs {
        return only(&stamps, named).map(|stamp| vec![stamp.clone()]);
    }
    if matches!(verb, Verb::Restart | Verb::Status) {
        stamps.retain(|stamp| stamp.role == Role::Service);
    }
    let mut sorted = by_dependencies(stamps);
    let is_automatic = |stamp: &Stamp| stamp.definition.start.is_automatic();
    if matches!(verb, Verb::Start | Verb::Restart) && own(&sorted).into_iter().any(is_automatic) {
        sorted.retain(is_automatic);
    }
    if matches!(verb, Verb::Stop | Verb::Uninstall) {
        sorted.reverse();
    }
    Ok(sorted)
}

/// Whether the service is only taken along: nothing is reported of it but a failure, which is none of the verb's.
pub(super) fn is_taken_along(stamp: &Stamp, verb: Verb, named: Option<&str>) -> bool {
    stamp.role == Role::Updater && named.is_none() && matches!(verb, Verb::Start | Verb::Stop)
}

/// An error if the folders of one of several services are to be removed: they are those of the others, too.
pub(super) fn refuse_to_purge_one(stamps: &[Stamp], options: &Options) -> Result<(), Failure> {
    if !options.purge || options.service.is_none() || stamps.len() == 1 {
        return Ok(());
    }
    let message = "`--purge` with `--service`: the services of this program share their folders";
    Err(Failure::new(Code::Usage, message).help("leave out one of the two options"))
}

/// The named service, or the author's only one.
pub(super) fn only<'a>(stamps: &'a [Stamp], named: Option<&str>) -> Result<&'a Stamp, Failure> {
    let known = names(stamps).join(", ");
    match (named, &own(stamps)[..]) {
        (None, [stamp]) => Ok(*stamp),
        (None, _) => Err(
            Failure::new(Code::Usage, format!("this program has several services: {known}"))
                .help("name one of them with --service"),
        ),
        (Some(named), _) => {
            let found = stamps
                .iter()
                .find(|stamp| name(stamp).eq_ignore_ascii_case(named));
            found.ok_or_else(|| {
                let message = format!("this program has no service {named:?}; expected {known}");
                Failure::new(Code::Usage, message)
            })
        }
    }
}

fn by_dependencies(mut rest: Vec<Stamp>) -> Vec<Stamp> {
    let mut sorted: Vec<Stamp> = Vec::new();
    while !rest.is_empty() {
        let needs = |stamp: &Stamp, other: &Stamp| {
            stamp
                .definition
                .dependencies
                .iter()
                .any(|dependency| match dependency {
                    Dependency::Service(needed) => needed.as_str().eq_ignore_ascii_case(name(other)),
                    Dependency::Group(_) => false,
                })
        };
        let free = rest
            .iter()
            .position(|stamp| !rest.iter().any(|other| needs(stamp, other)));
        // Windows refuses services that depend on each other; the verb reports its error.
        sorted.push(rest.remove(free.unwrap_or_default()));
    }
    sorted
}

fn name(stamp: &Stamp) -> &str {
    stamp.definition.name.as_str()
}

#[cfg(test)]
mod tests {
    use winsvc_definition::{Build, Definition, Layout, Role, ServiceName, StartType};

    use super::*;

    fn stamps(services: &[(&str, &[&str])]) -> Vec<Stamp> {
        let stamp = |(name, needed): &(&str, &[&str])| {
            let mut definition = Definition::new(ServiceName::new(name).unwrap());
            definition.dependencies = needed.iter().map(|name| name.parse().unwrap()).collect();
            Stamp {
                definition,
                role: Role::Service,
                build: Build::UNKNOWN,
                layout: Layout::default(),
                properties: Vec::new(),
                firewall: Vec::new(),
                host: None,
                autostart: Vec::new(),
                update: None,
            }
        };
        services.iter().map(stamp).collect()
    }

    /// One service of an author, and its updater.
    fn with_updater() -> Vec<Stamp> {
        let mut stamps = stamps(&[("a", &[]), ("a-update", &[])]);
        stamps[1].role = Role::Updater;
        stamps
    }

    fn order(services: &[(&str, &[&str])], verb: Verb) -> Vec<String> {
        let meant = meant(stamps(services), verb, None).unwrap();
        meant.iter().map(|stamp| name(stamp).to_owned()).collect()
    }

    const THREE: [(&str, &[&str]); 3] = [("a", &["C", "Tcpip"]), ("b", &["+a"]), ("c", &["b"])];

    #[test]
    fn services_are_started_after_those_that_they_depend_on_and_stopped_before_them() {
        assert_eq!(order(&THREE, Verb::Start), ["b", "c", "a"]);
        assert_eq!(order(&THREE, Verb::Install), ["b", "c", "a"]);
        assert_eq!(order(&THREE, Verb::Stop), ["a", "c", "b"]);
        assert_eq!(order(&[("a", &["b"]), ("b", &["a"])], Verb::Start), ["a", "b"]);
    }

    #[test]
    fn the_updater_goes_with_its_program_and_is_not_mentioned_else() {
        let of = |verb, named| {
            let meant = meant(with_updater(), verb, named).unwrap();
            meant
                .iter()
                .map(|stamp| name(stamp).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(of(Verb::Install, None), ["a", "a-update"]);
        assert_eq!(of(Verb::Uninstall, None), ["a-update", "a"]);
        assert_eq!(of(Verb::Start, None), ["a", "a-update"]);
        assert_eq!(of(Verb::Stop, None), ["a-update", "a"]);
        for verb in [Verb::Restart, Verb::Status, Verb::Logs] {
            assert_eq!(of(verb, None), ["a"], "{verb:?}");
        }
        for verb in Verb::ALL {
            assert_eq!(of(verb, Some("A-Update")), ["a-update"], "{verb:?}");
        }
        assert_eq!(names(&with_updater()), ["a"]);
    }

    #[test]
    fn a_service_that_starts_on_demand_is_started_although_its_updater_starts_by_itself() {
        let mut stamps = with_updater();
        stamps[0].definition.start = StartType::Manual;
        assert_eq!(meant(stamps, Verb::Start, None).unwrap().len(), 2);
    }

    #[test]
    fn services_that_start_on_demand_are_started_by_name() {
        let mut stamps = stamps(&THREE);
        stamps[1].definition.start = StartType::Manual;
        let count = |stamps: Vec<Stamp>, verb, named| meant(stamps, verb, named).unwrap().len();
        assert_eq!(count(stamps.clone(), Verb::Start, None), 2);
        assert_eq!(count(stamps.clone(), Verb::Restart, None), 2);
        assert_eq!(count(stamps.clone(), Verb::Stop, None), 3);
        assert_eq!(count(stamps.clone(), Verb::Start, Some("b")), 1);
        assert_eq!(count(stamps[1..2].to_vec(), Verb::Start, None), 1);
    }

    #[test]
    fn the_folders_of_several_services_are_removed_together() {
        let result = |count: usize, purge, service: Option<&str>| {
            let options = Options {
                purge,
                service: service.map(str::to_owned),
                ..Options::default()
            };
            refuse_to_purge_one(&stamps(&THREE[..count]), &options).is_ok()
        };
        assert!(result(3, true, None) && result(1, true, Some("a")) && result(3, false, Some("a")));
        assert!(!result(3, true, Some("a")));
    }

    #[test]
    fn one_service_is_named_where_there_are_several() {
        let of = |verb, named| meant(stamps(&THREE), verb, named).map(|meant| meant.len());
        assert_eq!(of(Verb::Start, Some("B")), Ok(1));
        let error = of(Verb::Logs, None).unwrap_err();
        assert_eq!(error.message, "this program has several services: a, b, c");
        let error = of(Verb::Start, Some("d")).unwrap_err();
        assert_eq!(
            error.message,
            "this program has no service \"d\"; expected a, b, c"
        );
        assert_eq!(meant(stamps(&THREE[..1]), Verb::Logs, None).unwrap().len(), 1);
    }
}
