use proptest::prelude::*;

use super::*;

fn table(text: &str) -> RestartTable {
    #[derive(serde::Deserialize)]
    struct Table {
        restart: RestartTable,
    }
    toml::from_str::<Table>(&format!("[restart]\n{text}"))
        .unwrap()
        .restart
}

fn decide(text: &str, ending: Ending) -> Decision {
    Policy::new(table(text)).after(ending, false, Duration::ZERO, 0.0)
}

/// The decision without numbers.
fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Restart { .. } => "restart",
        Decision::Stop => "stop",
        Decision::Fail => "fail",
        Decision::GiveUp { .. } => "give up",
    }
}

/// Every cell of policy and exit, as docs/host.md shows them.
#[test]
fn every_exit_has_its_decision() {
    use Ending::{Exited, NotStarted, Unhealthy};

    let lists = "success-codes = [0, 3]\nrestart-codes = [75]\nstop-codes = [2]\nfail-codes = [78]\n";
    let endings = [
        Exited(0),
        Exited(3),
        Exited(1),
        Exited(0xc000_0005),
        Exited(75),
        Exited(2),
        Exited(78),
        Unhealthy,
        NotStarted,
    ];
    for (on, expected) in [
        (
            "always",
            [
                "restart", "restart", "restart", "restart", "restart", "stop", "fail", "restart", "restart",
            ],
        ),
        (
            "failure",
            [
                "stop", "stop", "restart", "restart", "restart", "stop", "fail", "restart", "restart",
            ],
        ),
        (
            "never",
            [
                "stop", "stop", "fail", "fail", "restart", "stop", "fail", "fail", "fail",
            ],
        ),
    ] {
        for (ending, expected) in endings.into_iter().zip(expected) {
            let text = format!("{lists}on = '{on}'");
            assert_eq!(word(decide(&text, ending)), expected, "on = {on}, {ending:?}");
            let mut policy = Policy::new(table(&text));
            let stopped = policy.after(ending, true, Duration::ZERO, 0.0);
            assert_eq!(stopped, Decision::Stop, "on = {on}, {ending:?}, with a stop");
        }
    }
}

#[test]
fn delays_grow_and_the_last_one_repeats_until_the_program_was_healthy() {
    let mut policy = Policy::new(table("delay = ['1s', '5s']\nhealthy-after = '10s'"));
    let mut delay = |ran| match policy.after(Ending::Exited(1), false, Duration::from_secs(ran), 0.0) {
        Decision::Restart { after, attempt } => (after.as_secs(), attempt),
        other => panic!("{other:?}"),
    };
    assert_eq!(delay(0), (1, 1));
    assert_eq!(delay(9), (5, 2));
    assert_eq!(delay(0), (5, 3));
    assert_eq!(delay(10), (1, 1));
}

#[test]
fn the_host_gives_up_after_the_last_attempt() {
    for (give_up, is_failure) in [("fail", true), ("stop", false)] {
        let mut policy = Policy::new(table(&format!("max-attempts = 2\ngive-up = '{give_up}'")));
        let mut next = || policy.after(Ending::Exited(1), false, Duration::ZERO, 0.0);
        assert_eq!(word(next()), "restart");
        assert_eq!(word(next()), "restart");
        let attempts = 2;
        assert_eq!(next(), Decision::GiveUp { attempts, is_failure });
    }
    assert_eq!(word(decide("max-attempts = 0", Ending::Exited(1))), "give up");
}

fn endings() -> impl Strategy<Value = Ending> {
    prop_oneof![
        any::<u32>().prop_map(Ending::Exited),
        (0_u32..5).prop_map(Ending::Exited),
        Just(Ending::Unhealthy),
        Just(Ending::NotStarted),
    ]
}

proptest! {
    /// A life of any endings: a stop ends it, delays stay within the table's, attempts within the limit.
    #[test]
    fn a_life_keeps_the_rules(
        life in proptest::collection::vec((endings(), any::<bool>(), 0_u64..120, 0.0_f64..1.0), 0..40),
        on in proptest::sample::select(vec!["always", "failure", "never"]),
        most in proptest::option::of(0_u32..4),
    ) {
        let limit = most.map_or_else(String::new, |most| format!("max-attempts = {most}"));
        let mut policy = Policy::new(table(&format!(
            "on = '{on}'\ndelay = ['1s', '5s', '30s']\nhealthy-after = '60s'\n{limit}"
        )));
        let mut in_a_row = 0;
        for (ending, stop, ran, jitter) in life {
            let ran = Duration::from_secs(ran);
            match policy.after(ending, stop, ran, jitter) {
                Decision::Restart { after, attempt } => {
                    prop_assert!(!stop && (on != "never"));
                    prop_assert!(on == "always" || ending != Ending::Exited(0));
                    in_a_row = if ran.as_secs() >= 60 { 1 } else { in_a_row + 1 };
                    prop_assert_eq!(attempt, in_a_row);
                    prop_assert!(most.is_none_or(|most| attempt <= most));
                    let table = [1.0, 5.0, 30.0][(attempt as usize - 1).min(2)];
                    prop_assert!((table..=table * 1.1 + 1e-6).contains(&after.as_secs_f64()));
                }
                Decision::GiveUp { attempts, .. } => {
                    prop_assert!(!stop);
                    prop_assert_eq!(Some(attempts), most);
                }
                Decision::Fail => prop_assert!(!stop && on == "never" && ending != Ending::Exited(0)),
                Decision::Stop => prop_assert!(stop || (ending == Ending::Exited(0) && on != "always")),
            }
        }
    }
}
