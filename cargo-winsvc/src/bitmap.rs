//! Pictures as Windows bitmaps, the format that Windows Installer shows on every version of Windows.
//!
//! Source: [bitmap storage](https://learn.microsoft.com/windows/win32/gdi/bitmap-storage).

use std::collections::BTreeSet;
use std::io::Cursor;

use thiserror::Error;

/// The greatest width or height.
const LARGEST: u32 = 4096;

/// The greatest palette.
const MOST_COLORS: usize = 256;

/// The colour of a dialog's background (`COLOR_3DFACE` of Windows' default theme), which shows through transparent
/// parts.
const BACKGROUND: Color = [0xF0, 0xF0, 0xF0];

/// Red, green and blue.
pub type Color = [u8; 3];

/// A picture without transparency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    /// Row by row from the top.
    pixels: Vec<Color>,
}

impl Bitmap {
    /// A picture whose pixels have the colours that `color` gives for their column and row.
    pub fn new(width: u32, height: u32, color: impl Fn(u32, u32) -> Color) -> Self {
        let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self {
            width,
            height,
            pixels: rows.map(|(x, y)| color(x, y)).collect(),
        }
    }

    /// Decodes a PNG image. Transparent parts get the colour of a dialog's background.
    pub fn from_png(bytes: &[u8]) -> Result<Self, BitmapError> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(BitmapError::Png)?;
        let (width, height) = (reader.info().width, reader.info().height);
        if width > LARGEST || height > LARGEST {
            return Err(BitmapError::TooLarge { width, height });
        }
        let size = reader.output_buffer_size().unwrap_or_default();
        let mut samples = vec![0; size];
        let frame = reader.next_frame(&mut samples).map_err(BitmapError::Png)?;
        let samples = &samples[..frame.buffer_size()];
        let pixels = samples.chunks_exact(frame.color_type.samples());
        let pixels = pixels.map(|pixel| match *pixel {
            [gray] => [gray; 3],
            [gray, alpha] => over_background([gray; 3], alpha),
            [red, green, blue, alpha] => over_background([red, green, blue], alpha),
            _ => [pixel[0], pixel[1], pixel[2]],
        });
        Ok(Self {
            width,
            height,
            pixels: pixels.collect(),
        })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The content of a `.bmp` file: compressed with a palette if the picture has few colours, as the pictures of WiX,
    /// else with 24 bits per pixel.
    pub fn encode(&self) -> Vec<u8> {
        let colors: BTreeSet<Color> = self.pixels.iter().copied().collect();
        if colors.len() > MOST_COLORS {
            return self.file(BitsPerPixel::TwentyFour, &[], &self.true_color());
        }
        let palette: Vec<Color> = colors.into_iter().collect();
        self.file(BitsPerPixel::Eight, &palette, &self.run_lengths(&palette))
    }

    /// The rows from the bottom, blue first, each padded to a multiple of four bytes.
    fn true_color(&self) -> Vec<u8> {
        let row_len = (3 * self.width as usize).next_multiple_of(4);
        let mut data = Vec::with_capacity(row_len * self.height as usize);
        for row in self.rows() {
            let start = data.len();
            data.extend(row.iter().flat_map(|[red, green, blue]| [*blue, *green, *red]));
            data.resize(start + row_len, 0);
        }
        data
    }

    /// The rows from the bottom as runs: a count and an index into the palette
    /// ([Bitmap compression](https://learn.microsoft.com/windows/win32/gdi/bitmap-compression)).
    fn run_lengths(&self, palette: &[Color]) -> Vec<u8> {
        const END_OF_LINE: [u8; 2] = [0, 0];
        const END_OF_BITMAP: [u8; 2] = [0, 1];
        let mut data = Vec::new();
        for row in self.rows() {
            for run in row.chunk_by(|one, other| one == other) {
                let index = palette.binary_search(&run[0]).unwrap_or_default() as u8;
                for part in run.chunks(255) {
                    data.extend([part.len() as u8, index]);
                }
            }
            data.extend(END_OF_LINE);
        }
        data.extend(END_OF_BITMAP);
        data
    }

    fn rows(&self) -> impl Iterator<Item = &[Color]> {
        self.pixels.chunks_exact(self.width as usize).rev()
    }

    fn file(&self, bits: BitsPerPixel, palette: &[Color], data: &[u8]) -> Vec<u8> {
        /// 96 pixels per inch, in pixels per metre.
        const RESOLUTION: u32 = 3780;
        /// `BI_RGB`, `BI_RLE8`
        const UNCOMPRESSED: u32 = 0;
        const RUN_LENGTHS: u32 = 1;
        let (bits, compression) = match bits {
            BitsPerPixel::Eight => (8, RUN_LENGTHS),
            BitsPerPixel::TwentyFour => (24, UNCOMPRESSED),
        };
        let offset = (14 + 40 + 4 * palette.len()) as u32;
        let colors = palette.len() as u32;
        let mut file = Vec::with_capacity(offset as usize + data.len());
        // BITMAPFILEHEADER
        file.extend(b"BM");
        for number in [offset + data.len() as u32, 0, offset] {
            file.extend(number.to_le_bytes());
        }
        // BITMAPINFOHEADER, with one plane
        let planes_and_bits = 1 | bits << 16;
        for number in [40, self.width, self.height, planes_and_bits, compression] {
            file.extend(number.to_le_bytes());
        }
        for number in [data.len() as u32, RESOLUTION, RESOLUTION, colors, 0] {
            file.extend(number.to_le_bytes());
        }
        file.extend(
            palette
                .iter()
                .flat_map(|[red, green, blue]| [*blue, *green, *red, 0]),
        );
        file.extend(data);
        file
    }
}

#[derive(Clone, Copy)]
enum BitsPerPixel {
    Eight,
    TwentyFour,
}

fn over_background(color: Color, alpha: u8) -> Color {
    mix(BACKGROUND, color, alpha)
}

/// The colour between two; 0 is the first, 255 the second.
pub fn mix(below: Color, above: Color, alpha: u8) -> Color {
    let (alpha, rest) = (u16::from(alpha), u16::from(255 - alpha));
    std::array::from_fn(|index| {
        ((u16::from(above[index]) * alpha + u16::from(below[index]) * rest + 127) / 255) as u8
    })
}

/// The error for a picture that cannot be shown.
#[derive(Debug, Error)]
pub enum BitmapError {
    /// The file is not a PNG image, or damaged.
    #[error(transparent)]
    Png(png::DecodingError),
    /// The image is too large.
    #[error("the image has {width} × {height} pixels; expected at most {LARGEST} × {LARGEST}")]
    TooLarge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PNG image of one colour.
    pub(crate) fn png(width: u32, height: u32, color: [u8; 4]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let pixels = color.repeat((width * height) as usize);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        file
    }

    #[test]
    fn a_bitmap_of_many_colors_has_its_rows_from_the_bottom_with_blue_first() {
        let file = Bitmap::new(3, 100, |x, y| [x as u8, y as u8, 9]).encode();
        assert_eq!(file.len(), 54 + 100 * 12);
        assert_eq!(&file[..6], b"BM\xe6\x04\0\0");
        assert_eq!(&file[18..34], b"\x03\0\0\0\x64\0\0\0\x01\0\x18\0\0\0\0\0");
        assert_eq!(&file[54..66], &[9, 99, 0, 9, 99, 1, 9, 99, 2, 0, 0, 0]);
        assert_eq!(&file[54 + 99 * 12..][..3], &[9, 0, 0]);
    }

    #[test]
    fn a_bitmap_of_few_colors_is_compressed() {
        let file = Bitmap::new(300, 2, |x, y| [0, 0, u8::from(x < 2 && y == 0)]).encode();
        assert_eq!(&file[10..14], &[62, 0, 0, 0]);
        assert_eq!(&file[26..34], &[1, 0, 8, 0, 1, 0, 0, 0]);
        assert_eq!(&file[46..50], &[2, 0, 0, 0]);
        assert_eq!(&file[54..62], &[0, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(
            &file[62..],
            &[255, 0, 45, 0, 0, 0, 2, 1, 255, 0, 43, 0, 0, 0, 0, 1]
        );
    }

    #[test]
    fn a_png_image_is_decoded_and_its_transparent_parts_are_background() {
        let color = |alpha| {
            let bitmap = Bitmap::from_png(&png(2, 1, [0, 100, 200, alpha])).unwrap();
            assert_eq!(bitmap.size(), (2, 1));
            bitmap.pixels[1]
        };
        assert_eq!(color(255), [0, 100, 200]);
        assert_eq!(color(0), BACKGROUND);
        assert_eq!(color(128), [120, 170, 220]);
    }

    #[test]
    fn what_is_no_png_image_is_an_error() {
        let error = |bytes: &[u8]| Bitmap::from_png(bytes).unwrap_err().to_string();
        assert_eq!(error(b"GIF89a"), "Invalid PNG signature.");
        let whole = png(20, 20, [1, 2, 3, 255]);
        assert!(!error(&whole[..whole.len() - 20]).is_empty());
        assert_eq!(
            error(&png(4097, 1, [0; 4])),
            "the image has 4097 × 1 pixels; expected at most 4096 × 4096"
        );
    }
}
