//! Pages that people open from a mail.

pub mod render;
