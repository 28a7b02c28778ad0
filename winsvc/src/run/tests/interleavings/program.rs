//! A real program on its async runtime, while threads send controls and advance the time.

use std::sync::mpsc;
use std::thread;

use super::*;
use crate::service::Controls;

/// What a task of the program does with the next control.
#[derive(Clone, Copy, Debug)]
enum Habit {
    Finish,
    Refuse,
    /// Keeps it, and completes it with a later one.
    Hold,
    /// Completes all that it has kept.
    Release,
    /// Drops its `Controls` with the waiting controls, and creates new ones.
    Renounce,
    /// Ends.
    Leave,
}

fn habit() -> impl Strategy<Value = Habit> {
    prop_oneof![
        5 => Just(Habit::Finish),
        1 => Just(Habit::Refuse),
        2 => Just(Habit::Hold),
        2 => Just(Habit::Release),
        2 => Just(Habit::Renounce),
        1 => Just(Habit::Leave),
    ]
}

/// What `main` does after it is ready.
#[derive(Clone, Copy, Debug)]
enum Course {
    WaitsForStop,
    /// It serves without having reported ready.
    IsNeverReady,
    Returns,
    Fails,
    Hangs,
}

fn course() -> impl Strategy<Value = Course> {
    prop_oneof![
        5 => Just(Course::WaitsForStop),
        1 => Just(Course::IsNeverReady),
        1 => Just(Course::Returns),
        1 => Just(Course::Fails),
        2 => Just(Course::Hangs),
    ]
}

fn listen(service: &Service) -> Controls {
    service
        .controls()
        .accept_pause()
        .accept_param_change()
        .accept_custom(200..=200)
}

/// A task of the program, until the stop.
async fn task(service: Service, habits: Vec<Habit>) {
    let mut controls = listen(&service);
    let mut held = Vec::new();
    for habit in habits {
        let Some(control) = controls.next().await else {
            return;
        };
        match habit {
            Habit::Finish => drop(control),
            Habit::Refuse => refuse(control),
            Habit::Hold => held.push(control),
            Habit::Release => held.clear(),
            Habit::Renounce => {
                drop(control);
                drop(controls);
                tokio::task::yield_now().await;
                controls = listen(&service);
            }
            Habit::Leave => return,
        }
    }
    while controls.next().await.is_some() {}
}

/// `main`, which leaves its tasks to the shutdown of the runtime.
async fn main(
    service: Service,
    tasks: Vec<Vec<Habit>>,
    course: Course,
    unhang: mpsc::Receiver<()>,
) -> Result<(), Failure> {
    for habits in tasks {
        tokio::spawn(task(service.clone(), habits));
    }
    match course {
        Course::WaitsForStop => service.stop_requested().await,
        Course::IsNeverReady => {
            let waiting = tokio::spawn(async move { service.stop_requested().await });
            let _ = waiting.await;
        }
        Course::Returns => service.ready(),
        Course::Fails => {
            service.ready();
            return Err(no_disk());
        }
        Course::Hangs => {
            service.ready();
            let _ = tokio::task::block_in_place(|| unhang.recv());
        }
    }
    Ok(())
}

/// Executes the script, then sends stops until the program or the clock ends the run.
fn conduct(
    world: &World,
    tasks: Vec<Vec<Habit>>,
    course: Course,
    senders: [Vec<Sent>; 2],
    clock: Vec<u64>,
) -> usize {
    let World { run, scm, .. } = world;
    let (unhang, hangs) = mpsc::channel();
    let program = thread::spawn({
        let run = Arc::clone(run);
        move || {
            let service = Service::new(Arc::clone(&run));
            let runtime = crate::entry::Runtime {
                is_current_thread: false,
                worker_threads: Some(2),
            };
            crate::entry::conduct(runtime, &run, main(service, tasks, course, hangs));
            run.finish()
        }
    });
    let kills = thread::scope(|scope| {
        for script in senders {
            scope.spawn(move || {
                for sent in script {
                    run.control(sent.incoming());
                    thread::yield_now();
                }
            });
        }
        let clock = scope.spawn(move || {
            let mut kills = 0;
            for milliseconds in clock {
                scm.pass(Duration::from_millis(milliseconds));
                kills += usize::from(run.tick().is_some());
                thread::yield_now();
            }
            kills
        });
        clock.join().unwrap()
    });
    let kills = kills + end(run, scm, course);
    // Killing a process ends its threads; here they must be notified.
    drop(unhang);
    run.stop.raise();
    run.delivery.close();
    program.join().unwrap();
    kills
}

/// Ends the run; only by advancing the time if the program would never end.
fn end(run: &Arc<Run>, scm: &FakeScm, course: Course) -> usize {
    let mut kills = 0;
    let patience = Instant::now() + Duration::from_secs(10);
    while run.lifecycle().exit().is_none() {
        assert!(Instant::now() < patience, "no end: {run:?}");
        if matches!(course, Course::Hangs | Course::IsNeverReady) {
            scm.pass(Duration::from_secs(1));
            kills += usize::from(run.tick().is_some());
        }
        run.control(STOP);
        thread::sleep(Duration::from_micros(200));
    }
    kills
}

fn tasks() -> impl Strategy<Value = Vec<Vec<Habit>>> {
    let habits = proptest::collection::vec(habit(), 0..12);
    proptest::collection::vec(habits, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_program_of_many_tasks_keeps_the_rules(
        late_start in late_start(),
        tasks in tasks(),
        course in course(),
        senders in [proptest::collection::vec(sent(), 0..40), proptest::collection::vec(sent(), 0..40)],
        clock in proptest::collection::vec(0..2_000_u64, 0..12),
    ) {
        let world = World::new(late_start, false);
        let kills = conduct(&world, tasks, course, senders, clock);
        assert!(kills <= 1, "killed {kills} times");
        check_reports(&world.scm);
        check_end(&world.scm, kills);
        checks::check_nothing_under_way(&world.run);
    }
}
