//! What tests need: databases, servers, and the service itself.
