//! The `cargo-winsvc` program; everything is in the library.

fn main() -> std::process::ExitCode {
    cargo_winsvc::main(std::env::args_os())
}
