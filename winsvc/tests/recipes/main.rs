//! Recipes of `docs/`: what a page prints is compiled and run here.
#![cfg(feature = "tokio")]

#[expect(unreachable_pub, reason = "a page prints it")]
mod cancellation_token;

use std::sync::mpsc;
use std::time::Duration;

use winsvc::Service;
use winsvc::testing::{Request, Scm, State};

#[test]
fn a_page_prints_the_recipe_that_is_tested() {
    let page = include_str!("../../../docs/entry.md").replace("\r\n", "\n");
    let recipe = include_str!("cancellation_token.rs").replace("\r\n", "\n");
    assert!(page.contains(&format!("```rust\n{recipe}```\n")));
}

#[test]
fn a_cancellation_token_is_cancelled_at_the_stop() {
    let service = Scm::new("acme-agent").start(cancellation_token::serve);
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

/// The recipe's task waits for the stop long before the port is bound.
#[test]
fn a_cancellation_token_does_not_make_the_service_ready() {
    let (bind, may_bind) = mpsc::channel::<()>();
    let (waits, is_waiting) = mpsc::channel();
    let service = Scm::new("acme-agent").start(async move |service: Service| {
        let token = cancellation_token::stop_token(&service);
        tokio::time::sleep(Duration::from_millis(50)).await; // its task runs
        waits.send(()).unwrap();
        may_bind.recv().unwrap();
        service.ready();
        token.cancelled().await;
    });
    is_waiting.recv().unwrap();
    assert_eq!(service.status().state, State::StartPending);
    bind.send(()).unwrap();
    service.wait_for(State::Running);
    service.send(Request::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}
