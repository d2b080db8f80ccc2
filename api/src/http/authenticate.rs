//! Who calls, from the `Authorization` header alone; and from where.

use crate::{
    core::{
        Caller, Error, ReadConnection, Result, Steward,
        secret::{CredentialKind, read_credential},
    },
    decisions::read::service_that_asks,
    http::app::App,
};
use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use steward_entities::id::AccountId;

/// Who holds the credential in the header. `asks` is the account of which a service would ask one decision.
///
/// # Errors
/// `Unauthenticated` when there is one and it isn't valid now.
pub async fn caller(
    steward: &Arc<Steward>,
    connection: &ReadConnection,
    headers: &HeaderMap,
    asks: Option<AccountId>,
) -> Result<Caller> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(Caller::Nobody);
    };
    let text = value.to_str().map_err(|_| Error::Unauthenticated)?;
    let (scheme, token) = text.split_once(' ').ok_or(Error::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated);
    }
    let (token, now) = (token.trim(), steward.clock.now());
    let caller = match (asks, read_credential(token)) {
        (Some(account), Some((CredentialKind::ServiceKey, hash))) => {
            service_that_asks(connection, hash, account, now).await?
        }
        _ => Caller::load(connection, token, now).await?,
    };
    let caller = caller.ok_or(Error::Unauthenticated)?;
    steward.seen(&caller);
    Ok(caller)
}

/// The caller's network address: what the nearest untrusted hop saw. Each trusted proxy appends one entry to
/// `X-Forwarded-For`; without trusted proxies the header counts for nothing.
#[must_use]
pub fn ip_address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let address = named(headers, app.trusted_proxies).or(peer);
    address.map(|address| address.to_canonical().to_string()).unwrap_or_default()
}

/// The address that the outermost trusted proxy has named.
fn named(headers: &HeaderMap, trusted_proxies: usize) -> Option<IpAddr> {
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    // Counted from the right before it is read: an entry that can't be read must not move another into its place.
    let named = trusted_proxies.checked_sub(1).and_then(|back| forwarded.iter().rev().nth(back));
    named.and_then(|part| part.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_chooses_no_address_by_what_they_send_themselves() {
        let seen = |lines: &[&str], trusted| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            named(&headers, trusted).map(|address| address.to_string())
        };
        let one = Some("203.0.113.7".to_owned());
        assert_eq!(seen(&["198.51.100.1, 203.0.113.7"], 0), None);
        assert_eq!(seen(&["198.51.100.1, 203.0.113.7"], 1), one);
        assert_eq!(seen(&["198.51.100.1", "203.0.113.7"], 1), one, "several lines are one list");
        assert_eq!(seen(&["198.51.100.1, 203.0.113.7, 10.0.0.1"], 2), one);
        assert_eq!(seen(&["203.0.113.7"], 2), None, "fewer entries than proxies: nobody is named");
        assert_eq!(
            seen(&["198.51.100.1, unknown"], 1),
            None,
            "an entry that can't be read moves no other into its place"
        );
    }
}
