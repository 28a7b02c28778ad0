//! The queues of controls that the program has not taken yet: one for each [`Controls`](crate::Controls).
//!
//! The control handler adds controls and must never wait, so a queue has a bounded size and a rule for each kind of
//! control about which one is dropped when the queue is full; [`Controls`](crate::Controls) documents the rules.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::Control;
use crate::status::Accepts;
use crate::sync::Signal;

/// The controls that a queue receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interests {
    accepts: Accepts,
    /// Devices have no bit: Windows sends the events that were registered for.
    devices: bool,
    /// A bit for each code from 128.
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

    /// Codes below 128 are reserved by Windows, and never arrive.
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

    /// Whether this contains the interest `one`.
    pub(crate) fn covers(self, one: Self) -> bool {
        self.and(one) == self
    }

    pub(crate) fn accepts(self) -> Accepts {
        self.accepts
    }
}

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    /// After this signal nothing can be taken any more.
    stop: Arc<Signal>,
}

#[derive(Debug, Default)]
struct State {
    interests: Interests,
    waiting: VecDeque<Control>,
    missed: u64,
    is_closed: bool,
    /// One waker is enough: taking requires `&mut Controls`.
    waker: Option<Waker>,
}

impl Queue {
    /// The maximum number of waiting events.
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

    /// Adds a control; `false` if the queue is closed. Never waits, and never exceeds the capacity.
    pub(crate) fn push(&self, control: Control) -> bool {
        let mut state = self.state();
        if state.is_closed {
            // Dropping a `Pending` triggers an event, so it must not happen under the lock.
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
        // Dropping a `Pending` triggers an event, so it must not happen under the lock.
        drop(gone);
        true
    }

    /// Closes the queue: the waiting controls are dropped, and no more are added.
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
        // Not under the lock, see `push`.
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
        // Dropping a waker can drop its task, so it must not happen under the lock.
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

    /// Removes a control that the new one replaces, or that must make room for it.
    fn make_room(&mut self, new: &Control) -> Option<Control> {
        let is_turn = |control: &Control| matches!(control, Control::Pause(_) | Control::Continue(_));
        let is_event = |control: &Control| {
            matches!(
                control,
                Control::SessionChange(_) | Control::Power(_) | Control::Device(_)
            )
        };
        let gives_way: &dyn Fn(&Control) -> bool = if is_turn(new) {
            // The previous transition was not completed in time and is over.
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

    /// Appends a control, or merges it with a waiting one of the same meaning; returns the one that is not needed.
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
