//! The function below the attribute: whether it is async, whether it takes an argument, and whether it is valid.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{Abi, Attribute, Error, Signature, Token, Visibility};

/// A function, as far as the attribute reads it.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) signature: Signature,
    /// The keyword; its field in the signature differs between versions of syn.
    unsafety: Option<Token![unsafe]>,
    /// The tokens after the attributes, unchanged.
    pub(crate) rest: TokenStream,
}

const NOT_A_FUNCTION: &str = "expected `fn main` or `async fn main` after `#[winsvc::main]`";

impl Function {
    pub(crate) fn read(item: TokenStream) -> Result<Self, Error> {
        syn::parse2(item)
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The token `main` of the program.
    pub(crate) fn name(&self) -> &Ident {
        &self.signature.ident
    }

    pub(crate) fn is_main(&self) -> bool {
        self.name() == "main"
    }

    /// Whether there is an argument; the compiler checks its type.
    pub(crate) fn has_argument(&self) -> bool {
        !self.signature.inputs.is_empty() || self.signature.variadic.is_some()
    }

    /// Checks that a service can start with this function. The compiler checks visibility, `const` and the ABI.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(word) = &self.unsafety {
            return Err(Error::new_spanned(
                word,
                "the `main` of a service cannot be unsafe",
            ));
        }
        if !self.is_main() {
            let message = "`#[winsvc::main]` is only allowed on the `main` function of a program";
            return Err(Error::new_spanned(self.name(), message));
        }
        if let Some(bracket) = &self.signature.generics.lt_token {
            return Err(Error::new_spanned(
                bracket,
                "the `main` of a service cannot be generic",
            ));
        }
        if let Some(second) = self.signature.inputs.iter().nth(1) {
            let message =
                "the `main` of a service takes at most one argument: `winsvc::Service` or `winsvc::Starting`";
            return Err(Error::new_spanned(second, message));
        }
        Ok(())
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let attributes = input.call(Attribute::parse_outer)?;
        let rest = input.fork().parse()?;
        input.parse::<Visibility>()?;
        // syn would name the keyword that it expects; on a struct, for example, the valid items are more helpful.
        let unsafety =
            read_as_far_as_fn(&input.fork()).map_err(|error| Error::new(error.span(), NOT_A_FUNCTION))?;
        let signature = input.parse()?;
        // The compiler checks the body.
        input.parse::<TokenStream>()?;
        Ok(Self {
            attributes,
            signature,
            unsafety,
            rest,
        })
    }
}

/// Reads up to `fn`, and returns the keyword `unsafe`, if there is one.
fn read_as_far_as_fn(input: ParseStream<'_>) -> Result<Option<Token![unsafe]>, Error> {
    input.parse::<Option<Token![const]>>()?;
    input.parse::<Option<Token![async]>>()?;
    let unsafety = input.parse()?;
    input.parse::<Option<Abi>>()?;
    input.parse::<Token![fn]>()?;
    Ok(unsafety)
}
