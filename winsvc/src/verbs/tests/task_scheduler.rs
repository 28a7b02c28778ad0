//! A Task Scheduler that keeps its tasks in memory, and records all changes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use winsvc_definition::TaskAccount;

use crate::sys::machine::{CallError, TaskScheduler, TaskState};

#[derive(Default)]
pub(super) struct FakeTasks {
    /// The XML of each task by its path.
    pub(super) xml: RefCell<BTreeMap<String, String>>,
    /// For how many queries a task still runs after it was stopped; `None` if it does not run.
    pub(super) runs_for: Cell<Option<u32>>,
    /// All calls that change something.
    pub(super) calls: RefCell<Vec<String>>,
    /// The error of each registration.
    pub(super) refusal: Cell<Option<u32>>,
}

const DISABLED: (&str, &str) = ("<Enabled>true<", "<Enabled>false<");

impl FakeTasks {
    /// The calls since the previous query.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.borrow_mut())
    }

    /// As an administrator does it.
    pub(super) fn disable(&self, path: &str) {
        let mut tasks = self.xml.borrow_mut();
        let xml = tasks.get_mut(path).unwrap();
        assert!(xml.contains(DISABLED.0), "it is enabled: {xml}");
        *xml = xml.replace(DISABLED.0, DISABLED.1);
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.xml.borrow().keys().cloned().collect()
    }

    fn record(&self, call: &str, path: &str) {
        self.calls.borrow_mut().push(format!("{call} {path}"));
    }
}

impl TaskScheduler for Rc<FakeTasks> {
    fn task(&self, path: &str) -> Result<Option<TaskState>, CallError> {
        let tasks = self.xml.borrow();
        let is_running = self.runs_for.get().is_some();
        let is_stopped = self.calls.borrow().iter().any(|call| call.starts_with("stop"));
        if is_stopped {
            self.runs_for
                .set(self.runs_for.get().and_then(|left| left.checked_sub(1)));
        }
        Ok(tasks.get(path).map(|xml| TaskState {
            is_enabled: xml.contains(DISABLED.0),
            is_running,
        }))
    }

    fn register(&self, path: &str, xml: &str, account: TaskAccount) -> Result<(), CallError> {
        if let Some(code) = self.refusal.get() {
            let call = "ITaskFolder::RegisterTask";
            return Err(CallError { call, code });
        }
        self.record("register", &format!("{path} as {account}"));
        self.xml.borrow_mut().insert(path.to_owned(), xml.to_owned());
        Ok(())
    }

    fn stop(&self, path: &str) -> Result<(), CallError> {
        self.record("stop", path);
        Ok(())
    }

    fn delete(&self, path: &str) -> Result<(), CallError> {
        if self.xml.borrow_mut().remove(path).is_some() {
            self.record("delete", path);
        }
        Ok(())
    }

    fn remove_folder(&self, path: &str) -> Result<(), CallError> {
        /// `ERROR_DIR_NOT_EMPTY`
        const NOT_EMPTY: u32 = 145;
        let below = format!(r"{path}\");
        if self.xml.borrow().keys().any(|task| task.starts_with(&below)) {
            let call = "ITaskFolder::DeleteFolder";
            return Err(CallError {
                call,
                code: NOT_EMPTY,
            });
        }
        self.record("remove", path);
        Ok(())
    }
}
