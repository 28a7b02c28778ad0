//! One open pipe: [`Connection`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::platform::{self, Stream};
use super::{Peer, PipeError};

/// One end of an open pipe: a stream of bytes in both directions.
///
/// On Windows, closing a named pipe can lose what its reader has not read yet: let the reader of the last message close first.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream }
    }

    /// Who is at the other end: for a server its client, for a client the owner of the pipe.
    ///
    /// A client that does not use [`connect`](super::connect) can delay this: if it opened the pipe without
    /// `SECURITY_SQOS_PRESENT`, Windows may tell who it is only after the server has read something from it. So read the request
    /// first, and call this before you act on it.
    pub fn peer(&self) -> Result<Peer, PipeError> {
        platform::peer(&self.stream)
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
