//! Detects whether an exe can run the updater: by a mark among its bytes, as `verb_mark` finds its commands.
//!
//! The runtime contains the mark if its feature `update` is on. The tool searches the finished exe, so it does not
//! depend on the features that cargo was asked for.

/// The mark.
const MARK: &[u8] = b"winsvc updater 1\0";

/// Whether an exe can run the updater.
///
/// ```
/// use winsvc_definition::has_updater;
///
/// assert!(has_updater(b"MZ\x90 ... winsvc updater 1\0 ..."));
/// assert!(!has_updater(b"MZ\x90 ..."));
/// ```
pub fn has_updater(exe: &[u8]) -> bool {
    exe.windows(MARK.len()).any(|window| window == MARK)
}
