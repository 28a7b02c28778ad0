//! The attribute `#[winsvc::main]`.
//!
//! It reads the signature, leaves every token of the function unchanged, and wraps it in a `main` that passes it to the
//! library:
//!
//! ```text
//! fn main() -> ExitCode {
//!     async fn main(service: winsvc::Service) { .. }      // the program's, unchanged
//!     winsvc::__private::async_main_with(Package { .. }, Runtime { .. }, main)
//! }
//! ```
//!
//! The library implements the service; this crate only chooses one of its four functions. It runs in the compiler, with
//! `syn`, `quote` and `proc-macro2`: a service does not link them.

mod function;
mod options;
mod other_main;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Error;

use function::Function;
use options::{Options, Verbs};

/// Turns `main` into a service. Documented at `winsvc::main`.
#[proc_macro_attribute]
pub fn main(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(arguments.into(), item.into()).into()
}

fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = match Function::read(item.clone()) {
        Ok(function) => function,
        Err(error) => return with_error(&error, &item),
    };
    if let Some(error) = other_main::that_has_run(&function) {
        // The output of the other attribute may be a valid `main`.
        let item = if function.has_argument() {
            quieted(&function)
        } else {
            item
        };
        return with_error(&error, &item);
    }
    match check(arguments, &function) {
        Ok(options) => wrap(&options, &function, &item),
        Err(error) => with_error(&error, &quieted(&function)),
    }
}

fn check(arguments: TokenStream, function: &Function) -> Result<Options, Error> {
    if let Some(error) = other_main::still_to_run(function) {
        return Err(error);
    }
    let options: Options = syn::parse2(arguments)?;
    function.check()?;
    match options.runtime_place {
        Some(place) if !function.is_async() => {
            let message = "this option requires `async fn main`";
            Err(Error::new(place, message))
        }
        _ => Ok(options),
    }
}

fn wrap(options: &Options, function: &Function, item: &TokenStream) -> TokenStream {
    let library = options.library_at(Span::call_site());
    let name = function.name();
    let runtime = function.is_async().then(|| runtime(options, &library));
    let verbs = match &options.verbs {
        Verbs::Default => quote!(#library::__private::verbs!("service")),
        Verbs::Word(word) => quote!(#library::__private::verbs!(#word)),
        Verbs::Off => quote!(::core::option::Option::None),
    };
    let arguments = quote! {
        #library::__private::Package {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            verbs: #verbs,
        },
        #runtime
        #name
    };

    // Located at the program's `main`, so that type errors of the compiler point there.
    let place = Span::call_site().located_at(name.span());
    let library_there = options.library_at(place);
    let hand_over = match (function.is_async(), function.has_argument()) {
        (true, true) => "async_main_with",
        (true, false) => "async_main",
        (false, true) => "main_with",
        (false, false) => "main",
    };
    let hand_over = Ident::new(hand_over, place);
    let call = quote_spanned!(place=> #library_there::__private::#hand_over(#arguments));

    quote! {
        fn main() -> #library::__private::ExitCode {
            #item
            #call
        }
    }
}

/// The requested runtime, as an argument.
fn runtime(options: &Options, library: &TokenStream) -> TokenStream {
    let is_current_thread = options.is_current_thread;
    let worker_threads = if let Some(threads) = &options.worker_threads {
        quote!(::core::option::Option::Some(#threads))
    } else {
        quote!(::core::option::Option::None)
    };
    quote! {
        #library::__private::Runtime {
            is_current_thread: #is_current_thread,
            worker_threads: #worker_threads,
        },
    }
}

fn with_error(error: &Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #item)
}

/// The unchanged function, so that the compiler does not report the items it uses as unused. A function `main` is put
/// inside another `main`, so that the compiler does not report it as an invalid `main`. Other attributes that generate
/// a `main` are removed, because they would add errors of their own.
fn quieted(function: &Function) -> TokenStream {
    let attributes = function
        .attributes
        .iter()
        .filter(|attribute| !other_main::is_main(attribute));
    let rest = &function.rest;
    let function_alone = quote!(#(#attributes)* #rest);
    if function.is_main() {
        quote!(fn main() { #function_alone })
    } else {
        function_alone
    }
}

#[cfg(test)]
mod tests;
