//! Processes that are measured: what they spend, what they hold, and how they end.

use crate::Size;
use std::{
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use steward_tests::TestApp;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// The kernel counts processor time in hundredths of a second.
const TICKS: f64 = 100.0;

/// How often is looked at the memory of a server.
const EVERY: Duration = Duration::from_millis(50);

/// This program as a server of its own. Ends when it is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    id: u32,
    peak: Arc<AtomicU64>,
    _child: Child,
}

impl Server {
    /// Our server, in this role, on this database.
    pub async fn ours(app: &TestApp, size: Size, role: &str) -> Self {
        Self::started("serve", app, size, &["--role", role]).await
    }

    /// The bare handler on this database.
    pub async fn bare(app: &TestApp, size: Size) -> Self {
        Self::started("bare", app, size, &[]).await
    }

    async fn started(what: &str, app: &TestApp, size: Size, more: &[&str]) -> Self {
        let first = [what, "--database-url", &app.database_url, "--connections", &size.connections.to_string()];
        Self::start(&first.iter().chain(more).map(|text| (*text).to_owned()).collect::<Vec<_>>()).await
    }

    /// Starts this program with these arguments, and waits until it prints where it listens.
    pub async fn start(arguments: &[String]) -> Self {
        let program = std::env::current_exe().expect("the path of this program");
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a server");
        let id = child.id().expect("a server that runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next_line().await.expect("its output").expect("the server ended before it listened");
        Self { address: line.parse().expect("an address"), id, peak: watch(id), _child: child }
    }

    /// The processor time that it has used.
    pub fn processor(&self) -> Duration {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.id)).unwrap_or_default();
        let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        // User and system time: the 14th and 15th field of the line, the 12th and 13th after the program's name.
        let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        Duration::from_secs_f64(ticks / TICKS)
    }

    /// The most memory of its own that it has held, in megabytes; 0 where the system doesn't say. What it looks at of files
    /// isn't its own: that lies in the system's memory, once for all, and goes when others need it.
    pub fn peak_megabytes(&self) -> f64 {
        self.peak.load(Ordering::Relaxed) as f64 / 1_024.0
    }
}

/// Looks again and again how much memory of its own a process holds, in KiB, for as long as somebody wants to know the most.
fn watch(process: u32) -> Arc<AtomicU64> {
    let peak = Arc::new(AtomicU64::new(0));
    let watched = Arc::downgrade(&peak);
    std::thread::spawn(move || {
        while let Some(peak) = watched.upgrade() {
            peak.fetch_max(kilobytes(&process.to_string(), "RssAnon:"), Ordering::Relaxed);
            drop(peak);
            std::thread::park_timeout(EVERY);
        }
    });
    peak
}

/// The most memory that this process has held since [`forget_peak`], in megabytes; 0 where the system doesn't say.
pub fn peak_megabytes() -> f64 {
    kilobytes("self", "VmHWM:") as f64 / 1_024.0
}

/// Begins to measure the most memory anew, where the system lets us.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn kilobytes(process: &str, of: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let held = status.lines().find_map(|line| line.strip_prefix(of));
    held.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
