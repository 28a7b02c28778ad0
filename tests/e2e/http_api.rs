//! A real service under a real service control manager: ready when it answers, no request lost, a failed start undone.

use std::process::Stdio;

use winsvc_tests::deadline::PATIENCE;
use winsvc_tests::fixture::{Fixture, native};
use winsvc_tests::http::{self, Response};
use winsvc_tests::installer::Installed;
use winsvc_tests::process::Running as Program;
use winsvc_tests::residue::{Snapshot, of_rollback};
use winsvc_tests::service::State::{Running, StartPending, StopPending, Stopped};
use winsvc_tests::service::{Status, Watch};
use winsvc_tests::win32;
use winsvc_tests::windows::Windows;

fn ok(body: &str) -> Response {
    Response {
        status: 200,
        body: body.to_owned(),
    }
}

#[test]
fn the_service_is_running_only_once_it_answers_http() {
    let port = http::free_port();
    // Three seconds in which a service that is not ready could be taken for a running one.
    let listener = "    let listener = TcpListener::bind";
    let slow = format!("    tokio::time::sleep(std::time::Duration::from_secs(3)).await;\n{listener}");
    let packages = Fixture::http_api(port)
        .in_folder("http-api-slow-start")
        .replace("src/main.rs", listener, &slow)
        .package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    let watch = service.watch(Some(port));

    prefix.install(&packages.msi, &[]).ok();
    assert_eq!(
        http::get(port, "/health").unwrap(),
        ok("ok"),
        "the installer returns when the service is ready"
    );
    service.reaches(Running);

    let seen = honest_start(&watch);
    let starting: Vec<&Status> = seen
        .iter()
        .filter(|status| status.state == StartPending)
        .collect();
    assert!(starting.iter().all(|status| status.accepts == 0), "{starting:?}");
    assert!(
        starting.is_sorted_by_key(|status| status.checkpoint),
        "{starting:?}"
    );
    assert!(
        starting.last().unwrap().checkpoint >= 2,
        "a start of 3 s shows its progress: {starting:?}"
    );
}

/// The statuses of a start in which the service was RUNNING once, and only when its port answered.
fn honest_start(watch: &Watch) -> Vec<Status> {
    assert_eq!(
        watch.states_to(Some(Running)),
        [None, Some(StartPending), Some(Running)]
    );
    let seen: Vec<Status> = watch.seen().into_iter().flatten().collect();
    assert_eq!(seen.last().unwrap().answered, Some(true), "{seen:?}");
    seen
}

/// The `main` of a web server that takes a `Service`: a task that waits for the stop is spawned first, and the port is bound
/// after three seconds. `serves` is the rest, with the `listener`, the `routes` and the `service`.
fn slow_to_bind(serves: &str) -> String {
    format!(
        r"
mod routes;
mod settings;

use std::time::Duration;

use settings::Settings;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[winsvc::main]
async fn main(service: winsvc::Service) -> anyhow::Result<()> {{
    let first: Settings = service.settings().read()?;
    let (greeting, current) = watch::channel(first.greeting);
    tokio::spawn({{
        let service = service.clone();
        async move {{
            service.stop_requested().await;
            drop(greeting);
        }}
    }});
    std::thread::spawn({{
        let service = service.clone();
        move || service.wait_for_stop()
    }});
    tokio::time::sleep(Duration::from_secs(3)).await;
    let listener = TcpListener::bind(first.listen).await?;
    {serves}
    Ok(())
}}
"
    )
}

/// Installs a service with this `main`, and shows that it was RUNNING once and only when its port answered.
fn assert_honest(folder: &str, main: &str) {
    let port = http::free_port();
    let packages = Fixture::http_api(port)
        .in_folder(folder)
        .write("src/main.rs", main)
        .package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    let watch = service.watch(Some(port));
    prefix.install(&packages.msi, &[]).ok();
    honest_start(&watch);

    assert_eq!(service.stop(), win32::SUCCESS);
    let stopped = service.reaches(Stopped);
    assert_eq!((stopped.win32, stopped.specific), (win32::SUCCESS, 0));
}

#[test]
fn a_task_that_waits_for_the_stop_before_the_port_is_bound_does_not_make_the_service_running() {
    let serves = "let serving = axum::serve(listener, routes::routes(current.clone()));
    tokio::spawn(async move { serving.await });
    service.ready();
    let mut current = current;
    while current.changed().await.is_ok() {} // until the task above has seen the stop";
    assert_honest("http-api-task-first", &slow_to_bind(serves));
}

#[test]
fn a_service_that_gives_its_stop_to_axum_is_running_once_its_port_answers() {
    let serves = "axum::serve(listener, routes::routes(current))
        .with_graceful_shutdown(service.stop_requested())
        .await?;";
    assert_honest("http-api-axum", &slow_to_bind(serves));
}

#[test]
fn a_stop_during_50_slow_requests_loses_none() {
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    prefix.install(&packages.msi, &[]).ok();
    let watch = service.watch(None);

    let requests = http::in_flight(50, port, "/slow?ms=5000");
    let _ = prefix.run("sc", &["stop", "http-api"]).ok();
    assert_eq!(
        service.status().unwrap().state,
        StopPending,
        "the requests are still under way"
    );
    for request in requests {
        assert_eq!(request.join().unwrap().unwrap(), ok("waited 5000 ms"));
    }
    let stopped = service.reaches(Stopped);
    assert_eq!((stopped.win32, stopped.specific), (win32::SUCCESS, 0));
    assert_eq!(
        watch.states_to(Some(Stopped)),
        [Some(Running), Some(StopPending), Some(Stopped)]
    );
    assert!(!http::listens(port));
}

#[test]
fn a_service_whose_port_is_taken_fails_its_start_and_the_installation_is_undone() {
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    let before = Snapshot::take(&prefix);
    let watch = service.watch(None);

    let taken = http::occupy(port);
    prefix.install(&packages.msi, &[]).ends_with(win32::ACTION_FAILED);
    let mut states = watch.states_to(None);
    // Windows may try the start more than once.
    while cfg!(windows) && states.get(3) == Some(&Some(StartPending)) {
        states.drain(3..5);
    }
    assert_eq!(states, [None, Some(StartPending), Some(Stopped), None]);
    assert_eq!(prefix.installed(), []);
    assert_eq!(
        of_rollback(before.difference(&Snapshot::take(&prefix))),
        Vec::<String>::new()
    );

    drop(taken);
    prefix.install(&packages.msi, &[]).ok();
    assert_eq!(
        http::answers(port, "/health"),
        ok("ok"),
        "with the port free the same package installs"
    );
}

#[test]
fn a_service_whose_port_is_taken_says_so_with_its_exit_code() {
    let port = http::free_port();
    let packages = Fixture::http_api(port).package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    prefix.install(&packages.msi, &[]).ok();
    assert_eq!(service.stop(), win32::SUCCESS);
    service.reaches(Stopped);
    let watch = service.watch(None);

    let _taken = http::occupy(port);
    assert_eq!(service.start(), win32::SUCCESS, "the start has begun");
    let states = watch.states_to(Some(Stopped));
    assert_eq!(states, [Some(Stopped), Some(StartPending), Some(Stopped)]);
    let stopped = service.status().unwrap();
    assert_eq!((stopped.win32, stopped.specific), (win32::ADDRESS_IN_USE, 0));
}

/// The program says its version, and when and of what it was built, as stamped after the link.
fn version(port: u16) -> String {
    let body = http::answers(port, "/version").body;
    let rest = body
        .strip_prefix("{\"version\":\"")
        .unwrap_or_else(|| panic!("{body}"));
    rest.split('"').next().unwrap().to_owned()
}

fn installed(version: &str) -> [Installed; 1] {
    let [name, version, publisher] = ["winsvc HTTP API", version, "winsvc"].map(str::to_owned);
    [Installed {
        name,
        version,
        publisher,
    }]
}

#[test]
fn an_upgrade_leaves_exactly_the_new_version_running_and_a_downgrade_is_refused() {
    let port = http::free_port();
    let old = Fixture::http_api(port).package();
    let new = Fixture::http_api(port).version("1.1.0").package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    let before = Snapshot::take(&prefix);

    prefix.install(&old.msi, &[]).ok();
    assert_eq!(
        (version(port).as_str(), prefix.installed()),
        ("1.0.0", installed("1.0.0").into())
    );

    prefix.install(&new.msi, &[]).ok();
    let running = service.reaches(Running);
    assert_eq!(
        (version(port).as_str(), prefix.installed()),
        ("1.1.0", installed("1.1.0").into())
    );

    prefix.install(&old.msi, &[]).ends_with(win32::INSTALL_FAILURE);
    assert_eq!(
        service.status(),
        Some(running),
        "the refused downgrade has not touched the service"
    );
    assert_eq!(
        (version(port).as_str(), prefix.installed()),
        ("1.1.0", installed("1.1.0").into())
    );

    prefix.uninstall(&new.msi).ok();
    assert_eq!(service.status(), None);
    assert!(!http::listens(port));
    assert_eq!(before.difference(&Snapshot::take(&prefix)), Vec::<String>::new());
}

#[test]
fn a_rebuild_of_the_same_version_replaces_it() {
    let port = http::free_port();
    let first = Fixture::http_api(port).package();
    let again = Fixture::http_api(port).write(
        "http-api.toml",
        &format!("# again\nlisten = \"127.0.0.1:{port}\"\n"),
    );
    let again = again.package();
    let prefix = Windows::new();
    let service = prefix.service("http-api");
    prefix.install(&first.msi, &[]).ok();
    prefix.install(&again.msi, &[]).ok();
    service.reaches(Running);
    assert_eq!(prefix.installed(), installed("1.0.0"));
    assert_eq!(http::answers(port, "/health"), ok("ok"));
    let config =
        std::fs::read_to_string(prefix.drive_c("Program Files/winsvc/winsvc HTTP API/http-api.toml"));
    assert!(config.unwrap().starts_with("# again"));
}

#[test]
fn in_a_console_on_this_machine_it_drains_too() {
    let port = http::free_port();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("http-api.toml"),
        format!("listen = \"127.0.0.1:{port}\""),
    )
    .unwrap();
    let mut api = native("http-api");
    let api = Program::start(api.current_dir(folder.path()).stdin(Stdio::null()));
    assert_eq!(http::answers(port, "/health"), ok("ok"));

    let requests = http::in_flight(50, port, "/slow?ms=2000");
    #[cfg(unix)]
    api.signal("TERM");
    #[cfg(windows)]
    api.interrupt();
    for request in requests {
        assert_eq!(request.join().unwrap().unwrap(), ok("waited 2000 ms"));
    }
    let ended = api.finish(PATIENCE).ok();
    assert_eq!(ended.lines(), [format!("listening on http://127.0.0.1:{port}")]);
}
