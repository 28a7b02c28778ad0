//! What is encoded must be decoded to what it was, with a decoder of somebody else.

use std::fs;

use lzxd::{Lzxd, WindowSize};
use proptest::prelude::*;

use super::frames::MAX_COMPRESSED;
use super::{Encoder, FRAME, Frames, PADDING, WINDOW};
use crate::Level;

const LEVELS: [Level; 3] = [Level::Fast, Level::Default, Level::Max];

/// Encodes a folder in chunks of so many bytes.
fn encoded(encoder: &mut Encoder, data: &[u8], chunk: usize) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for start in (0..data.len()).step_by(chunk) {
        let end = data.len().min(start + chunk);
        let history = start.saturating_sub(WINDOW);
        let part = [&data[history..end], &[0xAA; PADDING]].concat();
        let Frames { bytes, ends } = encoder.encode(&part, start - history..end - history, end == data.len());
        let starts = [0].into_iter().chain(ends.iter().copied());
        all.extend(starts.zip(&ends).map(|(start, &end)| bytes[start..end].to_vec()));
    }
    all
}

/// Encodes a folder in chunks of so many bytes, and decodes it. Returns the sizes of its frames.
fn sizes_of_chunks(level: Level, data: &[u8], chunk: usize) -> Vec<usize> {
    let frames = encoded(&mut Encoder::new(level), data, chunk);
    assert_eq!(frames.len(), data.len().div_ceil(FRAME));
    let mut decoder = Lzxd::new(WindowSize::MB2);
    for (frame, expected) in frames.iter().zip(data.chunks(FRAME)) {
        let bytes = decoder.decompress_next(frame, expected.len());
        assert!(
            bytes.expect("an LZX stream") == expected,
            "{level:?}: not the same bytes"
        );
        assert!(
            frame.len() <= MAX_COMPRESSED,
            "{level:?}: a frame of {} bytes",
            frame.len()
        );
    }
    frames.iter().map(Vec::len).collect()
}

fn sizes(level: Level, data: &[u8]) -> Vec<usize> {
    sizes_of_chunks(level, data, usize::MAX)
}

/// Bytes without a pattern, the same each time (xorshift).
fn noise(len: usize) -> Vec<u8> {
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

/// This program, which has headers, code and tables.
fn program(len: usize) -> Vec<u8> {
    let mut program = fs::read(std::env::current_exe().unwrap()).unwrap();
    program.truncate(len);
    program
}

/// Three frames and a part of a fourth, of odd length.
const SEVERAL: usize = 3 * FRAME + 12_345;

#[test]
fn short_frames() {
    for level in LEVELS {
        for len in (1..40).chain([FRAME - 1, FRAME, FRAME + 1, 2 * FRAME]) {
            sizes(level, &vec![b'x'; len]);
            sizes(level, &text(len));
            sizes(level, &noise(len));
        }
    }
}

#[test]
fn zeros() {
    for level in LEVELS {
        let sizes = sizes(level, &vec![0; 20 * FRAME]);
        let total = sizes.iter().sum::<usize>();
        assert!(total < 1000, "{level:?}: {total}");
    }
}

#[test]
fn noise_is_stored() {
    // The kind and length of the block, and three distances.
    let overhead = 4 + 12;
    for level in LEVELS {
        let sizes = sizes(level, &noise(SEVERAL));
        assert_eq!(sizes[..3], [FRAME + overhead; 3]);
        assert!(sizes[3] < 12_345 + overhead + 100, "{sizes:?}");
    }
}

#[test]
fn noise_beside_text_costs_little_more_than_stored() {
    let half = FRAME / 2;
    let data = [text(half), noise(half)].concat();
    for level in LEVELS {
        let (text, both) = (sizes(level, &data[..half])[0], sizes(level, &data)[0]);
        assert!(
            both < text + half + 600,
            "{level:?}: {text} and {half} become {both}"
        );
    }
}

#[test]
fn noise_that_occurred_almost_two_mebibytes_before() {
    let noise = noise(4 * FRAME);
    let zeros = vec![0; WINDOW - 6 * FRAME];
    let data = [&noise[..], &zeros, &noise].concat();
    for level in LEVELS {
        for chunk in [usize::MAX, WINDOW] {
            let sizes = sizes_of_chunks(level, &data, chunk);
            let again = sizes[sizes.len() - 3..].iter().sum::<usize>();
            assert!(again < 6000, "{level:?}: {again}");
        }
    }
}

#[test]
fn a_program_gets_smaller_with_most_effort() {
    let program = program(2 << 20);
    let total = LEVELS.map(|level| sizes(level, &program).iter().sum::<usize>());
    assert!(total[0] < program.len() / 2, "{total:?}");
    // The program is this test, which is another one in each build: the two lower levels differ little, either way.
    assert!(total[1] < total[0] + total[0] / 100, "{total:?}");
    assert!(total[2] < total[0].min(total[1]), "{total:?}");
}

#[test]
fn text_then_code_then_noise() {
    let data = [text(50_001), program(300_000), noise(100_000), text(77_777)].concat();
    for level in LEVELS {
        sizes(level, &data);
        sizes_of_chunks(level, &data, 2 * FRAME);
    }
}

/// Chunks hand nothing to the next one; what is lost by that is a little at each border.
#[test]
fn a_folder_in_chunks_is_hardly_larger() {
    let program = program(4 << 20);
    for level in [Level::Fast, Level::Default] {
        let whole: usize = sizes(level, &program).iter().sum();
        let chunks: usize = sizes_of_chunks(level, &program, 16 * FRAME).iter().sum();
        assert!(chunks < whole + whole / 100, "{level:?}: {whole}, {chunks}");
    }
}

/// All kinds of bytes at the end of a chunk, where a block of two bytes follows what was chosen.
#[test]
fn endings_of_chunks() {
    let (noise, text, zeros) = (noise(FRAME), text(FRAME), vec![0; FRAME]);
    let mut ending = noise.clone();
    ending[FRAME - 2..].copy_from_slice(b"aa");
    let frames = [&noise, &zeros, &text, &ending, &zeros, &noise, &noise, &text];
    let data: Vec<u8> = frames.into_iter().flatten().copied().collect();
    for level in LEVELS {
        for len in [data.len(), data.len() - 1, data.len() - FRAME + 1] {
            sizes_of_chunks(level, &data[..len], FRAME);
        }
    }
}

#[test]
fn what_was_encoded_earlier_has_no_influence() {
    let (program, other) = (program(400_000), text(SEVERAL));
    for level in LEVELS {
        let mut encoder = Encoder::new(level);
        let frames = encoded(&mut encoder, &program, 4 * FRAME);
        encoded(&mut encoder, &other, usize::MAX);
        assert!(encoded(&mut encoder, &program, 4 * FRAME) == frames);
    }
}

/// Each frame has other bytes than its neighbours, and few of them, so that a code for all is a bad one for each.
#[test]
fn frames_that_differ() {
    let data: Vec<u8> = noise(16 * FRAME)
        .into_iter()
        .enumerate()
        .map(|(at, byte)| (at / FRAME * 16) as u8 | (byte % 16))
        .collect();
    for level in LEVELS {
        for size in sizes(level, &data) {
            assert!(size < FRAME * 6 / 10, "{level:?}: {size}");
        }
    }
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
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn any_data(data in data(), level in prop::sample::select(&LEVELS[..])) {
        sizes(level, &data);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Repetitions that cross the borders of frames and of chunks.
    #[test]
    fn any_data_after_a_whole_frame(
        data in data(),
        filler in any::<u8>(),
        level in prop::sample::select(&LEVELS[..]),
    ) {
        let mut all = vec![filler; FRAME.saturating_sub(data.len() / 2)];
        all.extend(&data);
        all.extend(&data);
        sizes(level, &all);
        sizes_of_chunks(level, &all, FRAME);
    }
}
