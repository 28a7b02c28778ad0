//! Timestamps: of a server that works, and of others that do not.

use winsvc_tests::http::occupy;
use winsvc_tests::signing::{Answer, TimestampServer, verify, verify_timestamp};

use super::{Keys, copy, refused, sign};

/// The address of a port that is taken by nobody who accepts.
const DOWN: &str = "http://127.0.0.1:9/tsa";

fn servers(urls: &[&str]) -> String {
    format!("timestamp = {urls:?}\ntimestamp-timeout = '5s'")
}

#[test]
fn the_first_server_that_works_gives_the_timestamp() {
    let keys = Keys::new();
    let nonsense = TimestampServer::start(&keys.authority, &[Answer::Nonsense]);
    let good = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let unused = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let (_folder, path) = copy();
    let config = servers(&[DOWN, &nonsense.url(), &good.url(), &unused.url()]);
    let finished = sign(&[&keys.pkcs12(), &config], &path).ok();
    let authority = keys.authority.certificate();
    let told = verify_timestamp(&path, &authority, &authority);
    assert!(told.contains("CN=TSA"), "{told}");
    assert!(
        finished.stderr.contains("(issuer CN=Tests CA, timestamp 20"),
        "{finished}"
    );
    assert!(!finished.stderr.contains("warning"), "{finished}");
    assert_eq!(
        [&nonsense, &good, &unused].map(TimestampServer::requests),
        [1, 1, 0]
    );
}

#[test]
fn a_server_that_fails_once_is_tried_again() {
    let keys = Keys::new();
    let server = TimestampServer::start(
        &keys.authority,
        &[Answer::Unavailable, Answer::Nonsense, Answer::Timestamp],
    );
    let (_folder, path) = copy();
    let _ = sign(&[&keys.pkcs12(), &servers(&[&server.url()])], &path).ok();
    let authority = keys.authority.certificate();
    verify_timestamp(&path, &authority, &authority);
    assert_eq!(server.requests(), 3);
}

#[test]
fn without_a_server_that_works_nothing_is_signed() {
    let keys = Keys::new();
    let start = |answer| TimestampServer::start(&keys.authority, &[answer]);
    let [nonsense, unavailable, silent] = [Answer::Nonsense, Answer::Unavailable, Answer::Silence].map(start);
    let [nonsense, unavailable, silent] = [nonsense.url(), unavailable.url(), silent.url()];
    let config = format!(
        "timestamp = {:?}\ntimestamp-timeout = '1s'",
        [DOWN, &nonsense, &unavailable, &silent]
    );
    let error = refused(&[&keys.pkcs12(), &config]);
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[0], "error: no timestamp server works for `[exe]`");
    for (line, url) in lines[1..5].iter().zip([DOWN, &nonsense, &unavailable, &silent]) {
        assert!(line.starts_with(&format!("note: {url}: ")), "{error}");
    }
    assert!(
        lines[4].ends_with("did not finish within 1 s and was killed"),
        "{error}"
    );
    assert_eq!(
        lines[5],
        "help: check the addresses in `sign.timestamp`, or add another server"
    );
    assert_eq!(lines.len(), 6, "{error}");
}

#[test]
fn a_command_is_told_the_server_and_must_use_it() {
    let keys = Keys::new();
    let server = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let osslsigncode = "osslsigncode sign -h sha256 -certs Acme.pem -key Acme.key -in \"$1\" -out \"$1.new\"";
    let script = |name: &str, rest: &str| {
        keys.script(
            name,
            &format!("cd \"$(dirname \"$0\")\"\n{osslsigncode} {rest} && mv \"$1.new\" \"$1\""),
        )
    };
    let command = |script: &str| format!("command = ['{script}', '{{file}}', '{{timestamp}}']");
    let stamping = script("stamping", "-ts \"$2\"");
    let (_folder, path) = copy();
    let with = |urls: &[&str], script: &str| format!("{}\n{}", command(script), servers(urls));
    let _ = sign(&[&with(&[DOWN, &server.url()], &stamping)], &path).ok();
    let authority = keys.authority.certificate();
    verify_timestamp(&path, &authority, &authority);

    let forgetful = script("forgetful", "");
    let error = refused(&[&with(&[&server.url()], &forgetful)]);
    let expected = format!("error: `{forgetful}` succeeded, but the signature of `[exe]` has no timestamp\n");
    assert_eq!(error, expected);
}

/// A port that is taken accepts connections and answers none of them.
#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let keys = Keys::new();
    let port = winsvc_tests::http::free_port();
    let _listener = occupy(port);
    let good = TimestampServer::start(&keys.authority, &[Answer::Timestamp]);
    let (_folder, path) = copy();
    let url = format!("http://127.0.0.1:{port}/tsa");
    let config = format!("timestamp = {:?}\ntimestamp-timeout = '1s'", [&url, &good.url()]);
    let _ = sign(&[&keys.pkcs12(), &config], &path).ok();
    verify(&path, &keys.authority.certificate());
}
