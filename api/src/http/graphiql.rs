//! GraphiQL from embedded files.
