//! The DLLs that are part of Windows.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The list, with its sources.
const LIST: &str = include_str!("windows.txt");

static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// The prefixes of [API sets](https://learn.microsoft.com/windows/win32/apiindex/windows-apisets): names that Windows maps
/// to its own DLLs.
const API_SETS: [&str; 2] = ["api-ms-win-", "ext-ms-"];

/// Whether a DLL is part of Windows.
pub(super) fn is_part_of_windows(dll: &str) -> bool {
    let dll = dll.to_lowercase();
    API_SETS.iter().any(|prefix| dll.starts_with(prefix)) || NAMES.contains(dll.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_libraries_of_compilers_are_not_part_of_windows() {
        for dll in [
            "KERNEL32.dll",
            "ntdll.dll",
            "msvcrt.dll",
            "ucrtbase.dll",
            "WS2_32.dll",
            "bcryptprimitives.dll",
            "WINSPOOL.DRV",
            "api-ms-win-core-synch-l1-2-0.dll",
            "api-ms-win-crt-heap-l1-1-0.dll",
            "ext-ms-win-session-usermgr-l1-1-0.dll",
        ] {
            assert!(is_part_of_windows(dll), "{dll}");
        }
        for dll in [
            "vcruntime140.dll",
            "msvcp140.dll",
            "ucrtbased.dll",
            "libgcc_s_seh-1.dll",
            "libstdc++-6.dll",
            "libwinpthread-1.dll",
            "libcrypto.dll",
            "libssl-3-x64.dll",
            "sqlite3.dll",
            "zlib1.dll",
            "libunwind.dll",
            "#",
        ] {
            assert!(!is_part_of_windows(dll), "{dll}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_in_lower_case() {
        let lines = LIST.lines().filter(|line| !line.starts_with('#'));
        let names: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        assert!(names.is_sorted() && names.len() > 400);
        assert!(names.iter().all(|name| name.to_lowercase() == **name));
    }
}
