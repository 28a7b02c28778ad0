//! Properties: what an administrator sets at an installation.

use winsvc_definition::{NamedText, PropertyName};

use super::*;

#[test]
fn a_product_with_properties_has_these_tables() {
    let tables = tables(&render(&with_properties()));
    insta::assert_snapshot!(tables);
}

/// A property's value in an argument, or the folder.
fn named(text: &str) -> Argument {
    Argument::Text(NamedText::new(text).unwrap())
}

/// The command line that Windows Installer puts together with these values: its actions in their order.
fn command_line(arguments: Vec<Argument>, values: &[(&str, &str)]) -> String {
    let mut product = with_properties();
    product.services[0].definition.arguments = arguments;
    let tables = tables(&render(&product));
    let actions: Vec<Vec<&str>> = rows(&tables, "CustomAction")
        .into_iter()
        .map(|row| row.split(" | ").collect())
        .collect();
    let mut sequence: Vec<(i32, &str, &str)> = rows(&tables, "InstallExecuteSequence")
        .into_iter()
        .filter_map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            let is_part = cells[0].starts_with("Arguments0.");
            is_part.then(|| (cells[2].parse().unwrap(), cells[0], cells[1]))
        })
        .collect();
    sequence.sort_unstable();
    let mut line = String::new();
    for (_, action, condition) in sequence {
        let holds = condition
            .split(" AND ")
            .filter(|part| !part.is_empty())
            .all(|part| {
                let value = |name: &str| match name {
                    "Arguments0" => line.clone(),
                    name => values
                        .iter()
                        .find(|(property, _)| *property == name)
                        .map_or(String::new(), |(_, value)| (*value).to_owned()),
                };
                match (part.strip_prefix("NOT "), part.split_once('=')) {
                    (Some(name), _) => value(name).is_empty(),
                    (None, Some((name, wanted))) => value(name) == wanted.trim_matches('"'),
                    (None, None) => !value(part).is_empty(),
                }
            });
        if !holds {
            continue;
        }
        let cells = actions.iter().find(|cells| cells[0] == action).unwrap();
        assert!(cells[3].encode_utf16().count() <= 255, "{}", cells[3]);
        let mut text = cells[3]
            .replace("[Arguments0]", &line)
            .replace("[DataFolder]", r"C:\data\");
        for (name, value) in values {
            text = text.replace(&format!("[{name}]"), value);
        }
        line = text.replace(r"[\[]", "[").replace(r"[\]]", "]");
    }
    line
}

#[test]
fn arguments_without_a_value_are_left_out_and_the_others_are_apart() {
    let arguments = || {
        vec![
            named("--a={COLLECTORS}"),
            named("--b={EXTRA_FLAGS}"),
            named(r"--c={data}"),
            named("--d={LISTEN_PORT}"),
            Argument::If {
                property: PropertyName::new("REPORTING").unwrap(),
                value: "no".to_owned(),
                text: NamedText::literal("--quiet"),
            },
        ]
    };
    assert_eq!(command_line(arguments(), &[]), r#""--c=C:\data\\""#);
    assert_eq!(
        command_line(
            arguments(),
            &[("EXTRA_FLAGS", "x y"), ("LISTEN_PORT", "80"), ("REPORTING", "no")]
        ),
        r#""--b=x y" "--c=C:\data\\" "--d=80" --quiet"#
    );
    assert_eq!(
        command_line(
            arguments(),
            &[("COLLECTORS", "1"), ("EXTRA_FLAGS", "2"), ("REPORTING", "yes")]
        ),
        r#""--a=1" "--b=2" "--c=C:\data\\""#
    );
}

#[test]
fn a_long_command_line_is_put_together_from_parts_that_fit() {
    let long = "[ab] ".repeat(200);
    let line = command_line(
        vec![named(&format!("{long}{{COLLECTORS}}")), named("{data}")],
        &[("COLLECTORS", "x")],
    );
    assert_eq!(line, format!(r#""{long}x" "C:\data\\""#));
    assert_eq!(
        command_line(vec![named(&format!("{long}{{COLLECTORS}}"))], &[]),
        ""
    );
}
