//! The DLLs that an image imports.

use super::PeError;
use super::bytes::u32_at;
use super::image::{Image, directory};

/// A kind of import table.
struct Table {
    directory: usize,
    /// The length of a descriptor.
    size: usize,
    /// The offset of the address of the DLL's name in a descriptor.
    name: usize,
}

/// What the loader loads before the program starts.
const IMPORTS: Table = Table {
    directory: directory::IMPORT,
    size: 20,
    name: 12,
};
/// What the program loads when it first calls a function of it.
const DELAY_IMPORTS: Table = Table {
    directory: directory::DELAY_IMPORT,
    size: 32,
    name: 4,
};

impl Image<'_> {
    /// The names of the DLLs that the loader needs before the program starts, in the file's order.
    pub fn imports(&self) -> Result<Vec<String>, PeError> {
        self.names(&IMPORTS)
    }

    /// The names of the DLLs that the program loads when it first calls one of their functions.
    pub fn delay_imports(&self) -> Result<Vec<String>, PeError> {
        self.names(&DELAY_IMPORTS)
    }

    fn names(&self, table: &Table) -> Result<Vec<String>, PeError> {
        let Some(found) = self.directory(table.directory) else {
            return Ok(Vec::new());
        };
        let descriptors = self.bytes_at(found.address, "import directory")?;
        let mut names = Vec::new();
        for descriptor in descriptors.chunks_exact(table.size) {
            let name = u32_at(descriptor, table.name, "import descriptor")?;
            if name == 0 {
                break;
            }
            let text = self.bytes_at(name, "name of an imported DLL")?;
            let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
            names.push(String::from_utf8_lossy(&text[..end]).into_owned());
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;

    #[test]
    fn both_tables_are_read_to_their_end() {
        let file = Sketch::importing(&["KERNEL32.dll", "foo.dll"], &["bar.dll"]).build();
        let image = Image::parse(&file).unwrap();
        assert_eq!(image.imports().unwrap(), ["KERNEL32.dll", "foo.dll"]);
        assert_eq!(image.delay_imports().unwrap(), ["bar.dll"]);

        let none = Sketch::default().build();
        let image = Image::parse(&none).unwrap();
        assert!(image.imports().unwrap().is_empty() && image.delay_imports().unwrap().is_empty());
    }

    #[test]
    fn a_table_outside_of_the_image_is_an_error() {
        let sketch = Sketch {
            directories: vec![(directory::DELAY_IMPORT, 0x9000, 64)],
            ..Sketch::default()
        };
        let file = sketch.build();
        let error = Image::parse(&file).unwrap().delay_imports().unwrap_err();
        assert!(matches!(error, PeError::Unmapped { .. }), "{error:?}");
    }
}
