//! The host with real programs, mostly as the service of a fake SCM.
#![cfg(unix)]

mod hooks;
mod output;
mod restart;
mod start;
mod stop;
mod support;
mod terminal;
