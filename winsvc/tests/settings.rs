//! A service's own settings: which layer has the say, what text becomes, and what is said about mistakes.
#![cfg(all(feature = "settings", feature = "tokio"))]

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use winsvc::settings::{Error, Origin, Settings};
use winsvc::testing::{Ask, Scm, Started, State};
use winsvc::{Service, Starting};

/// The folders of a service, and what else surrounds it.
struct Machine {
    folder: TempDir,
    scm: Scm,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data", "exe"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let scm = Scm::new("acme-agent")
            .data_folder(folder.path().join("data"))
            .exe_folder(folder.path().join("exe"));
        Self { folder, scm }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(self, file: &str, content: &str) -> Self {
        fs::write(self.path(file), content).unwrap();
        self
    }

    /// The administrator's file.
    fn data(self, content: &str) -> Self {
        self.write("data/acme-agent.toml", content)
    }

    fn shipped(self, content: &str) -> Self {
        self.write("exe/acme-agent.toml", content)
    }

    fn with(mut self, change: impl FnOnce(Scm) -> Scm) -> Self {
        self.scm = change(self.scm);
        self
    }

    fn variable(self, name: &str, value: &str) -> Self {
        self.with(|scm| scm.variable(name, value))
    }

    fn arguments(self, arguments: &[&str]) -> Self {
        self.with(|scm| scm.arguments(arguments))
    }

    /// What a service on this machine gets to see.
    fn ask<T: Send + 'static>(&self, ask: impl FnOnce(Settings) -> T + Send + 'static) -> T {
        let (sender, receiver) = mpsc::channel();
        let service = self.scm.clone().start(move |starting: Starting| {
            sender.send(ask(starting.settings())).unwrap();
        });
        let answer = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
        service.end();
        answer
    }

    fn read<T: DeserializeOwned + Send + 'static>(&self) -> Result<T, Error> {
        self.ask(|settings| settings.read())
    }

    /// What is said of settings that are not those of `T`, without the folder of the test.
    fn mistake<T: DeserializeOwned + std::fmt::Debug + Send + 'static>(&self) -> String {
        let error = self.read::<T>().unwrap_err().to_string();
        error.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Agent {
    listen: SocketAddr,
    #[serde(default)]
    workers: u16,
    #[serde(default)]
    peers: Vec<String>,
    #[serde(default)]
    verbose: bool,
    #[serde(default)]
    api_token: u16,
    tls: Option<Tls>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Tls {
    cert_file: PathBuf,
    #[serde(default)]
    versions: Vec<u8>,
}

const LISTEN: &str = "listen = '127.0.0.1:80'\n";

#[test]
fn text_becomes_what_the_struct_wants() {
    let agent = Machine::new()
        .variable("ACME_AGENT_WORKERS", "8")
        .variable("ACME_AGENT_PEERS", "a, b")
        .variable("ACME_AGENT_TLS__VERSIONS", "[12, 13]")
        .variable("ACME_AGENT_VERBOSE", "1")
        .arguments(&[
            "--listen",
            "[::1]:9000",
            "--tls.cert-file=cert.pem",
            "--api-token",
            "7",
        ])
        .read::<Agent>()
        .unwrap();
    let expected = Agent {
        listen: "[::1]:9000".parse().unwrap(),
        workers: 8,
        peers: vec!["a".to_owned(), "b".to_owned()],
        verbose: true,
        api_token: 7,
        tls: Some(Tls {
            cert_file: "cert.pem".into(),
            versions: vec![12, 13],
        }),
    };
    assert_eq!(agent, expected);
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Fast,
    Limited { per_second: f32 },
    Named(String),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Name(String),
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
struct Shapes {
    max_size: Option<i8>,
    modes: Vec<Mode>,
    mode: Option<Mode>,
    ports: BTreeMap<u16, char>,
    any_port: Vec<Port>,
    pair: (u8, String),
    name: String,
}

#[test]
fn every_shape_of_settings_can_be_read_from_every_layer() {
    let from_file = Machine::new()
        .shipped(
            "maxSize = -5\nmodes = ['fast', { limited = { per_second = 1 } }, { named = 'x' }]\nmode = 'fast'\n\
             ports = { 80 = 'a' }\nanyPort = [80, 'http']\npair = [1, 'x']\nname = '007'\n",
        )
        .read::<Shapes>()
        .unwrap();
    let from_outside = Machine::new()
        .variable("ACME_AGENT_MAX_SIZE", "-5")
        .variable("ACME_AGENT_ANYPORT", "80,http")
        .variable("ACME_AGENT_PORTS__80", "a")
        .variable("ACME_AGENT_NAME", "007")
        .arguments(&[
            "--modes=fast",
            "--modes={ limited = { per_second = 1 } }",
            "--modes={ named = 'x' }",
            "--mode=fast",
            "--pair=1,x",
        ])
        .read::<Shapes>()
        .unwrap();
    assert_eq!(from_file, from_outside);
    assert_eq!(
        from_file,
        Shapes {
            max_size: Some(-5),
            modes: vec![
                Mode::Fast,
                Mode::Limited { per_second: 1.0 },
                Mode::Named("x".to_owned())
            ],
            mode: Some(Mode::Fast),
            ports: [(80, 'a')].into(),
            any_port: vec![Port::Number(80), Port::Name("http".to_owned())],
            pair: (1, "x".to_owned()),
            name: "007".to_owned(),
        }
    );
}

#[test]
fn tables_of_several_layers_become_one_and_lists_are_replaced() {
    let agent = Machine::new()
        .shipped(&format!(
            "{LISTEN}peers = ['a', 'b']\n[tls]\ncert-file = 'shipped'\nversions = [12]\n"
        ))
        .data("peers = ['c']\n[tls]\nversions = [13]\n")
        .read::<Agent>()
        .unwrap();
    assert_eq!(agent.peers, ["c"]);
    let expected = Tls {
        cert_file: "shipped".into(),
        versions: vec![13],
    };
    assert_eq!(agent.tls, Some(expected));
}

#[test]
fn no_file_has_to_be_there_but_one_that_is_named() {
    let machine = || Machine::new().variable("ACME_AGENT_LISTEN", "127.0.0.1:1");
    assert!(machine().read::<Agent>().is_ok());

    let named = machine().variable("ACME_AGENT_CONFIG", "/none/a.toml");
    assert_eq!(
        named.mistake::<Agent>(),
        "the settings file /none/a.toml does not exist; the variable `ACME_AGENT_CONFIG` names it"
    );
    let in_code = machine().ask(|settings| settings.file("/none/b.toml").read::<Agent>());
    assert_eq!(
        in_code.unwrap_err().to_string(),
        "the settings file /none/b.toml does not exist"
    );

    let other = machine()
        .shipped("workers = 1\nverbose = true")
        .data("workers = 2")
        .write("c.toml", "workers = 3");
    let path = other.path("c.toml");
    let other = other.arguments(&["--config", path.to_str().unwrap()]);
    let agent = other.read::<Agent>().unwrap();
    assert_eq!(
        (agent.workers, agent.verbose),
        (3, true),
        "it takes the place of the administrator's alone"
    );
}

#[test]
fn a_program_with_arguments_of_its_own_keeps_them() {
    let machine = Machine::new()
        .with(|scm| scm.start_arguments(["--workers=2"]))
        .arguments(&["-v", "--workers=1", "run"])
        .shipped(LISTEN);
    let agent = machine.ask(|settings| settings.without_arguments().read::<Agent>());
    assert_eq!(agent.unwrap().workers, 2);
    assert_eq!(
        machine.mistake::<Agent>(),
        "argument 1 is no setting; these have the form `--key=value`, or `--key value`"
    );
}

#[test]
fn the_prefix_of_variables_can_be_another() {
    let machine = Machine::new()
        .variable("ACME_AGENT_LISTEN", "127.0.0.1:1")
        .variable("ACME_LISTEN", "127.0.0.1:2");
    let agent = machine.ask(|settings| settings.variable_prefix("ACME").read::<Agent>());
    assert_eq!(agent.unwrap().listen.port(), 2);
}

#[test]
fn each_key_has_an_origin() {
    let machine = Machine::new()
        .shipped("listen = '127.0.0.1:80'\nworkers = 1\n")
        .variable("ACME_AGENT_TLS__CERT_FILE", "a")
        .arguments(&["--workers=2"])
        .with(|scm| scm.start_arguments(["--verbose"]));
    let sources = machine.ask(|settings| settings.defaults("peers = []").sources().unwrap());
    let name = |name: &str| name.to_owned();
    let expected = [
        (
            name("listen"),
            Origin::File {
                path: machine.path("exe/acme-agent.toml").into(),
                line: 1,
                column: 10,
            },
        ),
        (name("peers"), Origin::Defaults { line: 1, column: 9 }),
        (
            name("tls.cert_file"),
            Origin::Variable {
                name: name("ACME_AGENT_TLS__CERT_FILE"),
            },
        ),
        (
            name("verbose"),
            Origin::StartArgument {
                name: name("--verbose"),
            },
        ),
        (
            name("workers"),
            Origin::Argument {
                name: name("--workers"),
            },
        ),
    ];
    for (found, expected) in sources.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(sources.len(), expected.len());
}

#[test]
fn a_mistake_names_key_place_and_what_is_expected() {
    for (content, expected) in [
        (
            "listen = '127.0.0.1'\n",
            "`listen` (data/acme-agent.toml, line 1, column 10): expected an address with a port, as in 127.0.0.1:8080, \
             found text (invalid socket address syntax); correct it there",
        ),
        (
            "listen = '127.0.0.1:80'\nworkers = 70000\n",
            "`workers` (data/acme-agent.toml, line 2, column 11): expected a whole number from 0 to 65535, found 70000; \
             correct it there",
        ),
        (
            "listen = '127.0.0.1:80'\nworkers = '4'\n",
            "`workers` (data/acme-agent.toml, line 2, column 11): expected a whole number from 0 to 65535, found text; \
             correct it there",
        ),
        (
            "listen = '127.0.0.1:80'\npeers = ['a', 5]\n",
            "`peers[1]` (data/acme-agent.toml, line 2, column 15): expected text, found 5; correct it there",
        ),
        (
            "listen = '127.0.0.1:80'\n[tls]\ncert_file = ''\n",
            "`tls.cert_file` (data/acme-agent.toml, line 3, column 1): the program has no such setting; it has \
             `cert-file`, `versions`",
        ),
        (
            "listen = '127.0.0.1:80'\n[tls]\n",
            "`tls.cert-file` is not set; set it in data/acme-agent.toml, by the variable `ACME_AGENT_TLS__CERT_FILE` or the \
             argument `--tls.cert-file`",
        ),
        (
            "listen = '127.0.0.1:80'\ntls = 1\n",
            "`tls` (data/acme-agent.toml, line 2, column 7): expected a table, found 1; correct it there",
        ),
        (
            "listen = '127.0.0.1:80'\nlisten = 5\n",
            "data/acme-agent.toml, line 2, column 1: this is not TOML: duplicate key",
        ),
    ] {
        assert_eq!(Machine::new().data(content).mistake::<Agent>(), expected);
    }
    assert_eq!(
        Machine::new()
            .shipped(LISTEN)
            .arguments(&["--lisen=1"])
            .mistake::<Agent>(),
        "`lisen` (the argument `--lisen`): the program has no such setting; it has `listen`, `workers`, `peers`, `verbose`, \
         `api_token`, `tls`"
    );
}

#[test]
fn a_word_that_is_none_of_the_program_s_is_named_with_those_that_are() {
    assert_eq!(
        Machine::new().data("mode = 'fats'\n").mistake::<Shapes>(),
        "`mode` (data/acme-agent.toml, line 1, column 8): expected one of `fast`, `limited`, `named`, found `fats`; correct it \
         there"
    );
}

#[test]
fn a_variable_that_is_unknown_is_somebody_else_s() {
    let machine = Machine::new()
        .shipped(&format!("{LISTEN}[tls]\ncert-file = ''\n"))
        .variable("ACME_AGENT_HOME", "/")
        .variable("ACME_AGENT_TLS__HOME", "/")
        .variable("ACME_AGENT_WORKERS", "");
    assert_eq!(machine.read::<Agent>().unwrap().workers, 0);
    let file = machine.data("home = 1\n");
    assert!(
        file.mistake::<Agent>()
            .starts_with("`home` (data/acme-agent.toml, line 1, column 1)")
    );
}

/// A type whose mistakes repeat what they are about.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Repeats;

impl TryFrom<String> for Repeats {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} is nothing"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Unchecked")]
struct Checked;

#[derive(Debug, Deserialize)]
struct Unchecked {
    user: String,
    password: String,
}

impl TryFrom<Unchecked> for Checked {
    type Error = String;

    fn try_from(unchecked: Unchecked) -> Result<Self, String> {
        if unchecked.password.len() < 3 {
            return Err(format!("the password of {} is too short", unchecked.user));
        }
        Err(format!(
            "{} cannot log on with {}",
            unchecked.user, unchecked.password
        ))
    }
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is never made")]
struct Secretive {
    #[serde(default)]
    mode: Option<Mode>,
    #[serde(default)]
    api_token: Option<Repeats>,
    #[serde(default)]
    plain: Option<Repeats>,
    #[serde(default)]
    port: u16,
    #[serde(default)]
    account: Option<Checked>,
    #[serde(default)]
    secret: BTreeMap<String, u8>,
}

#[test]
fn what_may_be_secret_is_in_no_text() {
    let variable = |name: &str| Machine::new().variable(name, "hunter2");
    for machine in [
        variable("ACME_AGENT_MODE"),
        variable("ACME_AGENT_PLAIN"),
        variable("ACME_AGENT_API_TOKEN"),
        variable("ACME_AGENT_PORT"),
        variable("ACME_AGENT_ACCOUNT"),
        variable("ACME_AGENT_SECRET__A"),
        Machine::new().arguments(&["--plain=hunter2"]),
        Machine::new().arguments(&["--mode={ hunter2 = 1 }"]),
        Machine::new().arguments(&["--port", "hunter2"]),
        Machine::new().arguments(&["hunter2"]),
        Machine::new().with(|scm| scm.start_arguments(["--mode", "hunter2"])),
        Machine::new().data("api_token = 'hunter2'\n"),
        Machine::new().data("secret = { a = 'hunter2' }\n"),
        Machine::new().data("api_token = 'hunter2\n"),
        Machine::new().data("account = { user = 'me', password = 'hunter2' }\n"),
        Machine::new()
            .shipped("account = { user = 'me' }\n")
            .variable("ACME_AGENT_ACCOUNT__PASSWORD", "hunter2"),
    ] {
        let error = machine.read::<Secretive>().unwrap_err();
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}

#[test]
fn what_the_program_s_own_checks_say_is_shown() {
    assert_eq!(
        Machine::new().data("plain = 'x'\n").mistake::<Secretive>(),
        "`plain` (data/acme-agent.toml, line 1, column 9): x is nothing"
    );
    assert_eq!(
        Machine::new()
            .data("account = { user = 'me', password = 'ab' }\n")
            .mistake::<Secretive>(),
        "`account` (data/acme-agent.toml, line 1, column 11): the password of me is too short"
    );
}

/// A service that reads its settings again, and tells the test of them.
fn reloading(machine: &Machine) -> (Started, mpsc::Receiver<u16>) {
    let (sender, receiver) = mpsc::channel();
    let service = machine.scm.clone().start(move |starting: Starting| async move {
        let settings = starting.settings();
        let first: Agent = settings.read()?;
        let mut reloads = settings.reloads::<Agent>();
        starting.ready();
        let _ = sender.send(first.workers);
        while let Some(changed) = reloads.next().await {
            let _ = sender.send(changed.workers);
        }
        Ok::<(), Error>(())
    });
    service.wait_for(State::Running);
    (service, receiver)
}

fn next(settings: &mpsc::Receiver<u16>) -> u16 {
    settings.recv_timeout(Duration::from_secs(10)).unwrap()
}

#[test]
fn changed_parameters_are_read_and_a_mistake_in_them_changes_nothing() {
    let machine = Machine::new().shipped(LISTEN).data("workers = 1\n");
    let (service, settings) = reloading(&machine);
    assert_eq!(next(&settings), 1);
    assert_eq!(
        service.status().accepts,
        0x1 | 0x4 | 0x8,
        "stop, shutdown, parameter change"
    );

    let machine = machine.data("workers = 2\n");
    service.send(Ask::ParamChange).unwrap();
    assert_eq!(next(&settings), 2);

    let machine = machine.data("workers = 2\nwrokers = 3\n");
    service.send(Ask::ParamChange).unwrap();
    let refusal = format!(
        "warning 27: The service has refused a parameter change: `wrokers` ({}, line 2, column 1): the program has no such \
         setting; it has `listen`, `workers`, `peers`, `verbose`, `api_token`, `tls`",
        machine.path("data/acme-agent.toml").display()
    );
    let end = std::time::Instant::now() + Duration::from_secs(10);
    while !service.messages().iter().any(|told| *told == &*refusal) {
        assert!(std::time::Instant::now() < end, "{:#?}", service.messages());
        std::thread::yield_now();
    }

    let _machine = machine.data("workers = 4\n");
    service.send(Ask::ParamChange).unwrap();
    assert_eq!(next(&settings), 4);
    assert!(settings.try_recv().is_err(), "nothing came of the mistake");
    service.send(Ask::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_plain_main_waits_for_changes_too() {
    let machine = Machine::new().data("workers = 1\n").shipped(LISTEN);
    let (sender, settings) = mpsc::channel();
    let service = machine.scm.clone().start(move |service: Service| {
        let mut reloads = service.settings().reloads::<Agent>();
        service.ready();
        while let Some(changed) = reloads.wait_next() {
            sender.send(changed.workers).unwrap();
        }
    });
    service.wait_for(State::Running);
    service.send(Ask::ParamChange).unwrap();
    assert_eq!(next(&settings), 1);
    service.send(Ask::Stop).unwrap();
    assert_eq!(service.end().exit_code, 0);
}

#[test]
fn a_mistake_at_the_start_is_a_failed_start() {
    let machine = Machine::new().data("listen = 5\n");
    let service = machine.scm.clone().start(|starting: Starting| {
        let _: Agent = starting.settings().read()?;
        starting.ready();
        Ok::<(), Error>(())
    });
    let end = service.end();
    assert_eq!((end.exit_code, end.service_code), (1066, 1));
    let expected = format!(
        "error 30: The service has failed: `listen` ({}, line 1, column 10): expected an address with a port, as in \
         127.0.0.1:8080, found 5; correct it there",
        machine.path("data/acme-agent.toml").display()
    );
    assert_eq!(end.messages, [expected.as_str()]);
}

/// The layers, the strongest first.
const LAYERS: [&str; 6] = ["start", "line", "variable", "data", "shipped", "defaults"];

/// Which keys a layer sets.
type Sets = Vec<&'static str>;

fn layers() -> impl Strategy<Value = Vec<Sets>> {
    let keys = vec!["a", "b-c", "d_e", "t.x", "t.y-z", "t.u.v"];
    let sets = proptest::sample::subsequence(keys, 0..=6);
    proptest::collection::vec(sets, LAYERS.len())
}

/// A layer's settings as TOML: each has the layer's name as its value.
fn toml(layer: &str, keys: &Sets) -> String {
    keys.iter().map(|key| format!("{key} = '{layer}'\n")).collect()
}

fn as_arguments(layer: &str, keys: &Sets) -> Vec<String> {
    keys.iter().map(|key| format!("--{key}={layer}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn of_each_key_the_strongest_layer_has_the_say(layers in layers()) {
        let [start, line, variable, data, shipped, defaults] = &layers[..] else { unreachable!() };
        let mut machine = Machine::new()
            .data(&toml("data", data))
            .shipped(&toml("shipped", shipped))
            .with(|scm| scm.start_arguments(as_arguments("start", start)))
            .with(|scm| scm.arguments(as_arguments("line", line)));
        for key in variable {
            let name = key.replace('.', "__").replace('-', "_").to_uppercase();
            machine = machine.variable(&format!("ACME_AGENT_{name}"), "variable");
        }
        let defaults = toml("defaults", defaults);
        let read = machine.ask(move |settings| settings.defaults(&defaults).read::<Keys>()).unwrap();
        let table = read.t.unwrap_or_default();
        let found = [
            ("a", read.a), ("b-c", read.b_c), ("d_e", read.d_e), ("t.x", table.x), ("t.y-z", table.y_z),
            ("t.u.v", table.u.and_then(|u| u.v)),
        ];
        for (key, found) in found {
            let strongest = layers.iter().position(|keys| keys.contains(&key));
            prop_assert_eq!(found.as_deref(), strongest.map(|index| LAYERS[index]), "{}", key);
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    a: Option<String>,
    #[serde(rename = "b-c")]
    b_c: Option<String>,
    d_e: Option<String>,
    t: Option<Inner>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    x: Option<String>,
    #[serde(rename = "y-z")]
    y_z: Option<String>,
    u: Option<Innermost>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Innermost {
    v: Option<String>,
}
