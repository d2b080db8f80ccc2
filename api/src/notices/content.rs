//! What a notice says.
