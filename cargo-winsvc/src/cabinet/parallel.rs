//! Compresses the blocks of all folders on all processors.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::block;
use super::{Folder, Level};

/// A compressed block, and how many bytes it held before.
#[derive(Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) original_len: usize,
}

/// The compressed blocks of each folder. Calls `progress`, on this thread, with the number of bytes done.
pub(super) fn compress(
    folders: &[Folder<'_>],
    level: Level,
    progress: &mut dyn FnMut(u64),
) -> Vec<Vec<Block>> {
    let places: Vec<(usize, usize)> = folders
        .iter()
        .enumerate()
        .flat_map(|(index, folder)| (0..folder.blocks()).map(move |block| (index, block)))
        .collect();
    let mut blocks: Vec<Vec<Block>> = folders
        .iter()
        .map(|folder| {
            std::iter::repeat_with(Block::default)
                .take(folder.blocks())
                .collect()
        })
        .collect();

    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(places.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            let sender = sender.clone();
            let (places, next) = (&places, &next);
            scope.spawn(move || work(folders, level, places, next, &sender));
        }
        drop(sender);
        let mut done = 0;
        for ((folder, index), block) in receiver {
            done += block.original_len as u64;
            blocks[folder][index] = block;
            progress(done);
        }
    });
    blocks
}

/// Takes blocks until none is left.
fn work(
    folders: &[Folder<'_>],
    level: Level,
    places: &[(usize, usize)],
    next: &AtomicUsize,
    results: &mpsc::Sender<((usize, usize), Block)>,
) {
    let mut buffer = Vec::new();
    while let Some(&(folder, index)) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
        let border = folders[folder].read(index, &mut buffer);
        let (before, block) = buffer.split_at(border);
        let block = Block {
            bytes: block::compress(level, before, block),
            original_len: block.len(),
        };
        if results.send(((folder, index), block)).is_err() {
            // The receiver is gone only if `progress` panicked; the panic goes on when all threads are done.
            break;
        }
    }
}
