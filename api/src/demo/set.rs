//! Setting the stage: a new database, a clock, DNS, mail, and the routes of a server.

use crate::{
    config::DatabaseUrl,
    core::{
        Steward,
        clock::ManualClock,
        database,
        entropy::Entropy,
        hasher::{HashCost, Hasher},
        secret::Keys,
        steward::{Parts, Policy},
    },
    demo::{
        answer::Names,
        company,
        dns_server::DnsServer,
        mailbox::{Mailbox, PickyMailer},
        print::Printer,
        stage::{Stage, unexpected},
    },
    domains::dns::{Dns, HickoryDns},
    http::app::App,
    startup::{StartError, serve},
    webhooks::https::{PublicHttps, Reach},
};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
};
use tokio::net::TcpListener;
use url::Url;

/// When the story begins, whatever the time is: it is the same on every day.
const BEGINNING: &str = "2026-11-02T09:00:00Z";
/// Makes the same ids on every run, as far as what happens at once allows.
const SEED: u64 = 1;

impl Stage {
    /// Sets the stage in this folder, for a server that listens there.
    pub async fn set(folder: &Path, listener: &TcpListener) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| unexpected(&error.to_string());
        let port = listener.local_addr().map_err(|error| failed(&error))?.port();
        let url = Url::parse(&format!("http://127.0.0.1:{port}/")).map_err(|error| failed(&error))?;
        let database_url = format!("sqlite:{}", folder.join("steward.db").display());
        let database_url = DatabaseUrl::parse(&database_url).map_err(|error| unexpected(&error))?;
        crate::startup::migrate(&database_url).await?;
        let pools = database::open(database_url.expose(), 4).await?;
        let clock = ManualClock::at(BEGINNING.parse::<DateTime<Utc>>().map_err(|error| failed(&error))?);
        let dns = DnsServer::start().await.map_err(|error| failed(&error))?;
        let mail = folder.join("mail");
        let mailer = PickyMailer::new(&mail, company::UNREACHED.email).map_err(|error| failed(&error))?;
        let entropy = Entropy::seeded(SEED);
        let resolver: Arc<dyn Dns> =
            Arc::new(HickoryDns::servers(&[dns.address()]).map_err(|error| unexpected(&error))?);
        let steward = Steward::new(Parts {
            pools,
            clock: Arc::new(clock.clone()),
            keys: Keys::new(HEXLOWER.encode(&entropy.bytes::<32>()).into()),
            entropy,
            policy: Policy {
                public_url: url.clone(),
                service_name: "Steward".to_owned(),
                mail_from: "accounts@steward.example".to_owned(),
                minimum_notice_days: 7,
            },
            hasher: Hasher::new(HashCost::Real, 2).map_err(|error| failed(&error))?,
            https: Arc::new(
                PublicHttps::new(Arc::clone(&resolver), Reach::public()).map_err(|error| unexpected(&error))?,
            ),
            dns: resolver,
            mailer: Arc::new(mailer),
        });
        // It fails only where a provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().user_agent("steward-demo").build();
        Ok(Self {
            steward: Arc::new(steward),
            clock,
            dns,
            mailbox: Mailbox::new(mail),
            printer: Printer::new(),
            names: Names::default(),
            url,
            http: http.map_err(|error| failed(&error))?,
        })
    }

    /// A port of this machine alone, free and of the system's choice.
    pub async fn listen() -> Result<TcpListener, StartError> {
        serve::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// The routes that a server has.
    pub fn app(&self) -> App {
        App::new(Arc::clone(&self.steward), 0)
    }
}
