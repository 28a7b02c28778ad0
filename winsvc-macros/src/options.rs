//! The options of the attribute: `#[winsvc::main(flavor = "current_thread", crate = "svc")]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Lit, LitInt, LitStr, Path, Token};

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) is_current_thread: bool,
    pub(crate) worker_threads: Option<LitInt>,
    /// The first option that configures the async runtime.
    pub(crate) runtime_place: Option<Span>,
    /// The path of the winsvc crate in the program.
    path: Option<Path>,
    pub(crate) verbs: Verbs,
    flavor_is_given: bool,
    verbs_are_given: bool,
}

/// The word that introduces the commands.
#[derive(Default)]
pub(crate) enum Verbs {
    #[default]
    Default,
    Word(LitStr),
    Off,
}

const EXPECTED: &str =
    "expected `flavor = \"..\"`, `worker_threads = ..`, `verbs = \"..\"` or `crate = \"..\"`";
const VERBS_EXPECTED: &str =
    "expected a word of ASCII letters, digits and hyphens, as in `verbs = \"svc\"`, or `verbs = false`";
const PATH_EXPECTED: &str = "expected a path in quotes, as in `crate = \"svc\"`";

impl Options {
    /// The path of the library: as written in the option `crate`, else with the span `place`.
    pub(crate) fn library_at(&self, place: Span) -> TokenStream {
        let renamed = self.path.as_ref().map(ToTokens::to_token_stream);
        renamed.unwrap_or_else(|| quote_spanned!(place=> ::winsvc))
    }

    fn set(&mut self, name: &Ident, value: ParseStream<'_>) -> Result<(), Error> {
        let is_given = match name.to_string().as_str() {
            "flavor" => {
                self.runtime_place.get_or_insert(name.span());
                self.is_current_thread = flavor_is_current_thread(&literal(value, EXPECTED)?)?;
                std::mem::replace(&mut self.flavor_is_given, true)
            }
            "worker_threads" => {
                self.runtime_place.get_or_insert(name.span());
                let threads = worker_threads(literal(value, EXPECTED)?)?;
                self.worker_threads.replace(threads).is_some()
            }
            "verbs" => {
                self.verbs = verbs(literal(value, VERBS_EXPECTED)?)?;
                std::mem::replace(&mut self.verbs_are_given, true)
            }
            "crate" => {
                let path = path(&literal(value, PATH_EXPECTED)?)?;
                self.path.replace(path).is_some()
            }
            _ => return Err(Error::new(name.span(), EXPECTED)),
        };
        if is_given {
            return Err(Error::new(name.span(), "duplicate option"));
        }
        Ok(())
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let expected = |error: Error| Error::new(error.span(), EXPECTED);
        let mut options = Self::default();
        while !input.is_empty() {
            let name = input.call(Ident::parse_any).map_err(expected)?;
            if input.is_empty() {
                return Err(Error::new(name.span(), EXPECTED));
            }
            let equals: Token![=] = input.parse().map_err(expected)?;
            if input.is_empty() {
                return Err(Error::new_spanned(equals, EXPECTED));
            }
            options.set(&name, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>().map_err(expected)?;
            }
        }
        match &options.worker_threads {
            Some(threads) if options.is_current_thread => {
                let message = "`worker_threads` requires `flavor = \"multi_thread\"`";
                Err(Error::new(threads.span(), message))
            }
            _ => Ok(options),
        }
    }
}

fn literal(value: ParseStream<'_>, expected: &str) -> Result<Lit, Error> {
    value.parse().map_err(|error| Error::new(error.span(), expected))
}

fn flavor_is_current_thread(value: &Lit) -> Result<bool, Error> {
    if let Lit::Str(flavor) = value {
        match flavor.value().as_str() {
            "current_thread" => return Ok(true),
            "multi_thread" => return Ok(false),
            _ => {}
        }
    }
    let message = "unknown flavor; expected \"current_thread\" or \"multi_thread\"";
    Err(Error::new(value.span(), message))
}

fn worker_threads(value: Lit) -> Result<LitInt, Error> {
    let place = value.span();
    match value {
        Lit::Int(threads)
            if matches!(threads.suffix(), "" | "usize")
                && threads.base10_parse::<u32>().is_ok_and(|count| count > 0) =>
        {
            Ok(threads)
        }
        _ => {
            let message = "expected a whole number of at least 1, as in `worker_threads = 4`";
            Err(Error::new(place, message))
        }
    }
}

fn verbs(value: Lit) -> Result<Verbs, Error> {
    let place = value.span();
    // The word becomes part of the zip's scripts.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match value {
        Lit::Bool(on) if !on.value => Ok(Verbs::Off),
        Lit::Str(word) if !word.value().is_empty() && word.value().bytes().all(is_word) => {
            Ok(Verbs::Word(word))
        }
        _ => Err(Error::new(place, VERBS_EXPECTED)),
    }
}

fn path(value: &Lit) -> Result<Path, Error> {
    let path = match value {
        Lit::Str(text) => text.parse_with(Path::parse_mod_style).ok(),
        _ => None,
    };
    path.ok_or_else(|| Error::new(value.span(), PATH_EXPECTED))
}
