//! The install guide, as people read it.

mod products;

use cargo_winsvc::guide;
use cargo_winsvc::product::Product;
use insta::assert_snapshot;

use products::without_service::without_service;
use products::{dialogs, fullest, smallest, with_features, with_properties};

fn markdown(product: &Product, msis: &[&str]) -> String {
    let msis: Vec<String> = msis.iter().map(|name| (*name).to_owned()).collect();
    String::from_utf8(guide::render(product, &msis).unwrap().markdown).unwrap()
}

fn text(product: &Product) -> String {
    let text = guide::render(product, &["hello-1.0.0-x64.msi".to_owned()])
        .unwrap()
        .text;
    let text = String::from_utf8(text).unwrap();
    assert_eq!(
        text.matches('\n').count(),
        text.matches("\r\n").count(),
        "Windows line endings"
    );
    text.replace("\r\n", "\n")
}

#[test]
fn the_guide_of_the_smallest_product() {
    assert_snapshot!(
        "smallest_markdown",
        markdown(&smallest(), &["hello-1.0.0-x64.msi"])
    );
    assert_snapshot!("smallest_text", text(&smallest()));
}

#[test]
fn the_guide_of_a_product_without_a_service() {
    assert_snapshot!(
        "without_service_markdown",
        markdown(&without_service(), &["hello-1.0.0-x64.msi"])
    );
    assert_snapshot!("without_service_text", text(&without_service()));
}

#[test]
fn the_guide_of_a_product_with_properties() {
    assert_snapshot!(
        "properties_markdown",
        markdown(&with_properties(), &["hello-1.0.0-x64.msi"])
    );
    assert_snapshot!("properties_text", text(&with_properties()));
}

#[test]
fn the_guide_of_a_product_with_features() {
    assert_snapshot!(
        "features_markdown",
        markdown(&with_features(), &["hello-1.0.0-x64.msi"])
    );
    assert_snapshot!("features_text", text(&with_features()));
}

#[test]
fn the_guide_of_the_fullest_product() {
    let product = Product {
        dialogs: Some(dialogs()),
        ..fullest()
    };
    let msis = ["acme-agent-1.0.0-x86-en.msi", "acme-agent-1.0.0-x86-de.msi"];
    assert_snapshot!("fullest_markdown", markdown(&product, &msis));
    assert_snapshot!("fullest_text", text(&product));
}
