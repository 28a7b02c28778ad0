//! The options of the async runtime, from the attribute or the builder.

/// The async runtime of an `async fn main`.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "the attribute writes it")]
pub struct Runtime {
    /// Whether all tasks run on the thread of `main`.
    pub is_current_thread: bool,
    /// The number of threads that run the tasks; by default one for each processor.
    pub worker_threads: Option<usize>,
}
