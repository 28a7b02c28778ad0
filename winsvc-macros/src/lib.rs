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

mod options;
mod signature;

use proc_macro::{Delimiter, Group, Ident, TokenStream, TokenTree};

use options::Options;
use signature::{Misuse, Signature};

/// Makes a service of `main`. Documented at `winsvc::main`.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match check(arguments, item.clone()) {
        Ok((options, signature)) => wrap(&options, &signature, item),
        Err(misuse) => {
            let mut tokens = misuse.compile_error();
            tokens.extend(quieted(item));
            tokens
        }
    }
}

fn check(arguments: TokenStream, item: TokenStream) -> Result<(Options, Signature), Misuse> {
    let options = Options::read(arguments)?;
    let signature = Signature::read(item)?;
    match options.place {
        Some(place) if !signature.is_async => {
            let message = "a `fn main` without `async` has no async runtime";
            Err(Misuse::at(place, message))
        }
        _ => Ok((options, signature)),
    }
}

fn wrap(options: &Options, signature: &Signature, item: TokenStream) -> TokenStream {
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
    if signature.is_async {
        call_arguments.extend(runtime(options));
    }
    call_arguments.extend([TokenTree::from(signature.name.clone())]);

    let mut call = tokens(&format!("::winsvc::__private::{function}"));
    call.extend([group(Delimiter::Parenthesis, call_arguments)]);

    let mut body = item;
    body.extend(located_at(&signature.name, call));

    let mut wrapper = tokens("fn main() -> ::winsvc::__private::ExitCode");
    wrapper.extend([group(Delimiter::Brace, body)]);
    wrapper
}

/// The runtime that was asked for, as an argument.
fn runtime(options: &Options) -> TokenStream {
    let threads = match &options.worker_threads {
        Some(threads) => format!("Some({threads})"),
        None => "None".to_owned(),
    };
    tokens(&format!(
        "::winsvc::__private::Runtime {{
            is_current_thread: {},
            worker_threads: ::core::option::Option::{threads},
        }},",
        options.is_current_thread
    ))
}

/// The item as it was, so that the compiler does not call unused what it uses; a `main` inside of another, so that it does
/// not call that a bad `main` either. The one error says it all.
fn quieted(item: TokenStream) -> TokenStream {
    if !signature::is_main(item.clone()) {
        return item;
    }
    let mut wrapper = tokens("fn main()");
    wrapper.extend([group(Delimiter::Brace, item)]);
    wrapper
}

/// The tokens in the place of the author's `main`, so that what the compiler has to say about its types points there.
fn located_at(name: &Ident, tokens: TokenStream) -> impl Iterator<Item = TokenTree> {
    let place = name.span();
    tokens.into_iter().map(move |mut token| {
        token.set_span(token.span().located_at(place));
        token
    })
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
