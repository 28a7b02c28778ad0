//! Times as DOS kept them: in steps of two seconds, from 1980 to 2107, without a time zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The first second that can be written.
const FIRST: i64 = 315_532_800; // 1980-01-01 00:00:00
/// The last second that can be written.
const LAST: i64 = 4_354_819_199; // 2107-12-31 23:59:59

/// When a file was last changed, as cabinets store it. Windows takes it for local time; here it is always UTC, so that
/// the same sources give the same bytes in every time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DosDateTime {
    /// Years since 1980 (7 bits), the month (4), the day (5).
    pub(super) date: u16,
    /// The hour (5 bits), the minute (6), half the second (5).
    pub(super) time: u16,
}

impl DosDateTime {
    /// From seconds since 1970-01-01 UTC; times outside of 1980 to 2107 become the nearest one inside.
    pub fn from_unix(seconds: i64) -> Self {
        let moment = utc(seconds.clamp(FIRST, LAST));
        let year = moment.year().unsigned_abs() - 1980;
        let [month, day] = [moment.month(), moment.day()].map(unsigned);
        let [hour, minute, second] = [moment.hour(), moment.minute(), moment.second()].map(unsigned);
        Self {
            date: (year << 9) | (month << 5) | day,
            time: (hour << 11) | (minute << 5) | (second / 2),
        }
    }
}

fn utc(seconds: i64) -> DateTime {
    let moment = Timestamp::from_second(seconds).expect("1980 to 2107 is within any calendar");
    Offset::UTC.to_datetime(moment)
}

fn unsigned(part: i8) -> u16 {
    u16::from(part.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_packed_into_two_words() {
        // The example of MS-CAB 2.3: 1997-03-12 11:13:52.
        assert_eq!(
            DosDateTime::from_unix(858_165_232),
            DosDateTime {
                date: 0x226C,
                time: 0x59BA
            }
        );
    }

    #[test]
    fn times_outside_are_the_nearest_inside() {
        let first = DosDateTime {
            date: 0x0021,
            time: 0,
        };
        let last = DosDateTime {
            date: 0xFF9F,
            time: 0xBF7D,
        };
        assert_eq!(DosDateTime::from_unix(0), first);
        assert_eq!(DosDateTime::from_unix(i64::MIN), first);
        assert_eq!(DosDateTime::from_unix(i64::MAX), last);
    }
}
