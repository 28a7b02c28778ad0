//! What the attribute or the builder says of the async runtime.

/// The async runtime that an `async fn main` asks for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "the attribute writes it")]
pub struct Runtime {
    /// All tasks run on the thread of `main`.
    pub is_current_thread: bool,
    /// How many threads run the tasks; one for each of the machine's processors without it.
    pub worker_threads: Option<usize>,
}
