//! Exes as linkers make them, stamped, and looked at by the programs that have to get along with them: Windows' own API
//! (Wine's), binutils, a signing tool.

mod ours;
mod tools;

use cargo_winsvc::pe::{
    self, FileVersion, Image, LANGUAGE_NEUTRAL, Machine, PeError, ResourceKind, ResourceName, VersionInfo,
};
use ours::{ANSWERS, TIME, add_ours, ico, stamp, version};
use proptest::prelude::*;
use tools::{Lab, Toolchain, Wine};

/// The same where `author.rc` was linked in.
fn answers_with_author() -> String {
    ANSWERS
        .replace("schema: error 1813", "schema: 18 bytes, { \"author\": true }")
        .replace("00000001: error 1813", "00000001: The service agent has started.")
        .replace("00000002: error 1813", "00000002: Stopped.")
        .replace(
            "00000010: error 1813",
            "00000010: The service agent has failed: no disk",
        )
}

/// Links `author.rc` into the program.
fn build_with_author(lab: &Lab, toolchain: Toolchain, name: &str, options: &[&str]) -> Vec<u8> {
    toolchain.run(lab, "windmc", &["--unicode_out", "messages.mc"]);
    toolchain.run(lab, "windres", &["author.rc", "author.o"]);
    lab.build(toolchain, name, &[&["program.c", "author.o"], options].concat())
}

#[test]
fn windows_finds_what_was_stamped_and_the_programs_run() {
    let (lab, wine) = (Lab::new(), Wine::new());
    lab.build(
        Toolchain::X64,
        "query.exe",
        &["-municode", "query.c", "-lversion"],
    );
    // What runs: this Wine has no 32-bit half, so that of those only the resources are read.
    let (runs, is_read) = (true, false);
    let plain =
        |toolchain, options: &[&str]| lab.build(toolchain, "in.exe", &[&["program.c"], options].concat());
    let author = |toolchain, options: &[&str]| build_with_author(&lab, toolchain, "in.exe", options);
    let cases = [
        (
            "stripped",
            plain(Toolchain::X64, &["-s"]),
            ANSWERS.to_owned(),
            runs,
        ),
        (
            "with symbols",
            plain(Toolchain::X64, &[]),
            ANSWERS.to_owned(),
            runs,
        ),
        (
            "with debug data",
            plain(Toolchain::X64, &["-g"]),
            ANSWERS.to_owned(),
            runs,
        ),
        (
            "with resources",
            author(Toolchain::X64, &["-s"]),
            answers_with_author(),
            runs,
        ),
        (
            "with resources last",
            author(Toolchain::X64, &["-s", "-Wl,--disable-reloc-section"]),
            answers_with_author(),
            runs,
        ),
        (
            "with resources and debug data",
            author(Toolchain::X64, &["-g"]),
            answers_with_author(),
            runs,
        ),
        (
            "32-bit",
            plain(Toolchain::X86, &["-s"]),
            ANSWERS.to_owned(),
            is_read,
        ),
        (
            "32-bit with resources and debug data",
            author(Toolchain::X86, &["-g"]),
            answers_with_author(),
            is_read,
        ),
    ];
    for (case, exe, answers, runs) in cases {
        let stamped = stamp(&exe);
        assert_eq!(stamp(&stamped), stamped, "{case}: stamping again changes nothing");
        lab.write("out.exe", &stamped);
        let out = lab.path("out.exe");
        assert_eq!(
            wine.run(&lab.path("query.exe"), &[out.as_os_str()]),
            (0, answers),
            "{case}"
        );
        if runs {
            assert_eq!(
                wine.run(&out, &[]),
                (7, "the answer is 42\n".to_owned()),
                "{case}"
            );
        }
    }
}

#[test]
fn windows_reads_both_tables_of_a_merged_version() {
    let (lab, wine) = (Lab::new(), Wine::new());
    let query = ["-municode", "query.c", "-lversion"];
    lab.build(Toolchain::X64, "query.exe", &query);
    Toolchain::X64.run(&lab, "windres", &["texts.rc", "texts.o"]);
    let exe = lab.build(Toolchain::X64, "in.exe", &["program.c", "texts.o", "-s"]);
    let image = Image::parse(&exe).unwrap();
    let mut resources = image.resources().unwrap();
    let [(language, own)] = &resources.languages(ResourceKind::Version, 1)[..] else {
        panic!("the exe has one version resource");
    };
    let mut ours = version();
    let defaults = ours.strings.drain(..2).collect::<Vec<_>>();
    let merged = ours.merge_into(own, &defaults).unwrap();
    resources.set_language(ResourceKind::Version, 1, *language, merged.data);
    lab.write("out.exe", &pe::stamp(&image, &resources, TIME).unwrap());

    let (code, answers) = wine.run(&lab.path("query.exe"), &[lab.path("out.exe").as_os_str()]);
    let expected = "\
file 1.2.3.4 flags 2
translation 0409 1200
CompanyName: Acme
FileDescription: Acme Agent
ProductVersion: 1.2.3-rc.1
LegalCopyright: (c) Acme
Comments: Built by hand
translation 0407 1200
CompanyName: Acme GmbH
FileDescription: Acme Agent
ProductVersion: 1.2.3-rc.1
LegalCopyright: (c) Acme GmbH
";
    assert!(code == 0 && answers.starts_with(expected), "{answers}");
}

#[test]
fn symbols_and_debug_data_are_found_as_before() {
    let lab = Lab::new();
    for (toolchain, main) in [(Toolchain::X64, "main"), (Toolchain::X86, "_main")] {
        let exe = build_with_author(&lab, toolchain, "in.exe", &["-g"]);
        lab.write("out.exe", &stamp(&exe));

        let symbols = |name: &str| toolchain.run(&lab, "nm", &[name]);
        // The author's `.rsrc` is what it was, but for its bytes.
        let expected = symbols("in.exe").replace(" d .rsrc", " b .rsrc");
        assert!(
            symbols("out.exe") == expected,
            "nm lists other symbols than before"
        );

        // Name and address of each section; names over 8 characters stand in the symbols' string table.
        let sections = |name: &str| -> Vec<String> {
            let text = toolchain.run(&lab, "objdump", &["--section-headers", "--wide", name]);
            let row = |line: &str| {
                let columns: Vec<&str> = line.split_whitespace().collect();
                columns[0]
                    .parse::<u32>()
                    .ok()
                    .map(|_| format!("{} {}", columns[1], columns[3]))
            };
            text.lines()
                .filter(|line| !line.is_empty())
                .filter_map(row)
                .collect()
        };
        let (before, after) = (sections("in.exe"), sections("out.exe"));
        assert!(
            before.iter().any(|name| name.starts_with(".debug_info ")),
            "{before:?}"
        );
        let kept: Vec<String> = before
            .iter()
            .map(|name| name.replace(".rsrc ", ".rsrcold "))
            .collect();
        assert_eq!(after[..before.len()], kept);
        assert_eq!(after.len(), before.len() + 1);

        let address = symbols("out.exe")
            .lines()
            .find_map(|line| line.strip_suffix(&format!(" T {main}")).map(str::to_owned))
            .expect("main is among the symbols");
        let line = |name: &str| toolchain.run(&lab, "addr2line", &["-f", "-e", name, &address]);
        assert_eq!(line("out.exe"), line("in.exe"));
        assert!(line("out.exe").contains("program.c:"), "{}", line("out.exe"));
    }
}

#[test]
fn binutils_can_still_rewrite_a_stamped_exe() {
    let lab = Lab::new();
    lab.write(
        "out.exe",
        &stamp(&build_with_author(&lab, Toolchain::X64, "in.exe", &["-g"])),
    );
    Toolchain::X64.run(&lab, "strip", &["out.exe", "-o", "stripped.exe"]);
    let (out, stripped) = (lab.read("out.exe"), lab.read("stripped.exe"));
    assert!(stripped.len() < out.len() / 2);
    let resources = |exe| Image::parse(exe).unwrap().resources().unwrap();
    assert_eq!(resources(&stripped), resources(&out));
}

#[test]
fn what_the_author_linked_in_is_kept() {
    let lab = Lab::new();
    let exe = build_with_author(&lab, Toolchain::X64, "in.exe", &[]);
    let image = Image::parse(&exe).unwrap();
    let mut resources = image.resources().unwrap();
    let messages = resources.get(ResourceKind::MessageTable, 1).unwrap().to_vec();
    assert_eq!(messages, lab.read("MSG00409.bin"));
    assert!(resources.has_any(ResourceKind::MessageTable));
    assert!(!resources.has_any(ResourceKind::Icon));
    resources.set(ResourceKind::RcData, 101, LANGUAGE_NEUTRAL, b"ours".as_slice());
    let stamped = pe::stamp(&image, &resources, TIME).unwrap();

    let after = Image::parse(&stamped).unwrap().resources().unwrap();
    let text = |text: &str| ResourceName::Text(text.encode_utf16().collect());
    assert_eq!(
        after.get(text("MAIN"), text("SCHEMA")),
        Some(b"{ \"author\": true }".as_slice())
    );
    assert_eq!(
        after.get(ResourceKind::RcData, 100),
        Some(b"the author's".as_slice())
    );
    assert_eq!(after.get(ResourceKind::RcData, 101), Some(b"ours".as_slice()));
    assert_eq!(after.get(ResourceKind::MessageTable, 1), Some(&messages[..]));
    assert_eq!(
        pe::read_version(&stamped),
        Ok(Some(FileVersion {
            version: [1, 2, 3, 4],
            language: 0x409
        }))
    );
}

#[test]
fn the_version_is_encoded_as_resource_compilers_do() {
    let lab = Lab::new();
    let exe = build_with_author(&lab, Toolchain::X64, "in.exe", &[]);
    let compiled = Image::parse(&exe).unwrap().resources().unwrap();
    let compiled = compiled.get(ResourceKind::Version, 1).unwrap();
    assert_eq!(compiled, version().encode().unwrap());
    assert_eq!(VersionInfo::read(compiled), Ok(version()));
}

#[test]
fn an_exe_is_a_function_of_its_inputs() {
    let lab = Lab::new();
    for (name, options) in [
        ("in.exe", ["program.c", "-s"]),
        ("in.dll", ["library.c", "-shared"]),
    ] {
        let linked = |time| stamp(&lab.build(Toolchain::X64, name, &[&options[..], &[time]].concat()));
        assert_eq!(
            linked("-Wl,--insert-timestamp"),
            linked("-Wl,--no-insert-timestamp"),
            "{name}"
        );
    }
}

#[test]
fn a_stamped_exe_can_be_signed_and_a_signed_one_stamped() {
    let lab = Lab::new();
    let certificate = [
        "-subj",
        "/CN=throwaway",
        "-keyout",
        "key.pem",
        "-out",
        "certificate.pem",
        "-days",
        "1",
    ];
    lab.run(
        "openssl",
        "openssl",
        &[
            &["req", "-x509", "-newkey", "rsa:2048", "-nodes"],
            &certificate[..],
        ]
        .concat(),
    );
    let osslsigncode = |arguments: &[&str]| lab.run("osslsigncode", "osslsigncode", arguments);
    let key = ["-certs", "certificate.pem", "-key", "key.pem"];
    // The tool overwrites nothing, so each file has a name of its own.
    let sign = |input: &str| {
        let output = format!("{input}.signed");
        osslsigncode(&[&["sign"], &key[..], &["-in", input, "-out", &output]].concat());
        let report = osslsigncode(&["verify", "-CAfile", "certificate.pem", "-in", &output]);
        assert!(report.contains("Signature verification: ok"), "{report}");
        lab.read(&output)
    };
    for option in ["-s", "-g"] {
        let stamped = stamp(&build_with_author(&lab, Toolchain::X64, "in.exe", &[option]));
        let name = format!("stamped{option}");
        lab.write(&name, &stamped);
        let signed = sign(&name);
        assert!(!Image::parse(&stamped).unwrap().is_signed());
        assert!(Image::parse(&signed).unwrap().is_signed());

        let again = stamp(&signed);
        // The signing tool has filled the file up to a multiple of 8 bytes, and whether zeros at the end belong to an
        // overlay is not to be known.
        let mut filled = stamped.clone();
        filled.resize(stamped.len().next_multiple_of(8), 0);
        assert!(again == stamp(&filled), "something is left of the signature");
        let name = format!("again{option}");
        lab.write(&name, &again);
        sign(&name);
    }
}

#[test]
fn the_checksum_is_the_one_that_a_signing_tool_reckons() {
    let lab = Lab::new();
    let exe = lab.build(Toolchain::X64, "in.exe", &["program.c"]);
    lab.write("out.exe", &stamp(&exe));
    // There is no signature to verify, but it compares the checksums first.
    let report = lab.attempt("osslsigncode", "osslsigncode", &["verify", "-in", "out.exe"]);
    assert!(
        report.contains("PE checksum") && !report.contains("invalid PE checksum"),
        "{report}"
    );
}

#[test]
fn an_overlay_stays_at_the_end() {
    let lab = Lab::new();
    let mut exe = lab.build(Toolchain::X64, "in.exe", &["program.c"]);
    exe.extend(b"an archive, perhaps");
    assert!(stamp(&exe).ends_with(b"an archive, perhaps"));
}

#[test]
fn headers_say_what_was_linked() {
    let lab = Lab::new();
    let exe = lab.build(Toolchain::X64, "in.exe", &["program.c"]);
    let image = Image::parse(&exe).unwrap();
    assert_eq!(
        (image.machine(), image.is_exe(), image.is_dll()),
        (Machine::X64, true, false)
    );
    assert_eq!(image.imports().unwrap(), ["KERNEL32.dll", "msvcrt.dll"]);
    assert!(image.resources().unwrap().is_empty());
    assert_eq!(pe::read_version(&exe), Ok(None));

    let dll = lab.build(Toolchain::X86, "in.dll", &["library.c", "-shared"]);
    let image = Image::parse(&dll).unwrap();
    assert_eq!(
        (image.machine(), image.is_exe(), image.is_dll()),
        (Machine::X86, false, true)
    );
}

#[test]
fn what_is_no_executable_has_no_version_and_cannot_be_stamped() {
    let text = b"listen = 127.0.0.1:8080\n";
    assert_eq!(pe::read_version(text), Ok(None));
    assert_eq!(
        Image::parse(text).unwrap_err(),
        PeError::NotAnImage {
            signature: "MZ",
            offset: 0
        }
    );
}

#[test]
fn damaged_exes_never_panic() {
    let lab = Lab::new();
    let exe = build_with_author(&lab, Toolchain::X64, "in.exe", &["-s"]);
    for length in (0..exe.len()).step_by(13) {
        read_and_stamp(&exe[..length]);
    }
    let damage = proptest::collection::vec((0..exe.len(), any::<u8>()), 1..40);
    proptest!(|(damage in damage)| {
        let mut damaged = exe.clone();
        for (at, byte) in damage {
            damaged[at] = byte;
        }
        read_and_stamp(&damaged);
    });
}

/// All that this module does with a file.
fn read_and_stamp(file: &[u8]) {
    let Ok(image) = Image::parse(file) else {
        return;
    };
    let _ = (image.imports(), pe::read_version(file));
    let ico = ico();
    let mut resources = image.resources().unwrap_or_default();
    add_ours(&mut resources, &ico);
    if let Ok(stamped) = pe::stamp(&image, &resources, TIME) {
        assert_eq!(Image::parse(&stamped).unwrap().resources().unwrap(), resources);
    }
}
