//! Looking up TXT records, and where names lead.
//!
//! The proof of a domain rests on the first, so that the door is a narrow one: absolute names only, no cache, no
//! search domains, bounded time, and servers that must agree. A failure is "unknown" and never "no".

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;

pub use super::resolver::HickoryDns;

/// What a challenge's text begins with; records that begin with it are the last to be dropped when there are too many.
pub const PROOF_PREFIX: &str = "steward-domain-verification=";

/// Where DNS servers listen.
pub(super) const STANDARD_PORT: u16 = 53;

/// Asks the DNS.
#[async_trait]
pub trait Dns: Send + Sync {
    /// The TXT records of `name`: an ASCII name, taken as absolute with or without its trailing dot. A name that the
    /// DNS can't hold is [`TxtOutcome::HostNotFound`], without a query.
    async fn txt(&self, name: &str) -> TxtAnswer;

    /// The addresses of `name`, wherever they lead; none where nobody knows. Any one server's word will do: whatever it says,
    /// who connects checks it.
    async fn addresses(&self, name: &str) -> Option<Vec<IpAddr>>;
}

/// What came of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxtAnswer {
    /// Whether the answer is known at all.
    pub outcome: TxtOutcome,
    /// The records that enough servers returned: each one's strings joined, bytes that aren't text replaced. At most 20
    /// of 512 characters.
    pub strings: Vec<String>,
    /// Records that some server returned and that are neither confirmed nor refuted by the others: whether they exist
    /// is unknown. Always empty with one server. Bounded as `strings` are.
    pub disputed: Vec<String>,
    /// Which servers were asked: `127.0.0.1:5353`, or `system (1.1.1.1, 9.9.9.9)`.
    pub resolver: String,
}

/// How a lookup ended. `Timeout` and `ServerFailure` mean that nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxtOutcome {
    /// The servers answered with records. Without `strings`: they agree on none of them.
    Answered,
    /// The name doesn't exist (NXDOMAIN).
    HostNotFound,
    /// The name exists, and has no TXT record.
    NoRecords,
    /// No answer in time.
    Timeout,
    /// SERVFAIL, REFUSED, any other failure, or servers that contradict each other.
    ServerFailure,
}

/// How long a lookup may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until a try counts as failed.
    pub per_try: Duration,
    /// Tries for each server; at least one.
    pub tries: usize,
    /// For everything together.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_try: Duration::from_secs(4), tries: 2, total: Duration::from_secs(10) }
    }
}

/// Reads `1.1.1.1, 9.9.9.9:53, [2606:4700::1111]:53`: addresses with commas between them, port 53 where none is named.
///
/// # Errors
/// A sentence for the operator that names the bad part.
pub fn parse_servers(text: &str) -> Result<Vec<SocketAddr>, String> {
    text.split(',').map(|part| parse_server(part.trim())).collect()
}

fn parse_server(part: &str) -> Result<SocketAddr, String> {
    if part.is_empty() {
        return Err("an address is missing: write DNS servers as 1.1.1.1, 9.9.9.9:53, [2606:4700::1111]:53".to_owned());
    }
    let bare = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(part);
    let server = match bare.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, STANDARD_PORT),
        Err(_) => part.parse().map_err(|_| {
            format!("{part:?} isn't the address of a DNS server: write 1.1.1.1, 9.9.9.9:53 or [2606:4700::1111]:53")
        })?,
    };
    if server.port() == 0 || server.ip().is_unspecified() {
        return Err(format!("{part:?} can't be reached: name the DNS server's own address and a port above 0"));
    }
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_with_and_without_ports() {
        let expected: Vec<SocketAddr> = ["1.1.1.1:53", "9.9.9.9:5353", "[2606:4700::1111]:53", "[::1]:53", "[::2]:53"]
            .map(|address| address.parse().unwrap())
            .into();
        let read = parse_servers("1.1.1.1, 9.9.9.9:5353,[2606:4700::1111]:53 , ::1, [::2]");
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn a_bad_server_is_named() {
        for (text, part) in [("1.1.1.1, dns.google", "dns.google"), ("1.1.1", "1.1.1"), ("1.1.1.1:99999", "99999")] {
            let error = parse_servers(text).unwrap_err();
            assert!(error.contains(part) && error.contains("9.9.9.9:53"), "{error}");
        }
        for text in ["", " ", "1.1.1.1,", ",1.1.1.1"] {
            assert!(parse_servers(text).unwrap_err().contains("missing"), "{text:?}");
        }
        for text in ["0.0.0.0", "1.1.1.1:0", "[::]:53"] {
            assert!(parse_servers(text).unwrap_err().contains("can't be reached"), "{text:?}");
        }
    }
}
