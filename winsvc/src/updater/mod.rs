//! The updater service of a product, and the process that installs.
//!
//! ```text
//! service NAME-update (service.rs) ──▶ downloads, verifies ──▶ starts ──▶ runner (runner.rs): stops the services,
//!     ▲ │ waits for the runner's end                                      installs, watches, rolls back
//!     │ └──▶ starts it again if it was interrupted                          │
//!     └──────────────── is started again in the new version ◀───────────────┘
//! ```
//!
//! Both are the product's exe. The runner is a copy of it in the update folder, so that the exe can be replaced, and the
//! code that watches a new version is that of the old one. Both do what [`crate::update`] decides.

mod folder;
mod machine;
mod product;
mod runner;
mod service;
mod status;

pub(crate) use runner::run as run_if_runner;
pub(crate) use service::serve;
