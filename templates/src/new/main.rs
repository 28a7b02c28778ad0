#[winsvc::main]
async fn main(service: winsvc::Service) {
    // Open here what the service needs. It is RUNNING when it waits for its stop.
    println!("{} is running", service.name());
    service.stop_requested().await;
    // Finish here what has begun: Windows waits for the time of `stop-timeout`.
    println!("goodbye");
}
