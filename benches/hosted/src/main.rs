//! A program that knows nothing of services: prints a line, says by an event of Windows that it has begun, and goes on until
//! it is ended.

#[cfg(windows)]
fn main() {
    use windows_sys::Win32::System::Threading::{EVENT_MODIFY_STATE, OpenEventW, SetEvent};

    println!("listening");
    let name = std::env::args().nth(1).expect("the name of an event");
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    // SAFETY: the name ends in a zero.
    let event = unsafe { OpenEventW(EVENT_MODIFY_STATE, 0, name.as_ptr()) };
    assert!(!event.is_null(), "{}", std::io::Error::last_os_error());
    // SAFETY: the event is open.
    unsafe { SetEvent(event) };
    loop {
        std::thread::park();
    }
}

#[cfg(not(windows))]
fn main() {}
