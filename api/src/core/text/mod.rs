//! Text that came from outside, parsed once and trusted by its type from then on.
