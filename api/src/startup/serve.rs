//! The service, from the first connection to the last answer.

use crate::{
    config::{MailSetting, Settings},
    core::Steward,
    http::app::App,
    jobs::worker,
    startup::{StartError, connections, open},
};
use chrono::TimeDelta;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How long requests and jobs that have begun may take to end, once the service is told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// How often this machine's clock is compared with the database's.
const BETWEEN_COMPARISONS: TimeDelta = TimeDelta::minutes(1);

/// What a process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Answers requests, leaves jobs to others.
    Api,
    /// Does jobs, listens nowhere.
    Worker,
    /// Both.
    #[default]
    All,
}

/// Runs the service until the process is told to stop (SIGTERM, SIGINT).
///
/// # Errors
/// When it can't start.
pub async fn serve(settings: &Settings, role: Role) -> Result<(), StartError> {
    let mut settings = settings.clone();
    // First of all: a port that is taken means that Steward runs already, and nothing else should be touched.
    let listener = match role {
        Role::Worker => None,
        Role::Api | Role::All => Some(listen(settings.listen).await?),
    };
    if let Some(listener) = &listener {
        let port = listener.local_addr().map_err(StartError::other)?.port();
        // Port 0 leaves the choice to the system, and links should lead to what it chose.
        if settings.public_url.port() == Some(0) {
            let _ = settings.public_url.set_port(Some(port));
        }
    }
    let stopping = stop_on_signal()?;
    let steward = open(&settings).await?;
    if let MailSetting::Folder(folder) = &settings.mail {
        let folder = folder.display();
        tracing::warn!("no mail leaves this machine: without STEWARD_SMTP_URL mails become files in {folder}");
    }
    let app = App::new(Arc::clone(&steward), settings.trusted_proxies)
        .with_points_per_minute(settings.points_per_minute)
        .with_https_only_days(settings.https_only_days);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), database = %settings.database_url, "Steward starts");
    run(app, listener, role, &stopping).await;
    tracing::info!("Steward has stopped");
    Ok(())
}

/// Listens on an address.
///
/// # Errors
/// When it is taken, or not this machine's.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there; stop it, or choose another port in STEWARD_LISTEN".to_owned()
            }
            _ => error.to_string(),
        };
        StartError::Listen(address, why)
    })
}

/// Answers and works until `stopping`, then lets what has begun come to its end.
pub async fn run(app: App, listener: Option<TcpListener>, role: Role, stopping: &CancellationToken) {
    let app = App { does_jobs: role != Role::Api, ..app };
    let mut tasks = JoinSet::new();
    // Before the first job: a wrong clock must not end anybody's period.
    compare_clocks(&app.steward).await;
    tasks.spawn({
        let (steward, stopping) = (Arc::clone(&app.steward), stopping.clone());
        async move { watch_clock(&steward, &stopping).await }
    });
    if role != Role::Api {
        spawn_workers(&app.steward, stopping, &mut tasks);
    }
    if let Some(listener) = listener {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "listening; GraphiQL is at http://{address}/graphiql");
        }
        let (router, stopping) = (app.router(), stopping.clone());
        tasks.spawn(async move { connections::answer(listener, router, &stopping).await });
    }
    stopping.cancelled().await;
    tracing::info!("stopping");
    let farewell = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("what hasn't ended in {} seconds is cut off", FAREWELL.as_secs());
    }
}

async fn compare_clocks(steward: &Steward) {
    if let Err(error) = steward.compare_clocks().await {
        tracing::warn!(%error, "the database's clock couldn't be read");
    }
}

/// Clocks that were right go wrong, and are set right.
async fn watch_clock(steward: &Steward, stopping: &CancellationToken) {
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = steward.clock.wait_until(steward.clock.now() + BETWEEN_COMPARISONS) => compare_clocks(steward).await,
        }
    }
}

/// The workers of this process. One is enough: it takes one job at a time, and other processes take others.
fn spawn_workers(steward: &Arc<Steward>, stopping: &CancellationToken, tasks: &mut JoinSet<()>) {
    let (steward, stopping) = (Arc::clone(steward), stopping.clone());
    tasks.spawn(async move { worker::run_forever(&steward, stopping).await });
}

/// A token that is cancelled when the process is told to stop.
///
/// # Errors
/// When the system tells nobody.
pub fn stop_on_signal() -> Result<CancellationToken, StartError> {
    let stopping = CancellationToken::new();
    let told = signalled().map_err(StartError::other)?;
    tokio::spawn({
        let stopping = stopping.clone();
        async move {
            told.await;
            stopping.cancel();
        }
    });
    Ok(stopping)
}

#[cfg(unix)]
fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
