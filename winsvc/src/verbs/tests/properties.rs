use winsvc_definition::registration::RegistryValue;
use winsvc_definition::{Account, Argument, NamedText, Property, PropertyName, Role, Stamp, VariableName};

use super::super::command::{Options, Verb};
use super::super::values::{self, PropertyOptions};
use super::machine::FakeMachine;
use super::{prompt, stamp};
use crate::sys::machine::Password;

const KEY: &str = r"Software\Acme\Agent\Properties";
const SERVICE_KEY: &str = r"SYSTEM\CurrentControlSet\Services\acme";

fn with_properties() -> Stamp {
    let mut stamp = stamp();
    r"Software\Acme\Agent".clone_into(&mut stamp.layout.registry_key);
    let property = |name: &str| Property::new(PropertyName::new(name).unwrap());
    stamp.properties = vec![
        Property {
            file: Some("token".to_owned()),
            is_remembered: false,
            ..property("TOKEN_FILE")
        },
        Property {
            default: NamedText::literal("9182"),
            min: Some(1),
            max: Some(65535),
            ..property("LISTEN_PORT")
        },
    ];
    let definition = &mut stamp.definition;
    definition.arguments = ["--port={LISTEN_PORT}", r"--data={data}"]
        .map(|text| Argument::Text(NamedText::new(text).unwrap()))
        .into();
    let variable = VariableName::new("ACME_PORT").unwrap();
    definition.environment = [(variable, NamedText::new("{LISTEN_PORT}").unwrap())].into();
    stamp
}

fn with(properties: PropertyOptions) -> Options {
    Options {
        properties,
        ..Options::default()
    }
}

fn install(machine: &FakeMachine, set: &[(&str, &str)]) -> String {
    let set = set
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let options = with(PropertyOptions {
        set: set.collect(),
        ..PropertyOptions::default()
    });
    let (code, output) = prompt(machine, Verb::Install, &options, &with_properties());
    assert_eq!((code, output.stderr.as_str()), (0, ""), "{}", output.stdout);
    output.stdout
}

fn port(machine: &FakeMachine) -> String {
    let service = machine.service.borrow();
    let image = &service.as_ref().unwrap().config.binary_path;
    let port = image.split("--port=").nth(1).unwrap().split('"').next().unwrap();
    let variable = machine.value(SERVICE_KEY, "Environment");
    assert_eq!(
        variable,
        Some(RegistryValue::Strings(vec![format!("ACME_PORT={port}")]))
    );
    port.to_owned()
}

#[test]
fn a_property_is_the_given_value_else_the_recorded_one_else_the_default() {
    let machine = FakeMachine::default();
    let text = install(&machine, &[]);
    assert_eq!(port(&machine), "9182");
    assert!(!text.contains("LISTEN_PORT"), "{text}");
    let record = || machine.value(KEY, "LISTEN_PORT");
    // The default is not recorded: the next version may have another one.
    assert_eq!(record(), None);

    let text = install(&machine, &[("LISTEN_PORT", "80")]);
    assert_eq!(port(&machine), "80");
    assert!(text.contains("LISTEN_PORT=80"), "{text}");
    assert_eq!(record(), Some(RegistryValue::String("80".to_owned())));

    let text = install(&machine, &[]);
    assert_eq!(port(&machine), "80");
    assert!(text.contains("nothing to change"), "{text}");

    let options = with(PropertyOptions {
        forget: true,
        ..PropertyOptions::default()
    });
    let (code, _) = prompt(&machine, Verb::Install, &options, &with_properties());
    assert_eq!((code, port(&machine).as_str()), (0, "9182"));
    assert_eq!(record(), Some(RegistryValue::String("<default>".to_owned())));
}

#[test]
fn folders_in_arguments_are_the_product_s() {
    let machine = FakeMachine::default();
    install(&machine, &[]);
    let service = machine.service.borrow();
    let image = &service.as_ref().unwrap().config.binary_path;
    let data = image.split("--data=").nth(1).unwrap();
    // The backslash before the quotation mark is doubled.
    assert!(data.ends_with(r#"acme\data\\""#), "{image}");
}

#[test]
fn the_file_of_a_property_is_copied_to_the_configuration_folder() {
    let machine = FakeMachine::default();
    install(&machine, &[]);
    machine.calls();
    let text = install(&machine, &[("TOKEN_FILE", r"C:\temp\token.txt")]);
    let calls = machine.calls();
    let copy = calls.iter().find(|call| call.starts_with("CopyFile"));
    let copy = copy.unwrap_or_else(|| panic!("{calls:?}"));
    assert!(
        copy.contains(r"C:\temp\token.txt ") && copy.ends_with(r"acme\token"),
        "{copy}"
    );
    assert!(text.contains("copied files"), "{text}");
    assert_eq!(machine.value(KEY, "TOKEN_FILE"), None, "the path is not recorded");
}

#[test]
fn an_uninstallation_removes_the_records_unless_other_services_need_them() {
    let machine = FakeMachine::default();
    install(&machine, &[("LISTEN_PORT", "80")]);
    let uninstall = |keep| {
        let options = with(PropertyOptions {
            keep,
            ..PropertyOptions::default()
        });
        let (code, output) = prompt(&machine, Verb::Uninstall, &options, &with_properties());
        assert_eq!(code, 0, "{}", output.stderr);
        machine.value(KEY, "LISTEN_PORT")
    };
    assert!(uninstall(true).is_some());
    assert_eq!(uninstall(false), None);
}

#[test]
fn a_value_that_is_not_allowed_is_a_usage_error() {
    let stamps = [with_properties()];
    let message = |name: &str, value: &str| {
        let set = [(name.to_owned(), value.to_owned())];
        values::check(&stamps, &set).map_err(|failure| (failure.message, failure.help))
    };
    assert_eq!(message("LISTEN_PORT", "1"), Ok(()));
    assert_eq!(message("LISTEN_PORT", ""), Ok(()));
    assert_eq!(
        message("LISTEN_PORT", "0"),
        Err((
            "invalid value for the property LISTEN_PORT; expected a whole number from 1 to 65535".to_owned(),
            None
        ))
    );
    assert_eq!(
        message("PORT", "1"),
        Err((
            "this program has no property \"PORT\"".to_owned(),
            Some("its properties are TOKEN_FILE, LISTEN_PORT".to_owned())
        ))
    );
    assert_eq!(
        message("TOKEN_FILE", "/nowhere/token").unwrap_err().0,
        "the file of the property TOKEN_FILE does not exist: /nowhere/token"
    );
}

#[test]
fn an_account_is_set_with_its_password_and_kept_by_later_installations() {
    let machine = FakeMachine::default();
    let install = |properties: PropertyOptions| {
        let (code, output) = prompt(&machine, Verb::Install, &with(properties), &with_properties());
        assert_eq!((code, output.stderr.as_str()), (0, ""));
        let account = machine.service.borrow().as_ref().unwrap().config.account.clone();
        (account, machine.calls())
    };
    let (account, calls) = install(PropertyOptions {
        account: Some(r"ACME\agent".to_owned()),
        password: Some(Password("secret".to_owned())),
        ..PropertyOptions::default()
    });
    assert_eq!(account, r"ACME\agent");
    assert_eq!(*machine.passwords.borrow(), [Password("secret".to_owned())]);
    assert!(
        calls.contains(&r"LsaAddAccountRights ACME\agent".to_owned()),
        "{calls:?}"
    );
    assert!(!format!("{calls:?}").contains("secret"));
    let (account, calls) = install(PropertyOptions::default());
    assert_eq!((account.as_str(), calls), (r"ACME\agent", Vec::new()));
    let (account, _) = install(PropertyOptions {
        forget: true,
        ..PropertyOptions::default()
    });
    assert_eq!(account, r"NT SERVICE\acme");
}

#[test]
fn the_updater_runs_as_the_system_whatever_account_is_chosen() {
    let machine = FakeMachine::default();
    let mut stamp = stamp();
    stamp.role = Role::Updater;
    stamp.definition.account = Account::LocalSystem;
    let options = with(PropertyOptions {
        account: Some(r"ACME\agent".to_owned()),
        password: Some(Password("secret".to_owned())),
        ..PropertyOptions::default()
    });
    assert_eq!(prompt(&machine, Verb::Install, &options, &stamp).0, 0);
    let account = machine.service.borrow().as_ref().unwrap().config.account.clone();
    assert_eq!(account, "LocalSystem");
    assert_eq!(*machine.passwords.borrow(), []);
}

#[test]
fn a_password_is_read_for_the_accounts_that_have_one() {
    let check = |account: Option<&str>, has_password: bool| {
        let mut options = PropertyOptions {
            account: account.map(str::to_owned),
            password: has_password.then(|| Password(String::new())),
            ..PropertyOptions::default()
        };
        let result = values::check_account(&mut options, || Ok("secret\r\n".to_owned()));
        result
            .map(|()| options.password.map(|password| password.0))
            .map_err(|failure| failure.message)
    };
    assert_eq!(check(None, false), Ok(None));
    assert_eq!(check(Some("local"), true), Ok(Some("secret".to_owned())));
    assert_eq!(check(Some(r"ACME\agent$"), false), Ok(None));
    assert_eq!(check(Some(r"NT AUTHORITY\LocalService"), false), Ok(None));
    assert_eq!(
        check(Some(r"ACME\agent"), false),
        Err("the account needs a password".to_owned())
    );
    assert_eq!(
        check(Some(r"ACME\agent$"), true),
        Err("the account needs no password".to_owned())
    );
    assert_eq!(
        check(None, true),
        Err("`--password-stdin` without `--account`".to_owned())
    );
    assert_eq!(format!("{:?}", Password("secret".to_owned())), "Password(…)");
}
