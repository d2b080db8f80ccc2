//! Apps and the people whom they see: what an app reads of people through its installation, and which apps people are seen
//! by. What an app may see is decided in `core::apps::sight`; what is answered has been noted before, as `core::apps::sightings`
//! says.

pub mod graphql;
pub mod own;
pub mod read;
