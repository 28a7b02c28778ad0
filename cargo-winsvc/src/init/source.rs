//! Turns the `main` of a program into that of a service, and leaves every other byte of its file.

use std::ops::Range;

use proc_macro2::TokenTree;
use syn::spanned::Spanned as _;
use syn::{Attribute, Item, Meta};
use thiserror::Error;

const ATTRIBUTE: &str = "#[winsvc::main]";

/// The options that `tokio::main` and `winsvc::main` have in common.
const SAME_OPTIONS: [&str; 2] = ["flavor", "worker_threads"];

/// What becomes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edited {
    /// The new text; none if `main` has the attribute already.
    pub text: Option<String>,
    /// Whether `main` takes the service, and so knows of a stop.
    pub knows_of_stop: bool,
}

/// Why a file is not changed.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is not Rust.
    #[error("this is no Rust: {message}")]
    Syntax {
        /// The parser's reason.
        message: String,
        /// Where.
        at: Range<usize>,
    },
    /// There is no function `main`.
    #[error("the file has no function `main`")]
    NoMain,
    /// `main` has the attribute of another runtime.
    #[error("`#[{attribute}]` starts a runtime that winsvc does not know")]
    OtherRuntime {
        /// Its path.
        attribute: String,
        /// Where.
        at: Range<usize>,
    },
    /// `tokio::main` has an option that `winsvc::main` has not.
    #[error("`#[winsvc::main]` has no option `{option}`")]
    Option {
        /// Its name.
        option: String,
        /// Where.
        at: Range<usize>,
    },
}

/// Edits the text of the file with `main`.
pub(super) fn edit(text: &str) -> Result<Edited, Unfit> {
    // As the compiler: without a byte order mark and a `#!` line.
    let bom = text.len() - text.trim_start_matches('\u{feff}').len();
    let shebang = match text[bom..].strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => {
            rest.find('\n').map_or(text.len(), |end| bom + 2 + end)
        }
        _ => bom,
    };
    let source = &text[shebang..];
    let at = |span: proc_macro2::Span| {
        let range = span.byte_range();
        range.start + shebang..range.end + shebang
    };
    let file: syn::File = syn::parse_str(source).map_err(|error| Unfit::Syntax {
        message: error.to_string(),
        at: at(error.span()),
    })?;
    let is_main = |item| match item {
        Item::Fn(function) if function.sig.ident == "main" => Some(function),
        _ => None,
    };
    let main = file.items.into_iter().find_map(is_main).ok_or(Unfit::NoMain)?;
    let (range, attribute) = match main.attrs.iter().find(|attribute| is_entry(attribute)) {
        Some(attribute) if is_path(attribute, &["winsvc", "main"]) => (None, String::new()),
        Some(attribute) => (Some(at(attribute.span())), replacement(attribute, at)?),
        None => {
            let start = at(main.vis.span().join(main.sig.span()).unwrap_or(main.sig.span())).start;
            (Some(start..start), format!("{ATTRIBUTE}\n"))
        }
    };
    let text = range.map(|range| [&text[..range.start], &attribute, &text[range.end..]].concat());
    Ok(Edited {
        text,
        knows_of_stop: !main.sig.inputs.is_empty(),
    })
}

/// Whether an attribute generates the `main` of the program.
fn is_entry(attribute: &Attribute) -> bool {
    let path = attribute.path();
    path.segments.last().is_some_and(|last| last.ident == "main")
}

fn is_path(attribute: &Attribute, names: &[&str]) -> bool {
    let segments = &attribute.path().segments;
    segments.len() == names.len()
        && segments
            .iter()
            .zip(names)
            .all(|(segment, name)| segment.ident == name)
}

/// The attribute that takes the place of `tokio::main`.
fn replacement(
    attribute: &Attribute,
    at: impl Fn(proc_macro2::Span) -> Range<usize>,
) -> Result<String, Unfit> {
    if !is_path(attribute, &["tokio", "main"]) {
        let names: Vec<_> = attribute
            .path()
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        return Err(Unfit::OtherRuntime {
            attribute: names.join("::"),
            at: at(attribute.span()),
        });
    }
    let Meta::List(list) = &attribute.meta else {
        return Ok(ATTRIBUTE.to_owned());
    };
    let mut is_value = false;
    for token in list.tokens.clone() {
        match token {
            TokenTree::Ident(name) if !is_value && !SAME_OPTIONS.iter().any(|option| name == option) => {
                return Err(Unfit::Option {
                    option: name.to_string(),
                    at: at(name.span()),
                });
            }
            TokenTree::Punct(punct) => is_value = punct.as_char() == '=',
            _ => {}
        }
    }
    let text = list.tokens.span().source_text().unwrap_or_default();
    Ok(format!("#[winsvc::main({text})]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str) -> String {
        edit(text).unwrap().text.expect("a change")
    }

    #[test]
    fn only_the_attribute_changes() {
        for (old, new) in [
            (
                "//! Doc\n\n#[tokio::main]\nasync fn main() {\n\tx( 1 );  // ä\n}\n",
                "//! Doc\n\n#[winsvc::main]\nasync fn main() {\n\tx( 1 );  // ä\n}\n",
            ),
            (
                "#[tokio::main(flavor = \"current_thread\")] async fn main() {}",
                "#[winsvc::main(flavor = \"current_thread\")] async fn main() {}",
            ),
            (
                "#[ tokio :: main ( worker_threads=4 ) ]\r\nasync fn main() {}\r\n",
                "#[winsvc::main(worker_threads=4)]\r\nasync fn main() {}\r\n",
            ),
            (
                "/// Runs.\n#[allow(unused)]\nfn main() {}\n",
                "/// Runs.\n#[allow(unused)]\n#[winsvc::main]\nfn main() {}\n",
            ),
            (
                "\u{feff}#!/usr/bin/env run\nmod a;\npub fn main() {}",
                "\u{feff}#!/usr/bin/env run\nmod a;\n#[winsvc::main]\npub fn main() {}",
            ),
            (
                "#![allow(x)]\nfn main() {}",
                "#![allow(x)]\n#[winsvc::main]\nfn main() {}",
            ),
        ] {
            assert_eq!(edited(old), new);
            assert_eq!(edit(new).unwrap().text, None, "a second time changes nothing");
        }
    }

    #[test]
    fn a_main_without_an_argument_does_not_know_of_a_stop() {
        assert!(!edit("fn main() {}").unwrap().knows_of_stop);
        assert!(
            edit("#[winsvc::main]\nfn main(service: winsvc::Service) {}")
                .unwrap()
                .knows_of_stop
        );
    }

    #[test]
    fn what_cannot_be_changed_is_said_with_its_place() {
        let place = |text: &str, part: &str| {
            let start = text.find(part).unwrap();
            start..start + part.len()
        };
        let paused = "\n#[tokio::main(flavor = \"current_thread\", start_paused = true)]\nasync fn main() {}";
        assert_eq!(
            edit(paused),
            Err(Unfit::Option {
                option: "start_paused".to_owned(),
                at: place(paused, "start_paused"),
            })
        );
        let other = "#[actix_web::main]\nasync fn main() {}";
        assert_eq!(
            edit(other),
            Err(Unfit::OtherRuntime {
                attribute: "actix_web::main".to_owned(),
                at: place(other, "#[actix_web::main]"),
            })
        );
        assert_eq!(edit("mod main;"), Err(Unfit::NoMain));
        assert!(matches!(edit("fn main() {\n  }}"), Err(Unfit::Syntax { .. })));
    }
}
