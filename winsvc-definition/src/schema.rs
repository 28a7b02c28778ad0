//! Parts of the JSON schema that are not derived from a type.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A value that has one of several forms.
pub(crate) struct OneOf<T>(PhantomData<T>);

macro_rules! one_of {
    ($($form:ident),+) => {
        impl<$($form: JsonSchema),+> JsonSchema for OneOf<($($form,)+)> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                [$($form::schema_name()),+].join(" or ").into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "anyOf": [$(generator.subschema_for::<$form>()),+] })
            }
        }
    };
}

one_of!(A, B);
one_of!(A, B, C);
one_of!(A, B, C, D);
