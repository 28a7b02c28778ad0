//! Delivers controls to the program: which queues get a control, and what its completion means.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use winsvc_definition::events;

use super::{HostEvent, Run};
use crate::control::{Answer, Control, ControlEvent, Ended, IncomingControl, Interests, Pending, Queue};
use crate::lifecycle::{Event, Transition};
use crate::status::Accepts;

/// The maximum number of custom controls that are in progress.
const CUSTOM_CAPACITY: usize = 64;

/// The name of the control in an event about a refused pause or continue.
const A_TURN: &str = "a pause or continue control";

/// Where controls go, and which are under way.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    queues: Mutex<Vec<Weak<Queue>>>,
    /// How many custom controls are under way.
    custom: AtomicUsize,
    /// How many parameter changes are under way.
    reloads: Mutex<usize>,
}

impl Delivery {
    fn queues(&self) -> MutexGuard<'_, Vec<Weak<Queue>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queues whose interests cover this one. The upgraded queues must not be dropped under the lock.
    fn interested(&self, one: Interests) -> Vec<Arc<Queue>> {
        let mut queues: Vec<_> = self.queues().iter().filter_map(Weak::upgrade).collect();
        queues.retain(|queue| queue.interests().covers(one));
        queues
    }

    /// How many custom controls and how many parameter changes the program has not answered yet.
    #[cfg(test)]
    pub(super) fn under_way(&self) -> (usize, usize) {
        let reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        (self.custom.load(Ordering::SeqCst), *reloads)
    }

    /// Closes all queues, because the service stops.
    pub(super) fn close(&self) {
        let queues: Vec<_> = self.queues().iter().filter_map(Weak::upgrade).collect();
        for queue in queues {
            queue.close();
        }
    }
}

impl Run {
    /// Handles a control, whoever sent it. Returns immediately, whatever the program does.
    pub(crate) fn control(self: &Arc<Self>, asked: IncomingControl) -> Answer {
        if let IncomingControl::Event(notice) = &asked {
            if self.delivery.interested(notice.interest()).is_empty() {
                return unhandled(notice);
            }
        }
        let effects = self.on(Event::IncomingControl(asked.request()));
        match effects.deliver {
            Some(turn) => self.deliver(asked, turn),
            None => effects.answer,
        }
    }

    fn deliver(self: &Arc<Self>, asked: IncomingControl, turn: Transition) -> Answer {
        let pauses_and_continues = Interests::in_accepted(Accepts::PAUSE_CONTINUE);
        // `untaken` is the answer to the sender if no queue takes the control any more.
        let (control, interest, untaken) = match asked {
            IncomingControl::Pause => {
                let control = Control::Pause(self.transition_pending(turn, true));
                (control, pauses_and_continues, Answer::CallNotImplemented)
            }
            // Without a queue the lifecycle handles it.
            IncomingControl::Continue => {
                let control = Control::Continue(self.transition_pending(turn, false));
                (control, pauses_and_continues, Answer::NoError)
            }
            IncomingControl::Event(notice) => {
                let (interest, untaken) = (notice.interest(), unhandled(&notice));
                match self.event(notice) {
                    Some(control) => (control, interest, untaken),
                    None => return Answer::CannotAcceptControl,
                }
            }
            IncomingControl::Stop(_) | IncomingControl::Interrogate | IncomingControl::Unhandled => {
                return Answer::NoError;
            }
        };
        let mut answer = untaken;
        for queue in self.delivery.interested(interest) {
            if queue.push(control.clone()) {
                answer = Answer::NoError;
            }
        }
        answer
    }

    /// The control for an event; `None` if too many controls of its kind are in progress.
    fn event(self: &Arc<Self>, notice: ControlEvent) -> Option<Control> {
        Some(match notice {
            ControlEvent::ParamChange => Control::ParamChange(self.reload_pending()),
            ControlEvent::SessionChange(change) => Control::SessionChange(change),
            ControlEvent::Power(event) => Control::Power(event),
            ControlEvent::Device(event) => Control::Device(event),
            ControlEvent::TimeChange(change) => Control::TimeChange(change),
            ControlEvent::Trigger => Control::Trigger,
            ControlEvent::Custom(code) => Control::Custom(code, self.custom_pending(code)?),
        })
    }

    fn transition_pending(self: &Arc<Self>, turn: Transition, is_pause: bool) -> Pending {
        let run = Arc::clone(self);
        Pending::new(move |ended| match ended {
            Ended::Done => {
                run.on(Event::Completed(turn));
            }
            Ended::Refused(reason) => {
                run.say_refused(A_TURN, &reason);
                run.on(Event::Refused(turn));
            }
            Ended::Untaken => {
                // A transition that was given up before is not refused again; a continue takes effect anyway.
                if run.on(Event::Untaken(turn)).report.is_some() && is_pause {
                    run.say_refused(A_TURN, "the program no longer takes controls");
                }
            }
        })
    }

    fn reload_pending(self: &Arc<Self>) -> Pending {
        self.count_reloads(1, 0, HostEvent::Reloading);
        let run = Arc::clone(self);
        Pending::new(move |ended| {
            if let Ended::Refused(reason) = ended {
                run.say_refused("a parameter change", &reason);
            }
            run.count_reloads(0, 1, HostEvent::Reloaded);
        })
    }

    /// Counts parameter changes and passes the first and the last one to the host, in order.
    fn count_reloads(&self, more: usize, fewer: usize, note: HostEvent<'_>) {
        let reloads = self.delivery.reloads.lock();
        let mut reloads = reloads.unwrap_or_else(PoisonError::into_inner);
        let before = *reloads;
        *reloads = before + more - fewer;
        if (before == 0 || *reloads == 0) && !self.state().is_ending() {
            self.scm.host_event(note);
        }
    }

    fn custom_pending(self: &Arc<Self>, code: u8) -> Option<Pending> {
        let custom = &self.delivery.custom;
        custom
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < CUSTOM_CAPACITY).then_some(count + 1)
            })
            .ok()?;
        let run = Arc::clone(self);
        Some(Pending::new(move |ended| {
            run.delivery.custom.fetch_sub(1, Ordering::Relaxed);
            if let Ended::Refused(reason) = ended {
                run.say_refused(&format!("control {code}"), &reason);
            }
        }))
    }

    fn say_refused(&self, what: &str, reason: &str) {
        // A control that a stop overtakes needs no explanation.
        if !self.state().is_ending() {
            self.log_event(events::REFUSED, &[&what, &reason]);
        }
    }

    /// A queue that controls go into from now on, as far as it is interested.
    pub(crate) fn add_queue(&self) -> Arc<Queue> {
        let queue = Arc::new(Queue::new(Arc::clone(&self.stop)));
        self.delivery.queues().push(Arc::downgrade(&queue));
        queue
    }

    pub(crate) fn remove_queue(&self, queue: &Arc<Queue>) {
        let removed = Arc::downgrade(queue);
        self.delivery.queues().retain(|queue| !queue.ptr_eq(&removed));
        self.update_interests();
    }

    /// Tells the lifecycle what all queues together are interested in.
    pub(crate) fn update_interests(&self) {
        // Held until the lifecycle knows, so that the last change wins.
        let queues = self.delivery.queues();
        let live: Vec<_> = queues.iter().filter_map(Weak::upgrade).collect();
        let interests = live.iter().map(|queue| queue.interests());
        let interests = interests.fold(Interests::default(), Interests::and);
        self.on(Event::Subscribed(interests.accepts()));
        drop(queues);
        drop(live);
    }
}

/// What the sender of an event learns that the program does not take. A question of Windows' is never refused.
fn unhandled(notice: &ControlEvent) -> Answer {
    if notice.is_a_question() {
        Answer::NoError
    } else {
        Answer::CallNotImplemented
    }
}
