//! Where a product's folders cannot be.

use super::*;

#[test]
fn a_data_folder_outside_programdata() {
    for (name, path, part) in [
        ("drive", "C:/Acme", "C:"),
        ("root", "/Acme", ""),
        ("above", "../Acme", ".."),
        ("variable", "%ProgramData%/Acme", "%ProgramData%"),
        ("device", "Acme/nul", "nul"),
    ] {
        let table = format!("[package.metadata.winsvc.package]\ndata-folder = \"{path}\"");
        let marks = "^".repeat(path.len() + 2);
        assert_eq!(
            configured(&format!("data-folder/{name}"), &table).refused(&[]),
            format!(
                "error: invalid folder \"{path}\": \"{part}\" is not a folder name; expected a path below %ProgramFiles% or \
                 %ProgramData%, such as \"Acme/Agent\"\n\
                 \x20 --> [project]/Cargo.toml:12:15\n\
                 \x20  |\n\
                 12 | data-folder = \"{path}\"\n\
                 \x20  |               {marks}\n"
            )
        );
    }
}

#[test]
fn an_installation_folder_outside_the_programs() {
    let table = "[package.metadata.winsvc.package]\ninstall-folder = 'D:\\Acme'";
    assert_eq!(
        configured("install-folder", table).refused(&[]),
        "error: invalid folder \"D:\\\\Acme\": \"D:\" is not a folder name; expected a path below %ProgramFiles% or \
         %ProgramData%, such as \"Acme/Agent\"\n\
         \x20 --> [project]/Cargo.toml:12:18\n\
         \x20  |\n\
         12 | install-folder = 'D:\\Acme'\n\
         \x20  |                  ^^^^^^^^^\n"
    );
}

#[test]
fn a_folder_whose_path_is_too_long() {
    let folder = ["a".repeat(240), "b".to_owned()].join("\\");
    let table = format!("[package.metadata.winsvc.package]\ndata-folder = '{folder}'");
    let error = configured("long-folder", &table).refused(&[]);
    let first = format!(
        "error: the path of the folder `{folder}` has 262 characters below C:\\ProgramData; Windows allows at most 247\n\
         \x20 --> [project]/Cargo.toml:12:15\n"
    );
    assert!(error.starts_with(&first), "{error}");
    // The line is shown as far as it fits.
    let last = "help: set a shorter `data-folder` in [package.metadata.winsvc.package]\n";
    assert!(error.ends_with(last), "{error}");
}
