//! The codes of Windows that the tests expect, by their names there.

/// `ERROR_SUCCESS`
pub const SUCCESS: u32 = 0;
/// `ERROR_EXCEPTION_IN_SERVICE`: a panic
pub const EXCEPTION_IN_SERVICE: u32 = 1064;
/// `ERROR_SERVICE_SPECIFIC_ERROR`: the reason is the service's own number
pub const SERVICE_SPECIFIC_ERROR: u32 = 1066;
/// `ERROR_INSTALL_FAILURE`: msiexec gave up, and has undone what it did
pub const INSTALL_FAILURE: u32 = 1603;
/// `ERROR_FUNCTION_FAILED`: the same, as Wine puts it where a standard action fails
pub const FUNCTION_FAILED: u32 = 1627;
/// `WSAEADDRINUSE`
pub const ADDRESS_IN_USE: u32 = 10048;
