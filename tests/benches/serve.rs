//! Our server as an operator runs it, on a database that another process has filled.

use std::{
    fs::File,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use steward::{
    core::{
        Steward,
        clock::SystemClock,
        database,
        entropy::Entropy,
        hasher::{HashCost, Hasher},
        secret::Keys,
        steward::{Parts, Policy},
    },
    domains::dns::{Dns, HickoryDns},
    http::app::App,
    notices::mailer::{Mail, MailError, Mailer, MemoryMailer, SmtpMailer},
    startup::{Role, serve},
    webhooks::https::{PublicHttps, Reach},
};
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

/// How the server is started.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A migrated database.
    #[arg(long)]
    database_url: String,
    /// Connections in each of its two pools.
    #[arg(long)]
    connections: u32,
    /// Which part of the server it is.
    #[arg(long, value_enum, default_value_t)]
    role: Role,
    /// The mail server; without one, mail goes nowhere.
    #[arg(long)]
    smtp_url: Option<String>,
}

/// Mail is written, and thrown away: what is kept would count as the server's memory.
struct Nowhere(MemoryMailer);

#[async_trait::async_trait]
impl Mailer for Nowhere {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let sent = self.0.send(mail).await;
        self.0.take();
        sent
    }
}

/// Serves until its input ends.
pub async fn run(arguments: Arguments) {
    // Lines are made and written as in earnest, and kept by nobody.
    let nowhere = File::options().write(true).open("/dev/null").expect("nowhere");
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(Mutex::new(nowhere)).init();
    let mailer: Arc<dyn Mailer> = match &arguments.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url).expect("the URL of a mail server")),
        None => Arc::new(Nowhere(MemoryMailer::new())),
    };
    let dns = HickoryDns::servers(&[SocketAddr::from(([127, 0, 0, 1], 53))]).expect("a resolver");
    let dns: Arc<dyn Dns> = Arc::new(dns);
    let steward = Arc::new(Steward::new(Parts {
        pools: database::open(&arguments.database_url, arguments.connections).await.expect("a database"),
        clock: Arc::new(SystemClock),
        entropy: Entropy::system().expect("randomness"),
        keys: Keys::new("a key for measurements alone".to_owned().into()),
        policy: Policy {
            public_url: "https://accounts.example.com/".parse().expect("a URL"),
            service_name: "Steward".to_owned(),
            mail_from: "accounts@example.com".to_owned(),
            minimum_notice_days: 7,
        },
        hasher: Hasher::new(HashCost::Real, 2).expect("a hasher"),
        https: Arc::new(PublicHttps::new(Arc::clone(&dns), Reach::public()).expect("a door")),
        dns,
        mailer,
    }));
    let listener = serve::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    println!("{}", listener.local_addr().expect("an address"));
    let stopping = CancellationToken::new();
    tokio::spawn({
        let stopping = stopping.clone();
        async move {
            let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
            stopping.cancel();
        }
    });
    // One trusted proxy: callers come from many addresses. The limit is counted, and never reached.
    let app = App::new(steward, 1).with_points_per_minute(1_000_000_000);
    serve::run(app, Some(listener), arguments.role, &stopping).await;
}
