//! Medians, percentiles, and what a median may be off by.

/// The median, the mean of the middle two where they are two; `None` of nothing.
pub(crate) fn median(samples: &[f64]) -> Option<f64> {
    let sorted = sorted(samples);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The 95th percentile by the nearest rank: the smallest sample that 95 % of all do not exceed.
pub(crate) fn p95(samples: &[f64]) -> Option<f64> {
    let sorted = sorted(samples);
    let rank = (sorted.len() * 95).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The differences between samples of the same rounds. A mood of the machine that lasts for a round is in both, and not in
/// these.
pub(crate) fn differences(samples: &[f64], from: &[f64]) -> Vec<f64> {
    samples
        .iter()
        .zip(from)
        .map(|(sample, from)| sample - from)
        .collect()
}

/// How far from zero the true median of these may be, with a confidence of 95 %: the farther end of the interval between the
/// order statistics, which supposes no distribution.
pub(crate) fn reach(samples: &[f64]) -> Option<f64> {
    let sorted = sorted(samples);
    // The number below the true median is binomial: half of all, give or take two standard deviations of √n / 2.
    let outside = sorted.len().saturating_sub((4 * sorted.len()).isqrt()) / 2;
    let low = sorted.get(outside)?;
    let high = sorted.get(sorted.len().checked_sub(outside + 1)?)?;
    Some(low.abs().max(high.abs()))
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these samples are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn a_mood_of_a_round_is_not_in_the_differences() {
        assert_eq!(
            differences(&[11.0, 502.0, 13.0], &[10.0, 500.0, 10.0]),
            [1.0, 2.0, 3.0]
        );
    }

    #[test]
    fn a_median_is_the_surer_the_more_samples_there_are() {
        assert_eq!(reach(&[]), None);
        assert_eq!(reach(&[-3.0, 1.0]), Some(3.0), "of few, any may be it");
        let hundred: Vec<f64> = (-49..=50).map(f64::from).collect();
        assert_eq!(reach(&hundred), Some(10.0));
    }

    #[test]
    fn few_samples_have_their_greatest_as_95th_percentile() {
        assert_eq!(p95(&[]), None);
        assert_eq!(p95(&[3.0, 1.0]), Some(3.0));
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(p95(&hundred), Some(95.0));
    }
}
