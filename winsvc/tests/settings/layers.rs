//! Which layer has the say.

use proptest::prelude::*;
use serde::Deserialize;
use winsvc::settings::Origin;

use crate::machine::{Agent, LISTEN, Machine, Tls};

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
        "the settings file /none/a.toml does not exist; it is specified by the variable `ACME_AGENT_CONFIG`"
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
        "argument 1 is not a setting; expected `--key=value` or `--key value`"
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
