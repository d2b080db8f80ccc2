//! The server's connections. Below axum, because only here can slow headers be cut off, and connections be counted out
//! when the server stops.

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use std::{io, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

/// How long a caller may take to send the headers of a request.
const HEADERS: Duration = Duration::from_secs(15);
/// How often an HTTP/2 connection is asked whether anybody is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long we wait when the system has no more connections to give.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers by `router` until `stopping`; then accepts no more, and waits until every request that has begun is answered.
pub(super) async fn answer(listener: TcpListener, router: Router, stopping: &CancellationToken) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(KEEP_ALIVE);
    let open = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(&builder, stream, peer, router.clone(), &open);
                tokio::spawn(connection);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                let _ = tokio::time::timeout(PAUSE, stopping.cancelled()).await;
            }
        }
    }
    drop(listener);
    open.shutdown().await;
}

fn connection(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    open: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + 'static {
    // Small answers mustn't wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<_>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let serving = open.watch(serving.into_owned());
    async move {
        // How a caller hangs up is no concern of ours.
        if let Err(error) = serving.await {
            tracing::debug!(%error, "a connection ended");
        }
    }
}

/// Whether the caller was gone before the connection was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
