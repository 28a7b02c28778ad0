//! The security descriptor of a service.

use std::fmt;

use crate::validated_text;

/// The service's security descriptor, which grants rights on the service itself: a discretionary access control list
/// (DACL) in the security descriptor definition language (SDDL), `D:(A;;…;;;BA)…`
/// ([Security Descriptor String Format](https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format)).
///
/// Parts that do not apply to a service are refused: owner, group and audit entries, and entries of other types than
/// `A` and `D`.
///
/// ```
/// use winsvc_definition::SecurityDescriptor;
///
/// // Administrators and the system have full control; users may query and start the service.
/// let text = "D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;LCRPRC;;;BU)";
/// assert_eq!(SecurityDescriptor::new(text).unwrap().as_str(), text);
/// let error = SecurityDescriptor::new("D:(A;;GA;;;SY)(A;;GA;;;XX)").unwrap_err();
/// assert_eq!(error.column, 24);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "manifest", derive(serde::Deserialize), serde(try_from = "String"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("pattern" = r"^D:")))]
pub struct SecurityDescriptor(String);

impl SecurityDescriptor {
    /// Checks the syntax.
    ///
    /// # Errors
    ///
    /// If Windows cannot parse the string, or if it contains parts that do not apply to a service.
    pub fn new(text: &str) -> Result<Self, SecurityDescriptorError> {
        let mut reader = Reader { text, position: 0 };
        reader.list().map_err(|expected| SecurityDescriptorError {
            // Everything before it is ASCII.
            column: reader.position + 1,
            expected,
        })?;
        Ok(Self(text.to_owned()))
    }

    /// The string as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string with generic rights replaced by service-specific ones, as the SCM stores it
    /// ([Service Security and Access Rights](https://learn.microsoft.com/windows/win32/services/service-security-and-access-rights)).
    pub fn specific(&self) -> String {
        let parts = self.0.split(';').enumerate().map(|(index, part)| {
            // Each entry has five semicolons; the rights follow the second.
            let is_names = index % 5 == 2 && !part.starts_with("0x");
            if is_names {
                specific_rights(part)
            } else {
                part.to_owned()
            }
        });
        parts.collect::<Vec<_>>().join(";")
    }
}

validated_text!(SecurityDescriptor, SecurityDescriptorError);

/// Replaces generic rights by service-specific ones.
fn specific_rights(names: &str) -> String {
    let pairs = (0..names.len()).step_by(2).map(|at| match &names[at..at + 2] {
        "GA" => "CCDCLCSWRPWPDTLOCRSDRCWDWO", // SERVICE_ALL_ACCESS
        "GR" => "CCLCSWLORC", // READ_CONTROL, QUERY_CONFIG, QUERY_STATUS, INTERROGATE, ENUMERATE_DEPENDENTS
        "GW" => "DCRC",       // READ_CONTROL, CHANGE_CONFIG
        "GX" => "RPWPDTCRRC", // READ_CONTROL, START, STOP, PAUSE_CONTINUE, USER_DEFINED_CONTROL
        other => other,
    });
    pairs.collect()
}

/// Access rights ([ACE Strings](https://learn.microsoft.com/windows/win32/secauthz/ace-strings)). Service-specific
/// rights, such as start and stop, use the names of directory rights
/// ([Service Security and Access Rights](https://learn.microsoft.com/windows/win32/services/service-security-and-access-rights)).
const RIGHTS: &str = "CC DC LC SW RP WP DT LO CR SD RC WD WO GA GR GW GX";

/// Flags of an entry. The inheritance flags have no effect on a service, but `sc sdshow` and similar tools print them.
const ENTRY_FLAGS: &str = "CI OI NP IO ID";

/// Well-known accounts and groups ([SID Strings](https://learn.microsoft.com/windows/win32/secauthz/sid-strings)).
const ACCOUNTS: &str = "AA AC AN AO AP AU BA BG BO BU CA CD CG CN CO CY DA DC DD DG DU EA ED EK ER ES HA HI IS IU KA LA \
    LG LS LU LW ME MP MU NO NS NU OW PA PO PS PU RA RC RD RE RM RO RS RU SA SI SO SS SU SY UD WD WR";

/// A parser over the string. On an error, `position` stays at the unexpected character.
struct Reader<'a> {
    text: &'a str,
    position: usize,
}

type Read = Result<(), &'static str>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn take(&mut self, prefix: &str) -> bool {
        let is_there = self.rest().starts_with(prefix);
        if is_there {
            self.position += prefix.len();
        }
        is_there
    }

    fn expect(&mut self, prefix: &'static str, expected: &'static str) -> Read {
        if self.take(prefix) { Ok(()) } else { Err(expected) }
    }

    /// `D:` with flags and at least one entry: an empty list would deny access to everyone.
    fn list(&mut self) -> Read {
        self.expect("D:", "`D:`, an access control list")?;
        while self.take("P") || self.take("AR") || self.take("AI") {}
        self.entry("the flags `P`, `AR`, `AI`, or `(` and an entry")?;
        while !self.rest().is_empty() {
            self.entry("`(` and another entry, or the end")?;
        }
        Ok(())
    }

    /// `(type;flags;rights;;;account)`
    fn entry(&mut self, expected: &'static str) -> Read {
        const KIND: &str = "`A;` to allow or `D;` to deny";
        self.expect("(", expected)?;
        if !self.take("A;") && !self.take("D;") {
            return Err(KIND);
        }
        while self.pair(ENTRY_FLAGS) {}
        self.expect(";", "`;`, or one of the flags `CI`, `OI`, `NP`, `IO`, `ID`")?;
        self.rights()?;
        self.expect(";", "`;`, or another right such as `RP`")?;
        self.expect(";", "`;`: a service's entry has no object")?;
        self.expect(";", "`;`: a service's entry has no inherited object")?;
        self.account()?;
        self.expect(")", "`)`")
    }

    /// `0x…`, or names of two letters each.
    fn rights(&mut self) -> Read {
        if self.rest().starts_with("0x") {
            let rest = &self.rest()[2..];
            let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
            if !(1..=7).contains(&digits) {
                return Err("`0x` and up to seven hexadecimal digits: generic rights have names");
            }
            self.position += 2 + digits;
            return Ok(());
        }
        if !self.pair(RIGHTS) {
            return Err("a right such as `RP`, or `0x` and a number");
        }
        while self.pair(RIGHTS) {}
        Ok(())
    }

    /// Two letters, or `S-1-…`.
    fn account(&mut self) -> Read {
        const EXPECTED: &str = "an account such as `BA`, or a SID such as `S-1-5-32-544`";
        if self.pair(ACCOUNTS) {
            return Ok(());
        }
        let length = self
            .rest()
            .find(|c: char| c != '-' && c != 'S' && !c.is_ascii_digit())
            .unwrap_or(self.rest().len());
        let is_sid = self.rest()[..length]
            .strip_prefix("S-1-")
            .is_some_and(is_identifier);
        if !is_sid {
            return Err(EXPECTED);
        }
        self.position += length;
        Ok(())
    }

    /// Consumes two letters if the table contains them.
    fn pair(&mut self, table: &str) -> bool {
        let found = self
            .rest()
            .get(..2)
            .is_some_and(|pair| table.split(' ').any(|known| known == pair));
        if found {
            self.position += 2;
        }
        found
    }
}

/// Whether the string is the authority and 1 to 15 subauthorities of a SID.
fn is_identifier(text: &str) -> bool {
    let mut numbers = text.split('-');
    let authority = numbers.next().and_then(|number| number.parse::<u64>().ok());
    authority.is_some_and(|number| number < 1 << 48)
        && (1..=15).contains(&numbers.clone().count())
        && numbers.all(|number| number.parse::<u32>().is_ok())
}

/// The error for a string that is not a security descriptor of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityDescriptorError {
    /// The position of the first unexpected character, counted from 1.
    pub column: usize,
    expected: &'static str,
}

impl fmt::Display for SecurityDescriptorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid security descriptor at character {}; expected {}",
            self.column, self.expected
        )
    }
}

impl std::error::Error for SecurityDescriptorError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_windows_and_its_tools_print_is_read() {
        for text in [
            // What a new service has, as `sc sdshow` prints it without the entries for audit.
            "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;IU)(A;;CCLCSWLOCRRC;;;SU)",
            "D:PAI(A;;GA;;;BA)",
            "D:ARAIP(D;CIOI;0x1f01ff;;;S-1-5-21-1004336348-1177238915-682003330-512)",
            "D:(A;ID;0xF;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)",
        ] {
            assert_eq!(SecurityDescriptor::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_typo_is_found_where_it_is() {
        for (text, column, expected) in [
            ("", 1, "`D:`, an access control list"),
            ("O:BAD:(A;;GA;;;BA)", 1, "`D:`, an access control list"),
            ("D:", 3, "the flags `P`, `AR`, `AI`, or `(` and an entry"),
            (
                "D:NO_ACCESS_CONTROL",
                3,
                "the flags `P`, `AR`, `AI`, or `(` and an entry",
            ),
            ("D:(AU;;GA;;;BA)", 4, "`A;` to allow or `D;` to deny"),
            (
                "D:(A;XX;GA;;;BA)",
                6,
                "`;`, or one of the flags `CI`, `OI`, `NP`, `IO`, `ID`",
            ),
            ("D:(A;;;;;BA)", 7, "a right such as `RP`, or `0x` and a number"),
            ("D:(A;;RPXP;;;BA)", 9, "`;`, or another right such as `RP`"),
            ("D:(A;;rp;;;BA)", 7, "a right such as `RP`, or `0x` and a number"),
            (
                "D:(A;;0x;;;BA)",
                7,
                "`0x` and up to seven hexadecimal digits: generic rights have names",
            ),
            (
                "D:(A;;0x123456789;;;BA)",
                7,
                "`0x` and up to seven hexadecimal digits: generic rights have names",
            ),
            ("D:(A;;GA;BA)", 10, "`;`: a service's entry has no object"),
            (
                "D:(A;;GA;;BA)",
                11,
                "`;`: a service's entry has no inherited object",
            ),
            (
                "D:(A;;GA;;;XX)",
                12,
                "an account such as `BA`, or a SID such as `S-1-5-32-544`",
            ),
            (
                "D:(A;;GA;;;S-1-5)",
                12,
                "an account such as `BA`, or a SID such as `S-1-5-32-544`",
            ),
            (
                "D:(A;;GA;;;S-1-5-4294967296)",
                12,
                "an account such as `BA`, or a SID such as `S-1-5-32-544`",
            ),
            ("D:(A;;GA;;;BA", 14, "`)`"),
            (
                "D:(A;;GA;;;BA)S:(AU;FA;GA;;;WD)",
                15,
                "`(` and another entry, or the end",
            ),
            ("D:(A;;GA;;;BA) ", 15, "`(` and another entry, or the end"),
            (
                "D:(A;;GA;;;Ä)",
                12,
                "an account such as `BA`, or a SID such as `S-1-5-32-544`",
            ),
        ] {
            assert_eq!(
                SecurityDescriptor::new(text),
                Err(SecurityDescriptorError { column, expected }),
                "{text}"
            );
        }
    }

    #[test]
    fn generic_rights_become_a_service_s_own() {
        let specific = |text: &str| SecurityDescriptor::new(text).unwrap().specific();
        assert_eq!(
            specific("D:P(A;;GA;;;BA)(D;CI;GWSD;;;IU)(A;;0x2;;;S-1-5-32-544)"),
            "D:P(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(D;CI;DCRCSD;;;IU)(A;;0x2;;;S-1-5-32-544)"
        );
        assert_eq!(specific("D:(A;;GRGX;;;BU)"), "D:(A;;CCLCSWLORCRPWPDTCRRC;;;BU)");
    }

    proptest! {
        #[test]
        fn whatever_the_grammar_makes_is_read_and_nothing_less(
            list in "D:(P|AR|AI)?(\\((A|D);(CI|OI){0,2};((RP|WP|LC|GA){1,4}|0x[0-9a-f]{1,7});;;(BA|SY|S-1-5(-[0-9]{1,9}){1,6})\\)){1,4}",
            cut in any::<prop::sample::Index>(),
        ) {
            let read = SecurityDescriptor::new(&list);
            prop_assert!(read.is_ok(), "{}", list);
            let specific = read.unwrap().specific();
            prop_assert!(SecurityDescriptor::new(&specific).is_ok(), "{}", specific);
            prop_assert!(!specific.contains("GA"));
            let cut = &list[..cut.index(list.len())];
            // Only whole entries are a list.
            prop_assert_eq!(SecurityDescriptor::new(cut).is_ok(), cut.ends_with(')'));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), tail in any::<String>()) {
            let _ = SecurityDescriptor::new(&text);
            let _ = SecurityDescriptor::new(&format!("D:(A;;GA;;;{tail}"));
            let _ = SecurityDescriptor::new(&format!("D:(A;;0x{tail}"));
        }

        #[test]
        fn a_column_is_within_the_text_or_at_its_end(text in "(D:|\\(A;|;|GA|BA|S-1-5-32|0x1|\\)|Ä){0,9}") {
            if let Err(error) = SecurityDescriptor::new(&text) {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
            }
        }
    }
}
