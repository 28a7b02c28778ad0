//! Days and dates of the calendar, in UTC.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// Year, month and day of the month of a day since 1970-01-01
/// (<https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
pub(crate) fn date_of(day: u32) -> (u32, u32, u32) {
    let day = u64::from(day) + 719_468; // from 0000-03-01 on
    let era = day / 146_097;
    let of_era = day % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year as u32, month as u32, date as u32)
}

/// The day since 1970-01-01 of a date, if there is such a date in these centuries.
pub(crate) fn day_of(year: u32, month: u32, date: u32) -> Option<u32> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + date - 1;
    let day = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    day.checked_sub(719_468)
}

/// A time in seconds since 1970-01-01T00:00:00Z as RFC 3339 writes it.
pub(crate) fn rfc3339(seconds: u64) -> String {
    let (year, month, date) = date_of((seconds / SECONDS_A_DAY) as u32);
    let of_day = seconds % SECONDS_A_DAY;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The seconds since 1970-01-01T00:00:00Z of such a time, in exactly this form.
#[cfg(feature = "update")]
pub(crate) fn seconds_of(text: &str) -> Option<u64> {
    let separators = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'Z'),
    ];
    let bytes = text.as_bytes();
    let is_expected = |(index, byte): (usize, &u8)| match separators.iter().find(|(at, _)| *at == index) {
        Some((_, separator)) => byte == separator,
        None => byte.is_ascii_digit(),
    };
    if bytes.len() != 20 || !bytes.iter().enumerate().all(is_expected) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
    let day = day_of(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then(|| u64::from(day) * SECONDS_A_DAY + u64::from(hour * 3600 + minute * 60 + second))
}

/// The same to the microsecond.
#[cfg(any(feature = "log-files", feature = "host"))]
pub(crate) fn rfc3339_microseconds(time: std::time::SystemTime) -> String {
    let since = time.duration_since(std::time::SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default();
    let whole = rfc3339(since.as_secs());
    format!("{}.{:06}Z", whole.trim_end_matches('Z'), since.subsec_micros())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(11_016), (2000, 2, 29));
        assert_eq!(date_of(20_778), (2026, 11, 21));
    }

    #[test]
    fn a_time_is_written_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(rfc3339(u32::MAX.into()), "2106-02-07T06:28:15Z");
    }

    #[cfg(feature = "update")]
    #[test]
    fn a_time_is_read_in_one_form_only() {
        assert_eq!(seconds_of("2023-11-14T22:13:20Z"), Some(1_700_000_000));
        for text in [
            "",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20+01:00",
            "2023-11-14 22:13:20Z",
            "2023-13-14T22:13:20Z",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:60:20Z",
            "1969-12-31T23:59:59Z",
            "+023-11-14T22:13:20Z",
            "２023-11-14T22:13:2Z",
        ] {
            assert_eq!(seconds_of(text), None, "{text}");
        }
    }

    proptest! {
        #[cfg(feature = "update")]
        #[test]
        fn a_time_that_is_written_reads_back(seconds in 0..=u64::from(u32::MAX)) {
            prop_assert_eq!(seconds_of(&rfc3339(seconds)), Some(seconds));
        }

        #[test]
        fn a_date_is_the_day_that_it_is_of(day in 0..2_932_897_u32) {
            let (year, month, date) = date_of(day);
            prop_assert_eq!(day_of(year, month, date), Some(day));
        }
    }
}
