//! The server as a service by windows-service, in the way of that crate's documentation.
#![cfg(windows)]

#[path = "../../server.rs"]
mod server;

use std::error::Error;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult};
use windows_service::{define_windows_service, service_dispatcher};

define_windows_service!(ffi_service_main, service_main);

fn main() -> windows_service::Result<()> {
    service_dispatcher::start("", ffi_service_main)
}

fn service_main(_arguments: Vec<OsString>) {
    // There is nobody to tell: the SCM sees the process end without STOPPED.
    let _ = run();
}

fn run() -> Result<(), Box<dyn Error>> {
    let stop = Arc::new(Notify::new());
    let handler = {
        let stop = Arc::clone(&stop);
        move |control| match control {
            ServiceControl::Stop | ServiceControl::Shutdown => {
                stop.notify_one();
                ServiceControlHandlerResult::NoError
            }
            ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
            _ => ServiceControlHandlerResult::NotImplemented,
        }
    };
    let handle = service_control_handler::register("", handler)?;

    handle.set_service_status(status(ServiceState::StartPending))?;
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let listener = server::listen().await?;
        handle.set_service_status(status(ServiceState::Running))?;
        let stopped = async {
            stop.notified().await;
            let _ = handle.set_service_status(status(ServiceState::StopPending));
        };
        server::serve(listener, stopped).await;
        Ok::<_, Box<dyn Error>>(())
    })?;
    drop(runtime);
    handle.set_service_status(status(ServiceState::Stopped))?;
    Ok(())
}

fn status(state: ServiceState) -> ServiceStatus {
    let is_pending = matches!(state, ServiceState::StartPending | ServiceState::StopPending);
    ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if state == ServiceState::Running {
            ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN
        } else {
            ServiceControlAccept::empty()
        },
        exit_code: ServiceExitCode::Win32(0),
        checkpoint: u32::from(is_pending),
        wait_hint: Duration::from_secs(if is_pending { 20 } else { 0 }),
        process_id: None,
    }
}
