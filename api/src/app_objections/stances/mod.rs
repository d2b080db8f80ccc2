//! How a person stands to the apps that see them, as they are shown it.

pub mod read;
