//! A service's own settings under a real service control manager: who has the say, and what becomes of a mistake.

use std::fs;
use std::path::PathBuf;

use winsvc_tests::deadline::{PATIENCE, until};
use winsvc_tests::fixture::{Fixture, Packages};
use winsvc_tests::http;
use winsvc_tests::service::Service;
use winsvc_tests::service::State::{Running, Stopped};
use winsvc_tests::win32;
use winsvc_tests::windows::{Event, Windows};

const PARAM_CHANGE: u32 = 6;

/// The fixture with a definition that has arguments, or variables, or neither.
fn packages(port: u16, version: &str, definition: &str) -> Packages {
    let display_name = "display-name = \"winsvc HTTP API\"";
    Fixture::http_api(port)
        .version(version)
        .replace(
            "Cargo.toml",
            display_name,
            &format!("{display_name}\n{definition}"),
        )
        .package()
}

/// The administrator's file as the service names it.
const FILE: &str = r"C:\ProgramData\winsvc\winsvc HTTP API\http-api.toml";

/// The administrator's file.
fn administrator_file(prefix: &Windows) -> PathBuf {
    prefix.program_data().join("winsvc/winsvc HTTP API/http-api.toml")
}

fn write(prefix: &Windows, content: &str) {
    let file = administrator_file(prefix);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

/// The service of the plain fixture, installed and running.
fn installed(prefix: &Windows, port: u16) -> Service<'_> {
    let service = prefix.service("http-api");
    prefix.install(&packages(port, "1.0.0", "").msi, &[]).ok();
    service.reaches(Running);
    service
}

/// Stops the service, and waits for that.
fn stop(service: &Service<'_>) {
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(Stopped);
}

fn greeting(port: u16) -> String {
    http::answers(port, "/greeting").body
}

#[test]
fn each_layer_has_the_say_over_those_below_it() {
    let port = http::free_port();
    #[cfg_attr(windows, expect(unused_mut, reason = "nothing reboots the machine itself"))]
    let mut prefix = Windows::new();
    let plain = packages(port, "1.0.0", "");
    prefix.install(&plain.msi, &[]).ok();
    prefix.service("http-api").reaches(Running);
    assert_eq!(greeting(port), "hello", "the file beside the exe");

    let restart = |prefix: &Windows, arguments: &[&str]| {
        let service = prefix.service("http-api");
        stop(&service);
        let start = [&["start", "http-api"], arguments].concat();
        let _ = prefix.run("sc", &start).ok();
        service.reaches(Running);
    };
    write(&prefix, "greeting = 'from the administrator'\n");
    restart(&prefix, &[]);
    assert_eq!(greeting(port), "from the administrator");

    // Wine knows the machine's variables, which it reads as it boots, and not those that a service is registered with.
    #[cfg(unix)]
    {
        let variables = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment";
        let variable = ["/v", "HTTP_API_GREETING", "/d", "from a variable"];
        let _ = prefix
            .run("reg", &[&["add", variables], &variable[..]].concat())
            .ok();
        prefix.reboot();
    }
    #[cfg(windows)]
    {
        let variable = "environment = { HTTP_API_GREETING = \"from a variable\" }";
        prefix.install(&packages(port, "1.0.1", variable).msi, &[]).ok();
    }
    prefix.service("http-api").reaches(Running);
    assert_eq!(greeting(port), "from a variable");

    let argument = "arguments = [\"--greeting\", \"from an argument\"]";
    prefix.install(&packages(port, "1.1.0", argument).msi, &[]).ok();
    prefix.service("http-api").reaches(Running);
    assert_eq!(greeting(port), "from an argument");

    restart(&prefix, &["--greeting=from this start"]);
    assert_eq!(greeting(port), "from this start");
}

#[test]
fn changed_parameters_are_read_and_a_mistake_in_them_changes_nothing() {
    let port = http::free_port();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    prefix.install(&packages(port, "1.0.0", "").msi, &[]).ok();
    let running = service.reaches(Running);
    let greets = |expected: &str| {
        until(&format!("the greeting {expected:?}"), PATIENCE, || {
            let greeting = greeting(port);
            if greeting == expected {
                Ok(())
            } else {
                Err(greeting)
            }
        });
    };

    write(&prefix, "greeting = 'good day'\n");
    assert_eq!(service.control(PARAM_CHANGE), win32::SUCCESS);
    greets("good day");

    write(&prefix, "greeting = 'good evening'\ngreting = 'oops'\n");
    assert_eq!(service.control(PARAM_CHANGE), win32::SUCCESS);
    let reason = format!(
        "`greting` ({FILE}, line 2, column 1): unknown setting; expected one of `listen`, `greeting`"
    );
    // Wine shows the beginning of a long text.
    let refused = format!("The service refused a parameter change: {reason}");
    let is_refusal = |event: &Event| matches!(event, Event::Warning(told) if refused.starts_with(told.trim_end_matches("...")));
    until("the refusal in the event log", PATIENCE, || {
        let events = prefix.events();
        if events.last().is_some_and(is_refusal) {
            Ok(())
        } else {
            Err(events)
        }
    });
    assert_eq!(greeting(port), "good day");
    assert_eq!(service.status(), Some(running));

    write(&prefix, "greeting = 'good evening'\n");
    assert_eq!(service.control(PARAM_CHANGE), win32::SUCCESS);
    greets("good evening");
}

#[test]
fn a_mistake_in_a_file_fails_the_start_and_the_event_says_where() {
    let port = http::free_port();
    let prefix = Windows::new();
    let service = installed(&prefix, port);
    stop(&service);

    write(&prefix, "# moved\r\nlisten = 'localhost'\r\n");
    let watch = service.watch(None);
    assert_eq!(service.start(), win32::SUCCESS, "the start has begun");
    let states = watch.states_to(Some(Stopped));
    assert!(!states.contains(&Some(Running)), "{states:?}");
    let stopped = service.status().unwrap();
    assert_eq!(
        (stopped.win32, stopped.specific),
        (win32::SERVICE_SPECIFIC_ERROR, 1)
    );
    let told = format!(
        "The service failed: `listen` ({FILE}, line 2, column 10): expected an address with a port, as in 127.0.0.1:8080, found a string (invalid \
         socket address syntax)"
    );
    assert_eq!(prefix.events().last(), Some(&Event::Error(told)));
}

#[test]
fn a_file_that_anybody_may_have_written_is_not_read() {
    let port = http::free_port();
    let prefix = Windows::new();
    let service = installed(&prefix, port);
    let file = administrator_file(&prefix);
    write(&prefix, "greeting = 'from the administrator'\n");

    for (owned, what) in [
        (file.parent().unwrap(), "its folder `winsvc HTTP API`"),
        (file.as_path(), "it"),
    ] {
        stop(&service);
        prefix.give_away(owned);
        assert_eq!(service.start(), win32::SUCCESS, "the start has begun");
        assert_eq!(service.reaches(Stopped).win32, win32::SERVICE_SPECIFIC_ERROR);
        let Some(Event::Error(told)) = prefix.events().pop() else {
            panic!("{:?}", prefix.events());
        };
        let begin =
            format!("The service failed: refusing to read the settings file {FILE}: {what} belongs to ");
        assert!(told.starts_with(&begin), "{told}");

        // What is named is what somebody with rights has named.
        let _ = prefix
            .run("sc", &["start", "http-api", &format!("--config={FILE}")])
            .ok();
        service.reaches(Running);
        assert_eq!(greeting(port), "from the administrator");
    }
}

/// Wine makes no junctions, and shows a link of Unix as what it leads to.
#[cfg(windows)]
#[test]
fn a_junction_on_the_way_to_the_file_is_refused() {
    let port = http::free_port();
    let prefix = Windows::new();
    let service = installed(&prefix, port);
    stop(&service);
    let file = administrator_file(&prefix);
    let folder = file.parent().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(
        elsewhere.path().join("http-api.toml"),
        "greeting = 'from elsewhere'\n",
    )
    .unwrap();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let mklink = [
        "/c",
        "mklink",
        "/J",
        folder.to_str().unwrap(),
        elsewhere.path().to_str().unwrap(),
    ];
    let _ = prefix.run("cmd", &mklink).ok();

    assert_eq!(service.start(), win32::SUCCESS, "the start has begun");
    assert_eq!(service.reaches(Stopped).win32, win32::SERVICE_SPECIFIC_ERROR);
    let Some(Event::Error(told)) = prefix.events().pop() else {
        panic!("{:?}", prefix.events());
    };
    let reason = ": its folder `winsvc HTTP API` is a symbolic link or a junction";
    assert!(told.contains(reason), "{told}");
    fs::remove_dir(folder).unwrap();
}
