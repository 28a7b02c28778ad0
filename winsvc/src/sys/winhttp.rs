//! HTTPS by `WinHTTP`, which has the proxy settings and the certificate authorities of the machine.

use std::ffi::c_void;
use std::io::{self, Read};
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Networking::WinHttp::{
    ERROR_WINHTTP_HEADER_NOT_FOUND, WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY, WINHTTP_DISABLE_AUTHENTICATION,
    WINHTTP_DISABLE_COOKIES, WINHTTP_DISABLE_REDIRECTS, WINHTTP_FLAG_SECURE,
    WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2, WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3, WINHTTP_OPTION_DISABLE_FEATURE,
    WINHTTP_OPTION_SECURE_PROTOCOLS, WINHTTP_QUERY_CONTENT_LENGTH, WINHTTP_QUERY_LOCATION,
    WINHTTP_QUERY_STATUS_CODE, WinHttpCloseHandle, WinHttpConnect, WinHttpOpen, WinHttpOpenRequest,
    WinHttpQueryHeaders, WinHttpReadData, WinHttpReceiveResponse, WinHttpSendRequest, WinHttpSetOption,
    WinHttpSetTimeouts,
};

use super::wide::wide;

/// A GET request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HttpRequest<'a> {
    pub(crate) is_https: bool,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    /// The path and the query.
    pub(crate) path: &'a str,
    /// The limit of each step: resolving, connecting, sending, receiving.
    pub(crate) timeout: Duration,
}

/// The answer, whose body is read from the network.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) length: Option<u64>,
    // In the order in which they must be closed.
    request: Handle,
    _connection: Handle,
    _session: Handle,
}

/// A handle of `WinHTTP`.
#[derive(Debug)]
struct Handle(*mut c_void);

// SAFETY: a handle of WinHTTP belongs to the process, and may be used by any thread.
unsafe impl Send for Handle {}

impl Handle {
    fn new(handle: *mut c_void) -> io::Result<Self> {
        if handle.is_null() {
            Err(io::Error::last_os_error())
        } else {
            Ok(Self(handle))
        }
    }

    /// Sets an option with a number.
    fn set(&self, option: u32, value: u32) -> io::Result<()> {
        // SAFETY: the handle is open, and the value has the length that is passed.
        check(unsafe { WinHttpSetOption(self.0, option, (&raw const value).cast(), size_of::<u32>() as u32) })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and is not used after this.
        unsafe { WinHttpCloseHandle(self.0) };
    }
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Sends a request. Redirects are not followed, cookies and passwords not sent.
pub(crate) fn http_get(request: HttpRequest<'_>) -> io::Result<HttpResponse> {
    let agent = wide("winsvc");
    // SAFETY: the string is NUL-terminated; the two null pointers are what this type of access requires.
    let session = Handle::new(unsafe {
        WinHttpOpen(
            agent.as_ptr(),
            WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY,
            ptr::null(),
            ptr::null(),
            0,
        )
    })?;
    let newest = WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2 | WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3;
    // Windows before 11 and Server 2022 refuses TLS 1.3.
    if session.set(WINHTTP_OPTION_SECURE_PROTOCOLS, newest).is_err() {
        session.set(
            WINHTTP_OPTION_SECURE_PROTOCOLS,
            WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2,
        )?;
    }
    let timeout = i32::try_from(request.timeout.as_millis())
        .unwrap_or(i32::MAX)
        .max(1);
    // SAFETY: the handle is open.
    check(unsafe { WinHttpSetTimeouts(session.0, timeout, timeout, timeout, timeout) })?;

    let host = wide(request.host);
    // SAFETY: the handle is open, and the string is NUL-terminated.
    let connection = Handle::new(unsafe { WinHttpConnect(session.0, host.as_ptr(), request.port, 0) })?;
    let (verb, path) = (wide("GET"), wide(request.path));
    let flags = if request.is_https { WINHTTP_FLAG_SECURE } else { 0 };
    // SAFETY: the handle is open, and the strings are NUL-terminated; null stands for HTTP/1.1, no referrer and any type.
    let handle = Handle::new(unsafe {
        WinHttpOpenRequest(
            connection.0,
            verb.as_ptr(),
            path.as_ptr(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
            flags,
        )
    })?;
    let disabled = WINHTTP_DISABLE_REDIRECTS | WINHTTP_DISABLE_COOKIES | WINHTTP_DISABLE_AUTHENTICATION;
    handle.set(WINHTTP_OPTION_DISABLE_FEATURE, disabled)?;
    // SAFETY: the handle is open; there are no more headers and there is no body.
    check(unsafe { WinHttpSendRequest(handle.0, ptr::null(), 0, ptr::null(), 0, 0, 0) })?;
    // SAFETY: the handle is open; the pointer is reserved.
    check(unsafe { WinHttpReceiveResponse(handle.0, ptr::null_mut()) })?;

    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let status = header(&handle, WINHTTP_QUERY_STATUS_CODE)?.and_then(|text| text.parse().ok());
    let length = header(&handle, WINHTTP_QUERY_CONTENT_LENGTH)?;
    let length = length.map(|text| text.parse().map_err(|_| invalid("invalid Content-Length")));
    Ok(HttpResponse {
        status: status.ok_or_else(|| invalid("not an HTTP response"))?,
        location: header(&handle, WINHTTP_QUERY_LOCATION)?,
        length: length.transpose()?,
        request: handle,
        _connection: connection,
        _session: session,
    })
}

/// A header, if the answer has it. One that is longer than an address can be is an error.
fn header(request: &Handle, which: u32) -> io::Result<Option<String>> {
    let mut text = [0_u16; 4096];
    let mut length = size_of_val(&text) as u32;
    // SAFETY: the handle is open, and the buffer has the length in bytes that is passed; null stands for the name of a
    // header that has a number, and for the first header of that number.
    let found = check(unsafe {
        WinHttpQueryHeaders(
            request.0,
            which,
            ptr::null(),
            text.as_mut_ptr().cast(),
            &raw mut length,
            ptr::null_mut(),
        )
    });
    match found {
        Ok(()) => Ok(Some(String::from_utf16_lossy(&text[..length as usize / 2]))),
        Err(error) if error.raw_os_error() == i32::try_from(ERROR_WINHTTP_HEADER_NOT_FOUND).ok() => Ok(None),
        Err(error) => Err(error),
    }
}

impl Read for HttpResponse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let mut count = 0;
        // SAFETY: the handle is open, and the buffer has at least the length that is passed.
        check(unsafe {
            WinHttpReadData(self.request.0, buffer.as_mut_ptr().cast(), length, &raw mut count)
        })?;
        Ok(count as usize)
    }
}
