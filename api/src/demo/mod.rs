//! `steward demo`: a sample company, played through the public API.
//!
//! It needs nothing and leaves nothing: an embedded database, mail and all else lie in a temporary folder, and DNS is
//! answered in this process. Besides GraphQL over HTTP, the story imports accounts, makes an operator (both as the
//! command line does), sets a DNS record, reads mail files, and moves the clock.

mod answer;
mod company;
pub mod dns_server;
mod farewell;
mod mailbox;
mod ordered;
mod print;
mod set;
mod stage;
mod story;

use crate::{
    core::clock::{Clock, SystemClock},
    jobs::worker,
    startup::{
        StartError,
        serve::{self, Role},
    },
};
use chrono::TimeDelta;
use stage::{Stage, unexpected};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often the clock is moved while the demo stays up.
const TICK: TimeDelta = TimeDelta::seconds(1);
/// How long the server may take to stop.
const FAREWELL: Duration = Duration::from_secs(15);

/// Plays the story, then leaves the server up until the process is told to stop; with `exit` it ends instead.
///
/// # Errors
/// What wasn't as the story says, in a sentence.
pub async fn run(exit: bool) -> Result<(), StartError> {
    let stopping = serve::stop_on_signal()?;
    let folder = tempfile::Builder::new().prefix("steward-").tempdir();
    let folder = folder.map_err(|error| unexpected(&error.to_string()))?;
    let listener = Stage::listen().await?;
    let mut stage = Stage::set(folder.path(), &listener).await?;
    let app = stage.app();
    let server = tokio::spawn({
        let stopping = stopping.clone();
        async move { serve::run(app, Some(listener), Role::Api, &stopping).await }
    });
    let told = tokio::select! {
        told = story::play(&mut stage) => told,
        () = stopping.cancelled() => Ok(()),
    };
    // Whoever has read enough has seen no failure.
    if told.is_err() && stage.printer.is_unread() {
        return Ok(());
    }
    told?;
    if !stopping.is_cancelled() && exit {
        stage.printer.say("That was the demo; its folder is removed. Without --exit it stays up, to be tried.");
        stopping.cancel();
    } else if !stopping.is_cancelled() {
        farewell::tell(&mut stage).await?;
        stay(&stage, &stopping).await;
        stage.printer.say("The demo has ended, and its folder is removed.");
    }
    let _ = tokio::time::timeout(FAREWELL, server).await;
    Ok(())
}

/// Works until it is told to stop, with a clock that goes on from where the story left it.
async fn stay(stage: &Stage, stopping: &CancellationToken) {
    let steward = Arc::clone(&stage.steward);
    let tick = async {
        loop {
            let before = SystemClock.now();
            SystemClock.wait_until(before + TICK).await;
            stage.clock.advance(SystemClock.now() - before);
        }
    };
    tokio::select! {
        () = worker::run_forever(&steward, stopping.clone()) => {}
        () = tick => {}
    }
}
