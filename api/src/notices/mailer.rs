//! The door through which mail leaves.
