//! Detects whether the running code is `main` itself, or a task or thread that `main` has started.
//!
//! Only a wait for the stop in `main` itself makes the service ready. A task that `main` spawns before it binds its
//! port also waits for the stop, which does not mean that the port is bound. The detection works without the async
//! runtime: a thread is marked while it polls the future of `main` or, without async, while it runs `main`.

use std::cell::Cell;

thread_local! {
    static IS_MAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is running `main` at the moment.
///
/// A future that `main` polls within its own is part of it (`select!`, `join!`, `FuturesUnordered`, a `LocalSet` and
/// its local tasks), and so is all code that a plain `main` runs on its own thread. A spawned task is not, even if the
/// runtime polls it on the same thread.
pub(crate) fn is_main() -> bool {
    IS_MAIN.get()
}

/// Runs a part of `main`: one poll of its future, or all of a plain `main`. Restores the mark of the thread afterwards,
/// also after a panic.
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
