//! Pictures as Windows bitmaps, the format that Windows Installer shows on every version of Windows.
//!
//! Source: [bitmap storage](https://learn.microsoft.com/windows/win32/gdi/bitmap-storage).

use std::io::Cursor;

use thiserror::Error;

/// The greatest width or height.
const LARGEST: u32 = 4096;

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

    /// The content of a `.bmp` file with 24 bits per pixel.
    pub fn encode(&self) -> Vec<u8> {
        const HEADERS: u32 = 14 + 40;
        /// 96 pixels per inch, in pixels per metre.
        const RESOLUTION: u32 = 3780;
        let row_len = (3 * self.width as usize).next_multiple_of(4);
        let image_size = (row_len * self.height as usize) as u32;
        let mut file = Vec::with_capacity(HEADERS as usize + image_size as usize);
        // BITMAPFILEHEADER
        file.extend(b"BM");
        for number in [HEADERS + image_size, 0, HEADERS] {
            file.extend(number.to_le_bytes());
        }
        // BITMAPINFOHEADER: one plane of 24 bits, uncompressed, without a palette
        for number in [40, self.width, self.height, 1 | 24 << 16, 0, image_size] {
            file.extend(number.to_le_bytes());
        }
        for number in [RESOLUTION, RESOLUTION, 0, 0] {
            file.extend(number.to_le_bytes());
        }
        // The rows from the bottom, blue first.
        for row in self.pixels.chunks_exact(self.width as usize).rev() {
            let start = file.len();
            file.extend(row.iter().flat_map(|[red, green, blue]| [*blue, *green, *red]));
            file.resize(start + row_len, 0);
        }
        file
    }
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
    fn a_bitmap_has_its_rows_from_the_bottom_with_blue_first() {
        let bitmap = Bitmap::new(3, 2, |x, y| [x as u8, y as u8, 9]);
        let file = bitmap.encode();
        assert_eq!(file.len(), 54 + 2 * 12);
        assert_eq!(&file[..6], b"BM\x4e\0\0\0");
        assert_eq!(&file[18..30], b"\x03\0\0\0\x02\0\0\0\x01\0\x18\0");
        assert_eq!(&file[54..66], &[9, 1, 0, 9, 1, 1, 9, 1, 2, 0, 0, 0]);
        assert_eq!(&file[66..69], &[9, 0, 0]);
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
