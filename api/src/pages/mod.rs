//! Pages that people open from a mail.

pub mod notice;
pub mod render;
pub mod router;
pub mod samples;
pub mod views;
pub mod visit;

#[cfg(test)]
mod tests;
