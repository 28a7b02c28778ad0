//! The output of the attribute. The compiler's messages about it are in the tests of the library (`tests/misuse`).

use proc_macro2::TokenStream;
use quote::quote;

use super::expand;

#[track_caller]
fn assert_expands(arguments: TokenStream, item: TokenStream, expected: &TokenStream) {
    assert_eq!(expand(arguments, item).to_string(), expected.to_string());
}

/// The function is inside unchanged, including its attributes, and is passed to the matching function of the library.
#[test]
fn the_function_is_passed_on_unchanged() {
    let main = quote! {
        /// Documented.
        #[allow(unused)]
        pub async fn main(service: winsvc::Service) -> Result<(), Error> {
            service.stop_requested().await;
            Ok(())
        }
    };
    let expected = quote! {
        fn main() -> ::winsvc::__private::ExitCode {
            #main
            ::winsvc::__private::async_main_with(
                ::winsvc::__private::Package {
                    name: ::core::env!("CARGO_PKG_NAME"),
                    version: ::core::env!("CARGO_PKG_VERSION"),
                    verbs: ::winsvc::__private::verbs!("service"),
                },
                ::winsvc::__private::Runtime {
                    is_current_thread: false,
                    worker_threads: ::core::option::Option::Some(4),
                },
                main
            )
        }
    };
    assert_expands(quote!(worker_threads = 4), main, &expected);
}

/// Every path to the library is the one in `crate`; a program with a renamed dependency has no `winsvc`.
#[test]
fn a_renamed_dependency_is_the_only_path() {
    let expected = quote! {
        fn main() -> services::svc::__private::ExitCode {
            async fn main() {}
            services::svc::__private::async_main(
                services::svc::__private::Package {
                    name: ::core::env!("CARGO_PKG_NAME"),
                    version: ::core::env!("CARGO_PKG_VERSION"),
                    verbs: services::svc::__private::verbs!("service"),
                },
                services::svc::__private::Runtime {
                    is_current_thread: true,
                    worker_threads: ::core::option::Option::None,
                },
                main
            )
        }
    };
    assert_expands(
        quote!(crate = "services::svc", flavor = "current_thread"),
        quote!(
            async fn main() {}
        ),
        &expected,
    );
}

/// `crate` is not an option of the async runtime, so a `fn main` without `async` accepts it.
#[test]
fn a_plain_main_gets_no_runtime() {
    for (main, hand_over) in [
        (
            quote!(
                fn main() {}
            ),
            quote!(main),
        ),
        (
            quote!(
                fn main(_: svc::Starting) {}
            ),
            quote!(main_with),
        ),
    ] {
        let expected = quote! {
            fn main() -> ::svc::__private::ExitCode {
                #main
                ::svc::__private::#hand_over(
                    ::svc::__private::Package {
                        name: ::core::env!("CARGO_PKG_NAME"),
                        version: ::core::env!("CARGO_PKG_VERSION"),
                        verbs: ::svc::__private::verbs!("service"),
                    },
                    main
                )
            }
        };
        assert_expands(quote!(crate = "::svc"), main, &expected);
    }
}

/// The word of the commands can be changed, or the commands disabled.
#[test]
fn the_verbs_have_the_word_of_the_attribute() {
    for (arguments, verbs) in [
        (quote!(verbs = "svc"), quote!(::winsvc::__private::verbs!("svc"))),
        (quote!(verbs = false), quote!(::core::option::Option::None)),
    ] {
        let expected = quote! {
            fn main() -> ::winsvc::__private::ExitCode {
                fn main() {}
                ::winsvc::__private::main(
                    ::winsvc::__private::Package {
                        name: ::core::env!("CARGO_PKG_NAME"),
                        version: ::core::env!("CARGO_PKG_VERSION"),
                        verbs: #verbs,
                    },
                    main
                )
            }
        };
        let main = quote!(
            fn main() {}
        );
        assert_expands(arguments, main, &expected);
    }
}

/// After an error the function is kept inside a valid `main`, so that the compiler reports no other errors.
#[test]
fn an_error_leaves_a_valid_main() {
    let message = "the `main` of a service cannot be unsafe";
    let expected = quote! {
        ::core::compile_error! { #message }
        fn main() {
            #[allow(unused)]
            unsafe fn main(service: Service) {}
        }
    };
    let main = quote! {
        #[allow(unused)]
        unsafe fn main(service: Service) {}
    };
    assert_expands(quote!(), main, &expected);
}

/// An attribute of another runtime is removed, because it would report its own error about the argument.
#[test]
fn an_error_removes_the_attribute_of_another_runtime() {
    let message = "remove `#[tokio::main]`: `#[winsvc::main]` starts the async runtime";
    let expected = quote! {
        ::core::compile_error! { #message }
        fn main() {
            #[allow(unused)]
            async fn main(service: Service) {}
        }
    };
    let main = quote! {
        #[tokio::main(flavor = "current_thread")]
        #[allow(unused)]
        async fn main(service: Service) {}
    };
    assert_expands(quote!(), main, &expected);
}
