//! What tests need: databases, servers, and the service itself.

pub mod smtp;
