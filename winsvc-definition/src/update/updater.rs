//! The service that updates a product.

use std::fmt::Write as _;

use crate::{
    Account, Definition, DisplayName, NameError, SecurityDescriptor, ServiceName, SidType, StartType, folders,
};

/// The end of the updater's name.
const SUFFIX: &str = "-update";

/// The default access rights to a service
/// ([Service Security and Access Rights](https://learn.microsoft.com/windows/win32/services/service-security-and-access-rights)),
/// but for `SERVICE_USER_DEFINED_CONTROL` (`CR`) of interactive users and of all services: only administrators, the
/// system, and those services that are added may request an update.
const ACCESS: &str = "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;GA;;;BA)(A;;CCLCSWLORC;;;IU)(A;;CCLCSWLORC;;;SU)";

/// `SERVICE_QUERY_STATUS`, `SERVICE_USER_DEFINED_CONTROL`
const REQUEST: &str = "LCCR";

/// The name of the updater of a product whose main service has this name.
pub fn updater_name(main: &ServiceName) -> Result<ServiceName, NameError> {
    ServiceName::new(&format!("{main}{SUFFIX}"))
}

/// The updater of a product with these services, of which `main` is the first that is always installed.
///
/// It runs as the system, because the services of the product may not replace their own program. They may ask it to
/// look for an update, and nothing else.
///
/// ```
/// use winsvc_definition::*;
///
/// let main = Definition::new(ServiceName::new("acme-agent").unwrap());
/// let updater = update::updater(&main, [&main]).unwrap();
/// assert_eq!(updater.name.as_str(), "acme-agent-update");
/// assert_eq!(updater.display_name.as_str(), "acme-agent Updater");
/// ```
///
/// # Errors
///
/// If one of its names is too long.
pub fn updater<'a>(
    main: &Definition,
    services: impl IntoIterator<Item = &'a Definition>,
) -> Result<Definition, NameError> {
    let mut security = ACCESS.to_owned();
    for sid in folders::sids(services) {
        let _ = write!(security, "(A;;{REQUEST};;;{sid})");
    }
    Ok(Definition {
        display_name: DisplayName::new(&format!("{} Updater", main.display_name))?,
        description: format!("Keeps {} up to date.", main.display_name),
        start: StartType::Delayed,
        account: Account::LocalSystem,
        sid_type: SidType::None,
        security: SecurityDescriptor::new(&security).ok(),
        ..Definition::new(updater_name(&main.name)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_product_s_own_services_may_request_an_update_beside_administrators() {
        let named = |name: &str| Definition::new(ServiceName::new(name).unwrap());
        let system = Definition {
            account: Account::LocalSystem,
            sid_type: SidType::None,
            ..named("b")
        };
        let main = named("hello");
        let updater = updater(&main, [&main, &system]).unwrap();
        let expected = "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLORC;;;IU)\
                        (A;;CCLCSWLORC;;;SU)\
                        (A;;LCCR;;;S-1-5-80-2646819945-2007802563-3330417993-342588509-2031221568)";
        let security = updater.security.as_ref().map(SecurityDescriptor::specific);
        assert_eq!(security.as_deref(), Some(expected));
        assert_eq!(folders::sids([&updater]), [""; 0], "it has access as the system");
    }

    #[test]
    fn a_name_that_leaves_no_room_is_an_error() {
        let mut main = Definition::new(ServiceName::new(&"a".repeat(250)).unwrap());
        assert!(updater(&main, [&main]).is_err());
        main = Definition::new(ServiceName::new("a").unwrap());
        main.display_name = DisplayName::new(&"a".repeat(249)).unwrap();
        assert!(updater(&main, [&main]).is_err());
    }
}
