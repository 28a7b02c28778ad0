//! Settings of the machine that cannot work.

use super::*;

#[test]
fn a_command_that_is_a_script() {
    let fixture = configured(
        "script",
        "[[package.metadata.winsvc.commands]]\nprogram = \"tools/setup.ps1\"\n\
         [package.metadata.winsvc.package]\nfiles = [\"tools/\"]",
    )
    .write("tools/setup.ps1", "");
    assert_eq!(
        fixture.refused(&[]),
        "error: the program `tools/setup.ps1` is not an exe\n\
         \x20 --> [project]/Cargo.toml:11:1\n\
         \x20  |\n\
         11 | [[package.metadata.winsvc.commands]]\n\
         \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         note: only an exe can be started directly\n\
         help: install an exe that does the work of the script, or make it a command of one of your programs\n"
    );
}

#[test]
fn a_run_key_with_a_delay() {
    let fixture = configured(
        "autostart",
        "[[package.metadata.winsvc.autostart]]\nname = \"Tray\"\nkind = \"run\"\nprogram = \"hello\"\ndelay = \"30s\"",
    );
    assert_eq!(
        fixture.refused(&[]),
        "error: unexpected `delay` for `kind = \"run\"`, which starts a program when a user logs on; only `kind = \"task\"` \
         has it\n\
         \x20 --> [project]/Cargo.toml:11:1\n\
         \x20  |\n\
         11 | [[package.metadata.winsvc.autostart]]\n\
         \x20  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
    );
}

#[test]
fn a_firewall_rule_that_can_be_empty() {
    let fixture = configured(
        "empty-rule",
        "[package.metadata.winsvc.firewall.http]\nport = 80\nremote = [\"local-subnet\", \"{REMOTE}\"]\n\
         [package.metadata.winsvc.properties.REMOTE]",
    );
    assert_eq!(
        fixture.refused(&[]),
        "error: the property `REMOTE` can be empty, but the `remote` of the firewall rule `http` cannot\n\
         \x20 --> [project]/Cargo.toml:13:10\n\
         \x20  |\n\
         13 | remote = [\"local-subnet\", \"{REMOTE}\"]\n\
         \x20  |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n\
         help: set a `default` in [package.metadata.winsvc.properties.REMOTE], such as \"any\" for all machines\n"
    );
}
