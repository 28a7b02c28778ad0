//! The argument vectors of the signing programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use winsvc_definition::manifest::{
    Located, Osslsigncode, SignCommand, SignEngine, SignPlaceholder, SigningIdentity, Signtool,
};

use super::process::Call;
use crate::secret::Secret;

/// What the signature says of the program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    /// The description, which Windows shows when it asks an administrator for consent.
    pub(crate) description: Option<String>,
    /// The address.
    pub(crate) url: Option<String>,
}

/// Where an engine leaves its result.
#[derive(Debug)]
pub(super) enum Step {
    /// In its input.
    InPlace(Call),
    /// In a new file.
    NewFile(Call),
}

/// How the timestamp is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timestamping {
    /// By a step of its own, which needs no key.
    AfterSigning,
    /// With the signature.
    WhileSigning,
}

/// The files of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'a> {
    pub(super) input: &'a Path,
    /// Where the result goes, if it is a new file.
    pub(super) output: &'a Path,
}

/// How an engine adds timestamps.
pub(super) fn timestamping(engine: &SignEngine) -> Timestamping {
    match engine {
        SignEngine::Osslsigncode(_) | SignEngine::Signtool(_) => Timestamping::AfterSigning,
        SignEngine::Command(_) => Timestamping::WhileSigning,
    }
}

/// The program that an engine runs.
pub(crate) fn program(engine: &SignEngine) -> PathBuf {
    let (program, default) = match engine {
        SignEngine::Osslsigncode(engine) => (engine.program.as_ref(), "osslsigncode"),
        SignEngine::Signtool(engine) => (engine.program.as_ref(), "signtool"),
        SignEngine::Command(command) => (Some(&command.program), ""),
    };
    program.map_or_else(|| default.into(), Clone::clone)
}

/// The step that signs.
pub(super) fn sign(
    engine: &SignEngine,
    files: Files<'_>,
    labels: &Labels,
    server: Option<&str>,
    secret: Option<&Secret>,
) -> Step {
    let call = |arguments| Call {
        program: program(engine),
        arguments,
        folder: None,
        stdin: None,
    };
    match engine {
        SignEngine::Osslsigncode(options) => Step::NewFile(Call {
            stdin: secret.cloned(),
            ..call(by_osslsigncode(options, files, labels))
        }),
        SignEngine::Signtool(options) => Step::InPlace(call(by_signtool(options, files.input, labels))),
        SignEngine::Command(command) => Step::InPlace(Call {
            folder: Some(command.folder.clone()),
            ..call(by_command(command, files.input, labels, server))
        }),
    }
}

/// The step that adds a timestamp to a signature, where it is a step of its own.
pub(super) fn timestamp(engine: &SignEngine, files: Files<'_>, server: &str) -> Option<Step> {
    let call = |arguments| Call {
        program: program(engine),
        arguments,
        folder: None,
        stdin: None,
    };
    let Files { input, output } = files;
    match engine {
        SignEngine::Osslsigncode(_) => {
            let arguments = words(["add", "-h", "sha256", "-ts", server]);
            let files = [
                "-in".as_ref(),
                input.as_os_str(),
                "-out".as_ref(),
                output.as_os_str(),
            ];
            Some(Step::NewFile(call([arguments, words(files)].concat())))
        }
        SignEngine::Signtool(_) => {
            let arguments = words(["timestamp", "/tr", server, "/td", "sha256"]);
            Some(Step::InPlace(call([arguments, words([input])].concat())))
        }
        SignEngine::Command(_) => None,
    }
}

fn words<T: AsRef<OsStr>>(words: impl IntoIterator<Item = T>) -> Vec<OsString> {
    words.into_iter().map(|word| word.as_ref().to_owned()).collect()
}

/// A password comes by the standard input. Without one, an empty one is set, so that the program does not ask.
fn by_osslsigncode(options: &Osslsigncode, files: Files<'_>, labels: &Labels) -> Vec<OsString> {
    let mut arguments = words(["sign", "-h", "sha256"]);
    let mut add = |option: &str, value: &OsStr| arguments.extend([OsString::from(option), value.to_owned()]);
    let modules = [
        ("-provider", &options.provider),
        ("-pkcs11engine", &options.pkcs11_engine),
        ("-pkcs11module", &options.pkcs11_module),
        ("-ac", &options.additional_certificates),
    ];
    for (option, path) in modules {
        if let Some(path) = path {
            add(option, path.as_os_str());
        }
    }
    let is_in_token = match &options.identity {
        SigningIdentity::Pkcs12(path) => {
            add("-pkcs12", path.as_os_str());
            false
        }
        SigningIdentity::Key { key, certificate } => {
            match certificate {
                Located::File(path) => add("-certs", path.as_os_str()),
                Located::Token(uri) => add("-pkcs11cert", uri.as_ref()),
            }
            match key {
                Located::File(path) => add("-key", path.as_os_str()),
                Located::Token(uri) => add("-key", uri.as_ref()),
            }
            matches!(key, Located::Token(_))
        }
    };
    if options.password.is_some() {
        let stdin = if cfg!(unix) { "/dev/stdin" } else { "-" };
        add("-readpass", stdin.as_ref());
    } else if !is_in_token {
        add("-pass", "".as_ref());
    }
    for (option, text) in [("-n", &labels.description), ("-i", &labels.url)] {
        if let Some(text) = text {
            add(option, text.as_ref());
        }
    }
    if is_msi(files.input) {
        // As signtool does: the signature covers the entries of the container, too.
        arguments.push("-add-msi-dse".into());
    }
    arguments.extend(options.arguments.iter().map(|argument| argument.as_str().into()));
    arguments.extend(words([
        "-in".as_ref(),
        files.input.as_os_str(),
        "-out".as_ref(),
        files.output.as_os_str(),
    ]));
    arguments
}

fn is_msi(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("msi"))
}

fn by_signtool(options: &Signtool, file: &Path, labels: &Labels) -> Vec<OsString> {
    let mut arguments = words(["sign", "/fd", "sha256"]);
    let texts = [
        ("/sha1", &options.thumbprint),
        ("/n", &options.subject),
        ("/s", &options.store),
    ];
    for (option, text) in texts {
        if let Some(text) = text {
            arguments.extend(words([option, text.as_str()]));
        }
    }
    for (option, path) in [("/dlib", &options.dlib), ("/dmdf", &options.dlib_metadata)] {
        if let Some(path) = path {
            arguments.extend(words([option.as_ref(), path.as_os_str()]));
        }
    }
    if options.machine_store {
        arguments.push("/sm".into());
    }
    let chooses = [&options.thumbprint, &options.subject]
        .iter()
        .all(|text| text.is_none());
    if chooses && options.dlib.is_none() {
        arguments.push("/a".into());
    }
    for (option, text) in [("/d", &labels.description), ("/du", &labels.url)] {
        if let Some(text) = text {
            arguments.extend(words([option, text]));
        }
    }
    arguments.push(file.into());
    arguments
}

fn by_command(command: &SignCommand, file: &Path, labels: &Labels, server: Option<&str>) -> Vec<OsString> {
    let value = |placeholder| match placeholder {
        SignPlaceholder::File => file.into(),
        SignPlaceholder::Description => labels.description.as_deref().unwrap_or_default().into(),
        SignPlaceholder::Url => labels.url.as_deref().unwrap_or_default().into(),
        SignPlaceholder::Timestamp => server.unwrap_or_default().into(),
    };
    let arguments = command.arguments.iter();
    arguments.map(|argument| argument.fill(value)).collect()
}

#[cfg(test)]
mod tests {
    use winsvc_definition::manifest::SignTable;

    use super::*;

    fn calls(table: &str, file: &str) -> Vec<String> {
        let table: SignTable = toml::from_str(table).unwrap();
        let engine = table.in_folder(Path::new("/src")).engine.unwrap();
        let labels = Labels {
            description: Some("Acme Agent".to_owned()),
            url: Some("https://acme.example".to_owned()),
        };
        let files = Files {
            input: Path::new(file),
            output: Path::new("out"),
        };
        let server = Some("http://tsa");
        let steps = [
            Some(sign(&engine, files, &labels, server, None)),
            timestamp(&engine, files, "http://tsa"),
        ];
        let steps = steps.into_iter().flatten().map(|step| {
            let (Step::InPlace(call) | Step::NewFile(call)) = step;
            let arguments: Vec<_> = call.arguments.iter().map(|text| text.to_str().unwrap()).collect();
            format!("{} {}", call.program.display(), arguments.join("|"))
        });
        steps.collect()
    }

    #[test]
    fn osslsigncode_reads_the_password_from_its_standard_input() {
        assert_eq!(
            calls(
                "osslsigncode = { pkcs12 = 'acme.p12', password = { env = 'NAME' }, arguments = ['-nolegacy'] }",
                "a.exe"
            ),
            [
                "osslsigncode sign|-h|sha256|-pkcs12|/src/acme.p12|-readpass|/dev/stdin|-n|Acme Agent|\
                 -i|https://acme.example|-nolegacy|-in|a.exe|-out|out",
                "osslsigncode add|-h|sha256|-ts|http://tsa|-in|a.exe|-out|out",
            ]
        );
        assert_eq!(
            calls(
                "[osslsigncode]\nprogram = 'bin/osslsigncode'\nkey = 'pkcs11:object=a'\ncertificate = 'c.pem'\n\
                 pkcs11-module = '/usr/lib/a.so'\nadditional-certificates = 'more.pem'",
                "a.MSI"
            )[0],
            "/src/bin/osslsigncode sign|-h|sha256|-pkcs11module|/usr/lib/a.so|-ac|/src/more.pem|-certs|/src/c.pem|\
             -key|pkcs11:object=a|-n|Acme Agent|-i|https://acme.example|-add-msi-dse|-in|a.MSI|-out|out"
        );
        let plain = calls("osslsigncode = { key = 'k', certificate = 'c' }", "a.exe");
        assert!(plain[0].contains("|-key|/src/k|-pass||-n|"), "{plain:?}");
    }

    #[test]
    fn signtool_takes_the_certificate_from_a_store_or_a_service() {
        assert_eq!(
            calls(
                "signtool = { thumbprint = 'ab12', machine-store = true }",
                "a.msi"
            ),
            [
                "signtool sign|/fd|sha256|/sha1|ab12|/sm|/d|Acme Agent|/du|https://acme.example|a.msi",
                "signtool timestamp|/tr|http://tsa|/td|sha256|a.msi",
            ]
        );
        assert_eq!(
            calls("signtool = { dlib = 'a.dll', dlib-metadata = 'a.json' }", "a.exe")[0],
            "signtool sign|/fd|sha256|/dlib|/src/a.dll|/dmdf|/src/a.json|/d|Acme Agent|/du|https://acme.example|a.exe"
        );
        let any = calls("signtool = {}", "a.exe");
        assert!(any[0].starts_with("signtool sign|/fd|sha256|/a|"), "{any:?}");
    }

    #[test]
    fn a_command_gets_values_for_its_placeholders() {
        let command = "command = ['./sign.sh', '--in={file}', '{description}', '{url}', '{timestamp}']";
        assert_eq!(
            calls(command, "a b.exe"),
            ["/src/./sign.sh --in=a b.exe|Acme Agent|https://acme.example|http://tsa"]
        );
    }
}
