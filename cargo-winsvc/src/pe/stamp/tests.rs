//! What stamping promises, on sketches of images; real exes are in the integration tests.

use proptest::prelude::*;

use super::*;
use crate::pe::testing::{FILE_ALIGNMENT, FIRST, Sketch};
use crate::pe::{Machine, ResourceKind, ResourceName};

const TIME: u32 = 1_700_000_000;

/// Resources as a resource script would make them, one of them with a string as its name.
fn theirs() -> Resources<'static> {
    let mut resources = Resources::new();
    resources.set(ResourceKind::Icon, 1, 0x409, vec![7; 41]);
    let text = |text: &str| ResourceName::Text(text.encode_utf16().collect());
    resources.set(text("SCHEMA"), text("MAIN"), 0, b"{}".as_slice());
    resources.set(text("SCHEMA"), 3, 0, b"[]".as_slice());
    resources
}

/// `theirs` and ours.
fn merged() -> Resources<'static> {
    let mut resources = theirs();
    resources.set(ResourceKind::RcData, 100, 0, vec![1; 700]);
    resources.set(ResourceKind::Version, 1, 0x409, vec![2; 13]);
    resources
}

/// The contents of a `.rsrc` at `address`.
fn tree(resources: &Resources<'_>, address: u32) -> Vec<u8> {
    let mut tree = Vec::new();
    resource_tree::write(resources, address, &mut tree).unwrap();
    tree
}

fn stamped(file: &[u8], resources: &Resources<'_>) -> Vec<u8> {
    stamp(&Image::parse(file).unwrap(), resources, TIME).unwrap()
}

/// A program with its resources at `index` among the sections `.text`, `.rsrc`, `.reloc`.
fn with_resources_at(index: usize) -> Sketch {
    let mut sketch = Sketch::default();
    sketch.sections.push((".reloc", vec![9; 0x20]));
    let address = FIRST + 0x1000 * index as u32;
    let tree = tree(&theirs(), address);
    sketch
        .directories
        .push((directory::RESOURCE, address, tree.len() as u32));
    sketch
        .directories
        .push((5, FIRST + 0x1000 * if index == 2 { 1 } else { 2 }, 0x20));
    sketch.sections.insert(index, (".rsrc", tree));
    sketch
}

fn names(file: &[u8]) -> Vec<String> {
    let image = Image::parse(file).unwrap();
    let name = |section: &Section| {
        String::from_utf8_lossy(&section.name)
            .trim_end_matches('\0')
            .to_owned()
    };
    image.sections.iter().map(name).collect()
}

/// The contents at `address`.
fn at(file: &[u8], address: u32, length: usize) -> Vec<u8> {
    Image::parse(file).unwrap().bytes_at(address, "contents").unwrap()[..length].to_vec()
}

/// What every stamped image obeys.
fn check(file: &[u8], resources: &Resources<'_>) {
    let image = Image::parse(file).unwrap();
    assert_eq!(
        &image.resources().unwrap(),
        resources,
        "the resources are those asked for"
    );
    let header = |field| u32_at(file, image.at.optional + field, "header").unwrap();
    assert_eq!(
        header(optional::SIZE_OF_IMAGE),
        image.end().unwrap(),
        "the image ends with its last section"
    );
    for section in &image.sections {
        assert_eq!(section.raw_pointer % FILE_ALIGNMENT, 0, "raw data is aligned");
        assert_eq!(section.raw_size % FILE_ALIGNMENT, 0, "raw data is padded");
    }
    for resource in image.resources().unwrap().iter() {
        let offset = resource.data.as_ptr() as usize - file.as_ptr() as usize;
        assert_eq!(offset % 8, 0, "data is aligned");
    }
    let mut unsummed = file.to_vec();
    put_u32(&mut unsummed, image.at.optional + optional::CHECK_SUM, 0);
    assert_eq!(
        header(optional::CHECK_SUM),
        checksum(&unsummed),
        "the checksum is right"
    );
    assert_eq!(image.timestamp(), TIME);
    assert_eq!(stamped(file, resources), file, "stamping again changes nothing");
}

#[test]
fn every_format_and_machine_takes_resources() {
    for (machine, plus, expected) in [
        (0x14c, false, Machine::X86),
        (0x8664, true, Machine::X64),
        (0xaa64, true, Machine::Arm64),
    ] {
        let file = stamped(
            &Sketch {
                machine,
                plus,
                ..Sketch::default()
            }
            .build(),
            &merged(),
        );
        check(&file, &merged());
        assert_eq!(Image::parse(&file).unwrap().machine(), expected);
        assert_eq!(names(&file), [".text", ".rsrc"]);
    }
}

#[test]
fn the_last_resource_section_is_replaced() {
    let sketch = with_resources_at(2);
    let file = stamped(&sketch.build(), &merged());
    check(&file, &merged());
    assert_eq!(names(&file), [".text", ".reloc", ".rsrc"]);
    let without = Sketch {
        sections: sketch.sections[..2].to_vec(),
        directories: sketch.directories[1..].to_vec(),
        ..sketch
    };
    assert_eq!(
        file,
        stamped(&without.build(), &merged()),
        "nothing tells of the old one"
    );
}

#[test]
fn a_resource_section_in_the_middle_loses_its_bytes_but_not_its_addresses() {
    let sketch = with_resources_at(1);
    let file = stamped(&sketch.build(), &merged());
    check(&file, &merged());
    assert_eq!(names(&file), [".text", ".rsrcold", ".reloc", ".rsrc"]);
    let image = Image::parse(&file).unwrap();
    assert_eq!(image.sections[1].raw(), 0..0);
    assert_eq!(
        image.sections[2].raw_pointer,
        image.sections[0].raw().end as u32,
        "its bytes are gone"
    );
    assert_eq!(
        at(&file, image.sections[2].address, 0x20),
        [9; 0x20],
        ".reloc is where it was in memory"
    );
}

#[test]
fn a_section_that_holds_more_than_resources_stays() {
    let mut sketch = with_resources_at(2);
    let address = FIRST + 0x2000;
    sketch.sections[2].1.extend(b"imports");
    let end = address + sketch.sections[2].1.len() as u32;
    sketch.directories.push((directory::IMPORT, end - 7, 7));

    let file = stamped(&sketch.build(), &merged());

    check(&file, &merged());
    assert_eq!(names(&file), [".text", ".reloc", ".rsrc", ".rsrc"]);
    assert_eq!(at(&file, end - 7, 7), b"imports");
}

#[test]
fn full_headers_grow_and_all_else_stays_where_it_is_in_memory() {
    let mut sketch = Sketch {
        tail: b"symbols and overlay".to_vec(),
        symbols: true,
        ..Sketch::default()
    };
    sketch
        .sections
        .extend([(".data", vec![1; 0x300]), (".tls", vec![2; 8])]);
    // From 0x148 on, 0x200 bytes of headers hold four section headers.
    sketch.size_of_headers = 0x200;
    sketch.sections.push((".reloc", vec![3; 8]));

    let file = stamped(&sketch.build(), &merged());

    check(&file, &merged());
    let image = Image::parse(&file).unwrap();
    assert_eq!(image.size_of_headers, 0x400);
    for (section, (_, contents)) in image.sections.iter().zip(&sketch.sections) {
        assert_eq!(&at(&file, section.address, contents.len()), contents);
    }
    assert!(file.ends_with(b"symbols and overlay"));
}

#[test]
fn headers_without_any_room_are_an_error() {
    let full = |size_of_headers, section_alignment| {
        let mut sketch = Sketch {
            size_of_headers,
            section_alignment,
            ..Sketch::default()
        };
        let room = (size_of_headers as usize - 0x148) / section_header::SIZE;
        sketch.sections = vec![(".data", vec![1; 8]); room];
        stamp(&Image::parse(&sketch.build()).unwrap(), &merged(), TIME)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        full(0x1000, 0x1000),
        "the headers have no room for another section: the first section begins at address 0x1000, and the headers \
         already fill the space before it; link again, or strip debug sections first"
    );
    let mut file = Sketch::default().build();
    file[0x148 + section_header::SIZE + 3] = 1;
    assert_eq!(
        stamp(&Image::parse(&file).unwrap(), &merged(), TIME),
        Err(PeError::NoRoomForSection {
            part: HeaderPart::Data { offset: 0x170 }
        })
    );
}

#[test]
fn symbols_and_overlay_follow_the_sections() {
    let sketch = Sketch {
        tail: b"symbols and overlay".to_vec(),
        symbols: true,
        ..with_resources_at(1)
    };
    let file = stamped(&sketch.build(), &merged());
    check(&file, &merged());
    let image = Image::parse(&file).unwrap();
    let pointer = u32_at(&file, image.at.coff + coff::POINTER_TO_SYMBOL_TABLE, "header").unwrap();
    assert_eq!(&file[pointer as usize..], b"symbols and overlay");
}

#[test]
fn a_signature_is_cut_off() {
    let mut sketch = Sketch {
        tail: b"overlay.".to_vec(),
        ..Sketch::default()
    };
    let unsigned = stamped(&sketch.build(), &merged());
    let place = sketch.build().len() as u32;
    sketch
        .tail
        .extend([0x10, 0, 0, 0, 0, 2, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    sketch.directories.push((directory::CERTIFICATE, place, 0x10));

    let signed = sketch.build();

    assert!(Image::parse(&signed).unwrap().is_signed());
    let file = stamped(&signed, &merged());
    check(&file, &merged());
    assert!(!Image::parse(&file).unwrap().is_signed());
    assert_eq!(file, unsigned);
}

#[test]
fn a_signature_that_is_none_is_an_error() {
    let mut sketch = Sketch {
        tail: vec![0; 0x40],
        ..Sketch::default()
    };
    for offset in [0, FILE_ALIGNMENT, sketch.build().len() as u32 - 0x40, u32::MAX] {
        sketch.directories = vec![(directory::CERTIFICATE, offset.max(1), 0x10)];
        let file = sketch.build();
        let error = stamp(&Image::parse(&file).unwrap(), &merged(), TIME).unwrap_err();
        assert_eq!(
            error,
            PeError::Certificate {
                offset: offset.max(1),
                size: 0x10
            }
        );
    }
}

#[test]
fn times_of_exports_and_debug_data_are_set_and_debug_data_is_found() {
    let mut sketch = with_resources_at(1);
    let address = FIRST + 0x3000;
    let mut contents = vec![0xee; 40 + DEBUG_ENTRY.0];
    contents.extend(b"RSDS");
    sketch.sections.push((".rdata", contents));
    sketch.directories.push((directory::EXPORT, address, 40));
    sketch
        .directories
        .push((directory::DEBUG, address + 40, DEBUG_ENTRY.0 as u32));
    let mut file = sketch.build();
    let place = Image::parse(&file).unwrap().locate(address).unwrap().0 + 40;
    put_u32(&mut file, place + DEBUG_ENTRY.2, (place + DEBUG_ENTRY.0) as u32);

    let file = stamped(&file, &merged());

    check(&file, &merged());
    let field = |offset: usize| u32::from_le_bytes(at(&file, address + offset as u32, 4).try_into().unwrap());
    assert_eq!(field(EXPORT_TIME), TIME);
    assert_eq!(field(40 + DEBUG_ENTRY.1), TIME);
    assert!(file[field(40 + DEBUG_ENTRY.2) as usize..].starts_with(b"RSDS"));
}

#[test]
fn a_debug_directory_that_points_into_the_headers_does_not_change_them() {
    let with_debug = |address| Sketch {
        directories: vec![(directory::DEBUG, address, 0x100)],
        ..Sketch::default()
    };
    let file = stamped(&with_debug(0x24).build(), &merged());
    check(&file, &merged());
}

#[test]
fn an_image_without_resource_directory_is_an_error() {
    let mut file = Sketch::default().build();
    put_u32(&mut file, 0x40 + 24 + 108, 2);
    assert_eq!(
        stamp(&Image::parse(&file).unwrap(), &merged(), TIME),
        Err(PeError::NoResourceDirectory { found: 2 })
    );
}

#[test]
fn no_resources_at_all_are_an_empty_tree() {
    check(
        &stamped(&with_resources_at(1).build(), &Resources::new()),
        &Resources::new(),
    );
}

proptest! {
    /// Whatever a damaged image is, it is either refused or becomes an image with the resources asked for.
    #[test]
    fn damaged_images_never_panic(
        index in 1_usize..3,
        damage in proptest::collection::vec((0_usize..0x400, any::<u8>()), 0..4),
        fields in proptest::collection::vec((0x40_usize..0x200, any::<u32>()), 0..2),
        length in 0_usize..0x2000,
    ) {
        let mut file = Sketch { tail: vec![5; 30], symbols: true, ..with_resources_at(index) }.build();
        for (at, byte) in damage {
            file[at] = byte;
        }
        for (at, value) in fields {
            put_u32(&mut file, at, value);
        }
        if length % 4 == 0 {
            file.truncate(length);
        }
        let Ok(image) = Image::parse(&file) else { return Ok(()) };
        let _ = (image.resources(), image.imports(), crate::pe::read_version(&file));
        if let Ok(once) = stamp(&image, &merged(), TIME) {
            let twice = Image::parse(&once).unwrap();
            prop_assert_eq!(twice.resources().unwrap(), merged());
        }
    }

    #[test]
    fn damaged_resource_trees_never_panic(damage in proptest::collection::vec((0_usize..0x200, any::<u8>()), 1..6)) {
        let mut file = with_resources_at(1).build();
        let place = Image::parse(&file).unwrap().sections[1].raw().start;
        for (at, byte) in damage {
            file[place + at] = byte;
        }
        let image = Image::parse(&file).unwrap();
        if let Ok(resources) = image.resources() {
            let file = stamp(&image, &resources, TIME).unwrap();
            prop_assert_eq!(Image::parse(&file).unwrap().resources().unwrap(), resources);
        }
    }
}
