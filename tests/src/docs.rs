//! The commands of the documentation, which tests run as they stand there.

/// The commands of a page's section: every line that begins with `$ ` in its fenced blocks `console`.
pub fn commands(page: &str, heading: &str) -> Vec<String> {
    let section = page.lines().skip_while(|line| *line != heading).skip(1);
    let section = section.take_while(|line| !line.starts_with("## "));
    let mut in_console = false;
    let mut commands = Vec::new();
    for line in section {
        match line {
            "```console" => in_console = true,
            "```" => in_console = false,
            _ if in_console => commands.extend(line.strip_prefix("$ ").map(str::to_owned)),
            _ => {}
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_the_prompts_of_the_section_s_console_blocks() {
        let page = "# T\n```console\n$ no\n```\n## Quickstart\n```sh\n$ no\n```\n```console\n$ a b\nits output\n$ c\n```\n\
                    ## Next\n```console\n$ no\n```\n";
        assert_eq!(commands(page, "## Quickstart"), ["a b", "c"]);
        assert_eq!(commands(page, "## Missing"), [""; 0]);
    }
}
