//! Blanks and letters beyond ASCII: in the project's path, in every name, in the folder that the customer chooses.

use winsvc_tests::fixture::Fixture;
use winsvc_tests::http::{self, Response};
use winsvc_tests::installer::Installed;
use winsvc_tests::residue::{Registry, Snapshot};
use winsvc_tests::service::State;
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

fn text(words: [&str; 3]) -> Installed {
    let [name, version, publisher] = words.map(str::to_owned);
    Installed {
        name,
        version,
        publisher,
    }
}

/// The HTTP API under names that are hard on everything that quotes or encodes.
fn unusual(port: u16) -> Fixture {
    Fixture::http_api(port)
        .in_folder("Größe und Ünïcode/mein projekt")
        .replace(
            "Cargo.toml",
            "display-name = \"winsvc HTTP API\"",
            "name = \"größe dienst\"\ndisplay-name = \"Größe & Ünïcode 100%\"",
        )
        .replace(
            "Cargo.toml",
            "manufacturer = \"winsvc\"",
            "manufacturer = \"Söhne & Töchter GmbH\"\nproduct-name = \"Ünïcode (Größe)\"",
        )
        // The settings are looked for under the service's name.
        .replace(
            "Cargo.toml",
            "files = [\"http-api.toml\"]",
            "files = [{ source = \"http-api.toml\", target = \"größe dienst.toml\" }]",
        )
}

#[test]
fn a_service_with_such_names_installs_runs_and_leaves_nothing() {
    let port = http::free_port();
    let packages = unusual(port).package();
    let prefix = Windows::new();
    let service = prefix.service("größe dienst");
    let before = Snapshot::take(&prefix);

    prefix.install(&packages.msi, &[]).ok();
    assert_eq!(
        http::answers(port, "/health"),
        Response {
            status: 200,
            body: "ok".to_owned()
        }
    );
    assert_eq!(
        prefix.installed(),
        [text(["Ünïcode (Größe)", "1.0.0", "Söhne & Töchter GmbH"])]
    );
    assert_eq!(
        service.registration(),
        [
            "type=16",
            "start=2",
            "error-control=1",
            &win32::image_by_installer(r"C:\Program Files\Söhne & Töchter GmbH\Ünïcode (Größe)\http-api.exe"),
            r"account=NT SERVICE\größe dienst",
            "display=Größe & Ünïcode 100%",
            "description=Answers HTTP requests, some of them slowly.",
        ]
    );
    assert_eq!(
        Registry::save(&prefix)
            .values(r"System\CurrentControlSet\Services\EventLog\Application\größe dienst")
            .len(),
        2
    );
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(State::Stopped);

    prefix.uninstall(&packages.msi).ok();
    assert_eq!(service.status(), None);
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}

#[test]
fn texts_of_any_length_are_registered_as_they_are() {
    let display_name = "Größe [x] {y} ".repeat(17);
    let description = "Größe [x] {y} ".repeat(60);
    let argument = "a [x] {{y}} ".repeat(50);
    let dependencies: Vec<String> = (0..20)
        .map(|index| format!("a dependency with the number {index}"))
        .collect();
    let table = format!(
        "[package.metadata.winsvc]\nstart = \"manual\"\ndisplay-name = '{}'\ndescription = '{}'\narguments = ['{}']\n\
         dependencies = {dependencies:?}\n[package.metadata.winsvc.package]\nproduct-name = \"hello\"",
        display_name.trim_end(),
        description.trim_end(),
        argument.trim_end(),
    );
    let packages = Fixture::new("hello")
        .in_folder("long texts")
        .manifest(&table)
        .package();
    let prefix = Windows::new();
    let before = Snapshot::take(&prefix);
    prefix.install(&packages.msi, &[]).ok();
    let image = win32::image_by_installer(r"C:\Program Files\hello\hello.exe");
    assert_eq!(
        prefix.service("hello").registration(),
        [
            "type=16",
            "start=3",
            "error-control=1",
            &format!(
                "{image} \"{}\"",
                argument.trim_end().replace("{{", "{").replace("}}", "}")
            ),
            r"account=NT SERVICE\hello",
            &format!("display={}", display_name.trim_end()),
            &format!("description={}", description.trim_end()),
        ]
    );
    let values = Registry::save(&prefix).values(r"System\CurrentControlSet\Services\hello");
    let list: String = dependencies.iter().map(|name| format!(r"{name}\0")).collect();
    let expected = format!("DependOnService=str(7):\"{list}\"");
    assert!(values.contains(&expected), "{values:#?}");
    prefix.uninstall(&packages.msi).ok();
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}

#[test]
fn the_customer_s_folder_may_have_blanks_and_letters_beyond_ascii() {
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    std::fs::create_dir(prefix.drive_c("Größe Eins")).unwrap();
    let before = Snapshot::take(&prefix);

    let folder = r"C:\Größe Eins\svc zwei\";
    prefix
        .install(&packages.msi, &[&format!("INSTALLDIR={folder}")])
        .ok();
    assert_eq!(http::answers(port, "/health").status, 200);
    assert!(prefix.drive_c("Größe Eins/svc zwei/http-api.exe").is_file());
    assert!(!prefix.drive_c("Program Files/winsvc/winsvc HTTP API").exists());

    prefix.uninstall_from(&packages.msi, folder).ok();
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}
