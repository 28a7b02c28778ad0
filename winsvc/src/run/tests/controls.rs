//! Tests of controls and the queues that receive them.

use super::*;

/// A queue that accepts pause and continue, of a running program.
pub(super) fn pausable(run: &Run) -> Arc<Queue> {
    let queue = run.add_queue();
    queue.add_interests(Interests::in_accepted(Accepts::PAUSE_CONTINUE));
    run.update_interests();
    run.ready();
    queue
}

#[test]
fn a_pause_while_its_queue_closes_leaves_the_service_running() {
    let (run, scm) = run();
    let queue = pausable(&run);
    queue.close(); // the first step of dropping `Controls`: the service still accepts the control
    assert_eq!(run.control(IncomingControl::Pause), Answer::CallNotImplemented);
    run.remove_queue(&queue);
    let states = [
        State::StartPending,
        State::Running,
        State::PausePending,
        State::Running,
    ];
    assert_eq!(scm.states()[..4], states);
    assert_eq!(run.state(), State::Running);
}

#[test]
fn a_continue_while_its_queue_closes_takes_effect() {
    let (run, _scm) = run();
    let queue = pausable(&run);
    run.control(IncomingControl::Pause);
    drop(queue.try_take());
    assert_eq!(run.state(), State::Paused);
    queue.close();
    assert_eq!(run.control(IncomingControl::Continue), Answer::NoError);
    assert_eq!(run.state(), State::Running);
}

#[test]
fn a_pause_taken_by_one_of_two_queues_is_not_refused_when_the_other_ends() {
    let (run, _scm) = run();
    let (first, second) = (pausable(&run), pausable(&run));
    run.control(IncomingControl::Pause);
    first.close();
    assert_eq!(run.state(), State::PausePending);
    drop(second.try_take());
    assert_eq!(run.state(), State::Paused);
}

#[test]
fn many_controls_from_many_threads_leave_the_reports_in_order() {
    let (run, scm) = run();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_500 {
                    run.control(IncomingControl::Interrogate);
                    run.control(IncomingControl::Unhandled);
                    run.control(STOP);
                    run.renew();
                    run.ready();
                }
            });
        }
        run.stop().wait(None);
        run.conduct(|| Ok(()));
        run.finish();
    });
    let states = scm.states();
    assert_eq!(states.iter().filter(|state| **state == State::Running).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == State::Stopped).count(), 1);
    let reports = scm.reports.lock().unwrap();
    for pair in reports.windows(2) {
        let is_progress = pair[0].checkpoint + 1 == pair[1].checkpoint;
        assert!(pair[0].state != pair[1].state || is_progress, "{pair:?}");
    }
}
