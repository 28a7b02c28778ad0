use super::*;

fn deep(data: &[u8], finder: &mut DeepFinder, at: usize, most: usize) -> Vec<Match> {
    let mut matches = [Match::NONE; DeepFinder::MOST];
    let count = finder.search(data, at, most, &mut matches);
    matches[..count].to_vec()
}

fn quick(data: &[u8], finder: &mut QuickFinder, at: usize, most: usize) -> Vec<Match> {
    let mut matches = [Match::NONE; QuickFinder::MOST];
    let count = finder.search(data, at, most, &mut matches);
    matches[..count].to_vec()
}

/// The matches of each position, by both.
fn found(bytes: &[u8]) -> [Vec<Vec<(u32, u32)>>; 2] {
    let data = [bytes, &[0; PADDING]].concat();
    let (mut quick_finder, mut deep_finder) = (QuickFinder::new(10), DeepFinder::new());
    let of = |search: &mut dyn FnMut(usize, usize) -> Vec<Match>| {
        let matches = (0..bytes.len()).map(|at| search(at, 257.min(bytes.len() - at)));
        let pairs = |found: Vec<Match>| found.iter().map(|found| (found.length, found.distance)).collect();
        matches.map(pairs).collect()
    };
    [
        of(&mut |at, most| quick(&data, &mut quick_finder, at, most)),
        of(&mut |at, most| deep(&data, &mut deep_finder, at, most)),
    ]
}

#[test]
fn matches_of_four_and_more_bytes() {
    for found in found(b"abc_abc-1234_1234-abcdefgh_abcdefgh=_______") {
        assert_eq!(found[13].last(), Some(&(4, 5)));
        assert_eq!(found[27].last(), Some(&(8, 9)));
        assert_eq!(found[0], []);
    }
}

#[test]
fn the_deep_one_finds_the_nearest_match_of_each_length() {
    let [quick, deep] = found(b"abcdefghijkl|abcdefgh|abcd|abc|ab|abcdefghijkl");
    assert_eq!(quick[34], [(8, 21), (12, 34)]);
    assert_eq!(deep[34], [(2, 3), (3, 7), (4, 12), (8, 21), (12, 34)]);
}

#[test]
fn a_run_matches_itself() {
    for found in found(&[7; 1000]) {
        assert_eq!(found[1], [(257, 1)]);
        assert_eq!(found[900].first(), Some(&(100, 1)));
    }
}

#[test]
fn matches_reach_as_far_back_as_the_window_and_no_further() {
    let found = |between: usize| {
        let word = b"0123456789abcdef";
        let mut data = word.to_vec();
        data.resize(word.len() + between, 0);
        data.extend(word);
        let start = data.len() - word.len();
        data.extend([0; PADDING]);
        let (mut quick_finder, mut deep_finder) = (QuickFinder::new(10), DeepFinder::new());
        quick_finder.insert(&data, 0);
        deep_finder.insert(&data, 0);
        let quick = quick(&data, &mut quick_finder, start, word.len());
        assert_eq!(deep(&data, &mut deep_finder, start, word.len()), quick);
        quick
    };
    let furthest = Match {
        length: 16,
        distance: MAX_DISTANCE as u32,
    };
    assert_eq!(found(MAX_DISTANCE - 16), [furthest]);
    assert_eq!(found(MAX_DISTANCE - 15), []);
    assert_eq!(found(MAX_DISTANCE), []);
}
