//! The five sequence tables: which actions run, when and in what order.
//!
//! They have the same columns; an installation runs the user interface's sequence first, then the one that changes
//! the machine. The `Admin` pair belongs to administrative images, `Advt` to advertised products.

use super::Category::Condition;
use super::{Column, Table};

const COLUMNS: &[Column] = &[
    Column::identifier("Action").key().described("Name of action to invoke, either in the engine or the handler DLL."),
    Column::text("Condition", 255, Condition).nullable().described("Optional expression which skips the action if evaluates to expFalse. If the expression syntax is invalid, the engine will terminate, returning iesBadActionData."),
    Column::short("Sequence").nullable().between(-4, 32_767).described("Number that determines the sort order in which the actions are to be executed.  Leave blank to suppress action."),
];

/// The actions that write an administrative image.
pub static ADMIN_EXECUTE_SEQUENCE: Table = Table { name: "AdminExecuteSequence", columns: COLUMNS };

/// The dialogs before an administrative image is written.
pub static ADMIN_UI_SEQUENCE: Table = Table { name: "AdminUISequence", columns: COLUMNS };

/// The actions that advertise the product.
pub static ADVT_EXECUTE_SEQUENCE: Table = Table { name: "AdvtExecuteSequence", columns: COLUMNS };

/// The actions that install, repair, change and remove the product.
pub static INSTALL_EXECUTE_SEQUENCE: Table = Table { name: "InstallExecuteSequence", columns: COLUMNS };

/// The dialogs and checks before the product is installed.
pub static INSTALL_UI_SEQUENCE: Table = Table { name: "InstallUISequence", columns: COLUMNS };
