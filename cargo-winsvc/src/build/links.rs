//! Which crates link which libraries, as cargo reports it in a build.

use std::path::PathBuf;

use cargo_metadata::{Artifact, BuildScript, PackageId};

/// The crates of a build.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    crates: Vec<Crate>,
}

#[derive(Clone, Debug)]
struct Crate {
    id: PackageId,
    /// The libraries that its build script links, without kind and modifiers.
    libraries: Vec<String>,
    /// Its compiled libraries.
    files: Vec<PathBuf>,
}

impl Links {
    /// Notes what a build script has printed.
    pub(super) fn add_script(&mut self, script: &BuildScript) {
        let libraries = script.linked_libs.iter().map(|library| name_of(library.as_str()));
        let libraries: Vec<String> = libraries.collect();
        self.entry(&script.package_id).libraries.extend(libraries);
    }

    /// Notes what has been compiled.
    pub(super) fn add_artifact(&mut self, artifact: &Artifact) {
        let files = artifact
            .filenames
            .iter()
            .filter(|file| file.extension() == Some("rlib"));
        let files: Vec<PathBuf> = files.map(|file| file.clone().into_std_path_buf()).collect();
        self.entry(&artifact.package_id).files.extend(files);
    }

    fn entry(&mut self, id: &PackageId) -> &mut Crate {
        let index = self.crates.iter().position(|it| it.id == *id).unwrap_or_else(|| {
            self.crates.push(Crate {
                id: id.clone(),
                libraries: Vec::new(),
                files: Vec::new(),
            });
            self.crates.len() - 1
        });
        &mut self.crates[index]
    }

    /// The crates that bring in a DLL, such as `libsqlite3-sys 0.30.1`: those whose build script links a library of its
    /// name, else those in whose compiled code it is named. It is empty if that cannot be known.
    pub(crate) fn crates_of(&self, dll: &str) -> Vec<String> {
        let named = |found: &dyn Fn(&Crate) -> bool| -> Vec<String> {
            let crates = self.crates.iter().filter(|it| found(it));
            crates.map(|it| name_and_version(&it.id)).collect()
        };
        let by_script = named(&|it| it.libraries.iter().any(|library| is_of(library, dll)));
        if !by_script.is_empty() {
            return by_script;
        }
        named(&|it| it.files.iter().any(|file| contains(file, dll)))
    }
}

/// The name of a library as in `static:+whole-archive=name`.
fn name_of(library: &str) -> String {
    library.rsplit('=').next().unwrap_or(library).to_lowercase()
}

/// Whether a DLL is probably that of a library: `libssl-3-x64.dll` of `ssl` or `libssl`, `libstdc++-6.dll` of `stdc++`.
fn is_of(library: &str, dll: &str) -> bool {
    let dll = dll.to_lowercase();
    let bare = |name: &str| name.strip_prefix("lib").unwrap_or(name).to_owned();
    let rest = bare(&dll).strip_prefix(&bare(library)).map(str::to_owned);
    !bare(library).is_empty() && rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']))
}

/// Whether a compiled library contains the name of the DLL, as libraries of `raw-dylib` do.
fn contains(file: &std::path::Path, dll: &str) -> bool {
    let Ok(bytes) = std::fs::read(file) else {
        return false;
    };
    let (dll, window) = (dll.as_bytes(), dll.len());
    bytes.windows(window).any(|found| found.eq_ignore_ascii_case(dll))
}

/// `registry+https://…#name@1.0.0`, or `path+file:///…/name#1.0.0`. Before Cargo 1.77: `name 1.0.0 (…)`.
fn name_and_version(id: &PackageId) -> String {
    let Some((url, fragment)) = id.repr.split_once('#') else {
        let words: Vec<&str> = id.repr.split(' ').take(2).collect();
        return words.join(" ");
    };
    let (name, version) = fragment
        .split_once('@')
        .unwrap_or((url.rsplit('/').next().unwrap_or(url), fragment));
    format!("{name} {version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(repr: &str) -> PackageId {
        PackageId {
            repr: repr.to_owned(),
        }
    }

    #[test]
    fn a_crate_is_named_by_its_version() {
        let registry = "registry+https://github.com/rust-lang/crates.io-index#libsqlite3-sys@0.30.1";
        assert_eq!(name_and_version(&id(registry)), "libsqlite3-sys 0.30.1");
        assert_eq!(
            name_and_version(&id("path+file:///src/agent#1.2.0")),
            "agent 1.2.0"
        );
        assert_eq!(
            name_and_version(&id("openssl-sys 0.9.1 (registry+https://example)")),
            "openssl-sys 0.9.1"
        );
    }

    #[test]
    fn a_dll_is_matched_with_the_library_that_is_linked() {
        for (library, dll) in [
            ("sqlite3", "sqlite3.dll"),
            ("ssl", "libssl-3-x64.dll"),
            ("libcrypto", "libcrypto-3-x64.dll"),
            ("stdc++", "libstdc++-6.dll"),
            ("foo", "FOO.dll"),
        ] {
            assert!(
                is_of(&name_of(&format!("dylib={library}")), dll),
                "{library} {dll}"
            );
        }
        for (library, dll) in [("sql", "sqlite3.dll"), ("", "foo.dll"), ("user32", "user.dll")] {
            assert!(!is_of(library, dll), "{library} {dll}");
        }
    }

    #[test]
    fn a_build_script_says_more_than_a_name_in_the_code() {
        let folder = tempfile::tempdir().unwrap();
        let rlib = folder.path().join("libb.rlib");
        std::fs::write(&rlib, b"\0\0Foo.dll\0").unwrap();
        let mut links = Links::default();
        links
            .entry(&id("path+file:///a#1.0.0"))
            .libraries
            .push("bar".to_owned());
        links.entry(&id("path+file:///b#2.0.0")).files.push(rlib);
        assert_eq!(links.crates_of("bar.dll"), ["a 1.0.0"]);
        assert_eq!(links.crates_of("foo.dll"), ["b 2.0.0"]);
        assert!(links.crates_of("baz.dll").is_empty());
    }
}
