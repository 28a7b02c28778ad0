//! What a product becomes as WiX source, for each version of WiX, and what other programs make of it.

#[path = "../products/mod.rs"]
mod products;
#[path = "../tools/mod.rs"]
mod tools;

use std::path::{Path, PathBuf};

use cargo_winsvc::product::Product;
use cargo_winsvc::wxs::{self, Dialect, Paths, Source};

use products::{fullest, smallest, with_properties};

fn source(product: &Product, dialect: Dialect) -> Source {
    let paths = Paths {
        stem: "agent".to_owned(),
        folder: "/project/target/winsvc".into(),
        payload: "agent-wxs".to_owned(),
        project: "/project".into(),
    };
    wxs::render(product, product.languages()[0], dialect, &paths).unwrap()
}

fn with_dialogs() -> Product {
    Product {
        dialogs: Some(products::dialogs()),
        ..smallest()
    }
}

#[test]
fn the_smallest_product_has_this_source() {
    insta::assert_snapshot!(source(&smallest(), Dialect::V4).text);
}

#[test]
fn the_fullest_product_has_this_source() {
    insta::assert_snapshot!(source(&fullest(), Dialect::V4).text);
}

#[test]
fn a_product_with_dialogs_has_this_source() {
    insta::assert_snapshot!(source(&with_dialogs(), Dialect::V4).text);
}

#[test]
fn the_fullest_product_has_this_source_for_wix_3() {
    insta::assert_snapshot!(source(&fullest(), Dialect::V3).text);
}

/// WiX's own schemas are not part of the project. Beside the checkout there may be a folder with them: `all.xsd` for WiX 4
/// and later, `wix3.xsd` for WiX 3.
fn schema(dialect: Dialect) -> Option<PathBuf> {
    let name = match dialect {
        Dialect::V3 => "wix3.xsd",
        Dialect::V4 => "all.xsd",
    };
    let folder = std::env::var_os("WINSVC_XSD").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/xsd"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if !path.is_file() {
        eprintln!("not validated: there is no `{}`", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn sources_are_valid_by_the_schemas_of_wix() {
    for dialect in [Dialect::V4, Dialect::V3] {
        let Some(schema) = schema(dialect) else {
            continue;
        };
        for product in [smallest(), fullest(), with_properties(), with_dialogs()] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("a.wxs"), source(&product, dialect).text).unwrap();
            let arguments = ["--noout", "--schema", schema.to_str().unwrap(), "a.wxs"];
            tools::run(folder.path(), "xmllint", arguments);
        }
    }
}
