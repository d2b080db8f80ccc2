//! The log: lines on standard error, for people or for programs. Panics go there too, so that they aren't lost where
//! only the log is kept.

use crate::config::{LogFormat, Settings};
use std::{
    io::{self, IsTerminal},
    panic,
};
use tracing_subscriber::{EnvFilter, fmt};

/// Starts the log, once in a process. `usual` is what is logged where nobody decided.
pub fn start(settings: &Settings, usual: &str) {
    let filter = EnvFilter::new(settings.log.as_deref().unwrap_or(usual));
    let log = fmt().with_env_filter(filter).with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    // It fails only where a log runs already, and that one does as well.
    let _ = match settings.log_format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    panic::set_hook(Box::new(|panicked| {
        let words = panicked.payload_as_str().unwrap_or("of unknown kind");
        let place = panicked.location().map(ToString::to_string);
        tracing::error!(place = place.unwrap_or_default(), "panic: {words}");
    }));
}
