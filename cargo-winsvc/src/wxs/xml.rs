//! The elements of a WiX source, and how they are written: a line for each element; its attributes go on in the next one
//! where it would be too long.

/// The width of lines.
const WIDTH: usize = 120;

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) children: Vec<Node>,
}

/// What an element contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element.
    Element(Element),
    /// Characters, escaped.
    Text(String),
    /// A comment.
    Comment(String),
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Adds an attribute, unless its value is empty.
    pub(super) fn attr(self, name: &'static str, value: impl AsRef<str>) -> Self {
        match value.as_ref() {
            "" => self,
            value => self.any(name, value),
        }
    }

    /// Adds an attribute, which may be empty.
    pub(super) fn any(self, name: &'static str, value: &str) -> Self {
        self.source(name, &literal(value))
    }

    /// Adds an attribute whose value refers to variables of the source.
    pub(super) fn source(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    pub(super) fn number(self, name: &'static str, value: Option<i32>) -> Self {
        match value {
            Some(value) => self.attr(name, value.to_string()),
            None => self,
        }
    }

    /// Adds the attribute `yes`, if the condition holds.
    pub(super) fn yes(self, name: &'static str, condition: bool) -> Self {
        self.attr(name, if condition { "yes" } else { "" })
    }

    /// Adds the attribute `no`, if the condition holds.
    pub(super) fn no(self, name: &'static str, condition: bool) -> Self {
        self.attr(name, if condition { "no" } else { "" })
    }

    pub(super) fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Adds characters.
    pub(super) fn content(mut self, text: &str) -> Self {
        self.children.push(Node::Text(literal(text)));
        self
    }

    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(it, _)| *it == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Writes the element with its children.
    pub(super) fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        let attributes: Vec<String> = self
            .attributes
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value, true)))
            .collect();
        let text = match &self.children[..] {
            [Node::Text(text)] => Some(escaped(text, false)),
            _ => None,
        };
        let end = match &text {
            Some(text) => format!(">{text}</{}>", self.name),
            None if self.children.is_empty() => " />".to_owned(),
            None => ">".to_owned(),
        };
        let continued = " ".repeat(indent.len() + self.name.len() + 2);
        let mut line = self.name.to_owned();
        let mut width = indent.len() + 1 + line.len();
        for (index, attribute) in attributes.iter().enumerate() {
            let is_last = index + 1 == attributes.len();
            let len = attribute.chars().count() + if is_last { end.chars().count() } else { 0 };
            if index > 0 && width + 1 + len > WIDTH {
                line = format!("{line}\n{continued}{attribute}");
                width = continued.len();
            } else {
                line = format!("{line} {attribute}");
                width += 1;
            }
            width += attribute.chars().count();
        }
        out.extend([&indent, "<", &line, &end, "\n"]);
        if text.is_none() && !self.children.is_empty() {
            for child in &self.children {
                child.write(depth + 1, out);
            }
            out.extend([&indent, "</", self.name, ">\n"]);
        }
    }
}

impl Node {
    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Element(element) => element.write(depth, out),
            Self::Text(text) => out.push_str(&escaped(text, false)),
            Self::Comment(text) => {
                let indent = "  ".repeat(depth);
                out.extend([&indent, "<!-- ", &comment(text), " -->\n"]);
            }
        }
    }
}

/// A text in which WiX finds no variables. A preprocessor variable is `$(…)`, a reference to other values `!(…)`; two of
/// the characters mean one of them.
pub(super) fn literal(text: &str) -> String {
    ["$(", "!(loc.", "!(wix.", "!(bind."]
        .iter()
        .fold(text.to_owned(), |text, begin| {
            text.replace(begin, &format!("{}{begin}", &begin[..1]))
        })
}

/// A text inside a comment, which cannot contain two hyphens in a row.
pub(super) fn comment(text: &str) -> String {
    let mut text = text.replace("--", "- -");
    if text.ends_with('-') {
        text.push(' ');
    }
    text
}

pub(super) fn escaped(text: &str, in_attribute: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' if in_attribute => escaped.push_str("&quot;"),
            // A reader takes them for spaces in an attribute.
            '\n' | '\r' | '\t' if in_attribute => {
                escaped.extend(["&#", &u32::from(character).to_string(), ";"]);
            }
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(element: &Element) -> String {
        let mut out = String::new();
        element.write(0, &mut out);
        out
    }

    #[test]
    fn values_are_literal_in_xml_and_in_wix() {
        let element = Element::new("Property")
            .attr("Id", "X")
            .attr("Value", "a \"<$(env.PATH)&!(loc.x) (y)\n")
            .attr("Empty", "");
        assert_eq!(
            written(&element),
            "<Property Id=\"X\" Value=\"a &quot;&lt;$$(env.PATH)&amp;!!(loc.x) (y)&#10;\" />\n"
        );
        let element = Element::new("Condition").content("A<>\"1\"");
        assert_eq!(written(&element), "<Condition>A&lt;&gt;\"1\"</Condition>\n");
    }

    #[test]
    fn long_elements_go_on_in_the_next_line() {
        let long = "x".repeat(100);
        let element = Element::new("File").attr("Id", "a").attr("Source", &long);
        assert_eq!(
            written(&Element::new("Component").child(element)),
            format!("<Component>\n  <File Id=\"a\"\n        Source=\"{long}\" />\n</Component>\n")
        );
    }

    #[test]
    fn comments_do_not_end_early() {
        assert_eq!(comment("a --> b-"), "a - -> b- ");
        assert_eq!(comment("---"), "- -- ");
    }
}
