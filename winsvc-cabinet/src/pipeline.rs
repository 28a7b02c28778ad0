//! Compresses chunks of data on all processors and gives them back in order.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::format::Compressed;
use super::lzx::{self, Encoder, FRAME};
use super::{Level, format};

/// How many bytes a chunk holds, unless its folder ends.
pub(super) const CHUNK: usize = 0x20_0000;
/// How many chunks of each thread may be in memory.
const CHUNKS_OF_A_THREAD: usize = 2;
const _: () = assert!(CHUNK.is_multiple_of(FRAME));

/// Some frames of a folder that follow each other.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) folder: usize,
    /// The bytes before them, if there are any, and their bytes.
    pub(super) bytes: Vec<u8>,
    /// Where the first of them begins.
    pub(super) start: usize,
    /// Whether its folder ends with it.
    pub(super) is_last: bool,
}

impl Chunk {
    /// How many bytes can be added to it.
    pub(super) fn room(&self) -> usize {
        self.start + CHUNK - self.bytes.len()
    }

    /// The chunk that follows this one in its folder.
    pub(super) fn next(&self) -> Self {
        let before = &self.bytes[self.bytes.len().saturating_sub(lzx::WINDOW)..];
        let mut bytes = Vec::with_capacity(before.len() + CHUNK + lzx::PADDING);
        bytes.extend(before);
        Self {
            folder: self.folder,
            start: before.len(),
            bytes,
            is_last: false,
        }
    }

    fn compress(mut self, encoder: &mut Encoder) -> Compressed {
        let mut compressed = Compressed {
            folder: self.folder,
            ..Compressed::default()
        };
        let end = self.bytes.len();
        self.bytes.extend([0; lzx::PADDING]);
        let frames = encoder.encode(&self.bytes, self.start..end, self.is_last);
        let mut from = 0;
        for (to, start) in frames.ends.into_iter().zip((self.start..end).step_by(FRAME)) {
            format::data(
                &mut compressed.bytes,
                &frames.bytes[from..to],
                FRAME.min(end - start),
            );
            compressed.blocks += 1;
            from = to;
        }
        compressed
    }
}

/// Threads that compress.
#[derive(Debug)]
pub(super) struct Pipeline {
    /// Dropped to end the threads.
    jobs: Option<Sender<(u64, Chunk)>>,
    results: Receiver<(u64, Compressed)>,
    threads: Vec<JoinHandle<()>>,
    /// How many chunks were put in, and how many were taken out.
    put: u64,
    taken: u64,
    /// Chunks that are ready before one that precedes them.
    early: BTreeMap<u64, Compressed>,
}

impl Pipeline {
    /// With a thread for each processor.
    pub(super) fn new(level: Level) -> Self {
        Self::with_threads(level, thread::available_parallelism().map_or(1, NonZero::get))
    }

    pub(super) fn with_threads(level: Level, threads: usize) -> Self {
        let (jobs, queue) = mpsc::channel();
        let (sender, results) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let threads = (0..threads).map(|_| {
            let (queue, sender) = (Arc::clone(&queue), sender.clone());
            thread::spawn(move || work(level, &queue, &sender))
        });
        Self {
            jobs: Some(jobs),
            results,
            threads: threads.collect(),
            put: 0,
            taken: 0,
            early: BTreeMap::new(),
        }
    }

    /// Adds a chunk. Take out what is ready before adding another.
    pub(super) fn put(&mut self, chunk: Chunk) {
        let jobs = self.jobs.as_ref().expect("the queue is open until the end");
        // It fails only if all threads have ended, which `take` reports.
        let _ = jobs.send((self.put, chunk));
        self.put += 1;
    }

    /// The next chunk in order, if it is ready. Waits for it if too many are in memory, or all of them are wanted.
    pub(super) fn take(&mut self, wants_all: bool) -> Option<Compressed> {
        loop {
            if let Some(compressed) = self.early.remove(&self.taken) {
                self.taken += 1;
                return Some(compressed);
            }
            let in_memory = self.put - self.taken;
            let most = if wants_all {
                0
            } else {
                self.threads.len() * CHUNKS_OF_A_THREAD
            };
            let received = if in_memory > most as u64 {
                self.results.recv().ok()
            } else {
                self.results.try_recv().ok()
            };
            match received {
                Some((number, compressed)) => self.early.insert(number, compressed),
                None if in_memory > most as u64 => self.end(),
                None => return None,
            };
        }
    }

    /// Ends as the thread did whose chunk never came.
    fn end(&mut self) -> ! {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join() {
                panic::resume_unwind(panic);
            }
        }
        unreachable!("threads end when there are no more chunks, or by a panic");
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic was seen by `take`, or the cabinet is of no interest any more.
            let _ = thread.join();
        }
    }
}

/// Compresses chunks until there are no more.
fn work(level: Level, queue: &Mutex<Receiver<(u64, Chunk)>>, results: &Sender<(u64, Compressed)>) {
    let mut encoder = Encoder::new(level);
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, chunk)) = next else { return };
        if results.send((number, chunk.compress(&mut encoder))).is_err() {
            return;
        }
    }
}
