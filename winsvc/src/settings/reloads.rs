//! Settings that are read again while the service runs: [`Reloads`].

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
#[cfg(feature = "stream")]
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use serde::de::DeserializeOwned;

use super::Settings;
use crate::control::{Control, Pending};
use crate::service::Controls;

/// Reads the settings again each time that the service receives a parameter change.
///
/// Created by [`Settings::reloads`]. A parameter change is `sc control NAME paramchange`, or SIGHUP on Linux and macOS.
///
/// A change is completed (systemd waits for this) when the program asks for the next one; by then it must have applied
/// the settings. If the settings are invalid, the change is refused: event 27 contains the error, and the program keeps
/// its settings without being notified.
///
/// ```no_run
/// # #[derive(serde::Deserialize)]
/// # struct Settings { workers: u16 }
/// #[winsvc::main]
/// fn main(service: winsvc::Service) {
///     let mut reloads = service.settings().reloads::<Settings>();
///     service.ready();
///     while let Some(changed) = reloads.wait_next() {
///         println!("{} workers from now on", changed.workers);
///     }
/// }
/// ```
#[must_use = "settings are only read again while the program waits for them"]
pub struct Reloads<T> {
    settings: Settings,
    controls: Controls,
    /// The change that the program is applying.
    under_way: Option<Pending>,
    gives: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Reloads<T> {
    pub(super) fn new(settings: Settings, controls: Controls) -> Self {
        Self {
            settings,
            controls: controls.accept_param_change(),
            under_way: None,
            gives: PhantomData,
        }
    }

    /// Waits for valid changed settings; returns `None` when the service must stop.
    ///
    /// The future may be dropped at any time without losing a change, so it can be used in `select!`, with any async
    /// runtime. The files are read by the thread that polls the future: they are small, and local.
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { workers: u16 }
    /// # async fn example(service: winsvc::Service) {
    /// let mut reloads = service.settings().reloads::<Settings>();
    /// while let Some(changed) = reloads.next().await {
    ///     println!("{} workers from now on", changed.workers);
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|context| self.poll_next_change(context)).await
    }

    fn poll_next_change(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.under_way = None;
        loop {
            let Some(control) = ready!(self.controls.poll_next_control(context)) else {
                return Poll::Ready(None);
            };
            if let Some(settings) = self.take(control) {
                return Poll::Ready(Some(settings));
            }
        }
    }

    /// Blocks the thread until there are changed settings: [`next`](Self::next) for a `main` without async.
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize)]
    /// # struct Settings { workers: usize }
    /// #[winsvc::main]
    /// fn main(starting: winsvc::Starting) -> Result<(), winsvc::settings::Error> {
    ///     let settings = starting.settings();
    ///     let first: Settings = settings.read()?;
    ///     let mut reloads = settings.reloads::<Settings>();
    ///     starting.ready();
    ///     println!("{} workers", first.workers);
    ///     while let Some(changed) = reloads.wait_next() {
    ///         println!("{} workers from now on", changed.workers);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn wait_next(&mut self) -> Option<T> {
        self.under_way = None;
        loop {
            let control = self.controls.wait_next()?;
            if let Some(settings) = self.take(control) {
                return Some(settings);
            }
        }
    }

    fn take(&mut self, control: Control) -> Option<T> {
        let Control::ParamChange(change) = control else {
            return None;
        };
        match self.settings.read() {
            Ok(settings) => {
                self.under_way = Some(change);
                Some(settings)
            }
            Err(error) => {
                change.refuse(error.line());
                None
            }
        }
    }
}

/// The changed settings as a stream, for the combinators of `StreamExt` (feature `stream`). A change is completed when
/// the stream is polled again. With `StreamExt` in scope, `next` remains the method [`next`](Reloads::next) of
/// `Reloads`, which returns the same.
#[cfg(feature = "stream")]
impl<T: DeserializeOwned> futures_core::Stream for Reloads<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_next_change(context)
    }
}

impl<T> fmt::Debug for Reloads<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloads")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
