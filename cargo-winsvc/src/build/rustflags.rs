//! The flags that the tool adds to the author's: the C runtime of the -msvc targets is linked statically.
//!
//! Without that, an exe needs `vcruntime140.dll`, which Windows does not have
//! ([static and dynamic C runtimes](https://doc.rust-lang.org/reference/linkage.html#static-and-dynamic-c-runtimes)).

/// The separator of flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";

/// The value of `CARGO_ENCODED_RUSTFLAGS` for a build; `None` if the author's flags are used as they are.
pub(super) fn encoded(triple: &str, config_flags: &[String]) -> Option<String> {
    if !triple.ends_with("-msvc") || config_flags.iter().any(|flag| sets_rustflags(flag)) {
        return None;
    }
    let config = cargo_config2::Config::load().ok()?;
    let flags = config.rustflags(triple).ok()?;
    with_static_crt(flags.map(|flags| flags.flags).unwrap_or_default())
}

/// `None` if the author has decided about the C runtime.
fn with_static_crt(mut flags: Vec<String>) -> Option<String> {
    if flags.iter().any(|flag| flag.contains("crt-static")) {
        return None;
    }
    flags.extend(["-C", "target-feature=+crt-static"].map(str::to_owned));
    Some(flags.join(SEPARATOR))
}

/// Whether a `--config` flag sets flags, which `CARGO_ENCODED_RUSTFLAGS` would replace.
fn sets_rustflags(flag: &str) -> bool {
    let file = std::fs::read_to_string(flag);
    file.as_deref().unwrap_or(flag).contains("rustflags")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn the_static_runtime_is_added_to_the_authors_flags() {
        assert_eq!(
            with_static_crt(flags(&["-C", "link-arg=/Brepro"])).as_deref(),
            Some("-C\u{1f}link-arg=/Brepro\u{1f}-C\u{1f}target-feature=+crt-static")
        );
        assert_eq!(
            with_static_crt(Vec::new()).as_deref(),
            Some("-C\u{1f}target-feature=+crt-static")
        );
    }

    #[test]
    fn a_decision_of_the_author_holds() {
        for decided in ["target-feature=-crt-static", "target-feature=+crt-static,+aes"] {
            assert_eq!(with_static_crt(flags(&["-C", decided])), None);
        }
        let by_flag = flags(&["target.x86_64-pc-windows-msvc.rustflags = ['-Ctarget-cpu=native']"]);
        assert_eq!(encoded("x86_64-pc-windows-msvc", &by_flag), None);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("more.toml");
        std::fs::write(&file, "[build]\nrustflags = []\n").unwrap();
        let by_file = flags(&[file.to_str().unwrap()]);
        assert_eq!(encoded("x86_64-pc-windows-msvc", &by_file), None);
    }

    #[test]
    fn only_msvc_targets_have_that_runtime() {
        assert_eq!(encoded("x86_64-pc-windows-gnu", &[]), None);
        let encoded = encoded("aarch64-pc-windows-msvc", &[]).unwrap();
        assert!(encoded.ends_with("target-feature=+crt-static"), "{encoded}");
    }
}
