//! The pictures: the product's own, or plain ones.
//!
//! They have twice the size of a screen with 96 pixels per inch, so that they are sharp on others too. They cover no
//! more than what they show, so that text is never on them in the colours of a theme.

use super::layout::HEADER;
use crate::bitmap::{Bitmap, Color, mix};
use crate::product::Dialogs;

/// The colours of the plain pictures.
const FIELD: Color = [0x1F, 0x3A, 0x5F];
const WHEEL: Color = [0xFF, 0xFF, 0xFF];

/// The sizes of the plain pictures in pixels.
const BANNER: (u32, u32) = (116, 116);
const SIDE: (u32, u32) = (328, 624);

/// The width of the picture in the header, in installer units.
pub(super) fn banner_width(dialogs: &Dialogs) -> i16 {
    match &dialogs.banner {
        Some(banner) => {
            let (width, height) = banner.size();
            let units = HEADER as u32 * width / height;
            i16::try_from(units).unwrap_or(i16::MAX).clamp(1, 2 * HEADER)
        }
        None => HEADER,
    }
}

pub(super) fn banner(dialogs: &Dialogs) -> Bitmap {
    dialogs.banner.clone().unwrap_or_else(|| {
        let (width, height) = BANNER;
        let wheel = Wheel::new(
            f64::from(width) / 2.0,
            f64::from(height) / 2.0,
            f64::from(height) * 0.36,
        );
        Bitmap::new(width, height, |x, y| wheel.over(FIELD, x, y))
    })
}

pub(super) fn side(dialogs: &Dialogs) -> Bitmap {
    dialogs.side.clone().unwrap_or_else(|| {
        let (width, height) = SIDE;
        let wheel = Wheel::new(88.0, 132.0, 58.0);
        Bitmap::new(width, height, |x, y| wheel.over(FIELD, x, y))
    })
}

/// A toothed wheel.
struct Wheel {
    x: f64,
    y: f64,
    radius: f64,
}

impl Wheel {
    const TEETH: f64 = 8.0;
    /// The radius between teeth and that of the hole, as parts of the whole.
    const ROOT: f64 = 0.76;
    const HOLE: f64 = 0.36;

    fn new(x: f64, y: f64, radius: f64) -> Self {
        Self { x, y, radius }
    }

    /// The colour of a pixel: the wheel's as far as it covers it, else the other.
    fn over(&self, below: Color, x: u32, y: u32) -> Color {
        /// Points that are looked at in a pixel, in each direction.
        const POINTS: u32 = 4;
        let distance = (f64::from(x) - self.x).hypot(f64::from(y) - self.y);
        if distance > self.radius + 2.0 {
            return below;
        }
        let offset = |index| (f64::from(index) + 0.5) / f64::from(POINTS);
        let points = (0..POINTS).flat_map(|row| (0..POINTS).map(move |column| (column, row)));
        let covered = points
            .filter(|(column, row)| self.covers(f64::from(x) + offset(*column), f64::from(y) + offset(*row)))
            .count();
        mix(below, WHEEL, (covered * 255 / (POINTS * POINTS) as usize) as u8)
    }

    fn covers(&self, x: f64, y: f64) -> bool {
        let (x, y) = ((x - self.x) / self.radius, (y - self.y) / self.radius);
        let distance = x.hypot(y);
        // A tooth becomes narrower towards its end.
        let slope = 0.25 * (distance - Self::ROOT) / (1.0 - Self::ROOT);
        let is_tooth = (Self::TEETH * y.atan2(x)).cos() > slope;
        let outer = if is_tooth { 1.0 } else { Self::ROOT };
        (Self::HOLE..outer).contains(&distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_pictures_have_a_wheel_on_a_field() {
        let dialogs = Dialogs::default();
        assert_eq!(banner(&dialogs).size(), BANNER);
        assert_eq!(side(&dialogs).size(), SIDE);
        assert_eq!(banner_width(&dialogs), 44);
        let wheel = Wheel::new(50.0, 50.0, 40.0);
        assert_eq!(wheel.over(FIELD, 50, 50), FIELD, "the hole");
        assert_eq!(wheel.over(FIELD, 50, 25), WHEEL);
        assert_eq!(wheel.over(FIELD, 2, 2), FIELD);
    }

    #[test]
    fn a_banner_keeps_its_proportions() {
        let width = |width, height| {
            banner_width(&Dialogs {
                banner: Some(Bitmap::new(width, height, |_, _| FIELD)),
                ..Dialogs::default()
            })
        };
        assert_eq!([width(58, 58), width(200, 100), width(30, 60)], [44, 88, 22]);
    }
}
