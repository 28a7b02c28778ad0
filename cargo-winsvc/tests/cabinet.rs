//! A cabinet gives back exactly the files that were put into it, whoever extracts it.

mod tools;

use std::borrow::Cow;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use proptest::prelude::*;
use winsvc_cabinet::{CabinetWriter, DosDateTime, Level};

const BLOCK: usize = 0x8000;

/// 2024-02-29 12:34:56 UTC.
const MODIFIED: i64 = 1_709_210_096;

/// A file of a cabinet and its content.
struct Member<'a> {
    name: String,
    data: Cow<'a, [u8]>,
}

fn member<'a>(name: &str, data: impl Into<Cow<'a, [u8]>>) -> Member<'a> {
    Member {
        name: name.to_owned(),
        data: data.into(),
    }
}

fn write(members: &[Member<'_>], level: Level) -> Vec<u8> {
    let announced = members.iter().map(|member| winsvc_cabinet::Member {
        name: member.name.clone(),
        size: member.data.len() as u64,
        modified: DosDateTime::from_unix(MODIFIED),
    });
    let out = Cursor::new(Vec::new());
    let mut writer = CabinetWriter::new(out, announced.collect(), level).expect("the files fit a cabinet");
    for member in members {
        writer.write_all(&member.data).expect("memory takes everything");
    }
    writer.finish().expect("the contents fit").into_inner()
}

/// Bytes without a pattern, the same each time for the same seed (xorshift).
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Text that compresses, with repetitions near and far.
fn words(seed: u64, len: usize) -> Vec<u8> {
    const WORDS: [&str; 8] = [
        "service",
        "package",
        "installs",
        "rollback",
        "\r\n",
        " ",
        "0123456789",
        "the quick",
    ];
    noise(seed, len)
        .into_iter()
        .flat_map(|byte| WORDS[usize::from(byte % 8)].bytes())
        .take(len)
        .collect()
}

/// Every kind of file whose borders and blocks could go wrong.
fn files() -> Vec<Member<'static>> {
    vec![
        member("empty-first", Vec::new()),
        member("one-byte", vec![b'x']),
        member("zeros", vec![0; 3 * BLOCK]),
        member("empty-middle", Vec::new()),
        member("block", noise(1, BLOCK)),
        member("words", words(2, 300_000)),
        member("noise", noise(3, 5 * BLOCK + 17)),
        member("words-again", words(2, 300_000)),
        member("Größe-株式会社.txt", words(4, 1000)),
        member("empty-last", Vec::new()),
    ]
}

/// What the `cab` crate reads: each file's name, contents and time.
fn read(cabinet: &[u8]) -> Vec<(String, Vec<u8>, String)> {
    let mut cabinet = cab::Cabinet::new(Cursor::new(cabinet)).expect("a cabinet");
    let listed: Vec<(String, String)> = cabinet
        .folder_entries()
        .flat_map(|folder| folder.file_entries().collect::<Vec<_>>())
        .map(|file| {
            (
                file.name().to_owned(),
                file.datetime().expect("a time").to_string(),
            )
        })
        .collect();
    let file = |(name, time): (String, String)| {
        let mut data = Vec::new();
        cabinet
            .read_file(&name)
            .expect("the file")
            .read_to_end(&mut data)
            .expect("its contents");
        (name, data, time)
    };
    listed.into_iter().map(file).collect()
}

fn expected(members: &[Member<'_>]) -> Vec<(String, Vec<u8>, String)> {
    let time = "2024-02-29 12:34:56.0".to_owned();
    members
        .iter()
        .map(|member| (member.name.clone(), member.data.to_vec(), time.clone()))
        .collect()
}

fn assert_extracted(directory: &Path, members: &[Member<'_>]) {
    let found = fs::read_dir(directory).expect("the directory").count();
    assert_eq!(found, members.len());
    for member in members {
        let data = fs::read(directory.join(&member.name)).expect("the extracted file");
        assert!(data == *member.data, "{} differs", member.name);
    }
}

const LEVELS: [Level; 3] = [Level::Fast, Level::Default, Level::Max];

#[test]
fn every_level_reads_back() {
    let files = files();
    for level in LEVELS {
        assert_eq!(read(&write(&files, level)), expected(&files), "{level:?}");
    }
}

#[test]
fn cabextract_and_7z_extract_the_same_bytes() {
    let all = files();
    let only_empty = [member("a", Vec::new()), member("b", Vec::new())];
    let members = [&all[..], &all[..1], &only_empty, &all[5..6]];
    for (level, members) in LEVELS
        .into_iter()
        .flat_map(|level| members.map(|members| (level, members)))
    {
        let scratch = tempfile::tempdir().expect("a directory");
        fs::write(scratch.path().join("data.cab"), write(members, level)).expect("written");

        tools::run(
            scratch.path(),
            "cabextract",
            ["-q", "-e", "UTF-8", "-d", "cabextract", "data.cab"],
        );
        assert_extracted(&scratch.path().join("cabextract"), members);

        tools::run(scratch.path(), "7z", ["x", "-bd", "-o7z", "data.cab"]);
        assert_extracted(&scratch.path().join("7z"), members);
    }
}

#[test]
fn a_cabinet_without_files_is_one() {
    let cabinet = write(&[], Level::Default);
    assert_eq!(read(&cabinet), []);
    let scratch = tempfile::tempdir().expect("a directory");
    fs::write(scratch.path().join("data.cab"), cabinet).expect("written");
    tools::run(scratch.path(), "7z", ["t", "-bd", "data.cab"]);
}

/// Real machine code, because made-up data did not show that the bytes once depended on which thread took which block.
#[test]
fn the_same_files_give_the_same_bytes() {
    let program = fs::read(std::env::current_exe().expect("a path")).expect("a program");
    let mut files = files();
    files.push(member("program", &program[..program.len().min(12 << 20)]));
    let cabinet = write(&files, Level::Default);
    for _ in 0..3 {
        assert!(write(&files, Level::Default) == cabinet);
    }
}

/// A file that comes again within the window of two mebibytes costs next to nothing, also in another chunk.
#[test]
fn files_refer_to_earlier_ones() {
    let noise = noise(9, 1_000_000);
    let files: Vec<_> = (0..8)
        .map(|number| member(&format!("copy-{number}"), noise.as_slice()))
        .collect();
    let cabinet = write(&files, Level::Default);
    assert!(cabinet.len() < 1_100_000, "{} bytes", cabinet.len());
    assert_eq!(read(&cabinet), expected(&files));
}

fn any_data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        proptest::collection::vec(any::<u8>(), 0..100),
        (any::<u64>(), 0..3 * BLOCK).prop_map(|(seed, len)| noise(seed, len)),
        (any::<u64>(), 0..6 * BLOCK).prop_map(|(seed, len)| words(seed, len)),
        (any::<u8>(), 0..6 * BLOCK).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_files_read_back(
        data in proptest::collection::vec(any_data(), 1..12),
        level in proptest::sample::select(&LEVELS[..2]),
    ) {
        let member = |(number, data)| member(&format!("file-{number}"), data);
        let members: Vec<_> = data.into_iter().enumerate().map(member).collect();
        prop_assert_eq!(read(&write(&members, level)), expected(&members));
    }
}
