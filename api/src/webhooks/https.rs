//! The door through which vendors are told: HTTPS, and to public addresses alone.
//!
//! The name is looked up, each address is checked, and the connection goes to one that was: who changes the name in between
//! changes nothing. No redirect is followed, no proxy used, no connection kept for the next message, and nothing of an
//! answer is read but its head.

use crate::{core::public_address::is_public, domains::dns::Dns};
use async_trait::async_trait;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::{Host, Url};

/// How long a receiver may take for everything, its name included.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a receiver has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The status.
    pub status: u16,
    /// What `Retry-After` says, as it stands.
    pub retry_after: Option<String>,
}

/// Why there is no answer, in words for the vendor's and the organization's administrators: they say nothing of our network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// Its name isn't known, or nobody answers for it.
    #[error("the receiver's name can't be resolved")]
    NoName,
    /// Its name leads somewhere private.
    #[error("the receiver's name leads to no public address")]
    Private,
    /// Nobody listens there, or not as HTTPS.
    #[error("no connection to the receiver: nobody listens there, or its certificate isn't valid")]
    NoConnection,
    /// It takes too long.
    #[error("the receiver didn't answer in 15 seconds")]
    TooSlow,
    /// It broke off, or said what nobody understands.
    #[error("the receiver's answer broke off, or isn't HTTP")]
    BrokenOff,
    /// The address is none that we send to.
    #[error("the receiver's address isn't https on a name")]
    BadUrl,
}

/// A door to receivers.
#[async_trait]
pub trait Https: Send + Sync {
    /// Posts a body of JSON with these headers, once.
    async fn post(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Result<Received, Unreached>;
}

/// Where receivers are reached, and who vouches for them.
pub struct Reach {
    roots: RootCertStore,
    also: Vec<IpAddr>,
    patience: Duration,
}

impl Reach {
    /// The public internet, with the usual authorities.
    #[must_use]
    pub fn public() -> Self {
        // As mail does, and not the system's: a small container has none.
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self { roots, also: Vec::new(), patience: PATIENCE }
    }

    /// A receiver in this process as well, under an authority of its own. For the tests and the demo, which make both; no
    /// setting leads here, so that nobody can open our network by one.
    ///
    /// # Errors
    /// When the certificate is none.
    pub fn and_own(mut self, authority: CertificateDer<'static>, at: IpAddr) -> Result<Self, rustls::Error> {
        self.roots.add(authority)?;
        self.also.push(at);
        Ok(self)
    }

    /// With less patience.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

/// The real door.
pub struct PublicHttps(Client);

impl PublicHttps {
    /// A door that asks `dns` for names.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(dns: Arc<dyn Dns>, reach: Reach) -> Result<Self, String> {
        let Reach { roots, also, patience } = reach;
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(Checked { dns, also }))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .https_only(true)
            .no_proxy()
            .referer(false)
            // A connection that is kept was checked for another message, perhaps long ago.
            .pool_max_idle_per_host(0)
            .timeout(patience)
            .user_agent(concat!("Steward/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Https for PublicHttps {
    async fn post(&self, url: &str, headers: &[(&'static str, String)], body: String) -> Result<Received, Unreached> {
        let url = Url::parse(url).map_err(|_| Unreached::BadUrl)?;
        // An address in place of a name would pass by the check of what names lead to.
        if url.scheme() != "https" || !matches!(url.host(), Some(Host::Domain(_))) {
            return Err(Unreached::BadUrl);
        }
        let mut request = self.0.post(url).header("content-type", "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.map_err(|error| unreached(&error))?;
        let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        Ok(Received { status: answer.status().as_u16(), retry_after: retry_after.map(ToOwned::to_owned) })
    }
}

fn unreached(error: &reqwest::Error) -> Unreached {
    let mut inner: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = inner {
        if let Some(known) = cause.downcast_ref::<Unreached>() {
            return *known;
        }
        inner = cause.source();
    }
    if error.is_timeout() {
        Unreached::TooSlow
    } else if error.is_connect() {
        Unreached::NoConnection
    } else {
        Unreached::BrokenOff
    }
}

/// Looks names up, and hands out what of their addresses is public.
struct Checked {
    dns: Arc<dyn Dns>,
    also: Vec<IpAddr>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (dns, also) = (Arc::clone(&self.dns), self.also.clone());
        Box::pin(async move {
            let found = dns.addresses(name.as_str()).await.ok_or(Unreached::NoName)?;
            let open: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| is_public(*address) || also.contains(address))
                // The port is the URL's.
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if open.is_empty() {
                return Err(Unreached::Private.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}
