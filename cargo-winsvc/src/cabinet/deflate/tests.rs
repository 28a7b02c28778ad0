//! What is encoded must inflate to what it was, with a decoder of somebody else.

use std::fs;

use flate2::{Decompress, FlushDecompress, Status};
use proptest::prelude::*;

use super::{Encoder, STORED_OVERHEAD};
use crate::cabinet::Level;
use crate::cabinet::folder::BLOCK;

const LEVELS: [Level; 3] = [Level::Fast, Level::Default, Level::Small];

/// Encodes data in blocks, and inflates each with the block before it. Returns the streams' sizes.
fn sizes(level: Level, data: &[u8]) -> Vec<usize> {
    let mut encoder = Encoder::new(level);
    encoder.begin(&[]);
    let mut before: &[u8] = &[];
    let mut sizes = Vec::new();
    for block in data.chunks(BLOCK) {
        let mut stream = Vec::new();
        encoder.encode(block, &mut stream);
        assert!(
            inflated(before, &stream) == block,
            "{level:?}: not the same bytes"
        );
        assert!(
            stream.len() <= block.len() + STORED_OVERHEAD,
            "{level:?}: {} bytes become {}",
            block.len(),
            stream.len()
        );
        sizes.push(stream.len());
        before = block;
    }
    sizes
}

fn inflated(before: &[u8], stream: &[u8]) -> Vec<u8> {
    let mut inflater = Decompress::new(false);
    if !before.is_empty() {
        inflater.set_dictionary(before).expect("a dictionary");
    }
    let mut block = Vec::with_capacity(BLOCK + 1);
    let status = inflater.decompress_vec(stream, &mut block, FlushDecompress::Finish);
    assert_eq!(status.expect("a deflate stream"), Status::StreamEnd);
    assert_eq!(inflater.total_in(), stream.len() as u64, "nothing follows");
    block
}

/// Bytes without a pattern, the same each time (xorshift).
pub(in crate::cabinet) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn text(len: usize) -> Vec<u8> {
    let words = [
        "the service ",
        "is ",
        "stopped",
        ", ",
        "started ",
        "before ",
        "12",
        ".\r\n",
    ];
    let picks = noise(len)
        .into_iter()
        .map(|pick| words[usize::from(pick) % words.len()]);
    picks.flat_map(str::bytes).take(len).collect()
}

/// Three blocks and a part of a fourth.
const SEVERAL: usize = 3 * BLOCK + 12_345;

#[test]
fn short_blocks() {
    for level in LEVELS {
        assert_eq!(sizes(level, b"x"), [3]);
        assert_eq!(sizes(level, b"xy"), [4]);
        for len in 1..40 {
            sizes(level, &vec![b'x'; len]);
            sizes(level, &text(len));
            sizes(level, &noise(len));
        }
    }
}

#[test]
fn zeros() {
    for level in LEVELS {
        for size in sizes(level, &vec![0; SEVERAL]) {
            assert!(size < 50, "{level:?}: {size}");
        }
    }
}

#[test]
fn noise_is_stored() {
    for level in LEVELS {
        let sizes = sizes(level, &noise(SEVERAL));
        let stored = STORED_OVERHEAD + BLOCK;
        assert_eq!(sizes, [stored, stored, stored, STORED_OVERHEAD + 12_345]);
    }
}

#[test]
fn noise_beside_text_costs_little_more_than_stored() {
    let half = BLOCK / 2;
    let data = [text(half), noise(half)].concat();
    for level in LEVELS {
        let (text, both) = (sizes(level, &data[..half])[0], sizes(level, &data)[0]);
        assert!(
            both < text + half + 50,
            "{level:?}: {text} and {half} become {both}"
        );
    }
}

#[test]
fn noise_that_occurred_in_the_block_before() {
    let noise = noise(BLOCK);
    for level in LEVELS {
        let sizes = sizes(level, &[&noise[..], &noise[1000..]].concat());
        assert!(sizes[1] < 500, "{level:?}: {sizes:?}");
    }
}

#[test]
fn text_gets_smaller_with_more_effort() {
    let text = text(SEVERAL);
    let total = LEVELS.map(|level| sizes(level, &text).iter().sum::<usize>());
    assert!(total[0] < text.len() / 3, "{total:?}");
    assert!(total[1] <= total[0] && total[2] <= total[1], "{total:?}");
}

#[test]
fn machine_code() {
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    // From several places of this program, among them headers, code and tables.
    for part in program
        .chunks(program.len() / 5)
        .map(|part| &part[..SEVERAL.min(part.len())])
    {
        for level in LEVELS {
            sizes(level, part);
        }
    }
}

#[test]
fn what_was_encoded_earlier_has_no_influence() {
    let (text, other) = (text(SEVERAL), noise(SEVERAL));
    let encode = |encoder: &mut Encoder| {
        encoder.begin(&text[..BLOCK]);
        let mut streams = Vec::new();
        for block in text[BLOCK..].chunks(BLOCK) {
            encoder.encode(block, &mut streams);
        }
        streams
    };
    let mut encoder = Encoder::new(Level::Default);
    let streams = encode(&mut encoder);
    encoder.begin(&[]);
    encoder.encode(&other[..BLOCK], &mut Vec::new());
    encoder.encode(&other[BLOCK..2 * BLOCK], &mut Vec::new());
    assert!(encode(&mut encoder) == streams);
}

/// Data made of runs, of bytes out of a few, and of repetitions, near and far.
fn data() -> impl Strategy<Value = Vec<u8>> {
    #[derive(Debug, Clone)]
    enum Piece {
        Run(u8, usize),
        Bytes(Vec<u8>),
        Repetition { back: usize, len: usize },
    }
    let piece = prop_oneof![
        (any::<u8>(), 1..600_usize).prop_map(|(byte, len)| Piece::Run(byte, len)),
        prop::collection::vec(any::<u8>(), 1..60).prop_map(Piece::Bytes),
        prop::collection::vec(b'a'..b'd', 1..300).prop_map(Piece::Bytes),
        (1..40_000_usize, 1..400_usize).prop_map(|(back, len)| Piece::Repetition { back, len }),
        (1..20_usize, 1..20_usize).prop_map(|(back, len)| Piece::Repetition { back, len }),
    ];
    let build = |pieces: Vec<Piece>| {
        let mut data = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Run(byte, len) => data.extend(std::iter::repeat_n(byte, len)),
                Piece::Bytes(bytes) => data.extend(bytes),
                Piece::Repetition { back, len } => {
                    for _ in 0..len {
                        let byte = data.len().checked_sub(back).map_or(0, |at| data[at]);
                        data.push(byte);
                    }
                }
            }
        }
        data
    };
    prop::collection::vec(piece, 1..20).prop_map(build)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_data(data in data(), level in prop::sample::select(&LEVELS[..])) {
        sizes(level, &data);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Repetitions that cross the border between blocks, and that are too far away.
    #[test]
    fn any_data_after_a_whole_block(
        data in data(),
        filler in any::<u8>(),
        level in prop::sample::select(&LEVELS[..]),
    ) {
        let mut all = vec![filler; BLOCK.saturating_sub(data.len() / 2)];
        all.extend(&data);
        all.extend(&data);
        sizes(level, &all);
    }
}
