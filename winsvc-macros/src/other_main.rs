//! Detects another attribute on the same function that generates a `main`, such as `#[tokio::main]`.
//!
//! Attributes are expanded from the first to the last. One below ours is still among the function's attributes. One
//! above ours has already been expanded, but the tokens that it generated have its location, so its text can be read
//! there.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Error, Meta, Path};

use crate::function::Function;

/// Whether an attribute is the `main` of some crate.
pub(crate) fn is_main(attribute: &Attribute) -> bool {
    is_main_path(attribute.path())
}

/// The error about an attribute below ours.
pub(crate) fn still_to_run(function: &Function) -> Option<Error> {
    let attribute = function.attributes.iter().find(|attribute| is_main(attribute))?;
    Some(Error::new_spanned(attribute, message(attribute.path())))
}

/// The error about an attribute above ours.
pub(crate) fn that_has_run(function: &Function) -> Option<Error> {
    top_tokens(function).find_map(|token| {
        let message = message_about(&token.span().source_text()?)?;
        // Resolved as the author's own token; otherwise the compiler would note that the error originates in a macro.
        let place = function.name().span().located_at(token.span());
        Some(Error::new(place, message))
    })
}

/// The tokens of the function and of its body, without nested groups; an attribute that rewrites a function generates
/// some of these.
fn top_tokens(function: &Function) -> impl Iterator<Item = TokenTree> {
    let tokens = function.rest.clone();
    let body = match tokens.clone().into_iter().last() {
        Some(TokenTree::Group(body)) => body.stream(),
        _ => TokenStream::new(),
    };
    // Groups are skipped: the text of a group is its whole content, which may be a path of the author.
    tokens
        .into_iter()
        .chain(body)
        .filter(|token| !matches!(token, TokenTree::Group(_)))
}

/// The message for the text `#[tokio::main]`, or for the `tokio::main` of a `cfg_attr`.
fn message_about(text: &str) -> Option<String> {
    let in_brackets = text.strip_prefix("#[").and_then(|rest| rest.strip_suffix(']'));
    let meta: Meta = syn::parse_str(in_brackets.unwrap_or(text)).ok()?;
    let path = meta.path();
    // A token `main` of the author is not an attribute.
    let is_attribute = in_brackets.is_some() || path.segments.len() > 1;
    (is_attribute && is_main_path(path)).then(|| message(path))
}

fn is_main_path(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "main")
}

fn message(path: &Path) -> String {
    let path = path.to_token_stream().to_string().replace(' ', "");
    format!("remove `#[{path}]`: `#[winsvc::main]` starts the async runtime")
}
