//! The server as a service by winsvc.

#[path = "../../server.rs"]
mod server;

#[winsvc::main]
async fn main(starting: winsvc::Starting) -> std::io::Result<()> {
    let listener = server::listen().await?;
    let service = starting.ready();
    server::serve(listener, service.stop_requested()).await;
    Ok(())
}
