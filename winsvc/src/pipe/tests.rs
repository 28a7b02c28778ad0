//! Server and client in one process: what is the same on every system.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

use super::*;

/// A name that no other test has.
fn unique(name: &str) -> String {
    format!("winsvc-{name}-{}", std::process::id())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn both_ends_know_each_other() {
    runtime().block_on(async {
        let name = unique("both");
        let mut listener = Listener::builder(&name).listen().unwrap();
        let client = async {
            let mut connection = connect(&name).await.unwrap();
            connection.write_all(b"ping").await.unwrap();
            let mut answer = [0; 4];
            connection.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"pong");
            let server = connection.peer().unwrap();
            assert_eq!(server.process_id(), Some(std::process::id()), "{server:?}");
            // Closes the connection.
        };
        let server = async {
            let mut connection = listener.accept().await.unwrap();
            let mut request = [0; 4];
            connection.read_exact(&mut request).await.unwrap();
            assert_eq!(&request, b"ping");
            let peer = connection.peer().unwrap();
            assert_eq!(peer.process_id(), Some(std::process::id()), "{peer:?}");
            assert_eq!(peer.sid().is_some(), cfg!(windows), "{peer:?}");
            assert_eq!(peer.uid().is_some(), cfg!(unix), "{peer:?}");
            assert_ne!(peer.to_string(), "");
            connection.write_all(b"pong").await.unwrap();
            let mut rest = Vec::new();
            connection.read_to_end(&mut rest).await.unwrap();
            assert!(rest.is_empty(), "the client has closed its end");
        };
        tokio::join!(client, server);
    });
}

#[test]
fn a_dropped_accept_loses_no_client() {
    runtime().block_on(async {
        let name = unique("dropped");
        let mut listener = Listener::builder(&name).listen().unwrap();
        for _ in 0..3 {
            let early = tokio::time::timeout(std::time::Duration::from_millis(5), listener.accept()).await;
            assert!(early.is_err(), "nobody has connected");
        }
        let clients = async {
            for _ in 0..3 {
                connect(&name).await.unwrap().write_all(b"x").await.unwrap();
            }
        };
        let server = async {
            for _ in 0..3 {
                let mut connection = listener.accept().await.unwrap();
                assert_eq!(connection.read_u8().await.unwrap(), b'x');
            }
        };
        tokio::join!(clients, server);
    });
}

#[test]
fn a_name_that_another_listener_has_is_an_error() {
    runtime().block_on(async {
        let name = unique("twice");
        let first = Listener::builder(&name).listen().unwrap();
        let second = Listener::builder(&name).listen().unwrap_err();
        assert!(matches!(second, PipeError::InUse { .. }), "{second:?}");
        assert_eq!(io::Error::from(second).kind(), io::ErrorKind::AddrInUse);
        drop(first);
        drop(Listener::builder(&name).listen().unwrap());
        let gone = connect(&name).await.unwrap_err();
        assert_eq!(io::Error::from(gone).kind(), io::ErrorKind::NotFound);
    });
}

#[test]
fn a_name_is_no_path() {
    for name in [
        "",
        ".",
        "..",
        "a/b",
        r"a\b",
        "a\nb",
        &"x".repeat(LONGEST_NAME + 1),
    ] {
        let error = Listener::builder(name).listen().unwrap_err();
        assert!(matches!(error, PipeError::Name { .. }), "{error:?}");
    }
    assert_eq!(
        PipeError::Name {
            name: "a/b".to_owned()
        }
        .to_string(),
        "invalid pipe name `a/b`; expected 1 to 60 characters without `/` and `\\`"
    );
}

/// As after `kill -9`.
#[cfg(unix)]
#[test]
fn a_socket_that_a_killed_process_left_is_replaced() {
    runtime().block_on(async {
        let name = unique("killed");
        let listener = Listener::builder(&name).listen().unwrap();
        let path = listener.platform.path().to_owned();
        drop(listener);
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let _again = Listener::builder(&name).listen().unwrap();
        connect(&name).await.unwrap();
    });
}
