//! Asking DNS servers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData};

use super::agreement::{self, ServerAnswer};
use super::dns::{Dns, Limits, PROOF_PREFIX, STANDARD_PORT, TxtAnswer};

const MOST_RECORDS: usize = 20;
/// In characters; a proof has fewer than 100.
const LONGEST_RECORD: usize = 512;
/// As many as a resolver follows (BIND: 16, Unbound: 11), so that a loop ends.
const MOST_ALIASES: usize = 16;

/// The servers of the system or of the settings, asked by UDP, and by TCP for what doesn't fit.
///
/// Where there are several, each is asked for itself, all at once. A record counts when two servers return it, and is
/// refuted when two answer without it; between the two it is [`TxtAnswer::disputed`]. So with two servers both must
/// agree, and with three one may lie or be dead.
pub struct HickoryDns {
    resolvers: Vec<TokioResolver>,
    described: String,
    total: Duration,
}

impl HickoryDns {
    /// The servers that the system names when this is called (`/etc/resolv.conf`), without its search domains.
    ///
    /// # Errors
    /// A sentence for the operator, when the system names none or can't be asked.
    pub fn system() -> Result<Self, String> {
        let (config, _) = hickory_resolver::system_conf::read_system_conf().map_err(|error| {
            format!("the system's DNS servers can't be read ({error}); name some in STEWARD_DNS_SERVERS")
        })?;
        let servers: Vec<SocketAddr> =
            config.name_servers().iter().map(|server| SocketAddr::new(server.ip, STANDARD_PORT)).collect();
        let mut dns = Self::with_limits(&servers, Limits::default())?;
        dns.described = format!("system ({})", dns.described);
        Ok(dns)
    }

    /// These servers, with the default [`Limits`].
    ///
    /// # Errors
    /// As [`HickoryDns::with_limits`].
    pub fn servers(servers: &[SocketAddr]) -> Result<Self, String> {
        Self::with_limits(servers, Limits::default())
    }

    /// These servers; one that is named twice counts once.
    ///
    /// # Errors
    /// A sentence for the operator, when there is no server.
    pub fn with_limits(servers: &[SocketAddr], limits: Limits) -> Result<Self, String> {
        let mut unique: Vec<SocketAddr> = Vec::new();
        for server in servers {
            // An IPv4 address written as IPv6 is the same server: it must not agree with itself.
            let server = SocketAddr::new(server.ip().to_canonical(), server.port());
            if !unique.contains(&server) {
                unique.push(server);
            }
        }
        if unique.is_empty() {
            return Err("no DNS server is named".to_owned());
        }
        let resolvers = unique.iter().map(|server| resolver(*server, limits)).collect::<Result<_, _>>()?;
        let described = unique.iter().map(describe).collect::<Vec<_>>().join(", ");
        Ok(Self { resolvers, described, total: limits.total })
    }
}

#[async_trait]
impl Dns for HickoryDns {
    async fn txt(&self, name: &str) -> TxtAnswer {
        let Some(name) = absolute(name) else {
            return self.answer(&[ServerAnswer::HostNotFound]);
        };
        let mut pending: FuturesUnordered<_> =
            self.resolvers.iter().map(|resolver| ask(resolver, name.clone(), self.total)).collect();
        let mut answers = Vec::with_capacity(self.resolvers.len());
        while let Some(answer) = pending.next().await {
            answers.push(answer);
            if agreement::is_settled(&answers, pending.len()) {
                break;
            }
        }
        self.answer(&answers)
    }

    async fn addresses(&self, name: &str) -> Option<Vec<IpAddr>> {
        let name = absolute(name)?;
        let mut pending: FuturesUnordered<_> = self
            .resolvers
            .iter()
            .map(|resolver| tokio::time::timeout(self.total, resolver.lookup_ip(name.clone())))
            .collect();
        while let Some(answer) = pending.next().await {
            if let Ok(Ok(found)) = answer {
                return Some(found.iter().collect());
            }
        }
        None
    }
}

impl HickoryDns {
    fn answer(&self, answers: &[ServerAnswer]) -> TxtAnswer {
        let (outcome, strings, disputed) = agreement::agree(answers);
        TxtAnswer { outcome, strings: bounded(strings), disputed: bounded(disputed), resolver: self.described.clone() }
    }
}

fn describe(server: &SocketAddr) -> String {
    if server.port() == STANDARD_PORT { server.ip().to_string() } else { server.to_string() }
}

fn resolver(server: SocketAddr, limits: Limits) -> Result<TokioResolver, String> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let config = ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, connections.into())]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.timeout = limits.per_try;
    options.attempts = limits.tries.saturating_sub(1); // it counts what follows the first
    options.cache_size = 0; // whoever corrects a record wants to see it at once
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true; // the aliases are followed below
    options.case_randomization = true; // makes forged answers harder; a server that drops the case is asked by TCP
    builder.build().map_err(|error| format!("the DNS server {server} can't be used: {error}"))
}

/// `None` for what no zone can hold as a host or a challenge: escapes and other characters are left to nobody's parser.
fn absolute(name: &str) -> Option<Name> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if name.len() > 253 || !name.split('.').all(fits) {
        return None;
    }
    Name::from_ascii(format!("{name}.")).ok()
}

async fn ask(resolver: &TokioResolver, name: Name, total: Duration) -> ServerAnswer {
    match tokio::time::timeout(total, resolver.txt_lookup(name.clone())).await {
        Err(_) | Ok(Err(NetError::Timeout)) => ServerAnswer::Timeout,
        Ok(Ok(lookup)) => records(&lookup, name),
        Ok(Err(NetError::Dns(DnsError::NoRecordsFound(nothing)))) => match nothing.response_code {
            ResponseCode::NXDomain => ServerAnswer::HostNotFound,
            // Name servers and no SOA: a referral, from a server that doesn't look further. That is no answer.
            ResponseCode::NoError if nothing.ns.is_some() && nothing.soa.is_none() => ServerAnswer::ServerFailure,
            ResponseCode::NoError => ServerAnswer::NoRecords,
            _ => ServerAnswer::ServerFailure,
        },
        Ok(Err(error)) => {
            tracing::debug!(%name, %error, "a DNS lookup failed");
            ServerAnswer::ServerFailure
        }
    }
}

fn records(lookup: &Lookup, asked: Name) -> ServerAnswer {
    // A name has one alias at most; each hop looks at all records, whatever their order.
    let mut owner = asked;
    for _ in 0..MOST_ALIASES {
        let alias = lookup.answers().iter().find_map(|record| match &record.data {
            RData::CNAME(alias) if record.name == owner => Some(alias.0.clone()),
            _ => None,
        });
        let Some(alias) = alias else { break };
        owner = alias;
    }
    let mut strings: Vec<String> = Vec::new();
    for record in lookup.answers().iter().filter(|record| record.name == owner) {
        if let RData::TXT(txt) = &record.data {
            let text = printable(&txt.txt_data.concat());
            if !strings.contains(&text) {
                strings.push(text);
            }
        }
    }
    if strings.is_empty() { ServerAnswer::NoRecords } else { ServerAnswer::Records(strings) }
}

/// Controls are replaced with the bytes that aren't text: PostgreSQL stores no NUL, and terminals obey escapes.
fn printable(bytes: &[u8]) -> String {
    let hidden = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    String::from_utf8_lossy(bytes).replace(hidden, "\u{fffd}")
}

fn bounded(mut strings: Vec<String>) -> Vec<String> {
    if strings.len() > MOST_RECORDS {
        // Nobody hides a proof behind other records.
        strings.sort_by_key(|text| !text.contains(PROOF_PREFIX));
        strings.truncate(MOST_RECORDS);
    }
    strings.into_iter().map(|text| text.chars().take(LONGEST_RECORD).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::dns::parse_servers;

    #[test]
    fn a_server_named_twice_is_one() {
        let twice = parse_servers("1.1.1.1, 1.1.1.1:53, [::ffff:1.1.1.1]:53").unwrap();
        let dns = HickoryDns::servers(&twice).unwrap();
        assert_eq!((dns.resolvers.len(), dns.described.as_str()), (1, "1.1.1.1"));
        assert!(HickoryDns::servers(&[]).is_err());
    }

    #[test]
    fn only_names_that_a_zone_can_hold_are_asked_for() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)].join(".");
        assert_eq!(long_name.len(), 254);
        let hostile =
            ["", ".", "a..b", ".a", "a b.c", "a\0.b", "a\\.b", "*.a", "ü.de", "a/b", "1.1.1.1:53", "a\n", "a.."];
        for name in hostile.into_iter().chain([long_label.as_str(), long_name.as_str()]) {
            assert_eq!(absolute(name), None, "{name:?}");
        }
        for name in ["_steward-challenge.example.com", "_steward-challenge.example.com.", &long_name[1..]] {
            assert!(absolute(name).unwrap().is_fqdn(), "{name:?}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_proof_is_kept() {
        let mut many: Vec<String> = (0..50).map(|number| format!("{number} {}", "é".repeat(600))).collect();
        many.push(format!("{PROOF_PREFIX}token"));
        let kept = bounded(many);
        assert_eq!(kept.len(), MOST_RECORDS);
        assert_eq!(kept[0], format!("{PROOF_PREFIX}token"));
        assert!(kept.iter().all(|text| text.chars().count() <= LONGEST_RECORD));
        assert_eq!(printable(b"a\0b\x1b[2J\xff\t"), "a\u{fffd}b\u{fffd}[2J\u{fffd}\t");
    }
}
