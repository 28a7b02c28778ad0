//! Hides secrets that are written in Cargo.toml by mistake, before an error shows their line.

use winsvc_definition::manifest::LITERAL_SECRET;

use crate::diagnostic::Place;

/// Parts of keys whose values are secrets.
const SECRET_KEYS: [&str; 6] = ["pass", "psw", "pwd", "pin", "secret", "token"];

/// The place with asterisks for a secret: the place itself, if the error's message is about one, and the strings of its
/// lines that a key names so, since a misspelt key is an error, too.
pub(super) fn without_secrets(mut place: Place, message: &str) -> Place {
    let mut text = place.text.clone().into_bytes();
    if message.starts_with(LITERAL_SECRET) {
        fill(&mut text[place.span.clone()]);
    }
    let start = place.text[..place.span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = place.text[place.span.end..].find('\n');
    let end = end.map_or(place.text.len(), |at| place.span.end + at);
    let mut at = start;
    while let Some((key, value)) = next_string(&place.text[..end], at) {
        let key = key.to_ascii_lowercase();
        if SECRET_KEYS.iter().any(|part| key.contains(part)) {
            fill(&mut text[value.clone()]);
        }
        at = value.end + 1;
    }
    place.text = String::from_utf8_lossy(&text).into_owned();
    place
}

/// Lines stay as they are.
fn fill(text: &mut [u8]) {
    text.iter_mut()
        .filter(|byte| **byte != b'\n')
        .for_each(|byte| *byte = b'*');
}

/// The next string from `at`, with the key before it, and the range of its content.
fn next_string(text: &str, at: usize) -> Option<(&str, std::ops::Range<usize>)> {
    let rest = text.get(at..)?;
    let start = at + rest.find(['"', '\''])? + 1;
    let quote = &text[start - 1..start];
    let length = text[start..].find(quote).unwrap_or(text.len() - start);
    let key = text[at..start - 1].trim_end_matches([' ', '\t', '[', '=']);
    let key = key
        .rsplit(|c: char| !c.is_alphanumeric() && !"-_.".contains(c))
        .next()?;
    Some((key, start..start + length))
}

#[cfg(test)]
mod tests {
    use crate::config::tests::parse;
    use crate::diagnostic::Explain;

    fn shown(line: &str) -> String {
        let text = format!("[package]\nname = 'acme'\n[package.metadata.winsvc.sign.osslsigncode]\n{line}\n");
        let error = parse(&text).unwrap_err().diagnostic().to_string();
        let error = anstream::adapter::strip_str(&error).to_string();
        assert!(!error.contains("hunter2"), "{error}");
        error
    }

    #[test]
    fn a_secret_is_not_shown_with_its_line() {
        let error = shown("pkcs12 = 'a.p12'\npassword = 'hunter2'");
        assert!(
            error.contains("a secret must not be written in the configuration; expected `{ env"),
            "{error}"
        );
        assert!(error.contains("\n5 | password = *********\n"), "{error}");
        assert!(shown("pkcs12 = 'a.p12'\npasswort = \"hunter2\"").contains("unknown field `passwort`"));
        let error = shown("pkcs12 = 'a.p12'\narguments = ['-pass', 'hunter2']");
        assert!(
            error.contains("\n5 | arguments = ********************\n"),
            "{error}"
        );
        shown("pkcs12 = 'a.p12'\nsecret = ['hunter2']");
        let error = shown(
            "pkcs12 = 'a.p12'\n[package.metadata.winsvc.sign]\ntimestamp = ['http://a:hunter2@tsa.example']",
        );
        assert!(error.contains("\n6 | timestamp = ****"), "{error}");
        shown("pkcs12 = 'a.p12'\npassword = { env = 'A', pass = \"hunter2\" }");
        let error = shown("pkcs12 = 'a.p12'\npassword = { evn = 'A' }");
        assert!(error.contains("evn = 'A'"), "{error}");
    }
}
