//! The features: the parts of a product that an installation can leave out, with Windows Installer's own words for that.
//!
//! `ADDLOCAL` and `REMOVE` on msiexec's command line choose them, in an installation and in a second run of the same
//! package. Each is a child of the feature with all that is always installed, and has a component with a registry value:
//! what is no file of its own belongs to it.
//!
//! An upgrade keeps which features there are. `MigrateFeatureStates` does so, but not if the command line has one of the
//! two properties. So the package also sets `ADDLOCAL` itself, by the values of the old version: it has those that the
//! old version had, and new ones by their default. So does a first installation with `REMOVE` alone, which otherwise has
//! only the features that `ADDLOCAL` names.

use winsvc_definition::manifest::FeatureName;

use super::super::MsiError;
use super::super::database::{number, text};
use super::super::names::file_id;
use super::super::schema;
use super::super::sequences::Phase;
use super::conditions::NOT_IN_A_REMOVAL;
use super::memory::COMPONENT;
use super::{INSTALL_FOLDER, NULL, OLDER_FOUND, Package};
use crate::product::Feature;

/// The feature with all that is always installed.
pub(super) const ALWAYS: &str = FeatureName::ALWAYS;

/// The level of features that are installed by default, and a level above `INSTALLLEVEL`, which is 1.
const BY_DEFAULT: i32 = 1;
const ON_REQUEST: i32 = 100;

/// `msidbFeatureAttributesUIDisallowAbsent`: it cannot be left out while another feature is installed.
const DISALLOW_ABSENT: i32 = 16;

/// The most characters of a title.
const TITLE: usize = 64;

/// The registry value with the names of the features that a version has, each between commas, and the property that a
/// search sets to it.
const KNOWN: &str = "Features";
const OLD_KNOWN: &str = "WINSVC_OLD_FEATURES";

/// The property with the features that the command line names, and the action that sets it.
const NAMED: &str = "NamedFeatures";

/// The property with the features that an installation chooses by default.
const SELECTED: &str = "SelectedFeatures";

/// The action that chooses them, and the one that adds what is always installed to those of the command line.
const SELECT: &str = "SelectFeatures";
const SELECT_ALWAYS: &str = "SelectAlways";

impl Package<'_> {
    /// Adds the features, and the components of those that can be left out.
    pub(super) fn features(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        let title: String = product.name.chars().take(TITLE).collect();
        let attributes = if product.features.is_empty() {
            0
        } else {
            DISALLOW_ABSENT
        };
        self.row(
            &schema::FEATURE,
            [
                text(ALWAYS),
                NULL,
                text(title),
                NULL,
                number(1),
                number(BY_DEFAULT),
                text(INSTALL_FOLDER),
                number(attributes),
            ],
        )?;
        // An even number: it has no features below it to show.
        for (feature, display) in product.features.iter().zip((2..).step_by(2)) {
            let level = if feature.is_default {
                BY_DEFAULT
            } else {
                ON_REQUEST
            };
            self.row(
                &schema::FEATURE,
                [
                    text(feature.name.as_str()),
                    text(ALWAYS),
                    text(&feature.title),
                    text(&feature.description),
                    number(display),
                    number(level),
                    NULL,
                    number(0),
                ],
            )?;
            let id = component(&feature.name);
            let guid = self.component_guid("feature", &[feature.name.to_string()]);
            self.registry_component(&id, guid, INSTALL_FOLDER, &id, "", Some(&feature.name))?;
            let key = format!(r"{}\State", self.product_key()?);
            self.registry_value(&id, &key, &id, "installed", &id)?;
        }
        self.selection()
    }

    /// The component of what is no file: registry values, variables, folders.
    pub(super) fn component_of(&self, feature: Option<&FeatureName>) -> String {
        match feature {
            Some(name) => component(name),
            None => file_id(self.product.main_program()),
        }
    }

    /// Adds what is always installed to the features that the command line names.
    fn always(&mut self) -> Result<(), MsiError> {
        // Each between commas, so that a part of a name is not one.
        self.set_formatted(NAMED, NAMED, ",[ADDLOCAL],")?;
        self.schedule(NAMED, "", Phase::AfterSearch);
        let condition = format!(
            "NOT Installed AND ADDLOCAL AND NOT ADDLOCAL~=\"ALL\" AND NOT ({NAMED} >< \",{ALWAYS},\")"
        );
        self.set_formatted(SELECT_ALWAYS, "ADDLOCAL", &format!("{ALWAYS},[ADDLOCAL]"))?;
        self.schedule(SELECT_ALWAYS, &condition, Phase::AfterSearch);
        Ok(())
    }

    /// Chooses the features of an upgrade, and of an installation that leaves some out.
    fn selection(&mut self) -> Result<(), MsiError> {
        let product = self.product;
        if product.features.is_empty() {
            return Ok(());
        }
        let key = self.product_key()?;
        let names: String = product
            .features
            .iter()
            .map(|it| format!("{},", it.name))
            .collect();
        self.registry_value(KNOWN, &key, KNOWN, &format!(",{names}"), COMPONENT)?;
        self.search(OLD_KNOWN, &key, KNOWN)?;
        self.always()?;
        self.row(&schema::PROPERTY, [text(SELECTED), text(ALWAYS)])?;
        let chooses =
            format!("NOT Installed AND NOT ADDLOCAL AND ({OLDER_FOUND} OR REMOVE) AND {NOT_IN_A_REMOVAL}");
        for (index, feature) in product.features.iter().enumerate() {
            let old = format!("OLDFEATURE{index}");
            self.search(&old, &format!(r"{key}\State"), &component(&feature.name))?;
            let action = format!("Select.{}", feature.name);
            self.set_formatted(&action, SELECTED, &format!("[{SELECTED}],{}", feature.name))?;
            let condition = format!("{chooses} AND ({})", is_selected(feature, &old));
            self.schedule(&action, &condition, Phase::AfterSearch);
        }
        self.set_property(SELECT, "ADDLOCAL", SELECTED)?;
        self.schedule(SELECT, &chooses, Phase::AfterSearch);
        Ok(())
    }
}

/// The condition under which a feature is chosen. `old` is set if the old version has it.
fn is_selected(feature: &Feature, old: &str) -> String {
    if feature.is_default {
        let name = &feature.name;
        format!("{old} OR NOT ({OLDER_FOUND} AND {OLD_KNOWN} >< \",{name},\")")
    } else {
        format!("{OLDER_FOUND} AND {old}")
    }
}

/// The component of a feature, and its registry value.
fn component(name: &FeatureName) -> String {
    format!("Feature.{name}")
}
