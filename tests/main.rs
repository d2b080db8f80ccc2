//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

<<<<<<< HEAD
mod dns;
=======
mod tidy;
>>>>>>> infra
