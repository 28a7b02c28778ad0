//! The key `update`: self-update.

use std::fmt;

use serde::de::{self, Deserializer};

use super::UpgradeCode;
use crate::{AutoUpdate, Deferral, Guid, Timeout, Update, UpdateChannel, UpdateKey, UpdateUrl, UpdateWindow};

/// The table `update`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpdateTable {
    /// The address of the folder with the manifests.
    pub url: UpdateUrl,
    /// The channel; default: `stable`.
    #[serde(default)]
    pub channel: UpdateChannel,
    /// The root keys, which sign manifests.
    #[serde(deserialize_with = "keys")]
    pub keys: Vec<UpdateKey>,
    /// The time between two checks; default: `6h`.
    pub check: Option<Timeout>,
    /// What happens without a request; default: `true`.
    #[serde(default, deserialize_with = "auto")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::OneOf<(bool, Download)>"))]
    pub auto: AutoUpdate,
    /// When an installation may begin; default: at any time.
    pub window: Option<UpdateWindow>,
    /// The time after which an installation no longer waits for the window; default: it always does.
    pub max_defer: Option<Deferral>,
    /// How long a new version is watched; default: `5m`.
    pub soak: Option<Timeout>,
    /// The address that must answer while a new version is watched; default: none.
    pub health: Option<UpdateUrl>,
    /// Whether a version that fails is replaced by the one before it; default: `true`.
    pub rollback: Option<bool>,
}

impl UpdateTable {
    /// The settings of a product, without its services.
    pub fn settings(&self, product: &UpgradeCode) -> Update {
        Update {
            product: Guid::from_u128(product.0.as_u128()),
            url: self.url.clone(),
            channel: self.channel.clone(),
            keys: self.keys.clone(),
            check: self.check.unwrap_or(Update::CHECK),
            auto: self.auto,
            window: self.window,
            max_defer: self.max_defer,
            soak: self.soak.unwrap_or(Update::SOAK),
            health: self.health.clone(),
            rollback: self.rollback.unwrap_or(true),
            services: Vec::new(),
        }
    }
}

/// What `auto` may be beside a boolean.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "describes a word")]
enum Download {
    Download,
}

/// At least one key.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UpdateKey>, D::Error> {
    let keys: Vec<UpdateKey> = de::Deserialize::deserialize(deserializer)?;
    if keys.is_empty() {
        return Err(de::Error::custom(
            "no keys; expected at least one public key of minisign",
        ));
    }
    Ok(keys)
}

/// `true`, `"download"` or `false`.
fn auto<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AutoUpdate, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = AutoUpdate;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`true`, `\"download\"` or `false`")
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<AutoUpdate, E> {
            Ok(if value {
                AutoUpdate::Install
            } else {
                AutoUpdate::Off
            })
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<AutoUpdate, E> {
            match value {
                "download" => Ok(AutoUpdate::Download),
                other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
            }
        }
    }

    deserializer.deserialize_any(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    fn read(keys: &str) -> Result<UpdateTable, String> {
        let text = format!("url = 'https://dl.acme.example/agent'\n{keys}");
        toml::from_str(&text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_key_reaches_the_settings() {
        let table = read(&format!(
            "channel = 'beta'\nkeys = ['{KEY}']\ncheck = '1h'\nauto = 'download'\nwindow = '02:00-05:00'\n\
             max-defer = '7d'\nsoak = '1m'\nhealth = 'http://127.0.0.1:8080/health'\nrollback = false"
        ));
        let product = UpgradeCode::new("{0A1B2C3D-0000-4000-8000-00000000000F}").unwrap();
        let settings = table.unwrap().settings(&product);
        let expected = Update {
            channel: UpdateChannel::new("beta").unwrap(),
            check: Timeout::new("1h").unwrap(),
            auto: AutoUpdate::Download,
            window: Some(UpdateWindow::new("02:00-05:00").unwrap()),
            max_defer: Some(Deferral::new("7d").unwrap()),
            soak: Timeout::new("1m").unwrap(),
            health: Some(UpdateUrl::new("http://127.0.0.1:8080/health").unwrap()),
            rollback: false,
            ..Update::new(
                Guid::new("0a1b2c3d-0000-4000-8000-00000000000f").unwrap(),
                UpdateUrl::new("https://dl.acme.example/agent").unwrap(),
                vec![UpdateKey::new(KEY).unwrap()],
            )
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn an_address_and_a_key_are_all_that_is_needed() {
        let product = UpgradeCode::new("{0A1B2C3D-0000-4000-8000-00000000000F}").unwrap();
        let settings = read(&format!("keys = ['{KEY}']")).unwrap().settings(&product);
        assert_eq!(
            (settings.channel.as_str(), settings.auto),
            ("stable", AutoUpdate::Install)
        );
        assert_eq!((settings.check, settings.soak), (Update::CHECK, Update::SOAK));
        assert!(settings.rollback && settings.window.is_none());
    }

    #[test]
    fn mistakes_are_errors() {
        for (keys, expected) in [
            ("", "missing field `keys`"),
            (
                "keys = []",
                "no keys; expected at least one public key of minisign",
            ),
            ("keys = ['abc']", "invalid public key \"abc…\"; expected"),
            (
                "keyz = []",
                "unknown field `keyz`, expected one of `url`, `channel`, `keys`",
            ),
        ] {
            let message = read(keys).unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
        let message = |line: &str| read(&format!("keys = ['{KEY}']\n{line}")).unwrap_err();
        assert_eq!(
            message("auto = 'instal'"),
            "invalid value: string \"instal\", expected `true`, `\"download\"` or `false`"
        );
        assert!(message("window = '2-5'").starts_with("invalid window \"2-5\""));
        assert!(message("max-defer = '7'").starts_with("invalid time \"7\""));
        assert!(message("health = 'http://e.com'").starts_with("insecure address"));
    }
}
