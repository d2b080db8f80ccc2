//! PostgreSQL for tests: one server for the process, one database for each test.
//!
//! The server is private, made on first use and removed with the process (see [`cluster`]). Where
//! `STEWARD_TEST_POSTGRES_URL` names an existing server (as superuser), that one is used; databases that an earlier
//! run left there are removed after six hours.
//!
//! A test's database is a copy of a migrated template, which takes some 30 ms where migrating takes a second.

pub mod cluster;
pub mod programs;

use std::collections::HashSet;
use std::fmt::Display;
use std::io::Write;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use self::cluster::Cluster;

/// Every database that the tests make has this prefix, and nothing else on the server has.
const NAME_PREFIX: &str = "steward_test_";

/// Said once, to a person who runs the tests without PostgreSQL.
const SKIPPED: &str = "
==============================================================================
  PostgreSQL isn't installed: the PostgreSQL half of the tests is SKIPPED.
  Install it (Debian: apt-get install postgresql) to run everything.
==============================================================================
";

/// A server, and the databases that this process makes on it.
///
/// Connections belong to the runtime of the test that opens them, so none is kept: each statement opens its own.
pub struct Postgres {
    /// The URL of the server's own database, `postgres`.
    admin_url: Url,
    /// Distinguishes this process on a server that several share.
    run: String,
    counter: AtomicU32,
    template: OnceCell<String>,
    /// Copies are made one at a time: a template that is being copied can't be copied again meanwhile.
    copying: Mutex<()>,
    discarded: StdMutex<HashSet<String>>,
    /// Kept, because the server ends with it.
    _cluster: Option<Cluster>,
}

static SHARED: OnceCell<Result<Option<Postgres>, String>> = OnceCell::const_new();

impl Postgres {
    /// The server that all tests of this process share; started by the first who asks.
    ///
    /// `None` where PostgreSQL isn't installed and nobody requires it; that is said once, loudly.
    ///
    /// # Panics
    /// When PostgreSQL can't be had although `CI` is set or `STEWARD_TEST_POSTGRES` is `required`, or when it is
    /// installed and doesn't start.
    pub async fn shared() -> Option<&'static Postgres> {
        match SHARED.get_or_init(Postgres::start).await {
            Ok(postgres) => postgres.as_ref(),
            #[expect(clippy::panic, reason = "a test that can't have its database has failed")]
            Err(sentence) => panic!("{sentence}"),
        }
    }

    async fn start() -> Result<Option<Postgres>, String> {
        if let Some(url) = std::env::var("STEWARD_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty()) {
            let postgres = Postgres::on_server(&url, None)?;
            postgres.remove_leftovers().await.map_err(|error| format!("STEWARD_TEST_POSTGRES_URL: {error}"))?;
            return Ok(Some(postgres));
        }
        let Some(programs) = programs::find() else {
            let setting = |name| std::env::var(name).ok();
            if is_required(setting("CI").as_deref(), setting("STEWARD_TEST_POSTGRES").as_deref()) {
                return Err("PostgreSQL is required here (by CI or STEWARD_TEST_POSTGRES) and isn't installed: \
                            no initdb in PATH, in /usr/lib/postgresql, or where pg_config points"
                    .to_owned());
            }
            // Written past the capture of the test harness, which would hide it.
            let _ = std::io::stderr().write_all(SKIPPED.as_bytes());
            return Ok(None);
        };
        let cluster = Cluster::start(&programs)?;
        let url = cluster.base_url.clone();
        Postgres::on_server(&url, Some(cluster)).map(Some)
    }

    fn on_server(url: &str, cluster: Option<Cluster>) -> Result<Postgres, String> {
        let mut admin_url = Url::parse(url).map_err(|error| format!("{url} is no URL of a server: {error}"))?;
        admin_url.set_path("postgres");
        Ok(Postgres {
            admin_url,
            run: cluster::random_word()?.chars().take(10).collect(),
            counter: AtomicU32::new(0),
            template: OnceCell::new(),
            copying: Mutex::new(()),
            discarded: StdMutex::new(HashSet::new()),
            _cluster: cluster,
        })
    }

    /// Prepares the template: the first call makes a database and hands its URL to `migrate`; later calls wait for
    /// that and do nothing. Connections that `migrate` leaves open are ended.
    ///
    /// # Panics
    /// When `migrate` fails; the next call tries again.
    pub async fn template<Migrate, Migrated, Error>(&self, migrate: Migrate)
    where
        Migrate: FnOnce(String) -> Migrated,
        Migrated: Future<Output = Result<(), Error>>,
        Error: Display,
    {
        self.template
            .get_or_init(async || {
                let name = self.new_name();
                self.execute(&[format!("CREATE DATABASE {name}")]).await;
                #[expect(clippy::panic, reason = "no test can run on a database without tables")]
                if let Err(error) = migrate(self.url_of(&name)).await {
                    panic!("the template of the tests' databases can't be migrated: {error}");
                }
                // A database with open connections can't be copied; from here on nobody connects to this one.
                let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
                self.execute(&[format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"), end]).await;
                name
            })
            .await;
    }

    /// A new database, a copy of the template, as the URL to connect to.
    ///
    /// # Panics
    /// When [`Postgres::template`] wasn't called before.
    pub async fn database_from_template(&self) -> String {
        #[expect(clippy::expect_used, reason = "a mistake in the tests' own ground")]
        let template = self.template.get().expect("call Postgres::template before database_from_template");
        self.create(&format!(" TEMPLATE {template}")).await
    }

    /// A new database without tables, as the URL to connect to: for tests of the migrations themselves.
    pub async fn empty_database(&self) -> String {
        self.create("").await
    }

    async fn create(&self, from: &str) -> String {
        let _one_at_a_time = self.copying.lock().await;
        let name = self.new_name();
        let discarded = self.discarded.lock().map(|mut names| std::mem::take(&mut *names)).unwrap_or_default();
        let mut statements: Vec<String> =
            discarded.iter().map(|name| format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).collect();
        statements.push(format!("CREATE DATABASE {name}{from}"));
        self.execute(&statements).await;
        self.url_of(&name)
    }

    /// Says that the database at `url` is no longer needed. It is removed when the next one is made, so this can be
    /// called from `Drop`. Without it, databases live (7 MB each) as long as the server.
    pub fn discard(&self, url: &str) {
        let name = Url::parse(url).ok().map(|url| url.path().trim_start_matches('/').to_owned());
        if let (Some(name), Ok(mut discarded)) = (name, self.discarded.lock())
            && name.starts_with(NAME_PREFIX)
        {
            discarded.insert(name);
        }
    }

    fn new_name(&self) -> String {
        format!("{NAME_PREFIX}{}_{}", self.run, self.counter.fetch_add(1, Ordering::Relaxed))
    }

    fn url_of(&self, name: &str) -> String {
        let mut url = self.admin_url.clone();
        url.set_path(name);
        url.into()
    }

    async fn connect(&self) -> Result<DatabaseConnection, sea_orm::DbErr> {
        let mut options = ConnectOptions::new(self.admin_url.as_str());
        options.max_connections(1).sqlx_logging(false);
        Database::connect(options).await
    }

    /// One by one, each outside of a transaction, as databases are made.
    async fn execute(&self, statements: &[String]) {
        let done = async {
            let connection = self.connect().await?;
            for statement in statements {
                connection.execute_unprepared(statement).await?;
            }
            connection.close().await
        };
        #[expect(clippy::panic, reason = "a test that can't have its database has failed")]
        if let Err(error) = done.await {
            panic!("the tests' PostgreSQL refused {statements:?}: {error}");
        }
    }

    /// On a server that outlives the run: removes what a killed run left. Six hours are longer than any run.
    async fn remove_leftovers(&self) -> Result<(), sea_orm::DbErr> {
        let connection = self.connect().await?;
        let old = "SELECT datname::text AS name FROM pg_database WHERE starts_with(datname::text, $1)
            AND (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '6 hours'";
        let query = Statement::from_sql_and_values(connection.get_database_backend(), old, [NAME_PREFIX.into()]);
        for row in connection.query_all_raw(query).await? {
            let name: String = row.try_get("", "name")?;
            connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        }
        connection.close().await
    }
}

/// Whether the tests must fail where PostgreSQL is missing: a build that silently tests half is worse than none.
fn is_required(ci: Option<&str>, setting: Option<&str>) -> bool {
    ci.is_some_and(|value| !value.is_empty() && value != "false") || setting == Some("required")
}

#[cfg(test)]
mod tests;
