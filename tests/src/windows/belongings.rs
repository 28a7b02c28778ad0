//! What the tests put onto a Windows, by its names there.
//!
//! A test that was killed has taken nothing away. The next one finds by these names what is left; a test that uses a
//! service or a product with another name fails on every host, so that none is forgotten here.

/// The names of what the tests put onto a Windows.
pub(crate) struct Belongings;

impl Belongings {
    /// The services.
    pub(crate) const SERVICES: [&str; 18] = [
        "clock",
        "exporter",
        "gateway",
        "hello",
        "hello-update",
        "hosted",
        "http-api",
        "logs",
        "plain",
        "suite-agent",
        "suite-store",
        "node-like",
        "suite-updater",
        "tray-service",
        "updater",
        "updater-update",
        "visits",
        "größe dienst",
    ];

    /// The products, as the list of installed programs has them.
    pub(crate) const PRODUCTS: [&str; 15] = [
        "Acme Suite",
        "Acme agent",
        "Acme exporter",
        "Acme gateway",
        "clock",
        "desktop",
        "hello",
        "hosted",
        "node-like",
        "updater",
        "winsvc HTTP API",
        "Logs",
        "Plain",
        "Visit Counter",
        "Ünïcode (Größe)",
    ];

    /// The folders, on drive C.
    #[cfg(windows)]
    pub(crate) const FOLDERS: [&str; 21] = [
        "Program Files/exporter",
        "Program Files/gateway",
        "Program Files/hello",
        "Program Files/updater",
        "Program Files/winsvc",
        "Program Files/Acme",
        "Program Files/Plain",
        "Program Files/Söhne & Töchter GmbH",
        "ProgramData/Acme",
        "ProgramData/hello",
        "ProgramData/Söhne & Töchter GmbH",
        "ProgramData/updater",
        "ProgramData/winsvc",
        "ProgramData/Microsoft/Windows/Start Menu/Programs/Acme",
        "ProgramData/Microsoft/Windows/Start Menu/Programs/Acme Suite",
        "ProgramData/Microsoft/Windows/Start Menu/Programs/hello",
        "my services",
        "srv",
        "suite",
        "Größe Eins",
        "Left",
    ];

    /// The files, on drive C.
    #[cfg(windows)]
    pub(crate) const FILES: [&str; 2] = ["ProgramData/controls.txt", "note.txt"];

    /// The keys below `HKEY_LOCAL_MACHINE`, beside those of services, event sources and products.
    #[cfg(windows)]
    pub(crate) const KEYS: [&str; 8] = [
        r"Software\Acme",
        r"Software\Classes\hello-1",
        r"Software\hello",
        r"Software\Hello [1]",
        r"Software\Left",
        r"Software\Söhne & Töchter GmbH",
        r"Software\updater",
        r"Software\winsvc",
    ];

    /// # Panics
    ///
    /// When the tests have no service of this name.
    pub(crate) fn require_service(name: &str) {
        assert!(
            Self::SERVICES.contains(&name),
            "{name:?} is not among Belongings::SERVICES"
        );
    }

    /// # Panics
    ///
    /// When the tests have no product of this name.
    pub(crate) fn require_product(name: &str) {
        assert!(
            Self::PRODUCTS.contains(&name),
            "{name:?} is not among Belongings::PRODUCTS"
        );
    }
}
