//! Downloads from servers that misbehave.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::time::Duration;

use winsvc_definition::UpdateUrl;

use super::*;

/// A server that gives these answers in turn.
struct Server {
    answers: VecDeque<Response>,
    requests: Vec<String>,
}

impl Transport for Server {
    fn get(&mut self, url: &UpdateUrl, _timeout: Duration) -> io::Result<Response> {
        self.requests.push(url.as_str().to_owned());
        self.answers
            .pop_front()
            .ok_or(io::ErrorKind::ConnectionRefused.into())
    }
}

fn answer(status: u16, body: &'static [u8]) -> Response {
    Response {
        status,
        location: None,
        length: Some(body.len() as u64),
        body: Box::new(Cursor::new(body)),
    }
}

fn redirect(location: &str) -> Response {
    Response {
        location: Some(location.to_owned()),
        ..answer(302, b"")
    }
}

const LIMITS: Limits = Limits {
    size: 10,
    time: Duration::from_secs(60),
};

/// The content, or the message; and the addresses that were requested.
fn get(answers: Vec<Response>) -> (Result<Vec<u8>, String>, Vec<String>) {
    get_with(answers, LIMITS)
}

fn get_with(answers: Vec<Response>, limits: Limits) -> (Result<Vec<u8>, String>, Vec<String>) {
    let mut server = Server {
        answers: answers.into(),
        requests: Vec::new(),
    };
    let url = UpdateUrl::new("https://e.com/a/file").unwrap();
    let mut content = Vec::new();
    let received = download(&mut server, &url, limits, &mut content);
    let result = received.map(|received| {
        assert_eq!(received.size, content.len() as u64);
        content
    });
    (result.map_err(|error| error.to_string()), server.requests)
}

fn error(answers: Vec<Response>) -> String {
    get(answers).0.unwrap_err()
}

#[test]
fn a_file_is_hashed_while_it_is_downloaded() {
    let mut server = Server {
        answers: vec![answer(200, b"abc")].into(),
        requests: Vec::new(),
    };
    let url = UpdateUrl::new("https://e.com/file").unwrap();
    let received = download(&mut server, &url, LIMITS, &mut Vec::new()).unwrap();
    assert_eq!(
        received.sha256,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn redirects_are_followed_within_limits() {
    let (content, requests) = get(vec![
        redirect("other"),
        redirect("https://f.com/x"),
        answer(200, b"abc"),
    ]);
    assert_eq!(content.unwrap(), b"abc");
    assert_eq!(
        requests,
        ["https://e.com/a/file", "https://e.com/a/other", "https://f.com/x"]
    );
    let (content, requests) = get((0..9).map(|_| redirect("file")).collect());
    assert_eq!(
        content.unwrap_err(),
        "the update server redirects more than 5 times"
    );
    assert_eq!(requests.len(), 6);
}

#[test]
fn a_redirect_leads_to_https_only() {
    for location in [
        "http://e.com/a",
        "http://127.0.0.1/a",
        "https://localhost/a",
        "file:///c:/a",
        "//e.com/a",
        "",
    ] {
        let (content, requests) = get(vec![redirect(location), answer(200, b"abc")]);
        let message = content.unwrap_err();
        assert!(
            message.starts_with("invalid redirect of the update server: "),
            "{message}"
        );
        assert_eq!(requests.len(), 1, "{location}");
    }
    assert_eq!(
        error(vec![answer(302, b"")]),
        "the update server answered with the status 302"
    );
}

#[test]
fn anything_but_the_file_is_an_error() {
    for status in [204, 206, 304, 404, 500] {
        let expected = format!("the update server answered with the status {status}");
        assert_eq!(error(vec![answer(status, b"abc")]), expected);
    }
    assert_eq!(
        error(Vec::new()),
        "the connection to the update server failed: connection refused"
    );
}

#[test]
fn a_file_has_a_limit_whether_the_server_says_its_size_or_not() {
    let (_, requests) = get(vec![answer(200, b"0123456789")]);
    assert_eq!(requests.len(), 1);
    assert_eq!(
        error(vec![answer(200, b"0123456789a")]),
        "the download has 11 bytes; expected at most 10"
    );
    let endless = Response {
        length: None,
        body: Box::new(io::repeat(0)),
        ..answer(200, b"")
    };
    assert_eq!(error(vec![endless]), "the download has more than 10 bytes");
}

#[test]
fn a_file_that_ends_too_early_is_an_error() {
    let truncated = Response {
        length: Some(9),
        ..answer(200, b"abc")
    };
    assert_eq!(error(vec![truncated]), "the download ended after 3 of 9 bytes");
}

/// Every read takes a while.
struct Slow;

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        std::thread::sleep(Duration::from_millis(5));
        buffer[0] = 0;
        Ok(1)
    }
}

#[test]
fn a_download_has_a_time_limit_however_slowly_it_comes() {
    let slow = Response {
        length: None,
        body: Box::new(Slow),
        ..answer(200, b"")
    };
    let limits = Limits {
        size: u64::MAX,
        time: Duration::from_millis(50),
    };
    let message = get_with(vec![slow], limits).0.unwrap_err();
    assert_eq!(message, "the download took longer than 0 s");
}
