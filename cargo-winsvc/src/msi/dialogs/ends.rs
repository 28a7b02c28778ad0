//! The last pages, by the result.

use super::Set;
use super::control::Dialog;

pub(in crate::msi) const FINISH: &str = "FinishDlg";
pub(in crate::msi) const FAILURE: &str = "FailureDlg";
pub(in crate::msi) const USER_EXIT: &str = "UserExitDlg";

impl Set<'_> {
    pub(super) fn ends(&self) -> Vec<Dialog> {
        let texts = self.texts;
        let ends = [
            (FINISH, texts.finish_title, texts.finish_text, "Return"),
            (FAILURE, texts.failure_title, texts.failure_text, "Exit"),
            (USER_EXIT, texts.user_exit_title, texts.user_exit_text, "Exit"),
        ];
        let dialog = |(name, title, text, how)| {
            self.large(name, title, text)
                .controls([self.finish(how)])
                .keys("Finish", "Finish", "Finish")
        };
        ends.map(dialog).into()
    }
}
