//! Where controls wait until the program takes them: one queue for each [`Controls`](crate::Controls).
//!
//! The control handler puts them in and must never wait, so a queue has a bounded size and a rule for each kind of control
//! about what gives way in a flood; it is told at [`Controls`](crate::Controls).

use std::collections::VecDeque;
use std::mem::discriminant;
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Control;
use crate::status::Accepts;
use crate::sync::Signal;

/// What somebody wants to hear of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interests {
    accepts: Accepts,
    /// Devices have no bit of their own: Windows sends what was registered for.
    devices: bool,
    /// A bit for each code from 128 on.
    custom: u128,
}

impl Interests {
    pub(crate) const fn in_accepted(accepts: Accepts) -> Self {
        Self {
            accepts,
            devices: false,
            custom: 0,
        }
    }

    pub(crate) const fn in_devices() -> Self {
        Self {
            accepts: Accepts::NONE,
            devices: true,
            custom: 0,
        }
    }

    /// Codes below 128 are not the program's, and never come.
    pub(crate) fn in_custom(codes: RangeInclusive<u8>) -> Self {
        Self {
            custom: codes
                .filter_map(|code| code.checked_sub(128))
                .fold(0, |custom, bit| custom | 1 << bit),
            ..Self::default()
        }
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            accepts: self.accepts.and(other.accepts),
            devices: self.devices || other.devices,
            custom: self.custom | other.custom,
        }
    }

    /// Whether this covers the interest of one control.
    pub(crate) fn covers(self, one: Self) -> bool {
        self.and(one) == self
    }

    pub(crate) fn accepts(self) -> Accepts {
        self.accepts
    }
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    /// Nothing is taken any more from the moment that this is raised.
    stop: Arc<Signal>,
}

#[derive(Debug, Default)]
struct State {
    interests: Interests,
    waiting: VecDeque<Control>,
    missed: u64,
    is_closed: bool,
    /// Whoever takes from it is one: it needs `&mut Controls`.
    waker: Option<Waker>,
}

impl Queue {
    /// How many events may wait.
    pub(crate) const CAPACITY: usize = 256;

    pub(crate) fn new(stop: Arc<Signal>) -> Self {
        Self {
            state: Mutex::default(),
            arrived: Condvar::new(),
            stop,
        }
    }

    pub(crate) fn interests(&self) -> Interests {
        self.state().interests
    }

    pub(crate) fn add_interests(&self, interests: Interests) {
        let mut state = self.state();
        state.interests = state.interests.and(interests);
    }

    /// Puts a control in; `false` where the queue has ended. Never waits, and never grows the queue beyond its bounds.
    pub(crate) fn push(&self, control: Control) -> bool {
        let mut state = self.state();
        if state.is_closed {
            // The control may be a `Pending`, whose end is an event of its own: not under the lock.
            drop(state);
            return false;
        }
        let gone = (state.make_room(&control), state.put(control));
        let waker = state.waker.take();
        drop(state);
        self.arrived.notify_one();
        if let Some(waker) = waker {
            waker.wake();
        }
        // What ends here may be a `Pending`, whose end is an event of its own: not under the lock.
        drop(gone);
        true
    }

    /// Ends the queue: what waits in it is finished, and nothing more comes.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        let gone = std::mem::take(&mut state.waiting);
        let waker = state.waker.take();
        drop(state);
        self.arrived.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
        // Not under the lock, as in `push`.
        drop(gone);
    }

    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Control>> {
        let mut state = self.state();
        if self.has_ended(&state) {
            return Poll::Ready(None);
        }
        if let Some(control) = state.take() {
            return Poll::Ready(Some(control));
        }
        let replaced = state.waker.replace(context.waker().clone());
        drop(state);
        // Dropping a waker can drop the task behind it: never under the lock.
        drop(replaced);
        Poll::Pending
    }

    pub(crate) fn wait(&self) -> Option<Control> {
        let mut state = self.state();
        loop {
            if self.has_ended(&state) {
                return None;
            }
            if let Some(control) = state.take() {
                return Some(control);
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn try_take(&self) -> Option<Control> {
        let mut state = self.state();
        if self.has_ended(&state) {
            return None;
        }
        state.take()
    }

    fn has_ended(&self, state: &State) -> bool {
        state.is_closed || self.stop.is_raised()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Option<Control> {
        match std::mem::take(&mut self.missed) {
            0 => self.waiting.pop_front().inspect(Control::mark_taken),
            missed => Some(Control::Missed(missed)),
        }
    }

    /// Takes out what a new control makes pointless, or has no room beside.
    fn make_room(&mut self, new: &Control) -> Option<Control> {
        let is_turn = |control: &Control| matches!(control, Control::Pause(_) | Control::Continue(_));
        let is_event = |control: &Control| {
            matches!(
                control,
                Control::SessionChange(_) | Control::Power(_) | Control::Device(_)
            )
        };
        let gives_way: &dyn Fn(&Control) -> bool = if is_turn(new) {
            // The one before was not answered in time and is over.
            &is_turn
        } else if is_event(new)
            && self.waiting.iter().filter(|control| is_event(control)).count() >= Queue::CAPACITY
        {
            self.missed += 1;
            &is_event
        } else {
            return None;
        };
        let index = self.waiting.iter().position(gives_way)?;
        self.waiting.remove(index)
    }

    /// Appends a control, or merges it into one that waits and says the same; gives back what is of no more use.
    fn put(&mut self, new: Control) -> Option<Control> {
        let waiting = self
            .waiting
            .iter_mut()
            .find(|waiting| discriminant(*waiting) == discriminant(&new));
        match (waiting, new) {
            (Some(Control::ParamChange(_)), new @ Control::ParamChange(_)) => Some(new),
            (Some(Control::TimeChange(waiting)), Control::TimeChange(new)) => {
                waiting.new = new.new;
                None
            }
            (Some(Control::Trigger), Control::Trigger) => None,
            (_, new) => {
                self.waiting.push_back(new);
                None
            }
        }
    }
}
