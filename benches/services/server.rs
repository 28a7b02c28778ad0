//! The server that every peer serves: a connection is a request, a line with a number of milliseconds.
//!
//! It is answered with `working` at once, so that a client knows what is in flight, and with `done` after that time.
//! A stop takes no more connections, and ends when those that were taken are through.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Listens on the port that the registered command line gives.
pub(crate) async fn listen() -> io::Result<TcpListener> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let port: u16 = port.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no port"))?;
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves until `stopped` ends, and then what is in flight.
pub(crate) async fn serve(listener: TcpListener, stopped: impl Future<Output = ()>) {
    let mut requests = JoinSet::new();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => {
                if let Ok((connection, _)) = accepted {
                    requests.spawn(answer(connection));
                }
            }
            Some(_) = requests.join_next() => {}
        }
    }
    drop(listener);
    while requests.join_next().await.is_some() {}
}

async fn answer(mut connection: TcpStream) -> io::Result<()> {
    let (from, mut to) = connection.split();
    let mut line = String::new();
    BufReader::new(from).read_line(&mut line).await?;
    let milliseconds = line.trim_end().parse();
    let milliseconds = milliseconds.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    to.write_all(b"working\n").await?;
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    to.write_all(b"done\n").await
}
