//! The lines of a stamp about self-update.

#[cfg(any(test, feature = "update"))]
use super::{Fields, StampError};
use crate::Update;
#[cfg(any(test, feature = "update"))]
use crate::{
    AutoUpdate, Deferral, Guid, ServiceName, Timeout, UpdateChannel, UpdateKey, UpdateUrl, UpdateWindow,
};

/// Writes the lines.
pub(super) fn encode(update: &Update, mut line: impl FnMut(&str, &str)) {
    line("update-product", &update.product.to_string());
    line("update-url", update.url.as_str());
    line("update-channel", update.channel.as_str());
    for key in &update.keys {
        line("update-key", key.as_str());
    }
    line("update-check", &update.check.to_string());
    line("update-auto", update.auto.as_str());
    if let Some(window) = update.window {
        line("update-window", &window.to_string());
    }
    if let Some(time) = update.max_defer {
        line("update-max-defer", &time.to_string());
    }
    line("update-soak", &update.soak.to_string());
    if let Some(health) = &update.health {
        line("update-health", health.as_str());
    }
    line("update-rollback", &update.rollback.to_string());
    for service in &update.services {
        line("update-service", service.as_str());
    }
}

/// Reads the lines. A product without its address or without a key that this version knows has no updates.
#[cfg(any(test, feature = "update"))]
pub(super) fn decode(fields: &mut Fields) -> Result<Option<Update>, StampError> {
    let (mut product, mut url) = (None, None);
    fields.optional("update-product", |text| Guid::new(text).map(Some), &mut product)?;
    fields.optional("update-url", |text| UpdateUrl::new(text).map(Some), &mut url)?;
    let keys = fields.list("update-key", UpdateKey::new)?;
    let (Some(product), Some(url), false) = (product, url, keys.is_empty()) else {
        return Ok(None);
    };
    let mut update = Update::new(product, url, keys);
    fields.optional("update-channel", UpdateChannel::new, &mut update.channel)?;
    fields.optional("update-check", Timeout::new, &mut update.check)?;
    fields.optional("update-auto", str::parse::<AutoUpdate>, &mut update.auto)?;
    fields.optional(
        "update-window",
        |text| UpdateWindow::new(text).map(Some),
        &mut update.window,
    )?;
    fields.optional(
        "update-max-defer",
        |text| Deferral::new(text).map(Some),
        &mut update.max_defer,
    )?;
    fields.optional("update-soak", Timeout::new, &mut update.soak)?;
    fields.optional(
        "update-health",
        |text| UpdateUrl::new(text).map(Some),
        &mut update.health,
    )?;
    fields.optional("update-rollback", str::parse::<bool>, &mut update.rollback)?;
    update.services = fields.list("update-service", ServiceName::new)?;
    Ok(Some(update))
}
