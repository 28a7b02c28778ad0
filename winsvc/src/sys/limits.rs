//! Resource limits on Unix.

use std::io;

use winsvc_definition::Limits;

use super::unix::check;

/// Limits what this process and its children may use: the memory of each.
pub(crate) fn limit_this_process(limits: &Limits) -> io::Result<()> {
    memory_limit(limits).map_or(Ok(()), limit_memory)
}

/// The memory limit as Unix takes it.
pub(super) fn memory_limit(limits: &Limits) -> Option<libc::rlim_t> {
    let memory = limits.memory?;
    Some(libc::rlim_t::try_from(memory.bytes()).unwrap_or(libc::RLIM_INFINITY))
}

/// Limits the private writable memory of this process, which is what Windows calls committed. `RLIMIT_AS` would count
/// address space that is only reserved, such as the arenas of the allocator.
pub(super) fn limit_memory(bytes: libc::rlim_t) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the limit is written before the call returns.
    check(unsafe { libc::getrlimit(libc::RLIMIT_DATA, &raw mut limit) })?;
    let bytes = bytes.min(limit.rlim_max);
    limit.rlim_cur = bytes;
    limit.rlim_max = bytes;
    // SAFETY: the limit outlives the call.
    check(unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const limit) })
}
