//! The conditions of what an installation does for a part of the product: for a feature, or for what is always installed.
//!
//! `!NAME` is the state of a feature before, `&NAME` the one that it gets
//! ([Conditional Statement Syntax](https://learn.microsoft.com/windows/win32/msi/conditional-statement-syntax)). A
//! second run of the same package can add and remove features of an installed product.

use winsvc_definition::manifest::FeatureName;

use super::SECOND_RUN;

/// A removal needs no values.
pub(super) const NOT_IN_A_REMOVAL: &str = "NOT REMOVE~=\"ALL\"";

/// `INSTALLSTATE_ABSENT`, `INSTALLSTATE_LOCAL`
const ABSENT: i32 = 2;
const LOCAL: i32 = 3;

/// When it is installed. Not in a repair: if Windows lets standard users start one, they would see a window of the system
/// account. A removal deletes the service with all its settings.
pub(super) fn at_installation(feature: Option<&FeatureName>) -> String {
    match feature {
        None => "NOT Installed".to_owned(),
        Some(name) => format!("&{name}={LOCAL} AND !{name}<>{LOCAL}"),
    }
}

/// When it is removed, also with the old version in an upgrade.
pub(super) fn at_removal(feature: Option<&FeatureName>) -> String {
    match feature {
        None => "REMOVE~=\"ALL\"".to_owned(),
        Some(name) => format!("&{name}={ABSENT} AND !{name}={LOCAL}"),
    }
}

/// When it is removed and its services are deleted; an upgrade does not delete them.
pub(super) fn at_deletion(feature: Option<&FeatureName>) -> String {
    format!("{} AND NOT UPGRADINGPRODUCTCODE", at_removal(feature))
}

/// When an installed product has it, or an installation has chosen it.
pub(super) fn is_present(name: &FeatureName) -> String {
    format!("&{name}={LOCAL} OR !{name}={LOCAL}")
}

/// When it is installed already, and stays so in a second run with other values.
pub(super) fn in_second_run(feature: Option<&FeatureName>) -> String {
    match feature {
        None => SECOND_RUN.to_owned(),
        Some(name) => format!("{SECOND_RUN} AND !{name}={LOCAL} AND &{name}<>{ABSENT}"),
    }
}

/// A condition of an installation or an upgrade, for what it installs.
pub(super) fn if_installed(condition: &str, feature: Option<&FeatureName>) -> String {
    match feature {
        None => condition.to_owned(),
        Some(name) => format!("{condition} AND &{name}={LOCAL}"),
    }
}

/// A condition of an installation or an upgrade, for what it leaves out.
pub(super) fn if_left_out(condition: &str, feature: &FeatureName) -> String {
    format!("{condition} AND &{feature}<>{LOCAL}")
}
