//! How long the steps of a command take.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};

/// The times of the steps, in the order in which they ended.
#[derive(Debug, Serialize)]
pub(crate) struct Timings {
    #[serde(skip)]
    last: Instant,
    steps: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    step: &'static str,
    #[serde(serialize_with = "seconds")]
    seconds: Duration,
}

impl Timings {
    /// Starts the clock.
    pub(crate) fn start() -> Self {
        Self {
            last: Instant::now(),
            steps: Vec::new(),
        }
    }

    /// The time since the previous step ended was this step's. A step may come in parts.
    pub(crate) fn end(&mut self, step: &'static str) {
        let now = Instant::now();
        let seconds = now - self.last;
        self.last = now;
        match self.steps.iter_mut().find(|known| known.step == step) {
            Some(known) => known.seconds += seconds,
            None => self.steps.push(Step { step, seconds }),
        }
    }

    /// The time of all steps.
    pub(crate) fn total(&self) -> Duration {
        self.steps.iter().map(|step| step.seconds).sum()
    }
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Step { step, seconds }) in self.steps.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{step} {:.2}s", seconds.as_secs_f64())?;
        }
        Ok(())
    }
}

/// In milliseconds, which is as much as differs from run to run.
fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_parts_is_one_step() {
        let mut timings = Timings::start();
        for step in ["compress", "msi", "compress"] {
            timings.end(step);
        }
        for (step, millis) in timings.steps.iter_mut().zip([1500, 20]) {
            step.seconds = Duration::from_millis(millis);
        }
        assert_eq!(timings.to_string(), "compress 1.50s, msi 0.02s");
        assert_eq!(timings.total(), Duration::from_millis(1520));
        assert_eq!(
            serde_json::to_string(&timings).unwrap(),
            r#"{"steps":[{"step":"compress","seconds":1.5},{"step":"msi","seconds":0.02}]}"#
        );
    }
}
