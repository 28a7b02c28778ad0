//! A product without a service.

use cargo_winsvc::product::{Machine, Product, Registrar};

use super::{autostart, smallest};

#[allow(dead_code, reason = "not every format is tested with it")]
/// A program that Windows starts when a user logs on and each night, without a service.
pub(crate) fn without_service() -> Product {
    Product {
        services: Vec::new(),
        machine: Machine {
            autostart: vec![
                autostart("Tray\tprogram=hello.exe", 0),
                autostart("Updates\tprogram=hello.exe\tat=daily 02:00\tfolder=hello", 0),
            ],
            registrar: Some(Registrar {
                file: 0,
                verb_word: Some("autostart".to_owned()),
            }),
            ..Machine::default()
        },
        ..smallest()
    }
}
