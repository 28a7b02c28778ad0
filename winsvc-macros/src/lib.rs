//! The attribute `#[winsvc::main]`.
//!
//! It looks at a signature, leaves every token of the function as it is, and wraps a `main` around it that hands it over:
//!
//! ```text
//! fn main() -> ExitCode {
//!     async fn main(service: winsvc::Service) { .. }      // the author's, untouched
//!     winsvc::__private::async_main_with(Package { .. }, main)
//! }
//! ```
//!
//! All that a service does is in the library; all that is here is the choice of one of its four functions. The crate reads tokens
//! with nothing but the compiler's own `proc_macro`, so that it adds no crate to a program's tree.

mod signature;

use proc_macro::{Delimiter, Group, Ident, TokenStream, TokenTree};

use signature::{Misuse, Signature};

/// Makes a service of `main`. Documented at `winsvc::main`.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match check(arguments, item.clone()) {
        Ok(signature) => wrap(&signature, item),
        Err(misuse) => {
            // The item stays, so that the compiler does not report everything that it would have used as unused.
            let mut tokens = misuse.compile_error();
            tokens.extend(item);
            tokens
        }
    }
}

fn check(arguments: TokenStream, item: TokenStream) -> Result<Signature, Misuse> {
    if let Some(argument) = arguments.into_iter().next() {
        return Err(Misuse::new(&argument, "`#[winsvc::main]` takes no arguments"));
    }
    Signature::read(item)
}

fn wrap(signature: &Signature, item: TokenStream) -> TokenStream {
    let function = match (signature.is_async, signature.has_argument) {
        (true, true) => "async_main_with",
        (true, false) => "async_main",
        (false, true) => "main_with",
        (false, false) => "main",
    };
    let package = "::winsvc::__private::Package {
        name: ::core::env!(\"CARGO_PKG_NAME\"),
        version: ::core::env!(\"CARGO_PKG_VERSION\"),
    },";
    let mut call_arguments = tokens(package);
    // The author's own token, so that what the compiler has to say about `main` points at it.
    call_arguments.extend([TokenTree::from(signature.name.clone())]);

    let mut body = item;
    body.extend(tokens(&format!("::winsvc::__private::{function}")));
    body.extend([group(Delimiter::Parenthesis, call_arguments)]);

    let mut wrapper = tokens("fn main() -> ::winsvc::__private::ExitCode");
    wrapper.extend([group(Delimiter::Brace, body)]);
    wrapper
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the text is Rust")
}

fn group(delimiter: Delimiter, tokens: TokenStream) -> TokenTree {
    Group::new(delimiter, tokens).into()
}

/// Whether a token is this word.
fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if is_named(ident, word))
}

fn is_named(ident: &Ident, word: &str) -> bool {
    ident.to_string() == word
}
