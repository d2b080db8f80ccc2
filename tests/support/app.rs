//! The whole service in this process, on a database of its own, with a clock that moves when it is told to.

use crate::{
    client::Client,
    postgres::Postgres,
    receiver::{ADDRESS, PATIENCE, authority},
};
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use rustls::pki_types::CertificateDer;
use sea_orm::DatabaseConnection;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use steward::{
    core::{
        Steward,
        clock::{Clock, ManualClock},
        database,
        entropy::Entropy,
        hasher::{HashCost, Hasher},
        secret::Keys,
        steward::{Parts, Policy},
    },
    demo::dns_server::DnsServer,
    domains::dns::{Dns, HickoryDns},
    http::app::App,
    notices::mailer::{Mailer, MemoryMailer},
    webhooks::https::{Https, PublicHttps, Reach},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// On which database a test runs. Every test runs on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// An embedded file.
    Sqlite,
    /// A server.
    Postgres,
}

/// When every test begins.
pub const BEGINNING: &str = "2026-11-21T09:00:00Z";

/// The installation's key.
pub(crate) const SECRET_KEY: &str = "a key for tests alone";

/// What the operator of the service under test decided.
pub(crate) fn policy() -> Policy {
    Policy {
        public_url: "https://accounts.example.com/".parse().expect("a URL"),
        service_name: "Steward".to_owned(),
        mail_from: "accounts@example.com".to_owned(),
        minimum_notice_days: 7,
    }
}

/// The service under test.
pub struct TestApp {
    /// Its inside, for what no caller of the API can do (the command line, jobs).
    pub steward: Arc<Steward>,
    /// Its clock.
    pub clock: ManualClock,
    /// Its mail.
    pub mailer: Arc<MemoryMailer>,
    /// Its DNS.
    pub dns: DnsServer,
    /// Where its database is.
    pub database_url: String,
    /// The routes, as a server has them.
    pub router: Router,
    /// Its tables, for arranging what came before the test.
    pub database: DatabaseConnection,
    /// How many statements it has sent to its database, but for those by which callers are looked up.
    pub statements: Arc<AtomicU64>,
    postgres: Option<&'static Postgres>,
    _folder: Option<TempDir>,
}

impl TestApp {
    /// Starts the service on this engine; none when PostgreSQL isn't there (and isn't required).
    pub async fn start(engine: Engine) -> Option<Self> {
        Self::start_with(engine, HashCost::Cheapest).await
    }

    /// The same with another cost of passwords.
    pub async fn start_with(engine: Engine, cost: HashCost) -> Option<Self> {
        Self::build(engine, cost, usual_dns).await
    }

    /// The same with another way to ask its DNS server: with less patience, or through a door that the test opens.
    pub async fn start_with_dns(engine: Engine, dns: impl FnOnce(&DnsServer) -> Arc<dyn Dns>) -> Option<Self> {
        Self::build(engine, HashCost::Cheapest, dns).await
    }

    async fn build(engine: Engine, cost: HashCost, door: impl FnOnce(&DnsServer) -> Arc<dyn Dns>) -> Option<Self> {
        let (database_url, folder, postgres) = match engine {
            Engine::Sqlite => {
                let folder = TempDir::new().expect("a folder");
                let file = folder.path().join("steward.db");
                std::fs::copy(sqlite_template().await, &file).expect("a copy of the template");
                (format!("sqlite:{}", file.display()), Some(folder), None)
            }
            Engine::Postgres => {
                let postgres = Postgres::shared().await?;
                postgres.template(|url| async move { database::migrate(&url).await }).await;
                (postgres.database_from_template().await, None, Some(postgres))
            }
        };
        let clock = ManualClock::at(BEGINNING.parse::<DateTime<Utc>>().expect("a time"));
        let mailer = Arc::new(MemoryMailer::new());
        let dns = DnsServer::start().await.expect("a DNS server");
        let resolver = door(&dns);
        let statements = Arc::new(AtomicU64::new(0));
        let mut pools = database::open(&database_url, 4).await.expect("a database");
        for pool in [&mut pools.read, &mut pools.write] {
            let counted = Arc::clone(&statements);
            pool.set_metric_callback(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
            });
        }
        let steward = Arc::new(Steward::new(Parts {
            pools,
            clock: Arc::new(clock.clone()),
            entropy: Entropy::seeded(7),
            keys: Keys::new(SECRET_KEY.to_owned().into()),
            policy: policy(),
            hasher: Hasher::new(cost, 2).expect("a hasher"),
            https: own_receivers(&resolver, authority()),
            dns: resolver,
            mailer: Arc::clone(&mailer) as Arc<dyn Mailer>,
        }));
        let router = App::new(Arc::clone(&steward), 0).router();
        let database = sea_orm::Database::connect(&database_url).await.expect("the tables");
        Some(Self {
            steward,
            clock,
            mailer,
            dns,
            database_url,
            router,
            database,
            statements,
            postgres,
            _folder: folder,
        })
    }

    /// A caller without a credential.
    pub fn nobody(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// A caller with this session token or API key.
    pub fn with(&self, token: &str) -> Client {
        Client::new(self.router.clone(), Some(token.to_owned()))
    }

    /// Does everything that is due now: jobs and mail.
    pub async fn run_jobs(&self) {
        steward::jobs::worker::run_until_idle(&self.steward).await.expect("the database answers");
    }

    /// Moves the clock.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(postgres) = self.postgres {
            postgres.discard(&self.database_url);
        }
    }
}

fn usual_dns(server: &DnsServer) -> Arc<dyn Dns> {
    Arc::new(HickoryDns::servers(&[server.address()]).expect("a resolver"))
}

/// The door to vendors, through which receivers on this machine are reached as well for which this authority vouches.
pub(crate) fn own_receivers(dns: &Arc<dyn Dns>, authority: CertificateDer<'static>) -> Arc<dyn Https> {
    let reach = Reach::public().and_own(authority, ADDRESS).expect("a certificate").within(PATIENCE);
    Arc::new(PublicHttps::new(Arc::clone(dns), reach).expect("a door"))
}

/// A migrated file, made once and copied for each test.
async fn sqlite_template() -> &'static Path {
    static TEMPLATE: OnceCell<(TempDir, std::path::PathBuf)> = OnceCell::const_new();
    let (_, path) = TEMPLATE
        .get_or_init(|| async {
            let folder = TempDir::new().expect("a folder");
            let file = folder.path().join("template.db");
            let url = format!("sqlite:{}", file.display());
            database::migrate(&url).await.expect("a migrated template");
            (folder, file)
        })
        .await;
    path
}

/// Runs a test on both databases: `on_both!(name, |app| async { … })`.
#[macro_export]
macro_rules! on_both {
    ($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block) => {
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn test($app: $crate::TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                test($crate::TestApp::start($crate::Engine::Sqlite).await.expect("SQLite is always there")).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(app) = $crate::TestApp::start($crate::Engine::Postgres).await {
                    test(app).await;
                }
            }
        }
    };
}
