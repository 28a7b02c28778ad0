//! A timestamp server on this machine: openssl behind a little HTTP.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use super::{Authority, Leaf};
use crate::deadline::PATIENCE;
use crate::http;
use crate::process::{require, run};

/// How the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a timestamp.
    Timestamp,
    /// With another text in its place.
    Nonsense,
    /// With a status that tells of an error.
    Unavailable,
    /// Not at all; the connection stays open.
    Silence,
}

/// A server, which runs until the tests end.
#[derive(Debug)]
pub struct TimestampServer {
    port: u16,
    requests: Arc<AtomicUsize>,
}

const CONFIGURATION: &str = "\
[tsa]
serial = tsa.serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
";

impl TimestampServer {
    /// Starts a server with a certificate of the authority. Its first request has the first answer, and so on; the
    /// last one is that of all later ones.
    ///
    /// # Panics
    ///
    /// When it cannot listen.
    pub fn start(authority: &Authority, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let name = format!("TSA {port}");
        authority.issue(&Leaf {
            name: &name,
            usage: "timeStamping",
            ..Leaf::default()
        });
        let folder = authority.path(&name);
        fs::create_dir(&folder).expect("a folder for the server");
        fs::write(folder.join("tsa.conf"), CONFIGURATION).expect("its configuration");
        fs::write(folder.join("tsa.serial"), "01\n").expect("its serial number");
        let signer = authority.path(&name);
        let requests = Arc::new(AtomicUsize::new(0));
        let (count, answers) = (Arc::clone(&requests), answers.to_vec());
        thread::spawn(move || {
            let open = Mutex::new(Vec::new());
            for connection in listener.incoming().flatten() {
                let index = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
                // A client that hangs up is none of the server's errors.
                if let Ok(Some(connection)) = serve(connection, answers[index], &folder, &signer) {
                    open.lock().expect("no panic in here").push(connection);
                }
            }
        });
        Self { port, requests }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/tsa", self.port)
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Answers a request; gives a connection back that must stay open.
fn serve(
    mut connection: TcpStream,
    answer: Answer,
    folder: &Path,
    signer: &Path,
) -> io::Result<Option<TcpStream>> {
    let request = http::request(&mut connection)?.body;
    let (status, body) = match answer {
        Answer::Timestamp => ("200 OK", timestamp(&request, folder, signer)?),
        Answer::Nonsense => ("200 OK", b"<html>nonsense</html>".to_vec()),
        Answer::Unavailable => ("503 Service Unavailable", Vec::new()),
        Answer::Silence => return Ok(Some(connection)),
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(&body)?;
    Ok(None)
}

fn timestamp(request: &[u8], folder: &Path, signer: &Path) -> io::Result<Vec<u8>> {
    let file = |extension: &str| PathBuf::from(format!("{}.{extension}", signer.display()));
    fs::write(folder.join("request"), request)?;
    let mut openssl = require("openssl");
    openssl
        .current_dir(folder)
        .args(["ts", "-reply", "-config", "tsa.conf", "-section", "tsa"]);
    openssl.args(["-queryfile", "request", "-out", "reply"]);
    openssl
        .arg("-signer")
        .arg(file("pem"))
        .arg("-inkey")
        .arg(file("key"));
    let _ = run(&mut openssl, PATIENCE).ok();
    fs::read(folder.join("reply"))
}
