//! Which machines get a version when: the bucket of a machine, the delay of its checks, and the maintenance window.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use winsvc_definition::Update;

/// The number of buckets, so that a rollout may one day have hundredths of a per cent.
const BUCKETS: u32 = 10_000;

/// The bucket of a machine for a version: the same each time, and another for the next version.
pub(super) fn bucket(install_id: &str, salt: &str) -> u32 {
    hash(install_id, salt) % BUCKETS
}

/// Whether a rollout to so many per cent includes a bucket.
pub(super) fn includes(percent: u8, bucket: u32) -> bool {
    bucket < u32::from(percent) * (BUCKETS / 100)
}

/// How long a machine waits before its first check, so that the machines of a fleet that start together do not ask
/// together: less than `interval`, and the same each time.
pub fn start_delay(install_id: &str, interval: Duration) -> Duration {
    let share = f64::from(hash(install_id, "start")) / (f64::from(u32::MAX) + 1.0);
    interval.mul_f64(share)
}

fn hash(install_id: &str, salt: &str) -> u32 {
    let digest = Sha256::new()
        .chain_update(install_id)
        .chain_update(salt)
        .finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// When an installation is considered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In seconds since 1970-01-01T00:00:00Z.
    pub(super) now: u64,
    /// The minute of the local day.
    pub(super) local_minute: u16,
    /// When the machine first knew of the version.
    pub(super) since: u64,
}

/// Whether an installation may begin: the window is open, or has been waited for long enough.
pub(super) fn is_due(settings: &Update, moment: Moment) -> bool {
    let is_open = settings
        .window
        .is_none_or(|window| window.contains(moment.local_minute));
    let is_late = settings.max_defer.is_some_and(|longest| {
        // A clock that was set back does not make it wait longer than that from now on.
        moment.now.saturating_sub(moment.since) >= longest.duration().as_secs()
    });
    is_open || is_late
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::tests::settings;
    use winsvc_definition::{Deferral, UpdateWindow};

    /// 1,000 machines, ten per cent: the binomial distribution has a mean of 100 and a standard deviation of 9.5. Five of
    /// them are exceeded once in two million versions.
    #[test]
    fn a_staged_rollout_reaches_its_share_of_machines() {
        for version in ["1.1.0", "1.2.0", "2.0.0-rc.1"] {
            let reached = |percent| {
                let machines = (0..1000).map(|machine| format!("{machine:032x}"));
                machines
                    .filter(|id| includes(percent, bucket(id, version)))
                    .count()
            };
            assert!((53..=147).contains(&reached(10)), "{version}: {}", reached(10));
            assert_eq!((reached(0), reached(100)), (0, 1000));
        }
    }

    #[test]
    fn a_greater_percentage_includes_the_machines_of_a_smaller_one() {
        for bucket in 0..BUCKETS {
            let percentages = (0..=100).filter(|percent| includes(*percent, bucket)).count() as u32;
            assert_eq!(percentages, 100 - bucket / 100);
        }
    }

    #[test]
    fn another_version_chooses_other_machines() {
        let machines = (0..1000).map(|machine| machine.to_string());
        let both = machines.filter(|id| {
            ["1.1.0", "1.2.0"]
                .iter()
                .all(|salt| includes(10, bucket(id, salt)))
        });
        // One per cent, with a standard deviation of 3.1.
        assert!(both.count() <= 26);
    }

    #[test]
    fn checks_are_spread_over_the_interval() {
        let interval = Duration::from_secs(6 * 3600);
        let mut quarters = [0; 4];
        for machine in 0..1000 {
            let delay = start_delay(&machine.to_string(), interval);
            assert_eq!(delay, start_delay(&machine.to_string(), interval));
            quarters[(delay.as_secs() / (90 * 60)) as usize] += 1;
        }
        // 250 each, with a standard deviation of 13.7.
        assert!(
            quarters.iter().all(|count| (181..=319).contains(count)),
            "{quarters:?}"
        );
    }

    #[test]
    fn an_installation_waits_for_the_window_but_not_for_ever() {
        let mut settings = settings();
        let moment = |now, local_minute| Moment {
            now,
            local_minute,
            since: 1_000,
        };
        assert!(is_due(&settings, moment(1_000, 12 * 60)), "without a window");
        settings.window = Some(UpdateWindow::new("22:00-02:00").unwrap());
        assert!(is_due(&settings, moment(1_000, 60)) && !is_due(&settings, moment(u64::MAX, 12 * 60)));
        settings.max_defer = Some(Deferral::new("1d").unwrap());
        assert!(!is_due(&settings, moment(1_000 + 86_399, 12 * 60)));
        assert!(is_due(&settings, moment(1_000 + 86_400, 12 * 60)));
        assert!(
            !is_due(&settings, moment(0, 12 * 60)),
            "a clock that was set back"
        );
    }
}
