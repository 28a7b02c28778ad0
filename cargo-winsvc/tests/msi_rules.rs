//! The rules that Windows Installer and signing tools demand of a database's bytes, beyond what readers check.
//!
//! Each test reads the raw structures by itself.

mod msi_support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use cargo_winsvc::msi::database::{Database, number, text};
use cargo_winsvc::msi::schema::{self, Kind, Table};
use msi_support::{every_table, package, summary, write};

/// A database's streams, by unpacked name; those of tables begin with `T:`.
fn streams(package: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut file = cfb::CompoundFile::open_strict(Cursor::new(package)).expect("a compound file");
    let names: Vec<String> = file
        .walk()
        .filter(cfb::Entry::is_stream)
        .map(|entry| entry.name().to_owned())
        .collect();
    let stream = |name: String| {
        assert!(name.encode_utf16().count() <= 31, "{name:?} is too long");
        let mut bytes = Vec::new();
        file.open_stream(&name)
            .expect("the stream")
            .read_to_end(&mut bytes)
            .expect("its contents");
        (unpacked(&name), bytes)
    };
    names.into_iter().map(stream).collect()
}

fn unpacked(name: &str) -> String {
    const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let digit = |value: u32| char::from(DIGITS[value as usize]);
    let mut unpacked = String::new();
    for character in name.chars() {
        match u32::from(character) {
            pair @ 0x3800..0x4800 => {
                unpacked.extend([digit((pair - 0x3800) & 63), digit((pair - 0x3800) >> 6)]);
            }
            single @ 0x4800..0x4840 => unpacked.push(digit(single - 0x4800)),
            0x4840 => unpacked.push_str("T:"),
            _ => unpacked.push(character),
        }
    }
    unpacked
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(bytes[at]) | u32::from(bytes[at + 1]) << 8
}

fn double_word(bytes: &[u8], at: usize) -> u32 {
    word(bytes, at) | word(bytes, at + 2) << 16
}

/// The string pool: each text with its count, by number.
struct Pool {
    long_references: bool,
    texts: Vec<(Vec<u8>, usize)>,
}

impl Pool {
    fn of(streams: &BTreeMap<String, Vec<u8>>) -> Self {
        let (pool, mut data) = (&streams["T:_StringPool"], &streams["T:_StringData"][..]);
        let mut texts = vec![(Vec::new(), 0)];
        let mut at = 4;
        while at < pool.len() {
            let (mut len, count) = (word(pool, at), word(pool, at + 2));
            at += 4;
            if len == 0 && count > 0 {
                len = double_word(pool, at);
                at += 4;
            }
            let (text, rest) = data.split_at(len as usize);
            texts.push((text.to_vec(), count as usize));
            data = rest;
        }
        assert!(data.is_empty(), "there is data without an entry");
        Self {
            long_references: double_word(pool, 0) >> 31 == 1,
            texts,
        }
    }
}

/// The columns of the tables that describe the others, by kind and whether they are keys.
const TABLES: &[(Kind, bool)] = &[(Kind::Text { width: 64 }, true)];
const COLUMNS: &[(Kind, bool)] = &[
    (Kind::Text { width: 64 }, true),
    (Kind::Short, true),
    (Kind::Text { width: 64 }, false),
    (Kind::Short, false),
];

fn columns(table: &Table) -> Vec<(Kind, bool)> {
    table
        .columns
        .iter()
        .map(|column| (column.kind, column.key))
        .collect()
}

/// A table as it is stored: fields are numbers.
struct Stored {
    name: &'static str,
    columns: Vec<(Kind, bool)>,
    rows: Vec<Vec<u32>>,
}

impl Stored {
    fn key_len(&self) -> usize {
        self.columns.iter().filter(|(_, key)| *key).count()
    }

    /// The numbers of all texts that the rows refer to, again and again.
    fn references(&self) -> impl Iterator<Item = usize> {
        let is_text = |(kind, _): &(Kind, bool)| matches!(kind, Kind::Text { .. } | Kind::Localized { .. });
        let fields = self.rows.iter().flat_map(|row| self.columns.iter().zip(row));
        fields
            .filter(move |(column, _)| is_text(column))
            .map(|(_, &field)| field as usize)
    }
}

/// Every table that has rows.
fn tables(package: &[u8]) -> Vec<Stored> {
    let streams = streams(package);
    let pool = Pool::of(&streams);
    let known = schema::TABLES
        .into_iter()
        .map(|table| (table.name, columns(table)));
    let catalogue = [("_Tables", TABLES.to_vec()), ("_Columns", COLUMNS.to_vec())];
    known
        .chain(catalogue)
        .filter_map(|(name, columns)| {
            let rows = rows(streams.get(&format!("T:{name}"))?, &columns, pool.long_references);
            Some(Stored { name, columns, rows })
        })
        .collect()
}

fn table(package: &[u8], name: &str) -> Stored {
    tables(package)
        .into_iter()
        .find(|table| table.name == name)
        .expect("the table has rows")
}

fn rows(stream: &[u8], columns: &[(Kind, bool)], long_references: bool) -> Vec<Vec<u32>> {
    let width = |kind: Kind| match kind {
        Kind::Text { .. } | Kind::Localized { .. } => 2 + usize::from(long_references),
        Kind::Short | Kind::Binary => 2,
        Kind::Long => 4,
    };
    let row_len: usize = columns.iter().map(|(kind, _)| width(*kind)).sum();
    assert_eq!(stream.len() % row_len, 0);
    let count = stream.len() / row_len;
    let mut rows = vec![Vec::new(); count];
    let mut rest = stream;
    for (kind, _) in columns {
        for row in &mut rows {
            let (field, after) = rest.split_at(width(*kind));
            row.push(
                field
                    .iter()
                    .rev()
                    .fold(0, |number, &byte| number << 8 | u32::from(byte)),
            );
            rest = after;
        }
    }
    rows
}

/// A database of every table, and one whose references are long.
fn packages() -> [Vec<u8>; 2] {
    let mut large = Database::new();
    for row in 0..70_000 {
        large
            .insert(
                &schema::PROPERTY,
                [text(format!("P{}", 70_000 - row)), text("same")],
            )
            .expect("a row");
    }
    [package(&every_table()), write(large, &summary("Acme"))]
}

#[test]
fn rows_are_sorted_by_stored_key() {
    for table in packages().iter().flat_map(|package| tables(package)) {
        let key = ..table.key_len();
        assert!(
            table.rows.is_sorted_by(|a, b| a[key] < b[key]),
            "{} is out of order",
            table.name
        );
    }
}

#[test]
fn texts_are_counted_exactly_and_never_empty() {
    for package in packages() {
        let pool = Pool::of(&streams(&package));
        let mut counts = vec![0; pool.texts.len()];
        for id in tables(&package).iter().flat_map(Stored::references) {
            counts[id] += 1;
        }
        for ((text, stored), counted) in pool.texts.iter().zip(counts).skip(1) {
            assert!(!text.is_empty());
            assert!(*stored > 0);
            // 70,000 references are more than the count can say; it stays at the greatest.
            assert_eq!(*stored, counted.min(0xFFFF), "{}", String::from_utf8_lossy(text));
        }
        let distinct: BTreeSet<_> = pool.texts.iter().map(|(text, _)| text).collect();
        assert_eq!(distinct.len(), pool.texts.len(), "a text has two numbers");
    }
}

#[test]
fn references_have_three_bytes_past_65535_texts() {
    let [small, large] = packages().map(|package| Pool::of(&streams(&package)));
    assert!(!small.long_references);
    assert!(large.long_references);
}

#[test]
fn the_catalogue_names_every_table_and_column() {
    let package = package(&every_table());
    let pool = Pool::of(&streams(&package));
    let text = |id: u32| String::from_utf8(pool.texts[id as usize].0.clone()).expect("ASCII");
    let row = |row: Vec<u32>| (text(row[0]), row[1] - 0x8000, text(row[2]));
    let listed: BTreeSet<_> = table(&package, "_Columns").rows.into_iter().map(row).collect();
    let expected: BTreeSet<_> = schema::TABLES
        .iter()
        .flat_map(|table| {
            (1..)
                .zip(table.columns)
                .map(|(number, column)| (table.name.to_owned(), number, column.name.to_owned()))
        })
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn an_empty_table_is_listed_and_has_no_stream() {
    let mut database = Database::new();
    database.ensure(&schema::ADMIN_UI_SEQUENCE);
    let package = write(database, &summary("Acme"));
    assert!(!streams(&package).contains_key("T:AdminUISequence"));
    let read = msi::Package::open(Cursor::new(package)).expect("a package");
    assert!(read.has_table("AdminUISequence"));
}

/// Where things are in a compound file of version 3 (MS-CFB 2.2, 2.6).
mod layout {
    pub(crate) const SECTOR: usize = 512;
    pub(crate) const FAT_SECTORS: usize = 0x2C;
    pub(crate) const FIRST_DIRECTORY_SECTOR: usize = 0x30;
    pub(crate) const FIRST_MINI_FAT_SECTOR: usize = 0x3C;
    pub(crate) const FAT_IN_HEADER: usize = 0x4C;
    pub(crate) const ENTRY: usize = 128;
    pub(crate) const CLASS: std::ops::Range<usize> = 0x50..0x60;
    pub(crate) const TIMES: std::ops::Range<usize> = 0x64..0x74;
    pub(crate) const FREE: u32 = 0xFFFF_FFFF;
    pub(crate) const END: u32 = 0xFFFF_FFFE;
}

fn sector(file: &[u8], number: u32) -> &[u8] {
    &file[layout::SECTOR * (number as usize + 1)..][..layout::SECTOR]
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    (0..bytes.len())
        .step_by(4)
        .map(|at| double_word(bytes, at))
        .collect()
}

fn fat(file: &[u8]) -> Vec<u32> {
    let sectors = double_word(file, layout::FAT_SECTORS) as usize;
    assert!(sectors <= 109, "the test reads no files that need more");
    let listed = numbers(&file[layout::FAT_IN_HEADER..][..4 * sectors]);
    listed
        .into_iter()
        .flat_map(|number| numbers(sector(file, number)))
        .collect()
}

fn chain(file: &[u8], fat: &[u32], first: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut next = first;
    while next != layout::END {
        bytes.extend(sector(file, next));
        next = fat[next as usize];
    }
    bytes
}

#[test]
fn sectors_follow_each_other_and_none_was_freed() {
    let file = package(&every_table());
    let fat = fat(&file);
    let used = file.len() / layout::SECTOR - 1;
    for (number, &next) in (0..).zip(&fat[..used]) {
        assert!(next != layout::FREE, "sector {number} was freed");
        assert!(next > number, "sector {number} leads back to {next}");
    }
    let mini_fat = numbers(&chain(
        &file,
        &fat,
        double_word(&file, layout::FIRST_MINI_FAT_SECTOR),
    ));
    let used = mini_fat
        .iter()
        .rposition(|&next| next != layout::FREE)
        .expect("some mini sector")
        + 1;
    for (number, &next) in (0..).zip(&mini_fat[..used]) {
        assert!(
            next == layout::END || next == number + 1,
            "mini sector {number} leads to {next}"
        );
    }
}

#[test]
fn the_directory_carries_the_class_and_no_times() {
    let file = package(&every_table());
    let directory = chain(
        &file,
        &fat(&file),
        double_word(&file, layout::FIRST_DIRECTORY_SECTOR),
    );
    assert_eq!(
        directory[layout::CLASS],
        *b"\x84\x10\x0C\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"
    );
    for entry in directory.chunks_exact(layout::ENTRY) {
        assert_eq!(entry[layout::TIMES], [0; 16]);
    }
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    assert!(package(&every_table()) == package(&every_table()));
}

/// Summary texts are counted in bytes of their code page; a count in UTF-8 would shift every later property.
#[test]
fn summary_texts_are_counted_in_their_code_page() {
    let streams = streams(&write(Database::new(), &summary("Müller")));
    let stream = &streams["\u{5}SummaryInformation"];
    let section = &stream[48..];
    assert_eq!(double_word(section, 0) as usize, section.len());
    let author = (0..double_word(section, 4) as usize)
        .find(|index| double_word(section, 8 + 8 * index) == 4)
        .map(|index| double_word(section, 12 + 8 * index) as usize)
        .expect("the author");
    assert_eq!(
        section[author..author + 16],
        *b"\x1E\0\0\0\x07\0\0\0M\xFCller\0\0"
    );
}

#[test]
fn numbers_keep_their_sign() {
    let mut database = Database::new();
    let row = [
        text("key"),
        number(-1),
        text("Software"),
        None::<&str>.into(),
        text("x"),
        text("c"),
    ];
    database.insert(&schema::REGISTRY, row).expect("a row");
    let package = write(database, &summary("Acme"));
    assert_eq!(table(&package, "Registry").rows[0][1], 0x7FFF);
}
