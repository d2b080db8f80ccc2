//! A sample company, played through the public API.

pub mod dns_server;
