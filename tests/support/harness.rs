//! The real server, router and workers, on a database that a test names, with a clock and randomness from its arguments.
//! It prints the address it listens on, and runs until it is killed or told to stop by the end of its input.

use crate::{
    app::{SECRET_KEY, own_receivers, policy},
    receiver::authority,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};
use steward::{
    core::{
        Steward,
        clock::{Clock, ManualClock, SystemClock},
        database,
        entropy::Entropy,
        hasher::{HashCost, Hasher},
        secret::Keys,
        steward::Parts,
    },
    domains::dns::{Dns, HickoryDns},
    http::app::App,
    notices::mailer::{FileMailer, Mailer, SmtpMailer},
    startup::{Role, serve},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};
use tokio_util::sync::CancellationToken;

/// How the harness is started.
#[derive(Clone, Debug, clap::Parser)]
pub struct Arguments {
    /// A migrated database.
    #[arg(long)]
    pub database_url: String,
    /// Where its clock stands; without it, the machine's clock runs.
    #[arg(long)]
    pub now: Option<DateTime<Utc>>,
    /// The seed of its randomness. A second start on the same database needs another one: ids would come again.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Which part of the server it is.
    #[arg(long, value_enum, default_value_t)]
    pub role: Role,
    /// The DNS server.
    #[arg(long)]
    pub dns_server: Option<SocketAddr>,
    /// Who vouches for receivers on this machine, as DER in base64; without it, nobody that is known here.
    #[arg(long)]
    pub authority: Option<String>,
    /// The mail server.
    #[arg(long)]
    pub smtp_url: Option<String>,
    /// The folder for mails, without a mail server.
    #[arg(long, required_unless_present = "smtp_url")]
    pub mail_folder: Option<PathBuf>,
}

impl Arguments {
    fn to_flags(&self) -> Vec<String> {
        let mut flags = vec![format!("--database-url={}", self.database_url), format!("--seed={}", self.seed)];
        let role = match self.role {
            Role::Api => "api",
            Role::Worker => "worker",
            Role::All => "all",
        };
        flags.push(format!("--role={role}"));
        flags.extend(self.now.map(|now| format!("--now={}", now.to_rfc3339())));
        flags.extend(self.dns_server.map(|server| format!("--dns-server={server}")));
        flags.extend(self.authority.as_ref().map(|authority| format!("--authority={authority}")));
        flags.extend(self.smtp_url.as_ref().map(|url| format!("--smtp-url={url}")));
        let folder = self.mail_folder.as_deref().map(Path::display);
        flags.extend(folder.map(|folder| format!("--mail-folder={folder}")));
        flags
    }
}

/// Runs the server. Ends when standard input does: a test that dies leaves no server behind.
pub async fn run(arguments: Arguments) {
    let clock: Arc<dyn Clock> = match arguments.now {
        Some(now) => Arc::new(ManualClock::at(now)),
        None => Arc::new(SystemClock),
    };
    let mailer: Arc<dyn Mailer> = match (&arguments.smtp_url, &arguments.mail_folder) {
        (Some(url), _) => Arc::new(SmtpMailer::new(url).expect("the URL of a mail server")),
        (None, Some(folder)) => Arc::new(FileMailer::new(folder).expect("a folder for mails")),
        (None, None) => unreachable!("one of the two is required"),
    };
    let dns = match arguments.dns_server {
        Some(server) => HickoryDns::servers(&[server]),
        None => HickoryDns::system(),
    };
    let dns: Arc<dyn Dns> = Arc::new(dns.expect("a resolver"));
    let vouching = arguments.authority.as_deref().map(|text| STANDARD.decode(text).expect("an authority in base64"));
    let steward = Arc::new(Steward::new(Parts {
        pools: database::open(&arguments.database_url, 4).await.expect("a database"),
        clock,
        entropy: Entropy::seeded(arguments.seed),
        keys: Keys::new(SECRET_KEY.to_owned().into()),
        policy: policy(),
        hasher: Hasher::new(HashCost::Cheapest, 2).expect("a hasher"),
        https: own_receivers(&dns, vouching.map_or_else(authority, CertificateDer::from)),
        dns,
        mailer,
    }));
    let listener = match arguments.role {
        Role::Worker => None,
        Role::Api | Role::All => {
            let any = SocketAddr::from(([127, 0, 0, 1], 0));
            Some(serve::listen(any).await.expect("a free port"))
        }
    };
    match &listener {
        Some(listener) => println!("http://{}", listener.local_addr().expect("an address")),
        None => println!("works"),
    }
    let stopping = CancellationToken::new();
    tokio::spawn({
        let stopping = stopping.clone();
        async move {
            let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
            stopping.cancel();
        }
    });
    serve::run(App::new(steward, 0), listener, arguments.role, &stopping).await;
}

/// A harness that runs. Dropped, it is killed.
pub struct Harness {
    /// Where it listens: `http://127.0.0.1:…`; for a worker, `works`.
    pub url: String,
    child: Child,
}

impl Harness {
    /// Starts the program (`env!("CARGO_BIN_EXE_steward-harness")`) and waits until it listens.
    pub async fn start(program: &str, arguments: &Arguments) -> Self {
        let mut child = Command::new(program)
            .args(arguments.to_flags())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the harness");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = lines.next_line().await.expect("its output");
        Self { url: url.expect("the harness ended before it listened"), child }
    }

    /// `kill -9`: nothing of it runs any more when this returns.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the harness ran until now");
    }

    /// Tells it to stop, and waits until it has; whether it ended well.
    pub async fn stop(mut self) -> bool {
        drop(self.child.stdin.take());
        self.child.wait().await.expect("its end").success()
    }
}

/// Sends a request to a server's `/graphql`; gives the whole answer, head and body. Fails when the server goes away.
pub async fn post(url: &str, token: &str, body: &str) -> std::io::Result<String> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
