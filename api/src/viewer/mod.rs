//! The viewer: what a person sees of themselves, of those who hold power over them, and of their own powers.

pub mod graphql;
pub mod read;
