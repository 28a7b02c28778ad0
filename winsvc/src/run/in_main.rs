//! Whether the code that runs now is `main` itself, or a task or thread that `main` has started.
//!
//! A wait for the stop makes the service ready only where it is `main`'s own: a task that `main` spawns before it binds its port waits
//! for the stop too, and says nothing about the port. No async runtime is asked for this. A thread knows that it is `main`'s
//! while it polls `main`'s future, or, without async, while it runs `main`.

use std::cell::Cell;

thread_local! {
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether `main` runs in this thread, at this moment.
///
/// A future that `main` polls within its own is part of it (`select!`, `join!`, `FuturesUnordered`, a `LocalSet` and its local tasks), and
/// so is all that a plain `main` runs on its own thread. A spawned task is not, even where the runtime polls it on the same thread.
pub(crate) fn is_main() -> bool {
    IS_MAIN.get()
}

/// Runs a part of `main`: one poll of its future, or all of a plain one. Afterwards, also after a panic, the thread is what it was before.
pub(crate) fn as_main<T>(part: impl FnOnce() -> T) -> T {
    struct Restore(bool);

    impl Drop for Restore {
        fn drop(&mut self) {
            IS_MAIN.set(self.0);
        }
    }

    let _restore = Restore(IS_MAIN.replace(true));
    part()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_thread_is_main_only_while_it_runs_main() {
        assert!(!is_main());
        as_main(|| {
            as_main(|| assert!(is_main()));
            assert!(is_main(), "the inner one restores what the outer one has set");
            assert!(!std::thread::spawn(is_main).join().unwrap());
        });
        assert!(!is_main());
        assert!(catch_unwind(|| as_main(|| panic!("of main"))).is_err());
        assert!(!is_main());
    }
}
