//! What tests need: databases, servers, and the service itself.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests stop at what they don't expect")]

pub mod app;
pub mod client;
pub mod grounds;
pub mod harness;
pub mod items;
pub mod mailed;
pub mod postgres;
pub mod receiver;
pub mod seed;
pub mod smtp;

pub use app::{BEGINNING, Engine, TestApp};
pub use client::{Answer, Client};
pub use seed::Somebody;
