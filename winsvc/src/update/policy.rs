//! The policies of administrators, which replace settings in the exe. They cannot replace what protects a machine: the
//! product, the keys, and the forms of addresses.
#![cfg_attr(
    not(windows),
    allow(dead_code, reason = "tested on every host, used on Windows")
)]

use winsvc_definition::registration::RegistryValue;
use winsvc_definition::{AutoUpdate, Update, UpdateChannel, UpdateUrl, UpdateWindow};

use crate::sys::machine::NamedValue;

/// The key with the policies, below `HKEY_LOCAL_MACHINE`; `product` is the product's own key.
pub(crate) fn key(product: &str) -> String {
    const SOFTWARE: &str = r"Software\";
    let below = match product.get(..SOFTWARE.len()) {
        Some(begin) if begin.eq_ignore_ascii_case(SOFTWARE) => &product[SOFTWARE.len()..],
        _ => product,
    };
    format!(r"Software\Policies\{below}\Update")
}

/// Replaces settings. Returns the values that are invalid, and why; they have no effect, but without a valid `Auto` nothing
/// is installed, because it may have been meant to say so.
pub(crate) fn apply(update: &mut Update, values: &[NamedValue]) -> Vec<String> {
    let mut invalid = Vec::new();
    for (name, value) in values {
        let text = match value {
            Some(RegistryValue::String(text) | RegistryValue::ExpandString(text)) => text.clone(),
            Some(RegistryValue::Number(number)) => number.to_string(),
            Some(RegistryValue::Strings(_)) | None => String::new(),
        };
        let result = match name.to_ascii_lowercase().as_str() {
            "auto" => {
                let auto = auto(&text);
                update.auto = *auto.as_ref().unwrap_or(&AutoUpdate::Off);
                auto.map(drop)
            }
            "channel" => UpdateChannel::new(&text)
                .map(|channel| update.channel = channel)
                .map_err(|error| error.to_string()),
            "url" => UpdateUrl::new(&text)
                .map(|url| update.url = url)
                .map_err(|error| error.to_string()),
            "window" if text.is_empty() => {
                update.window = None;
                Ok(())
            }
            "window" => UpdateWindow::new(&text)
                .map(|window| update.window = Some(window))
                .map_err(|error| error.to_string()),
            _ => Ok(()),
        };
        invalid.extend(result.err().map(|error| format!("{name}: {error}")));
    }
    invalid
}

fn auto(text: &str) -> Result<AutoUpdate, String> {
    match text {
        "1" => Ok(AutoUpdate::Install),
        "0" => Ok(AutoUpdate::Off),
        text => text.parse().map_err(|_| {
            format!(
                "invalid value {text:?}; expected 1, 0 or \"download\". No updates are installed until then"
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::tests::settings;

    fn applied(values: &[(&str, RegistryValue)]) -> (Update, Vec<String>) {
        let values: Vec<NamedValue> = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some(value.clone())))
            .collect();
        let mut update = settings();
        let invalid = apply(&mut update, &values);
        (update, invalid)
    }

    fn text(text: &str) -> RegistryValue {
        RegistryValue::String(text.to_owned())
    }

    #[test]
    fn policies_replace_settings() {
        let (update, invalid) = applied(&[
            ("auto", RegistryValue::Number(0)),
            ("Channel", text("beta")),
            ("Url", text("https://mirror.example/acme")),
            ("Window", text("22:00-04:00")),
            ("Other", text("x")),
        ]);
        assert_eq!(invalid, Vec::<String>::new());
        assert_eq!(update.auto, AutoUpdate::Off);
        assert_eq!(update.channel.as_str(), "beta");
        assert_eq!(update.url.as_str(), "https://mirror.example/acme");
        assert_eq!(update.window.unwrap().to_string(), "22:00-04:00");
        assert_eq!(
            (update.product, update.keys),
            (settings().product, settings().keys)
        );
        let (update, _) = applied(&[("Auto", text("download")), ("Window", text(""))]);
        assert_eq!((update.auto, update.window), (AutoUpdate::Download, None));
        let (update, _) = applied(&[("Auto", RegistryValue::Number(1))]);
        assert_eq!(update.auto, AutoUpdate::Install);
    }

    #[test]
    fn an_invalid_policy_is_reported_and_installs_nothing_more_than_before() {
        let (update, invalid) = applied(&[
            ("Auto", text("never")),
            ("Channel", text("../x")),
            ("Url", text("http://mirror.example")),
            ("Window", text("night")),
        ]);
        assert_eq!(update.auto, AutoUpdate::Off);
        assert_eq!(
            Update {
                auto: settings().auto,
                ..update
            },
            settings(),
            "nothing else is changed"
        );
        assert_eq!(invalid.len(), 4);
        assert_eq!(
            invalid[0],
            "Auto: invalid value \"never\"; expected 1, 0 or \"download\". No updates are installed until then"
        );
    }

    #[test]
    fn the_key_is_below_that_of_all_policies() {
        assert_eq!(
            key(r"Software\Acme\Agent"),
            r"Software\Policies\Acme\Agent\Update"
        );
        assert_eq!(key(r"software\Acme"), r"Software\Policies\Acme\Update");
        assert_eq!(key(r"Acme"), r"Software\Policies\Acme\Update");
    }
}
