//! Looking up TXT records.
