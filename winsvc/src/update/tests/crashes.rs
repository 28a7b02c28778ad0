//! Updates on a machine whose power may be cut before any call: they must end with a service that runs, in the old or in
//! the new version, and never start anything that the manifest does not name.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use winsvc_definition::update::manifest::ArtifactKind;
use winsvc_definition::{AutoUpdate, Update, UpdateUrl, UpdateWindow};

use super::keys::public;
use super::world::{Behaviour, EXE, FOLDER, Machine};
use super::{manifest, release, version};
use crate::update::{Outcome, Request, UpdateError};

const NEW: &str = "1.1.0";

/// A machine with 1.0.0, for which there is a 1.1.0 that behaves like this.
fn machine(behaviour: Behaviour) -> Machine {
    let machine = Machine::new();
    machine.publish(&manifest(vec![release("1.0.0"), release(NEW)]));
    machine.set_behaviour(NEW, behaviour);
    machine
}

type Run = fn(&Machine) -> Result<Outcome, UpdateError>;

fn run(machine: &Machine) -> Result<Outcome, UpdateError> {
    machine.run_with(Machine::settings(), ArtifactKind::Exe, Request::Scheduled)
}

/// As the updater service does, whose exe is replaced.
fn run_in_two(machine: &Machine) -> Result<Outcome, UpdateError> {
    machine.run_in_two(&Machine::settings(), ArtifactKind::Exe, Request::Scheduled)
}

/// Runs updates until one ends without a power cut. `is_reboot`: whether the machine restarts, or the updater alone ends.
fn run_with_cuts(machine: &Machine, run: Run, cuts: &[(u32, bool)]) -> Outcome {
    for (calls, is_reboot) in cuts {
        machine.0.lock().unwrap().power = Some(*calls);
        let _ = run(machine);
        if *is_reboot {
            machine.reboot();
        } else {
            machine.kill_updater();
        }
        check_executed(machine);
    }
    // What an interruption has left is retried.
    let mut outcome = run(machine).unwrap();
    for _ in 0..3 {
        match run(machine).unwrap() {
            Outcome::UpToDate(_) => break,
            other => outcome = other,
        }
    }
    outcome
}

fn check_executed(machine: &Machine) {
    for exe in &machine.0.lock().unwrap().executed {
        let is_known = [&b"1.0.0"[..], NEW.as_bytes()].contains(&exe.as_slice());
        assert!(is_known, "{:?} was started", String::from_utf8_lossy(exe));
    }
}

/// The service runs, and nothing of the update is left.
fn check(machine: &Machine, expected: &[&str]) {
    check_executed(machine);
    let world = machine.0.lock().unwrap();
    let running = world.running.clone().expect("a service runs");
    let running = String::from_utf8(running).unwrap();
    assert!(expected.contains(&running.as_str()), "{running} runs");
    assert_eq!(world.disk[Path::new(EXE)], running.as_bytes());
    // A file that another program runs from stays.
    let mut files: Vec<PathBuf> = world.disk.keys().cloned().collect();
    files.retain(|path| {
        let is_state = path.ends_with("state.json") || path.ends_with("state.json.new");
        path == Path::new(EXE) || !is_state && !world.in_use.contains(path)
    });
    assert_eq!(files, [PathBuf::from(EXE)]);
}

/// The number of calls that an update makes without a power cut.
fn calls(behaviour: Behaviour, run: Run) -> u32 {
    let machine = machine(behaviour);
    let _ = run(&machine);
    let calls = machine.0.lock().unwrap().calls;
    assert!((30..400).contains(&calls), "{calls}");
    calls
}

#[test]
fn an_update_installs_the_new_version() {
    let machine = machine(Behaviour::Good);
    assert_eq!(run(&machine).unwrap(), Outcome::Updated(version(NEW)));
    check(&machine, &[NEW]);
    assert_eq!(run(&machine).unwrap(), Outcome::UpToDate(Vec::new()));
    let events: Vec<String> = machine
        .0
        .lock()
        .unwrap()
        .events
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        events,
        ["updating from 1.0.0 to 1.1.0", "update to 1.1.0: installed"]
    );
}

#[test]
fn a_version_that_fails_is_rolled_back_once() {
    for (behaviour, reason) in [
        (
            Behaviour::DoesNotStart,
            "rolled back: the service did not start: error 1067",
        ),
        (Behaviour::Unhealthy, "rolled back: the service has failed"),
    ] {
        let machine = machine(behaviour);
        assert_eq!(
            run(&machine).unwrap(),
            Outcome::Failed(version(NEW), reason.to_owned())
        );
        check(&machine, &["1.0.0"]);
        let executed = machine.0.lock().unwrap().executed.len();
        assert!(matches!(run(&machine).unwrap(), Outcome::UpToDate(refusals) if refusals.len() == 1));
        assert_eq!(
            machine.0.lock().unwrap().executed.len(),
            executed,
            "it is not tried again"
        );
        // A newer version is.
        let mut newer = manifest(vec![release(NEW), release("1.2.0")]);
        newer.sequence += 1;
        machine.publish(&newer);
        assert_eq!(run(&machine).unwrap(), Outcome::Updated(version("1.2.0")));
    }
}

#[test]
fn power_cuts_at_every_call_leave_a_service_that_runs() {
    for behaviour in [Behaviour::Good, Behaviour::DoesNotStart, Behaviour::Unhealthy] {
        let expected = if behaviour == Behaviour::Good {
            NEW
        } else {
            "1.0.0"
        };
        for run in [run, run_in_two] {
            for call in 0..=calls(behaviour, run) {
                for is_reboot in [true, false] {
                    let machine = machine(behaviour);
                    run_with_cuts(&machine, run, &[(call, is_reboot)]);
                    check(&machine, &[expected]);
                }
            }
        }
    }
}

#[test]
fn two_power_cuts_at_any_calls_leave_a_service_that_runs() {
    for behaviour in [Behaviour::Good, Behaviour::Unhealthy] {
        for run in [run, run_in_two] {
            let calls = calls(behaviour, run);
            for first in 0..=calls {
                for second in (0..=calls).step_by(3) {
                    let machine = machine(behaviour);
                    run_with_cuts(&machine, run, &[(first, true), (second + first % 3, true)]);
                    // After so many interruptions a version may be given up.
                    check(&machine, &["1.0.0", NEW]);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Any number of power cuts and killed updaters, any behaviour, and somebody who writes to a file in between.
    #[test]
    fn whatever_happens_only_verified_versions_run(
        behaviour in prop::sample::select(vec![Behaviour::Good, Behaviour::DoesNotStart, Behaviour::Unhealthy]),
        cuts in prop::collection::vec((0_u32..120, any::<bool>()), 0..8),
        in_two in any::<bool>(),
        is_in_use in any::<bool>(),
        tampering in prop::option::of((0_u32..150, prop::sample::select(vec!["package.exe", "state.json"]))),
    ) {
        let machine = machine(behaviour);
        machine.0.lock().unwrap().tampering = tampering.map(|(call, name)| {
            (call, Path::new(FOLDER).join(name), b"evil".to_vec())
        });
        if is_in_use {
            machine.0.lock().unwrap().in_use.insert(EXE.into());
        }
        run_with_cuts(&machine, if in_two { run_in_two } else { run }, &cuts);
        let expected: &[&str] = if behaviour == Behaviour::DoesNotStart { &["1.0.0"] } else { &["1.0.0", NEW] };
        check(&machine, expected);
    }
}

#[test]
fn a_package_that_is_changed_after_it_was_verified_is_not_installed() {
    let total = calls(Behaviour::Good, run);
    let mut refused = 0;
    for call in 0..total {
        let machine = machine(Behaviour::Good);
        let package = Path::new(FOLDER).join("package.exe");
        machine.0.lock().unwrap().tampering = Some((call, package, b"evil".to_vec()));
        refused += u32::from(!matches!(run(&machine).unwrap(), Outcome::Updated(_)));
        check_executed(&machine);
    }
    assert!(refused >= 3, "{refused}");
}

#[test]
fn a_damaged_state_begins_anew_with_the_service_running() {
    let machine = machine(Behaviour::Good);
    {
        let mut world = machine.0.lock().unwrap();
        // A power cut between the two renames, and a disk that lost the state.
        let old = world.disk.remove(Path::new(EXE)).unwrap();
        world.disk.insert(PathBuf::from(format!("{EXE}.old")), old);
        world
            .disk
            .insert(Path::new(FOLDER).join("state.json"), vec![0; 64]);
        world.running = None;
    }
    assert_eq!(run(&machine).unwrap(), Outcome::Updated(version(NEW)));
    check(&machine, &[NEW]);
    assert_eq!(
        machine.0.lock().unwrap().events[0].to_string(),
        "the state of updates was damaged; it begins anew"
    );
}

#[test]
fn only_one_updater_runs_at_a_time() {
    let machine = machine(Behaviour::Good);
    let lock = crate::update::files::Files::lock(&mut machine.clone(), Path::new("/data/lock")).unwrap();
    assert!(matches!(run(&machine), Err(UpdateError::AlreadyRunning)));
    drop(lock);
    assert!(run(&machine).is_ok());
}

#[test]
fn what_is_asked_for_decides_how_far_an_update_goes() {
    let with = |change: fn(&mut Update), request| {
        let machine = machine(Behaviour::Good);
        let mut settings = Machine::settings();
        change(&mut settings);
        let outcome = machine.run_with(settings, ArtifactKind::Exe, request).unwrap();
        let requests = machine.0.lock().unwrap().requests.len();
        (outcome, requests)
    };
    assert_eq!(
        with(|_| {}, Request::Check),
        (Outcome::Available(version(NEW)), 2)
    );
    let off = |it: &mut Update| it.auto = AutoUpdate::Off;
    assert_eq!(with(off, Request::Scheduled), (Outcome::Off, 0));
    assert_eq!(with(off, Request::Now), (Outcome::Updated(version(NEW)), 3));
    let download = |it: &mut Update| it.auto = AutoUpdate::Download;
    assert_eq!(
        with(download, Request::Scheduled),
        (Outcome::Waiting(version(NEW)), 3)
    );
    let window = |it: &mut Update| it.window = Some(UpdateWindow::new("02:00-05:00").unwrap());
    assert_eq!(
        with(window, Request::Scheduled),
        (Outcome::Waiting(version(NEW)), 3)
    );
    assert_eq!(with(window, Request::Now), (Outcome::Updated(version(NEW)), 3));
}

#[test]
fn a_version_may_wait_for_its_window_as_long_as_it_takes() {
    let machine = machine(Behaviour::Good);
    let settings = Update {
        window: Some(UpdateWindow::new("02:00-05:00").unwrap()),
        ..Machine::settings()
    };
    let run = || {
        machine
            .run_with(settings.clone(), ArtifactKind::Exe, Request::Scheduled)
            .unwrap()
    };
    for _ in 0..10 {
        assert_eq!(run(), Outcome::Waiting(version(NEW)));
    }
    let packages = machine
        .0
        .lock()
        .unwrap()
        .requests
        .iter()
        .filter(|url| url.contains("/agent-1.1.0"))
        .count();
    assert_eq!(packages, 1, "it is downloaded once");
    machine.0.lock().unwrap().local_minute = 3 * 60;
    assert_eq!(run(), Outcome::Updated(version(NEW)));
}

#[test]
fn a_version_that_is_withdrawn_while_it_waits_is_not_installed() {
    let machine = machine(Behaviour::Good);
    let settings = Update {
        auto: AutoUpdate::Download,
        ..Machine::settings()
    };
    let run = |request| {
        machine
            .run_with(settings.clone(), ArtifactKind::Exe, request)
            .unwrap()
    };
    assert_eq!(run(Request::Scheduled), Outcome::Waiting(version(NEW)));
    let mut withdrawn = manifest(vec![release("1.0.0"), release(NEW)]);
    withdrawn.sequence += 1;
    withdrawn.releases[1].withdrawn = true;
    machine.publish(&withdrawn);
    assert!(matches!(run(Request::Now), Outcome::UpToDate(_)));
    check(&machine, &["1.0.0"]);
}

#[test]
fn a_withdrawn_version_that_is_installed_is_replaced() {
    let machine = machine(Behaviour::Good);
    run(&machine).unwrap();
    let mut withdrawn = manifest(vec![release("1.0.0"), release(NEW)]);
    withdrawn.sequence += 1;
    withdrawn.releases[1].withdrawn = true;
    machine.publish(&withdrawn);
    assert_eq!(run(&machine).unwrap(), Outcome::Updated(version("1.0.0")));
    check(&machine, &["1.0.0"]);
}

#[test]
fn an_older_manifest_is_refused_after_a_newer_one() {
    let machine = machine(Behaviour::Good);
    run(&machine).unwrap();
    let mut older = manifest(vec![release("1.2.0")]);
    older.sequence -= 1;
    machine.publish(&older);
    let message = run(&machine).unwrap_err().to_string();
    assert_eq!(
        message,
        "the update manifest 41 is older than 42, which this machine has seen"
    );
    check(&machine, &[NEW]);
}

#[test]
fn a_key_that_a_root_key_allows_signs_the_next_manifest() {
    let machine = machine(Behaviour::Good);
    let mut next = manifest(vec![release(NEW)]);
    next.keys = vec![public("signing").to_string()];
    machine.publish_by(&next, "signing");
    assert!(matches!(run(&machine), Err(UpdateError::Manifest(_))));
    machine.publish(&next);
    assert_eq!(run(&machine).unwrap(), Outcome::Updated(version(NEW)));
    next.sequence += 1;
    next.releases.push(release("1.2.0"));
    machine.publish_by(&next, "signing");
    assert_eq!(run(&machine).unwrap(), Outcome::Updated(version("1.2.0")));
}

#[test]
fn a_health_check_that_fails_rolls_back() {
    let machine = machine(Behaviour::Good);
    let settings = Update {
        health: Some(UpdateUrl::new("http://127.0.0.1:8080/health").unwrap()),
        ..Machine::settings()
    };
    let run = |request| {
        machine
            .run_with(settings.clone(), ArtifactKind::Exe, request)
            .unwrap()
    };
    let failed = "rolled back: the health check failed: the update server answered with the status 404";
    assert_eq!(
        run(Request::Now),
        Outcome::Failed(version(NEW), failed.to_owned())
    );
    check(&machine, &["1.0.0"]);
    let mut newer = manifest(vec![release("1.2.0")]);
    newer.sequence += 1;
    machine.publish(&newer);
    machine
        .0
        .lock()
        .unwrap()
        .server
        .insert("http://127.0.0.1:8080/health".to_owned(), b"ok".to_vec());
    assert_eq!(run(Request::Now), Outcome::Updated(version("1.2.0")));
}

/// A program at a prompt runs from the exe, or still runs from one that was replaced.
#[test]
fn an_exe_that_is_in_use_is_replaced_and_never_taken_for_the_version_before() {
    let machine = machine(Behaviour::Good);
    machine.0.lock().unwrap().in_use.insert(EXE.into());
    assert_eq!(run_in_two(&machine).unwrap(), Outcome::Updated(version(NEW)));
    check(&machine, &[NEW]);
    let left = PathBuf::from(format!("{EXE}.in-use-1"));
    assert_eq!(machine.0.lock().unwrap().in_use, [left.clone()].into());

    let mut newer = manifest(vec![release("1.2.0")]);
    newer.sequence += 1;
    machine.publish(&newer);
    let mut world = machine.0.lock().unwrap();
    world.behaviour.insert(version("1.2.0"), Behaviour::Unhealthy);
    drop(world);
    assert!(matches!(run_in_two(&machine).unwrap(), Outcome::Failed(..)));
    let world = machine.0.lock().unwrap();
    assert_eq!(world.running.as_deref(), Some(NEW.as_bytes()));
    drop(world);
    machine.0.lock().unwrap().in_use.clear();
    run(&machine).unwrap();
    assert!(
        !machine.0.lock().unwrap().disk.contains_key(&left),
        "it is removed later"
    );
}

#[test]
fn the_process_that_prepares_installs_nothing() {
    /// A machine whose process that installs ends after so many calls, if it is in the middle of the installation then.
    fn interrupted(power: u32) -> Option<Machine> {
        let machine = machine(Behaviour::Good);
        let updater = || machine.updater(Machine::settings(), ArtifactKind::Exe);
        assert_eq!(updater().prepare(Request::Scheduled).unwrap(), Outcome::Prepared);
        assert!(machine.0.lock().unwrap().executed.is_empty());
        machine.0.lock().unwrap().power = Some(power);
        let _ = updater().install_prepared();
        machine.reboot();
        let is_interrupted = updater().is_interrupted().unwrap();
        is_interrupted.then_some(machine)
    }

    let machine = (0..100)
        .find_map(interrupted)
        .expect("an interrupted installation");
    let updater = || machine.updater(Machine::settings(), ArtifactKind::Exe);
    let requests = machine.0.lock().unwrap().requests.len();
    assert_eq!(updater().prepare(Request::Check).unwrap(), Outcome::Prepared);
    assert_eq!(
        machine.0.lock().unwrap().requests.len(),
        requests,
        "it asks nobody before"
    );
    // It is tried again only if that is allowed then.
    assert_eq!(
        updater().install_prepared().unwrap(),
        Outcome::Waiting(version(NEW))
    );
    assert_eq!(updater().prepare(Request::Now).unwrap(), Outcome::Prepared);
    assert_eq!(
        updater().install_prepared().unwrap(),
        Outcome::Updated(version(NEW))
    );
    check(&machine, &[NEW]);
}
