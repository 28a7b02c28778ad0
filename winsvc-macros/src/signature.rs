//! What the attribute has to know of a function: is it async, does it take an argument; and what it cannot work with.

use std::iter::Peekable;

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::{is_named, is_word};

/// What was read of a `main` that can be a service.
pub(crate) struct Signature {
    pub(crate) is_async: bool,
    /// The author's token `main`.
    pub(crate) name: Ident,
    pub(crate) has_argument: bool,
}

/// Something that cannot be a service, and where.
pub(crate) struct Misuse {
    span: Span,
    message: &'static str,
}

const NOT_A_FUNCTION: &str = "`#[winsvc::main]` goes on a function: `async fn main` or `fn main`";

type Tokens = Peekable<std::vec::IntoIter<TokenTree>>;

impl Signature {
    /// Reads the function as far as its argument.
    pub(crate) fn read(item: TokenStream) -> Result<Self, Misuse> {
        let mut tokens = flat(item).into_iter().peekable();
        skip_attributes(&mut tokens);
        let is_async = read_qualifiers(&mut tokens)?;
        let name = match tokens.next() {
            Some(TokenTree::Ident(name)) if is_named(&name, "main") => name,
            Some(other) => {
                let message = "`#[winsvc::main]` goes on the function `main` of a program";
                return Err(Misuse::new(&other, message));
            }
            None => return Err(Misuse::at(Span::call_site(), NOT_A_FUNCTION)),
        };
        let arguments = match tokens.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group,
            Some(other) => return Err(Misuse::new(&other, "the `main` of a service cannot be generic")),
            None => return Err(Misuse::at(name.span(), NOT_A_FUNCTION)),
        };
        Ok(Self {
            is_async,
            name,
            has_argument: read_arguments(&arguments)?,
        })
    }
}

/// Whether an item is a function `main`, however odd.
pub(crate) fn is_main(item: TokenStream) -> bool {
    let tokens = flat(item);
    tokens
        .windows(2)
        .any(|pair| is_word(&pair[0], "fn") && is_word(&pair[1], "main"))
}

/// The tokens without the invisible groups that a `macro_rules!` puts around what it was given.
fn flat(stream: TokenStream) -> Vec<TokenTree> {
    let mut tokens = Vec::new();
    for token in stream {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                tokens.extend(flat(group.stream()));
            }
            other => tokens.push(other),
        }
    }
    tokens
}

/// Passes over `#[..]`, doc comments included.
fn skip_attributes(tokens: &mut Tokens) {
    while tokens.next_if(|token| is_punct(token, '#')).is_some() {
        tokens.next();
    }
}

/// Reads what stands before the name: `pub(crate) async fn` and the like. Gives whether it is async.
fn read_qualifiers(tokens: &mut Tokens) -> Result<bool, Misuse> {
    let mut is_async = false;
    for token in tokens {
        match &token {
            _ if is_word(&token, "fn") => return Ok(is_async),
            _ if is_word(&token, "async") => is_async = true,
            _ if is_word(&token, "unsafe") => {
                return Err(Misuse::new(&token, "the `main` of a service cannot be unsafe"));
            }
            // `const`, `extern "C"` and `pub(..)` make no difference.
            _ if ["pub", "const", "extern"]
                .iter()
                .any(|word| is_word(&token, word)) => {}
            TokenTree::Literal(_) => {}
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
            other => return Err(Misuse::new(other, NOT_A_FUNCTION)),
        }
    }
    Err(Misuse::at(Span::call_site(), NOT_A_FUNCTION))
}

/// Reads the list of arguments. Gives whether there is one; its type is the compiler's business.
fn read_arguments(arguments: &Group) -> Result<bool, Misuse> {
    let mut tokens = flat(arguments.stream()).into_iter().peekable();
    let has_argument = tokens.peek().is_some();
    // A comma inside `<..>` is none between arguments; inside brackets of other kinds it is in a group of its own.
    let mut angles = 0_u32;
    let mut previous_is_minus = false;
    while let Some(token) = tokens.next() {
        let is_arrow = previous_is_minus && is_punct(&token, '>');
        previous_is_minus = is_punct(&token, '-');
        if is_punct(&token, '<') {
            angles += 1;
        } else if is_punct(&token, '>') && !is_arrow {
            angles = angles.saturating_sub(1);
        } else if is_punct(&token, ',') && angles == 0 {
            if let Some(second) = tokens.peek() {
                let message = "the `main` of a service takes one argument at most: `winsvc::Service` or `winsvc::Starting`";
                return Err(Misuse::new(second, message));
            }
        }
    }
    Ok(has_argument)
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

impl Misuse {
    pub(crate) fn new(token: &TokenTree, message: &'static str) -> Self {
        Self::at(token.span(), message)
    }

    pub(crate) fn at(span: Span, message: &'static str) -> Self {
        Self { span, message }
    }

    /// `::core::compile_error! { ".." }`, with every token where the misuse is.
    pub(crate) fn compile_error(&self) -> TokenStream {
        let punct = |character, spacing| TokenTree::from(Punct::new(character, spacing));
        let word = |word| TokenTree::from(Ident::new(word, self.span));
        let mut message = TokenTree::from(Literal::string(self.message));
        message.set_span(self.span);
        [
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            word("core"),
            punct(':', Spacing::Joint),
            punct(':', Spacing::Alone),
            word("compile_error"),
            punct('!', Spacing::Alone),
            Group::new(Delimiter::Brace, message.into()).into(),
        ]
        .into_iter()
        .map(|mut token| {
            token.set_span(self.span);
            token
        })
        .collect()
    }
}
