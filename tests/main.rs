//! Tests that use Steward as its callers do: over HTTP, DNS and SMTP.

#[cfg(test)]
mod mailer;
