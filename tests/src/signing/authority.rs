//! A certification authority of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::deadline::PATIENCE;
use crate::process::{require, run};

/// A certification authority, in a folder of its own.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
}

/// What a certificate is to say.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// The name of its files, and its common name.
    pub name: &'a str,
    /// The extended key usage, as openssl names it.
    pub usage: &'a str,
    /// The first and the last second of its validity, as openssl writes them.
    pub validity: [&'a str; 2],
    /// The algorithm of its key, as options of `openssl genpkey`.
    pub algorithm: &'a [&'a str],
}

impl Default for Leaf<'_> {
    fn default() -> Self {
        Self {
            name: "Acme",
            usage: "codeSigning",
            validity: ["20200101000000Z", "20491231235959Z"],
            algorithm: &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        }
    }
}

/// What `openssl ca` wants to know.
const CONFIGURATION: &str = "\
[ca]
default_ca = tests
[tests]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
";

impl Authority {
    /// Makes an authority.
    ///
    /// # Panics
    ///
    /// When openssl fails.
    pub fn new(folder: &Path) -> Self {
        let authority = Self {
            folder: folder.to_owned(),
        };
        let write = |name: &str, content: &str| {
            fs::write(folder.join(name), content).expect("a file of the authority");
        };
        write("ca.conf", CONFIGURATION);
        write("index.txt", "");
        write("serial", "1000\n");
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            "/CN=Tests CA",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ]);
        authority
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Issues a certificate: `NAME.key` is its key, and `NAME.pem` the certificate and the authority's.
    ///
    /// # Panics
    ///
    /// When openssl fails.
    pub fn issue(&self, leaf: &Leaf<'_>) {
        let Leaf {
            name,
            usage,
            validity: [start, end],
            algorithm,
        } = leaf;
        let file = |extension: &str| format!("{name}.{extension}");
        let extensions = format!("keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,{usage}\n");
        fs::write(self.path(&file("ext")), extensions).expect("the extensions");
        self.openssl(&[&["genpkey"], *algorithm, &["-out", &file("key")]].concat());
        let subject = format!("/CN={name}");
        self.openssl(&[
            "req",
            "-new",
            "-key",
            &file("key"),
            "-subj",
            &subject,
            "-out",
            &file("csr"),
        ]);
        self.openssl(&[
            "ca",
            "-batch",
            "-notext",
            "-config",
            "ca.conf",
            "-keyfile",
            "ca.key",
            "-cert",
            "ca.pem",
            "-in",
            &file("csr"),
            "-out",
            &file("pem"),
            "-startdate",
            start,
            "-enddate",
            end,
            "-extfile",
            &file("ext"),
        ]);
        let chain =
            [self.path(&file("pem")), self.certificate()].map(|path| fs::read_to_string(path).expect("PEM"));
        fs::write(self.path(&file("pem")), chain.concat()).expect("the chain");
    }

    /// Makes `NAME.p12`, with the key and the certificates, for a password.
    ///
    /// # Panics
    ///
    /// When openssl fails.
    pub fn export(&self, name: &str, password: &str) {
        let [key, chain, out] = ["key", "pem", "p12"].map(|extension| format!("{name}.{extension}"));
        let password = format!("pass:{password}");
        self.openssl(&[
            "pkcs12", "-export", "-inkey", &key, "-in", &chain, "-passout", &password, "-out", &out,
        ]);
    }

    /// Runs openssl in the folder.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn openssl(&self, arguments: &[&str]) {
        let mut openssl = require("openssl");
        let _ = run(openssl.current_dir(&self.folder).args(arguments), PATIENCE).ok();
    }

    /// Writes the key `from` into the file `to`, locked with a password.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn lock_key(&self, from: &str, to: &str, password: &str) {
        let pass = format!("pass:{password}");
        self.openssl(&["pkcs8", "-topk8", "-in", from, "-passout", &pass, "-out", to]);
    }
}
