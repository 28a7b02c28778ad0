//! The parts of a product that an installation can leave out.

use winsvc_definition::manifest::FeatureName;

use crate::config::Config;

/// A part that an installation can leave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name, for command lines.
    pub name: FeatureName,
    /// What administrators see.
    pub title: String,
    /// What it has; may be empty.
    pub description: String,
    /// Whether an installation has it unless an administrator leaves it out.
    pub is_default: bool,
}

/// The features of the configuration.
pub(super) fn features(config: &Config) -> Vec<Feature> {
    let features = config.manifest.features.iter().map(|(name, table)| Feature {
        name: name.clone(),
        title: match &table.title {
            Some(title) => title.as_str().to_owned(),
            None => name.to_string(),
        },
        description: table.description.clone(),
        is_default: table.default,
    });
    features.collect()
}
