//! The cabinets of a package: how many there are, where they are, and who signed them.

use super::*;

/// A product with an exe and three files of five bytes.
fn with_files() -> Product {
    let mut product = smallest();
    product.files[0].size = 3;
    product.files[0].content = Content::Bytes(b"exe".as_slice().into());
    for name in ["a", "b", "c"] {
        let content = format!("{name} = 1");
        product
            .files
            .push(products::file(&format!("conf/{name}.toml"), content.as_bytes()));
    }
    product
}

/// Every cabinet of that product with these limits, by its name in the table `Media`: the names of its files and their
/// contents, as they are in the cabinet.
fn cabinets(options: Options) -> Vec<(String, Vec<(String, String)>)> {
    let product = with_files();
    let mut out = Cursor::new(Vec::new());
    let payload = compressed(&product, options).unwrap();
    msi::render(&product, Language::English, &payload, &mut out).unwrap();
    let tables = tables(out.get_ref());
    let mut external = BTreeMap::new();
    for cabinet in payload.external_cabinets() {
        let mut content = Vec::new();
        cabinet.write(&mut content).unwrap();
        external.insert(cabinet.name, content);
    }
    let mut package = ::msi::Package::open(out).unwrap();
    let mut first = 1;
    let media = rows(&tables, "Media").into_iter().map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let (last, name): (usize, &str) = (cells[1].parse().unwrap(), cells[3]);
        let content = match name.strip_prefix('#') {
            Some(stream) => {
                let mut content = Vec::new();
                let mut stream = package.read_stream(stream).unwrap();
                stream.read_to_end(&mut content).unwrap();
                content
            }
            None => external.remove(name).unwrap(),
        };
        let files = extracted(content, &tables);
        // Windows Installer finds a file's cabinet by its number.
        assert_eq!(files.len(), last + 1 - first, "{row}");
        first = last + 1;
        (name.to_owned(), files)
    });
    media.collect()
}

/// The names in the table `File` of a cabinet's files, and their contents.
fn extracted(cabinet: Vec<u8>, tables: &str) -> Vec<(String, String)> {
    let mut cabinet = cab::Cabinet::new(Cursor::new(cabinet)).unwrap();
    let folders = cabinet.folder_entries();
    let keys: Vec<String> = folders
        .flat_map(|folder| {
            folder
                .file_entries()
                .map(|file| file.name().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let file = |key: String| {
        let mut content = String::new();
        cabinet
            .read_file(&key)
            .unwrap()
            .read_to_string(&mut content)
            .unwrap();
        let name = cell(tables, "File", &key, 2);
        let long = name.split('|').next_back().unwrap();
        (long.to_owned(), content)
    };
    keys.into_iter().map(file).collect()
}

fn files(names: &[&str]) -> Vec<(String, String)> {
    let file = |name: &&str| match name.strip_suffix(".toml") {
        Some(letter) => ((*name).to_owned(), format!("{letter} = 1")),
        None => ((*name).to_owned(), "exe".to_owned()),
    };
    names.iter().map(file).collect()
}

/// Real packages have several of more than 1.9 GiB; here the limit is low. `tests/run large` makes real ones.
#[test]
fn a_payload_too_large_for_one_cabinet_has_several() {
    let options = Options {
        most_in_cabinet: 10,
        ..Options::default()
    };
    assert_eq!(
        cabinets(options),
        [
            ("#product.cab".to_owned(), files(&["hello.exe", "a.toml"])),
            ("#product2.cab".to_owned(), files(&["b.toml", "c.toml"])),
        ]
    );
}

/// Real packages have them above 2 GB; here the limit is low.
#[test]
fn a_package_that_would_be_too_large_has_its_cabinets_beside_it() {
    let options = Options {
        most_in_cabinet: 10,
        most_embedded: 10,
        ..Options::default()
    };
    let cabinets = cabinets(options);
    let [(one, first), (two, second)] = &cabinets[..] else {
        panic!("{cabinets:?}");
    };
    assert_eq!(
        (first, second),
        (&files(&["hello.exe", "a.toml"]), &files(&["b.toml", "c.toml"]))
    );
    for (name, number) in [(one, "01"), (two, "02")] {
        let (stem, extension) = name.split_once('.').unwrap();
        assert_eq!((stem.len(), extension), (8, "cab"), "{name}");
        assert!(stem.ends_with(number), "{name}");
    }
}

/// As WiX writes them: the certificate without a hash of the signature.
#[test]
fn a_package_names_the_certificate_of_its_signed_cabinets() {
    let options = Options {
        most_in_cabinet: 10,
        most_embedded: 10,
        ..Options::default()
    };
    let product = with_files();
    let mut payload = compressed(&product, options).unwrap();
    for cabinet in payload.external_cabinets() {
        let mut signed = tempfile::tempfile().unwrap();
        signed.write_all(b"signed").unwrap();
        payload
            .replace_by_signed(&cabinet.name, signed, b"certificate")
            .unwrap();
    }
    for cabinet in payload.external_cabinets() {
        let mut content = Vec::new();
        cabinet.write(&mut content).unwrap();
        assert_eq!(content, b"signed");
    }
    let mut out = Cursor::new(Vec::new());
    msi::render(&product, Language::English, &payload, &mut out).unwrap();
    let tables = tables(out.get_ref());
    assert_eq!(
        rows(&tables, "MsiDigitalCertificate"),
        ["Certificate1 | <stream>"]
    );
    let signatures = rows(&tables, "MsiDigitalSignature");
    let names: Vec<&str> = signatures
        .iter()
        .map(|row| row.rsplit_once(" | ").unwrap().0)
        .collect();
    assert_eq!(names, ["Media | 1 | Certificate1", "Media | 2 | Certificate1"]);
    let mut package = ::msi::Package::open(out).unwrap();
    let mut certificate = Vec::new();
    let mut stream = package.read_stream("MsiDigitalCertificate.Certificate1").unwrap();
    stream.read_to_end(&mut certificate).unwrap();
    assert_eq!(certificate, b"certificate");
    assert!(package.read_stream("MsiDigitalSignature.Media.1").is_err());
}
