//! What text becomes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::machine::{Agent, Machine, Tls};

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
pub(crate) enum Mode {
    Fast,
    Limited { per_second: f32 },
    Named(String),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub(crate) enum Port {
    Number(u16),
    Name(String),
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Shapes {
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
