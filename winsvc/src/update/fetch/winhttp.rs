//! HTTPS by `WinHTTP`.

use std::io;
use std::time::Duration;

use winsvc_definition::UpdateUrl;

use super::{Response, Transport};
use crate::sys::{HttpRequest, http_get};

/// The client.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Http;

impl Transport for Http {
    fn get(&mut self, url: &UpdateUrl, timeout: Duration) -> io::Result<Response> {
        let mut response = http_get(HttpRequest {
            is_https: url.is_https(),
            host: url.host(),
            port: url.port(),
            path: &url.path(),
            timeout,
        })?;
        Ok(Response {
            status: response.status,
            location: response.location.take(),
            length: response.length,
            body: Box::new(response),
        })
    }
}
