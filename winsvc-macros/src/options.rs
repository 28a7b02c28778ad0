//! What the attribute was given: `#[winsvc::main(flavor = "current_thread", worker_threads = 4)]`.

use proc_macro::{Ident, Literal, Span, TokenStream, TokenTree};

use crate::is_named;
use crate::signature::{Misuse, is_punct};

/// The options, as they stand there.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) is_current_thread: bool,
    pub(crate) worker_threads: Option<Literal>,
    /// Where the first one is.
    pub(crate) place: Option<Span>,
    flavor_is_given: bool,
}

const EXPECTED: &str = "`#[winsvc::main]` takes `flavor = \"..\"` and `worker_threads = ..`";

impl Options {
    pub(crate) fn read(arguments: TokenStream) -> Result<Self, Misuse> {
        let mut options = Self::default();
        let mut tokens = arguments.into_iter();
        while let Some(token) = tokens.next() {
            let TokenTree::Ident(name) = &token else {
                return Err(Misuse::new(&token, EXPECTED));
            };
            options.place.get_or_insert(name.span());
            match tokens.next() {
                Some(token) if is_punct(&token, '=') => {}
                Some(other) => return Err(Misuse::new(&other, EXPECTED)),
                None => return Err(Misuse::new(&token, EXPECTED)),
            }
            let value = match tokens.next() {
                Some(TokenTree::Literal(value)) => value,
                Some(other) => return Err(Misuse::new(&other, EXPECTED)),
                None => return Err(Misuse::new(&token, EXPECTED)),
            };
            options.set(name, value)?;
            match tokens.next() {
                None => break,
                Some(comma) if is_punct(&comma, ',') => {}
                Some(other) => return Err(Misuse::new(&other, EXPECTED)),
            }
        }
        match &options.worker_threads {
            Some(threads) if options.is_current_thread => {
                let message = "a runtime of the flavor `current_thread` has no worker threads";
                Err(Misuse::at(threads.span(), message))
            }
            _ => Ok(options),
        }
    }

    fn set(&mut self, name: &Ident, value: Literal) -> Result<(), Misuse> {
        let text = value.to_string();
        let is_given = if is_named(name, "flavor") {
            self.is_current_thread = match text.as_str() {
                "\"current_thread\"" => true,
                "\"multi_thread\"" => false,
                _ => {
                    let message = "a flavor is \"current_thread\" or \"multi_thread\"";
                    return Err(Misuse::at(value.span(), message));
                }
            };
            std::mem::replace(&mut self.flavor_is_given, true)
        } else if is_named(name, "worker_threads") {
            let digits = text.replace('_', "");
            let digits = digits.strip_suffix("usize").unwrap_or(&digits);
            if digits.parse::<u32>().unwrap_or(0) == 0 {
                let message = "`worker_threads` is a whole number from 1 on";
                return Err(Misuse::at(value.span(), message));
            }
            self.worker_threads.replace(value).is_some()
        } else {
            return Err(Misuse::at(name.span(), EXPECTED));
        };
        if is_given {
            return Err(Misuse::at(name.span(), "this option is given twice"));
        }
        Ok(())
    }
}
