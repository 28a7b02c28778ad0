use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use winsvc::Service;

/// A token that is cancelled when the service is asked to stop.
pub fn stop_token(service: &Service) -> CancellationToken {
    let token = CancellationToken::new();
    tokio::spawn({
        let (service, token) = (service.clone(), token.clone());
        async move {
            service.stop_requested().await;
            token.cancel();
        }
    });
    token
}

pub async fn serve(service: Service) -> std::io::Result<()> {
    let token = stop_token(&service);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    service.ready(); // `main` waits for the token, so it says itself when it serves
    while let Some(accepted) = token.run_until_cancelled(listener.accept()).await {
        let (_client, address) = accepted?;
        service.status_text(&format!("serving {address}"));
    }
    Ok(())
}
