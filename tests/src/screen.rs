//! A screen and a keyboard for Wine, which draws its windows on an X server.

use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::deadline::{PATIENCE, until};
use crate::paths::{prepared, to_windows};
use crate::process::{Running, require, run, run_probe};
use crate::windows::{Windows, exit_code};

/// An X server without a monitor. There is one for each test.
pub struct Screen {
    _server: Running,
    display: String,
}

impl Screen {
    /// An empty screen.
    ///
    /// # Panics
    ///
    /// When the server does not start.
    #[expect(
        clippy::new_without_default,
        reason = "a default is nothing that starts a server"
    )]
    pub fn new() -> Self {
        let mut server = require("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", "1024x768x24"]);
        let server = Running::start(server.stdin(Stdio::null()));
        let display = until("the number of the screen", PATIENCE, || {
            let number = server.stdout();
            number.trim().parse::<u32>().map_err(|_| server.stderr())
        });
        Self {
            _server: server,
            display: format!(":{display}"),
        }
    }

    /// Its name for X programs.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// Presses a key, such as `alt+n`.
    ///
    /// # Panics
    ///
    /// When there is no keyboard.
    pub fn press(&self, key: &str) {
        self.keyboard(&["key", key]);
    }

    /// Types a text.
    ///
    /// # Panics
    ///
    /// When there is no keyboard.
    pub fn enter(&self, text: &str) {
        self.keyboard(&["type", "--delay", "20", text]);
    }

    fn keyboard(&self, arguments: &[&str]) {
        let mut xdotool = require("xdotool");
        xdotool.env("DISPLAY", &self.display).args(arguments);
        let _ = run(&mut xdotool, PATIENCE).ok();
    }
}

/// msiexec with its dialogs.
pub struct Wizard<'a> {
    windows: &'a Windows,
    screen: &'a Screen,
    installer: Running,
}

impl<'a> Wizard<'a> {
    /// Opens a package, as a double click does. `arguments` follow it.
    pub fn open(windows: &'a Windows, screen: &'a Screen, msi: &Path, arguments: &[&str]) -> Self {
        let mut probe = windows.program(prepared("probe.exe"));
        probe
            .args(["run", "msiexec", "/i", &to_windows(msi)])
            .args(arguments);
        Self {
            windows,
            screen,
            installer: Running::start(probe.stdin(Stdio::null())),
        }
    }

    /// The texts of all windows.
    pub fn texts(&self) -> Vec<String> {
        let mut probe = self.windows.program(prepared("probe.exe"));
        let finished = run_probe(probe.args(["texts", "visible"]), PATIENCE).ok();
        finished.lines().into_iter().map(str::to_owned).collect()
    }

    /// Waits until a window shows a text.
    ///
    /// # Panics
    ///
    /// When none does.
    pub fn shows(&self, text: &str) {
        until(text, PATIENCE, || {
            let texts = self.texts();
            if texts.iter().any(|shown| shown == text) {
                Ok(())
            } else {
                Err((texts, self.installer.stdout(), self.installer.stderr()))
            }
        });
        // A window takes keys a moment after it is shown.
        sleep(Duration::from_millis(300));
    }

    /// Presses a key.
    pub fn press(&self, key: &str) {
        self.screen.press(key);
    }

    /// Presses a key, after which a window shows a text. A busy machine may lose a key that comes early: it is pressed
    /// again if nothing happens.
    ///
    /// # Panics
    ///
    /// When none does.
    pub fn step(&self, key: &str, text: &str) {
        self.repeat(key, &|texts| texts.iter().any(|shown| shown == text));
        self.shows(text);
    }

    /// Presses a key that closes the window with a text.
    ///
    /// # Panics
    ///
    /// When it stays.
    pub fn close(&self, key: &str, text: &str) {
        self.repeat(key, &|texts| !texts.iter().any(|shown| shown == text));
        sleep(Duration::from_millis(300));
    }

    fn repeat(&self, key: &str, is_done: &dyn Fn(&[String]) -> bool) {
        const TIMES: usize = 5;
        for _ in 0..TIMES {
            self.press(key);
            let pressed = Instant::now();
            while pressed.elapsed() < Duration::from_secs(10) {
                if is_done(&self.texts()) {
                    return;
                }
            }
        }
        panic!("{key} has no effect: {:#?}", self.texts());
    }

    /// Types a text.
    pub fn enter(&self, text: &str) {
        self.screen.enter(text);
    }

    /// Waits for the end, and gives msiexec's exit code.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub fn code(self) -> u32 {
        exit_code(&self.installer.finish(PATIENCE).ok())
    }
}
