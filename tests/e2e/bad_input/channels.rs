//! What package managers cannot list.

use super::*;

/// `hello` with a table for package managers, whose first key is in line 12.
fn listed(folder: &str, keys: &str) -> Fixture {
    configured(
        &format!("channels-{folder}"),
        &format!("[package.metadata.winsvc.channels]\n{keys}"),
    )
}

const URL: &str = "url = \"https://acme.example/{file}\"";

#[test]
fn an_address_that_is_not_one_of_a_file() {
    for (folder, url, problem) in [
        ("http", "http://a.b/{file}", "it does not begin with `https://`"),
        ("name", "https://a.b/{versoin}/{file}", "unknown name `{versoin}`"),
        ("no-file", "https://a.b/x.msi", "it has no `{file}`"),
    ] {
        let length = url.len() + 2;
        assert_eq!(
            listed(folder, &format!("url = \"{url}\"")).refused(&[]),
            format!(
                "error: invalid address \"{url}\": {problem}; expected one with `{{file}}`, and optionally `{{version}}`, \
                 such as `https://example.com/{{version}}/{{file}}`\n\
                 \x20 --> [project]/Cargo.toml:12:7\n\
                 \x20  |\n\
                 12 | url = \"{url}\"\n\
                 \x20  |       {}\n",
                "^".repeat(length)
            )
        );
    }
}

#[test]
fn a_channel_that_is_misspelt() {
    let error = listed("misspelt", "wignet.identifier = \"Acme.Agent\"").refused(&[]);
    assert!(
        error.starts_with("error: unknown field `wignet`, expected one of `url`,"),
        "{error}"
    );
    assert!(error.ends_with("help: did you mean `winget`?\n"), "{error}");
}

#[test]
fn an_identifier_that_winget_does_not_accept() {
    assert_eq!(
        listed("identifier", "winget.identifier = \"Agent\"").refused(&[]),
        "error: invalid winget identifier \"Agent\"; expected 2 to 8 parts of at most 32 characters with dots between \
         them, such as `Acme.Agent`\n\
         \x20 --> [project]/Cargo.toml:12:21\n\
         \x20  |\n\
         12 | winget.identifier = \"Agent\"\n\
         \x20  |                     ^^^^^^^\n"
    );
}

#[test]
fn what_a_channel_needs_and_nobody_has_said() {
    let table = "11 | [package.metadata.winsvc.channels]\n\
                 \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n";
    for (folder, keys, formats, message, help) in [
        (
            "no-url",
            "license = \"MIT\"\nwinget.identifier = \"Acme.Agent\"",
            "msi,winget",
            "the format `winget` needs the address of the packages",
            "set `url` in [package.metadata.winsvc.channels], such as \
             \"https://github.com/acme/agent/releases/download/v{version}/{file}\"",
        ),
        (
            "no-license",
            URL,
            "msi,chocolatey",
            "the format `chocolatey` needs a license",
            "set `license` in [package], or in [package.metadata.winsvc.channels]",
        ),
    ] {
        assert_eq!(
            listed(folder, keys).refused(&["--format", formats]),
            format!(
                "error: {message}\n\
                 \x20 --> [project]/Cargo.toml:11:1\n\
                 \x20  |\n\
                 {table}help: {help}\n"
            )
        );
    }
}

#[test]
fn a_format_without_a_package_to_list() {
    assert_eq!(
        hello("channels-no-msi").refused(&["--format", "zip,winget"]),
        "error: the format `winget` needs a package to list\nhelp: add `msi` to the formats\n"
    );
}
