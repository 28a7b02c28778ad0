//! Updates by Windows Installer.

use std::path::Path;

use winsvc_definition::update::manifest::ArtifactKind;

use super::world::{Behaviour, Machine};
use super::{manifest, release, version};
use crate::update::{Outcome, Request};

const NEW: &str = "1.1.0";

/// A machine with an MSI of 1.0.0, whose installer ends with this code.
fn msi(code: u32) -> Machine {
    let machine = Machine::new();
    let mut release = release(NEW);
    release.artifacts[0].kind = ArtifactKind::Msi;
    machine.publish(&manifest(vec![release]));
    let mut world = machine.0.lock().unwrap();
    world.msi = code;
    world.installed_by_msi = Some(version("1.0.0"));
    world.disk.insert("/installer/1.0.0".into(), b"1.0.0".to_vec());
    drop(world);
    machine
}

fn run_msi(machine: &Machine) -> Outcome {
    machine
        .run_in_two(&Machine::settings(), ArtifactKind::Msi, Request::Scheduled)
        .unwrap()
}

fn installed_by_msi(machine: &Machine) -> String {
    machine
        .0
        .lock()
        .unwrap()
        .installed_by_msi
        .clone()
        .unwrap()
        .to_string()
}

#[test]
fn an_msi_is_installed_by_windows_installer_and_kept() {
    let machine = msi(0);
    assert_eq!(run_msi(&machine), Outcome::Updated(version(NEW)));
    let world = machine.0.lock().unwrap();
    assert_eq!(world.commands.len(), 1);
    assert_eq!(world.commands[0][..3], ["msiexec.exe", "/i", "/data/package.msi"]);
    assert_eq!(world.disk[Path::new("/data/1.1.0.msi")], NEW.as_bytes());
    assert!(!world.disk.contains_key(Path::new("/data/1.0.0.msi")));
}

#[test]
fn an_msi_that_is_unhealthy_is_replaced_by_the_one_of_the_version_before() {
    for behaviour in [Behaviour::Unhealthy, Behaviour::DoesNotStart] {
        let machine = msi(0);
        machine.set_behaviour(NEW, behaviour);
        assert!(matches!(run_msi(&machine), Outcome::Failed(..)), "{behaviour:?}");
        assert_eq!(installed_by_msi(&machine), "1.0.0");
        assert!(machine.0.lock().unwrap().running.is_some());
        assert!(matches!(run_msi(&machine), Outcome::UpToDate(refusals) if refusals.len() == 1));
    }
}

#[test]
fn an_msi_that_is_unhealthy_stays_if_windows_installer_cannot_go_back() {
    let stays = |change: fn(&Machine)| {
        let machine = msi(0);
        machine.set_behaviour(NEW, Behaviour::Unhealthy);
        change(&machine);
        let Outcome::Failed(_, why) = run_msi(&machine) else {
            panic!("it is unhealthy");
        };
        assert_eq!(installed_by_msi(&machine), NEW);
        assert!(machine.0.lock().unwrap().running.is_some());
        assert_eq!(run_msi(&machine), Outcome::UpToDate(Vec::new()));
        why
    };
    let why = stays(|machine| machine.0.lock().unwrap().has_msi_rollback = false);
    assert!(why.starts_with("not healthy: a fatal error occurred"), "{why}");
    let why = stays(|machine| {
        machine
            .0
            .lock()
            .unwrap()
            .disk
            .remove(Path::new("/installer/1.0.0"));
    });
    assert_eq!(why, "not healthy: the service has failed");
}

#[test]
fn a_withdrawn_msi_is_replaced_by_an_older_one() {
    let machine = msi(0);
    run_msi(&machine);
    let mut withdrawn = manifest(vec![release("1.0.0"), release(NEW)]);
    withdrawn.sequence += 1;
    withdrawn.releases[1].withdrawn = true;
    withdrawn.releases[0].artifacts[0].kind = ArtifactKind::Msi;
    machine.publish(&withdrawn);
    assert_eq!(run_msi(&machine), Outcome::Updated(version("1.0.0")));
}

#[test]
fn an_installer_that_is_busy_is_tried_again_and_one_that_fails_is_not() {
    let machine = msi(1618);
    for _ in 0..5 {
        assert_eq!(run_msi(&machine), Outcome::Waiting(version(NEW)));
    }
    machine.0.lock().unwrap().msi = 1603;
    let Outcome::Failed(_, why) = run_msi(&machine) else {
        panic!("the installation fails");
    };
    assert!(why.contains("(exit code 1603; see /data/msiexec.log)"), "{why}");
    assert!(matches!(run_msi(&machine), Outcome::UpToDate(refusals) if refusals.len() == 1));
    assert!(machine.0.lock().unwrap().running.is_some());
}

#[test]
fn power_cuts_during_an_msi_leave_a_service_that_runs() {
    for (behaviour, expected) in [(Behaviour::Good, NEW), (Behaviour::Unhealthy, "1.0.0")] {
        let begin = || {
            let machine = msi(0);
            machine.set_behaviour(NEW, behaviour);
            machine
        };
        let machine = begin();
        run_msi(&machine);
        let total = machine.0.lock().unwrap().calls;
        for call in 0..=total {
            let machine = begin();
            machine.0.lock().unwrap().power = Some(call);
            let _ = machine.run_in_two(&Machine::settings(), ArtifactKind::Msi, Request::Scheduled);
            machine.reboot();
            for _ in 0..3 {
                run_msi(&machine);
            }
            assert!(machine.0.lock().unwrap().running.is_some());
            assert_eq!(installed_by_msi(&machine), expected, "{call}");
        }
    }
}
