//! The codes of Windows that the tests expect, by their names there.

/// `ERROR_SUCCESS`
pub const SUCCESS: u32 = 0;
/// `ERROR_INVALID_PARAMETER`
pub const INVALID_PARAMETER: u32 = 87;
/// `ERROR_INVALID_SERVICE_CONTROL`: the service does not accept it now
pub const INVALID_SERVICE_CONTROL: u32 = 1052;
/// `ERROR_SERVICE_ALREADY_RUNNING`
pub const SERVICE_ALREADY_RUNNING: u32 = 1056;
/// `ERROR_SERVICE_CANNOT_ACCEPT_CTRL`: the service is on its way to an end
pub const SERVICE_CANNOT_ACCEPT_CTRL: u32 = 1061;
/// `ERROR_SERVICE_SPECIFIC_ERROR`: the reason is the service's own number
pub const SERVICE_SPECIFIC_ERROR: u32 = 1066;
/// `ERROR_INSTALL_FAILURE`: msiexec gave up, and has undone what it did
pub const INSTALL_FAILURE: u32 = 1603;
/// `ERROR_INSTALL_ALREADY_RUNNING`
pub const INSTALL_ALREADY_RUNNING: u32 = 1618;
/// `ERROR_FUNCTION_FAILED`
pub const FUNCTION_FAILED: u32 = 1627;
/// What msiexec answers where a standard action of an installation fails, such as the start of its service. Wine hands
/// on what the action has said.
pub const ACTION_FAILED: u32 = if cfg!(windows) {
    INSTALL_FAILURE
} else {
    FUNCTION_FAILED
};
/// `WSAEADDRINUSE`
pub const ADDRESS_IN_USE: u32 = 10048;

/// The line of a registration with the command line of a service that Windows Installer has registered. Wine does not
/// quote the path; Windows does.
pub fn image_by_installer(exe: &str) -> String {
    if cfg!(windows) {
        format!("image=\"{exe}\"")
    } else {
        format!("image={exe}")
    }
}
