//! The programs, and what the compiler says of each.

/// A program's name, its text, and the errors in it: line, column, headline.
pub(crate) type Program = (&'static str, &'static str, &'static [&'static str]);

/// The programs of a package that has the dependency `winsvc`.
pub(crate) const PROGRAMS: &[Program] = &[
    (
        "every_part_of_a_signature",
        r#"
            /// Documented.
            #[winsvc::main]
            #[allow(unused_mut, reason = "as attributes go")]
            pub(crate) async fn main(mut service: winsvc::Service,) -> Result<(), Box<dyn std::error::Error>> {
                main_loop(&service).await
            }

            async fn main_loop(service: &winsvc::Service) -> Result<(), Box<dyn std::error::Error>> {
                service.stop_requested().await;
                Ok(())
            }
        "#,
        &[],
    ),
    (
        "from_a_macro",
        r"
            macro_rules! service {
                ($visibility:vis $argument:ty) => {
                    #[winsvc::main]
                    $visibility fn main(_: $argument) {}
                };
            }
            service!(pub winsvc::Starting);
        ",
        &[],
    ),
    (
        "an_item_of_a_macro",
        r#"
            macro_rules! service {
                ($main:item) => {
                    #[winsvc::main(flavor = "current_thread")]
                    $main
                };
            }
            service!(pub async fn main(_: winsvc::Starting) {});
        "#,
        &[],
    ),
    (
        "attributes_of_every_kind",
        r#"
            /** Documented. */
            #[doc = concat!("as ", "well")]
            #[winsvc::main]
            #[cfg_attr(any(), tokio::main)]
            #[doc = stringify!(main)]
            #[unsafe(export_name = "serve")]
            #[expect(unused_variables)]
            pub(crate) fn main(#[allow(unused)] service: winsvc::Service) where u8: Copy {
                #![allow(unused_must_use)]
                let main = async { tokio_main() };
            }

            fn tokio_main() {}
        "#,
        &[],
    ),
    (
        "commas_in_a_type",
        r"
            #[winsvc::main]
            fn main(_: Identity<winsvc::Service, fn(u8) -> u8>) {}

            type Identity<A, B> = <(A, B) as First>::First;
            trait First { type First; }
            impl<A, B> First for (A, B) { type First = A; }
        ",
        &[],
    ),
    (
        "arguments_of_the_attribute",
        r#"
            #[winsvc::main(flavor = "current_thread")]
            async fn main() {}
        "#,
        &[],
    ),
    (
        "every_option",
        r#"
            #[winsvc::main(flavor = "multi_thread", worker_threads = 1_0usize,)]
            async fn main(_: winsvc::Starting) {}
        "#,
        &[],
    ),
    (
        "an_unknown_option",
        r"
            #[winsvc::main(threads = 4)]
            async fn main() {}
        ",
        &[
            "2:28: error: expected `flavor = \"..\"`, `worker_threads = ..`, `verbs = \"..\"` or `crate = \"..\"`",
        ],
    ),
    (
        "an_option_without_value",
        r"
            #[winsvc::main(worker_threads)]
            async fn main() {}
        ",
        &[
            "2:28: error: expected `flavor = \"..\"`, `worker_threads = ..`, `verbs = \"..\"` or `crate = \"..\"`",
        ],
    ),
    (
        "an_unknown_flavor",
        r#"
            #[winsvc::main(flavor = "local")]
            async fn main() {}
        "#,
        &["2:37: error: unknown flavor; expected \"current_thread\" or \"multi_thread\""],
    ),
    (
        "no_worker_threads",
        r"
            #[winsvc::main(worker_threads = 0)]
            async fn main() {}
        ",
        &["2:45: error: expected a whole number of at least 1, as in `worker_threads = 4`"],
    ),
    (
        "a_word_for_the_verbs",
        r#"
            #[winsvc::main(verbs = "svc")]
            async fn main() {}
        "#,
        &[],
    ),
    (
        "no_verbs",
        r"
            #[winsvc::main(verbs = false)]
            fn main() {}
        ",
        &[],
    ),
    (
        "two_words_for_the_verbs",
        r#"
            #[winsvc::main(verbs = "my svc")]
            async fn main() {}
        "#,
        &[
            "2:36: error: expected a word of ASCII letters, digits and hyphens, as in `verbs = \"svc\"`, or `verbs = false`",
        ],
    ),
    (
        "verbs_switched_on",
        r"
            #[winsvc::main(verbs = true)]
            async fn main() {}
        ",
        &[
            "2:36: error: expected a word of ASCII letters, digits and hyphens, as in `verbs = \"svc\"`, or `verbs = false`",
        ],
    ),
    (
        "verbs_twice",
        r#"
            #[winsvc::main(verbs = "svc", verbs = false)]
            async fn main() {}
        "#,
        &["2:43: error: duplicate option"],
    ),
    (
        "an_option_twice",
        r"
            #[winsvc::main(worker_threads = 2, worker_threads = 2)]
            async fn main() {}
        ",
        &["2:48: error: duplicate option"],
    ),
    (
        "workers_of_a_single_thread",
        r#"
            #[winsvc::main(worker_threads = 2, flavor = "current_thread")]
            async fn main() {}
        "#,
        &["2:45: error: `worker_threads` requires `flavor = \"multi_thread\"`"],
    ),
    (
        "a_runtime_without_async",
        r#"
            #[winsvc::main(flavor = "current_thread")]
            fn main() {}
        "#,
        &["2:28: error: this option requires `async fn main`"],
    ),
    (
        "a_crate_without_quotes",
        r"
            #[winsvc::main(crate = winsvc)]
            async fn main() {}
        ",
        &["2:36: error: expected a path in quotes, as in `crate = \"svc\"`"],
    ),
    (
        "a_crate_that_is_no_path",
        r#"
            #[winsvc::main(crate = "my-winsvc")]
            async fn main() {}
        "#,
        &["2:36: error: expected a path in quotes, as in `crate = \"svc\"`"],
    ),
    (
        "a_crate_twice",
        r#"
            #[winsvc::main(crate = "winsvc", crate = "winsvc")]
            async fn main() {}
        "#,
        &["2:46: error: duplicate option"],
    ),
    (
        "a_crate_that_is_not_there",
        r#"
            #[winsvc::main(crate = "svc")]
            async fn main(service: winsvc::Service) {}
        "#,
        &["2:36: error[E0433]"],
    ),
    (
        "the_path_of_a_module",
        r#"
            mod services { pub(crate) use winsvc as svc; }

            #[winsvc::main(crate = "crate::services::svc")]
            fn main(_: winsvc::Service) {}
        "#,
        &[],
    ),
    (
        "tokio_below",
        r"
            #[winsvc::main]
            /// Documented.
            #[tokio::main]
            async fn main(service: winsvc::Service) { service.stop_requested().await }
        ",
        &["4:13: error: remove `#[tokio::main]`: `#[winsvc::main]` starts the async runtime"],
    ),
    (
        "tokio_above",
        r#"
            #[tokio::main(flavor = "current_thread")]
            #[winsvc::main]
            async fn main() { std::future::pending().await }
        "#,
        &["2:13: error: remove `#[tokio::main]`: `#[winsvc::main]` starts the async runtime"],
    ),
    (
        "tokio_above_with_a_result",
        r"
            #[cfg_attr(all(), tokio::main)]
            #[winsvc::main]
            async fn main() -> Result<(), std::io::Error> { Ok(()) }
        ",
        &["2:31: error: remove `#[tokio::main]`: `#[winsvc::main]` starts the async runtime"],
    ),
    (
        "imported_tokio_above",
        r"
            use tokio::main;

            #[main]
            #[winsvc::main]
            async fn main() {}
        ",
        &["4:13: error: remove `#[main]`: `#[winsvc::main]` starts the async runtime"],
    ),
    (
        // tokio's own error about the argument comes as well.
        "tokio_above_with_an_argument",
        r"
            #[tokio::main]
            #[winsvc::main]
            async fn main(service: winsvc::Service) { service.stop_requested().await }
        ",
        &[
            "2:13: error: remove `#[tokio::main]`: `#[winsvc::main]` starts the async runtime",
            "4:22: error: the main function cannot accept arguments",
        ],
    ),
    (
        "other_runtimes_below",
        r#"
            mod async_std {
                #[winsvc::main]
                #[async_std::main]
                async fn main() {}
            }

            mod actix {
                #[winsvc::main]
                #[::actix_web::main(system = "x")]
                async fn main() {}
            }

            mod actix_alone {
                #[winsvc::main]
                #[actix_rt::main]
                fn main() {}
            }

            fn main() {}
        "#,
        &[
            "4:17: error: remove `#[async_std::main]`: `#[winsvc::main]` starts the async runtime",
            "10:17: error: remove `#[::actix_web::main]`: `#[winsvc::main]` starts the async runtime",
            "16:17: error: remove `#[actix_rt::main]`: `#[winsvc::main]` starts the async runtime",
        ],
    ),
    (
        // The function may start a runtime of its own, by hand.
        "a_runtime_by_hand",
        r"
            #[winsvc::main]
            fn main(service: winsvc::Service) -> std::io::Result<()> {
                let body = async { service.stop_requested().await; Ok(()) };
                return tokio::runtime::Builder::new_current_thread().build()?.block_on(body);
            }
        ",
        &[],
    ),
    (
        // A path to another function `main` is no attribute.
        "the_path_of_another_main",
        r"
            mod app { pub(crate) fn main() {} }

            macro_rules! service {
                ($main:path) => {
                    #[winsvc::main]
                    fn main(_: winsvc::Service) { $main() }
                };
            }
            service!(app::main);
        ",
        &[],
    ),
    (
        "no_function",
        r"
            #[winsvc::main]
            struct Main;

            fn main() {}
        ",
        &["3:13: error: expected `fn main` or `async fn main` after `#[winsvc::main]`"],
    ),
    (
        "another_function",
        r"
            #[winsvc::main]
            async fn serve() {}

            fn main() {}
        ",
        &["3:22: error: `#[winsvc::main]` is only allowed on the `main` function of a program"],
    ),
    (
        "generic",
        r"
            #[winsvc::main]
            async fn main<S>(service: S) {}
        ",
        &["3:26: error: the `main` of a service cannot be generic"],
    ),
    (
        "unsafe_function",
        r"
            #[winsvc::main]
            unsafe fn main() {}
        ",
        &["3:13: error: the `main` of a service cannot be unsafe"],
    ),
    (
        "two_arguments",
        r"
            use winsvc::{Service, Starting};

            #[winsvc::main]
            async fn main(starting: Starting, service: Service) {}
        ",
        &[
            "5:47: error: the `main` of a service takes at most one argument: `winsvc::Service` or `winsvc::Starting`",
        ],
    ),
    (
        "a_wrong_argument",
        r"
            #[winsvc::main]
            async fn main(arguments: Vec<String>) {}
        ",
        &["3:22: error[E0277]: the `main` of a service cannot take `Vec<String>`"],
    ),
    (
        "a_wrong_result",
        r"
            #[winsvc::main]
            async fn main() -> u8 { 0 }
        ",
        &["3:22: error[E0277]: the `main` of a service cannot return `u8`"],
    ),
    (
        "a_wrong_error",
        r"
            #[winsvc::main]
            fn main(service: winsvc::Service) -> Result<(), u8> { Ok(()) }
        ",
        &["3:16: error[E0277]: the `main` of a service cannot return the error `u8`"],
    ),
];

/// The programs of a package that has it under another name: `svc = { package = "winsvc" }`.
pub(crate) const RENAMED: &[Program] = &[
    (
        "renamed",
        r#"
            #[svc::main(crate = "svc", worker_threads = 2)]
            async fn main(service: svc::Service) -> Result<(), std::io::Error> {
                service.stop_requested().await;
                Ok(())
            }
        "#,
        &[],
    ),
    (
        "renamed_without_async",
        r#"
            #[svc::main(crate = "::svc")]
            fn main(starting: svc::Starting) {
                starting.ready().wait_for_stop();
            }
        "#,
        &[],
    ),
    (
        // A type error is still at the author's `main`.
        "renamed_with_a_wrong_argument",
        r#"
            #[svc::main(crate = "svc")]
            async fn main(arguments: Vec<String>) {}
        "#,
        &["3:22: error[E0277]: the `main` of a service cannot take `Vec<String>`"],
    ),
    (
        "renamed_with_a_wrong_result",
        r#"
            #[svc::main(crate = "svc")]
            fn main() -> u8 { 0 }
        "#,
        &["3:16: error[E0277]: the `main` of a service cannot return `u8`"],
    ),
];
