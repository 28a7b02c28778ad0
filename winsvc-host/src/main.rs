//! The host's exe: see the library.

fn main() -> std::process::ExitCode {
    winsvc_host::main_with_file()
}
