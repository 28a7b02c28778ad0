//! Whether every text fits its control in every language, with a tenth to spare.
//!
//! Texts are measured with Wine's Tahoma, which has the widths of Windows'. Characters of East Asian languages are as
//! wide as they are high. One installer unit is one point.

use std::path::Path;

use ttf_parser::Face;

use super::*;

/// The room that must be left, as Windows' fonts and rounding differ a little.
const SLACK: f64 = 1.1;

/// What a line takes, as a part of the font's size.
const LINE_HEIGHT: f64 = 1.21;
const EAST_ASIAN_LINE_HEIGHT: f64 = 1.33;

/// What the border of a button takes, and the box before a check box's text.
const BUTTON_BORDER: f64 = 6.0;
const CHECK_BOX: f64 = 14.0;

struct Font {
    bytes: Vec<u8>,
}

impl Font {
    fn read(name: &str) -> Self {
        let path = Path::new("/usr/share/wine/fonts").join(name);
        let bytes = std::fs::read(&path)
            .unwrap_or_else(|error| panic!("{}, of Debian's package fonts-wine: {error}", path.display()));
        Self { bytes }
    }

    fn face(&self) -> Face<'_> {
        Face::parse(&self.bytes, 0).unwrap()
    }
}

/// A font in a size.
struct Measure<'a> {
    face: &'a Face<'a>,
    size: f64,
    is_east_asian: bool,
}

impl Measure<'_> {
    fn width(&self, text: &str) -> f64 {
        // The Latin letters of East Asian fonts are a little wider than Tahoma's.
        let latin = if self.is_east_asian { 1.08 } else { 1.0 };
        let em = |character: char| {
            if is_wide(character) {
                return 1.0;
            }
            let glyph = self.face.glyph_index(character);
            let glyph = glyph.unwrap_or_else(|| panic!("no {character:?} in the font"));
            let advance = f64::from(self.face.glyph_hor_advance(glyph).unwrap());
            latin * advance / f64::from(self.face.units_per_em())
        };
        text.chars().map(em).sum::<f64>() * self.size
    }

    fn line_height(&self) -> f64 {
        let height = if self.is_east_asian {
            EAST_ASIAN_LINE_HEIGHT
        } else {
            LINE_HEIGHT
        };
        height * self.size
    }

    /// The lines of a text, wrapped as Windows does: between words, and between wide characters.
    fn lines(&self, text: &str, width: f64) -> Vec<String> {
        let mut lines = vec![String::new()];
        for part in parts(text) {
            let line = lines.last_mut().unwrap();
            if self.width(format!("{line}{part}").trim_end()) <= width || line.is_empty() {
                line.push_str(&part);
            } else {
                lines.push(part);
            }
        }
        lines
    }
}

fn is_wide(character: char) -> bool {
    matches!(u32::from(character), 0x1100..=0x11FF | 0x2E80..=0xD7FF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF)
}

/// The parts between which a line may end, each with the blanks after it.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut may_break = true;
    for character in text.chars() {
        // A line does not begin with a closing mark.
        let is_closing = "、。，」）”.,:?!)".contains(character);
        if (may_break || is_wide(character)) && character != ' ' && !is_closing || parts.is_empty() {
            parts.push(String::new());
        }
        parts.last_mut().unwrap().push(character);
        may_break = character == ' ' || is_wide(character);
    }
    parts
}

/// The text of a control without its font and the marks of keys.
fn shown(row: &Row) -> (Option<&str>, String) {
    let (style, text) = match row["Text"]
        .strip_prefix("{\\")
        .and_then(|text| text.split_once('}'))
    {
        Some((style, text)) => (Some(style), text),
        None => (None, row["Text"].as_str()),
    };
    let text = text
        .replace("[ProductName]", "Contoso Telemetry Collector")
        .replace("[ProductVersion]", "255.255.65535")
        .replace(
            "[INSTALLDIR]",
            r"C:\Program Files\Contoso Corporation\Contoso Telemetry Collector\",
        )
        .replace('&', "");
    (style, text)
}

#[test]
fn every_text_fits_with_a_tenth_to_spare() {
    let (normal, bold) = (Font::read("tahoma.ttf"), Font::read("tahomabd.ttf"));
    let (normal, bold) = (normal.face(), bold.face());
    let mut failures = Vec::new();
    for language in Language::ALL {
        let mut package = Package::new(&product(), language);
        let styles: BTreeMap<String, (f64, bool)> = package
            .rows("TextStyle")
            .into_iter()
            .map(|row| {
                (
                    row["TextStyle"].clone(),
                    (row["Size"].parse().unwrap(), row["StyleBits"] == "1"),
                )
            })
            .collect();
        let is_east_asian = [Language::Japanese, Language::Korean, Language::Chinese].contains(&language);
        for row in package.rows("Control") {
            let number = |column: &str| row[column].parse::<f64>().unwrap();
            let (width, height) = (number("Width"), number("Height"));
            if !["Text", "PushButton", "CheckBox"].contains(&&*row["Type"]) {
                continue;
            }
            let (style, text) = shown(&row);
            let (size, is_bold) = styles[style.unwrap_or("Normal")];
            let measure = Measure {
                face: if is_bold { &bold } else { &normal },
                size,
                is_east_asian,
            };
            let place = format!("{language} {}.{}: {text:?}", row["Dialog_"], row["Control"]);
            let width = match row["Type"].as_str() {
                "PushButton" => width - BUTTON_BORDER,
                "CheckBox" => width - CHECK_BOX,
                _ => width,
            };
            let is_one_line = row["Type"] != "Text" || height < 2.0 * measure.line_height();
            let lines = measure.lines(&text, width / SLACK);
            let needed = lines.iter().map(|_| measure.line_height()).sum::<f64>();
            let too_wide = lines
                .iter()
                .any(|line| measure.width(line.trim_end()) * SLACK > width);
            if needed > height || too_wide || (is_one_line && lines.len() > 1) {
                failures.push(format!(
                    "{place}: {} lines need {needed:.0} of {height}, the widest {:.0} of {width}",
                    lines.len(),
                    lines
                        .iter()
                        .map(|line| measure.width(line.trim_end()))
                        .fold(0.0, f64::max),
                ));
            }
        }
        // The texts of the progress.
        let measure = Measure {
            face: &normal,
            size: styles["Normal"].0,
            is_east_asian,
        };
        for row in package.rows("ActionText") {
            if measure.width(&row["Description"]) * SLACK > 268.0 {
                failures.push(format!("{language} {row:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_text_is_wrapped_where_windows_does() {
    assert_eq!(parts("a bc, d"), ["a ", "bc, ", "d"]);
    assert_eq!(
        parts("单击“下一步”继续。"),
        ["单", "击", "“", "下", "一", "步”", "继", "续。"]
    );
    let font = Font::read("tahoma.ttf");
    let face = font.face();
    let measure = Measure {
        face: &face,
        size: 8.0,
        is_east_asian: false,
    };
    let width = measure.width("one two");
    assert_eq!(measure.lines("one two three", width + 0.1), ["one two ", "three"]);
    assert_eq!(
        measure.lines("one two three", width - 0.1),
        ["one ", "two ", "three"]
    );
}

/// The control with the progress's text is as wide as the test above takes it to be.
#[test]
fn the_text_of_the_progress_has_its_width() {
    let mut package = Package::new(&product(), Language::English);
    let rows = package.rows("Control");
    let row = rows.iter().find(|row| row["Control"] == "Action").unwrap();
    assert_eq!(row["Width"], "268");
}
