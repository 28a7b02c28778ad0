//! The small windows: questions, messages, waiting.

use super::control::{Control, Dialog, area, event};
use super::layout::{CANCEL, button, button_at};
use super::{ERROR, Set};

pub(super) const DISK: &str = "OutOfDiskDlg";
pub(super) const WAITING: &str = "WaitingDlg";

impl Set<'_> {
    pub(super) fn boxes(&self) -> Vec<Dialog> {
        vec![
            self.cancel_question(),
            self.error(),
            self.out_of_disk_space(),
            self.waiting(),
        ]
    }

    fn cancel_question(&self) -> Dialog {
        let texts = self.texts;
        Dialog::new(CANCEL, (260, 85), texts.caption)
            .controls([
                Control::text("Text", area(15, 15, 230, 34), texts.cancel_question),
                Control::button("Yes", button_at(72, 57, 56), texts.yes).on([event::end_dialog("Exit")]),
                Control::button("No", button_at(132, 57, 56), texts.no).on([event::end_dialog("Return")]),
            ])
            .keys("No", "No", "No")
            .small()
    }

    /// The window for messages ([Error
    /// Dialog](https://learn.microsoft.com/windows/win32/msi/error-dialog)). The names of its controls are given.
    fn error(&self) -> Dialog {
        let texts = self.texts;
        let answers = [
            ("A", texts.abort, "ErrorAbort"),
            ("C", texts.cancel, "ErrorCancel"),
            ("I", texts.ignore, "ErrorIgnore"),
            ("N", texts.no, "ErrorNo"),
            ("O", texts.ok, "ErrorOk"),
            ("R", texts.retry, "ErrorRetry"),
            ("Y", texts.yes, "ErrorYes"),
        ];
        let answer = |(name, text, how)| {
            let button = Control::button(name, button_at(107, 92, 56), text).on([event::end_dialog(how)]);
            // Windows Installer links the buttons that a message has.
            Control {
                is_tab_stop: false,
                ..button
            }
        };
        Dialog::new(ERROR, (270, 117), texts.caption)
            .controls([Control::text(
                "ErrorText",
                area(15, 12, 240, 74),
                texts.error_text,
            )])
            .controls(answers.map(answer))
            .for_errors("ErrorText")
            .small()
    }

    fn out_of_disk_space(&self) -> Dialog {
        let texts = self.texts;
        self.page(DISK, texts.disk_title, texts.disk_description)
            .controls([
                Control::text("Text", area(20, 54, 330, 39), texts.disk_text),
                Control::volume_cost_list("Volumes", area(20, 98, 330, 125)),
                Control::button("Ok", button(304), texts.ok).on([event::end_dialog("Return")]),
            ])
            .keys("Ok", "Ok", "Ok")
    }

    fn waiting(&self) -> Dialog {
        let texts = self.texts;
        Dialog::new(WAITING, (260, 85), texts.caption)
            .controls([
                Control::text("Text", area(15, 15, 230, 34), texts.waiting_text),
                Control::button("Return", button_at(102, 57, 56), texts.cancel)
                    .on([event::end_dialog("Exit")]),
            ])
            .keys("Return", "Return", "Return")
            .small()
    }
}
