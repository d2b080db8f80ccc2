//! Pages that people open from a mail.

pub mod render;
pub mod samples;
pub mod views;

#[cfg(test)]
mod tests;
