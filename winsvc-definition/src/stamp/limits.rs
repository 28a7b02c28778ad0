//! The limits of a service in its stamp.

use super::{Fields, StampError};
use crate::{ByteSize, CpuShare, Limits};

const MEMORY: &str = "limits-memory";
const PROCESSES: &str = "limits-processes";
const CPU: &str = "limits-cpu";

/// The keys and values of the limits that are set.
pub(super) fn encode(limits: &Limits) -> impl Iterator<Item = (&'static str, String)> {
    let limits = [
        (MEMORY, limits.memory.map(|size| size.to_string())),
        (PROCESSES, limits.processes.map(|count| count.to_string())),
        (CPU, limits.cpu.map(|share| share.to_string())),
    ];
    let set = limits.into_iter();
    set.filter_map(|(key, limit)| Some((key, limit?)))
}

pub(super) fn read(fields: &mut Fields, limits: &mut Limits) -> Result<(), StampError> {
    let size = |text: &str| ByteSize::new(text).map(Some);
    fields.optional(MEMORY, size, &mut limits.memory)?;
    let count = |text: &str| text.parse().map(Some);
    fields.optional(PROCESSES, count, &mut limits.processes)?;
    let share = |text: &str| CpuShare::new(text).map(Some);
    fields.optional(CPU, share, &mut limits.cpu)
}
