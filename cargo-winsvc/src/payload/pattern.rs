//! Patterns of files: which part of one is a plain folder, and what it matches.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use super::error::Problem;

/// The separators of a path as it is written; a backslash is one on Windows only.
pub(super) const SEPARATORS: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };

/// Whether the path, if nothing has this very name, is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// A pattern: the folder before its first wildcard, and the part that is matched against paths below that folder.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    folder: &'a str,
    matched: GlobMatcher,
    depth: Option<usize>,
}

impl<'a> Pattern<'a> {
    pub(super) fn new(pattern: &'a str) -> Result<Self, Problem> {
        let is_special = |part: &str| is_pattern(part) || part.contains('\\');
        let mut length = 0;
        for part in pattern.split_inclusive('/') {
            if is_special(part) {
                break;
            }
            length += part.len();
        }
        let (folder, rest) = pattern.split_at(length);
        Ok(Self {
            folder,
            matched: glob(rest, pattern)?,
            // Folders that the pattern cannot reach are not even opened.
            depth: (!rest.contains("**")).then(|| rest.matches('/').count() + 1),
        })
    }

    /// The folder that it begins with; empty for the folder of Cargo.toml.
    pub(super) fn folder(&self) -> &'a str {
        self.folder
    }
}

fn glob(text: &str, pattern: &str) -> Result<GlobMatcher, Problem> {
    build(text, pattern).map(|glob| glob.compile_matcher())
}

fn build(text: &str, pattern: &str) -> Result<globset::Glob, Problem> {
    if has_wide_class(text) {
        return Err(Problem::Pattern {
            pattern: pattern.to_owned(),
            reason: "a character class has ASCII characters only".to_owned(),
        });
    }
    let glob = GlobBuilder::new(text)
        .literal_separator(true)
        .empty_alternates(true)
        // The same on every host: by default this depends on the host's separator.
        .backslash_escape(true)
        .build();
    glob.map_err(|error| Problem::Pattern {
        pattern: pattern.to_owned(),
        reason: error.kind().to_string(),
    })
}

/// Whether a class `[…]` has a character of several bytes: globset would match each of the bytes.
fn has_wide_class(pattern: &str) -> bool {
    let mut rest = pattern;
    while let Some((_, class)) = rest.split_once('[') {
        // A bracket at the beginning is one of the characters.
        let end = class
            .char_indices()
            .skip(1)
            .find(|(_, character)| *character == ']');
        let end = end.map_or(class.len(), |(end, _)| end);
        if !class[..end].is_ascii() {
            return true;
        }
        rest = &class[end..];
    }
    false
}

/// Which of the files below a folder are taken.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    pattern: Option<&'a Pattern<'a>>,
    exclusions: GlobSet,
    /// The exclusions as written, and whether each has matched anything.
    used: Vec<(&'a str, bool)>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(pattern: Option<&'a Pattern<'a>>, exclude: &'a [String]) -> Result<Self, Problem> {
        let mut exclusions = GlobSetBuilder::new();
        for text in exclude {
            let relative = text.trim_start_matches("./").trim_end_matches('/');
            exclusions.add(build(relative, text)?);
        }
        Ok(Self {
            pattern,
            exclusions: exclusions.build().map_err(|error| Problem::Pattern {
                pattern: error.glob().unwrap_or_default().to_owned(),
                reason: error.kind().to_string(),
            })?,
            used: exclude.iter().map(|text| (text.as_str(), false)).collect(),
        })
    }

    /// How many folders deep a file can be; `None` for any number.
    pub(super) fn depth(&self) -> Option<usize> {
        self.pattern.and_then(|pattern| pattern.depth)
    }

    /// Whether everything is taken that is not excluded, folders too.
    pub(super) fn is_tree(&self) -> bool {
        self.pattern.is_none()
    }

    /// Whether the file is taken, if it is not excluded; its path has slashes.
    pub(super) fn takes(&self, path: &str) -> bool {
        self.pattern.is_none_or(|pattern| pattern.matched.is_match(path))
    }

    /// Whether the file or folder is excluded.
    pub(super) fn excludes(&mut self, path: &str) -> bool {
        let matches = self.exclusions.matches(path);
        for index in &matches {
            self.used[*index].1 = true;
        }
        !matches.is_empty()
    }

    /// Checks that every exclusion has matched something.
    pub(super) fn all_used(&self, base: &Path) -> Result<(), Problem> {
        match self.used.iter().find(|(_, is_used)| !is_used) {
            Some((pattern, _)) => Err(Problem::NoExclusion {
                pattern: (*pattern).to_owned(),
                base: base.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_ends_before_the_first_wildcard() {
        let parts = |text| {
            let pattern = Pattern::new(text).unwrap();
            (pattern.folder, pattern.depth)
        };
        assert_eq!(parts("assets/**"), ("assets/", None));
        assert_eq!(parts("a/b/*.png"), ("a/b/", Some(1)));
        assert_eq!(parts("a/*/c/d?.png"), ("a/", Some(3)));
        assert_eq!(parts("*.toml"), ("", Some(1)));
        assert_eq!(parts("a/{b,c/d}/e"), ("a/", Some(3)));
        assert_eq!(parts(r"a\[x]/*"), ("", Some(2)));
        assert_eq!(parts("../x/**/y"), ("../x/", None));
    }

    #[test]
    fn a_star_stays_in_its_folder_and_two_do_not() {
        let matches = |pattern: &str, path: &str| Pattern::new(pattern).unwrap().matched.is_match(path);
        assert!(matches("*.png", "a.png"));
        assert!(!matches("*.png", "b/a.png"));
        assert!(matches("**/*.png", "a.png"));
        assert!(matches("**/*.png", "b/c/a.png"));
        assert!(matches("x/**", "b/c/a.png"));
        assert!(matches("*/a.png", "b/a.png"));
        assert!(!matches("b?a.png", "b/a.png"));
        assert!(matches("{a,b}.[pj][!x]g", "b.png"));
        assert!(matches("a{,.min}.js", "a.js"));
        assert!(matches(r"\[id\].html", "[id].html"));
        assert!(matches("*", ".hidden"));
        assert!(matches("gr*ße[.]{txt,größer}", "größe.größer"));
        assert!(
            !matches("*.PNG", "a.png"),
            "as on a file system that tells them apart"
        );
    }

    #[test]
    fn a_pattern_that_is_none_says_why() {
        let error = Pattern::new("assets/[a").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid pattern `assets/[a`: unclosed character class; missing ']'"
        );
        let error = Pattern::new("größe/[]ö]").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid pattern `größe/[]ö]`: a character class has ASCII characters only"
        );
    }
}
