//! DLLs that programs often import without their authors' knowledge, and how to link them statically.

/// A family of DLLs.
pub(super) struct Known {
    /// What their names begin with, in lower case.
    prefixes: &'static [&'static str],
    /// What they are, as a note.
    pub(super) what: &'static str,
    /// How to do without them, as an instruction.
    pub(super) help: &'static str,
}

/// The family of a DLL.
pub(super) fn known(dll: &str) -> Option<&'static Known> {
    let dll = dll.to_lowercase();
    let mut families = KNOWN.iter();
    families.find(|family| family.prefixes.iter().any(|prefix| dll.starts_with(prefix)))
}

const KNOWN: &[Known] = &[
    Known {
        prefixes: &[
            "libgcc_s",
            "libstdc++",
            "libwinpthread",
            "libssp",
            "libatomic",
            "libgomp",
        ],
        what: "a runtime library of GCC and mingw-w64",
        help: "link it statically: print `cargo::rustc-link-lib=static:-bundle=NAME` in the build script that links it",
    },
    Known {
        prefixes: &["libunwind", "libc++"],
        what: "a runtime library of llvm-mingw",
        help: "link it statically with `-C target-feature=+crt-static` in `rustflags` of cargo's configuration for the \
               target",
    },
    Known {
        prefixes: &["vcruntime", "msvcp", "msvcr", "concrt", "vcomp", "mfc1"],
        what: "a part of the Visual C++ redistributable",
        help: "link the C runtime statically with `-C target-feature=+crt-static`, and compile C and C++ code with /MT",
    },
    Known {
        prefixes: &["ucrtbased"],
        what: "the debug version of the C runtime, which only Visual Studio installs",
        help: "compile C and C++ code without debug libraries (/MT instead of /MTd)",
    },
    Known {
        prefixes: &["libssl", "libcrypto", "ssleay32", "libeay32"],
        what: "OpenSSL",
        help: "enable the feature `vendored` of the crate openssl, or set OPENSSL_STATIC=1",
    },
    Known {
        prefixes: &["sqlite3", "libsqlite3"],
        what: "SQLite",
        help: "enable the feature `bundled` of rusqlite or libsqlite3-sys",
    },
    Known {
        prefixes: &["zlib", "libz.", "libz1"],
        what: "zlib",
        help: "enable the feature `static` of libz-sys",
    },
    Known {
        prefixes: &["libcurl", "curl"],
        what: "curl",
        help: "enable the features `static-curl` and `static-ssl` of the crate curl",
    },
    Known {
        prefixes: &["libpq"],
        what: "the client library of PostgreSQL",
        help: "enable the feature `bundled` of pq-sys",
    },
];
