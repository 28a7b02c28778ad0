//! docs/wine.md keeps its word: its commands make a Windows and install a package in it.

use std::fs;

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{BUILD, Fixture};
use winsvc_tests::page::{Page, Prompt};
use winsvc_tests::paths::checkout;
use winsvc_tests::process::{Running, require, run};
use winsvc_tests::tool::as_a_user;

#[test]
fn the_commands_of_the_page_install_a_service_in_a_windows_of_their_own() {
    // The page has the guide's package; here it is that of the smallest fixture.
    let page = Page::read("docs/wine.md")
        .replace("visits", "hello")
        .replace("0.1.0", "1.0.0");
    let blocks = page.blocks().into_iter();
    let commands: Vec<_> = blocks.flat_map(|block| block.commands()).collect();
    let typed = |prompt, end: &str| -> String {
        let commands = commands.iter().filter(|command| command.prompt == prompt);
        commands.flat_map(|command| [&command.line, end]).collect()
    };
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(checkout(), folder.path().join("winsvc")).unwrap();
    let dist = folder.path().join("hello/dist");
    fs::create_dir_all(&dist).unwrap();
    let packages = Fixture::new("hello").package();
    fs::copy(&packages.msi, dist.join("hello-1.0.0-x64.msi")).unwrap();

    // The only program of the page that reads what is typed is the command prompt.
    let input = folder.path().join("input");
    fs::write(&input, typed(Prompt::Windows, "\r\n")).unwrap();
    let mut shell = require("sh");
    as_a_user(&mut shell);
    shell
        .args(["-e", "-x", "-c", &typed(Prompt::Unix, "\n")])
        .current_dir(folder.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(fs::File::open(&input).unwrap());
    let finished = Running::start(&mut shell).finish(BUILD);
    let mut server = require("wineserver");
    server.arg("-w").env("WINEPREFIX", folder.path().join("wine"));
    let _ = run(&mut server, PATIENCE);

    let finished = finished.ok();
    assert!(finished.stdout.contains(": 4  RUNNING"), "{finished}");
    let event = "ReportEventW L\"The service is running. Version: 1.0.0\"";
    assert!(finished.stderr.contains(event), "{finished}");
}
