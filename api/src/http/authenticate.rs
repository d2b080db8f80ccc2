//! Who calls, from the `Authorization` header alone; and from where.

use crate::{
    core::{Caller, Error, Result, Steward},
    http::app::App,
};
use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Who holds the credential in the header.
///
/// # Errors
/// `Unauthenticated` when there is one and it isn't valid now.
pub async fn caller(steward: &Arc<Steward>, headers: &HeaderMap) -> Result<Caller> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(Caller::Nobody);
    };
    let text = value.to_str().map_err(|_| Error::Unauthenticated)?;
    let (scheme, token) = text.split_once(' ').ok_or(Error::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated);
    }
    let caller = Caller::load(&steward.read, token.trim(), steward.clock.now()).await?.ok_or(Error::Unauthenticated)?;
    steward.seen(&caller);
    Ok(caller)
}

/// The caller's network address: what the nearest untrusted hop saw. Each trusted proxy appends one entry to
/// `X-Forwarded-For`; without trusted proxies the header counts for nothing.
#[must_use]
pub fn ip_address(app: &App, headers: &HeaderMap, extensions: &Extensions) -> String {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    // Counted from the right before it is read: an entry that can't be read must not move another into its place.
    let named = app.trusted_proxies.checked_sub(1).and_then(|back| forwarded.iter().rev().nth(back));
    let named = named.and_then(|part| part.trim().parse::<IpAddr>().ok());
    named.or(peer).map(|address| address.to_canonical().to_string()).unwrap_or_default()
}
