//! Plausible values for every notice: for previews, and for tests that must not change from run to run.

mod organizations;

use chrono::{DateTime, Duration, Utc};
use url::Url;

use super::*;

pub(super) const ORGANIZATION: &str = "Hofer Maschinenbau GmbH";
pub(super) const DOMAIN: &str = "hofer-maschinen.example";
pub(super) const EMAIL: &str = "ana.gruber@hofer-maschinen.example";
pub(super) const PERSONAL: &str = "ana.gruber@home.example";
pub(super) const CONTACT: &str = "it-support@hofer-maschinen.example, +43 512 5550 12";

/// 21 November 2026, 10:00 UTC.
const START: i64 = 1_795_255_200;

fn hours(after: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(START) + Duration::hours(after)
}

pub(super) fn days(after: i64) -> DateTime<Utc> {
    hours(24 * after)
}

impl Sample for ControlAsserted {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            domain: DOMAIN.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            policy_url: Url::parse("https://hofer-maschinen.example/it/accounts").ok(),
            message: Some(
                "Dear colleagues, we bring our accounts under one roof before the move to the new plant.\n\
                 Questions? Come by: Lena and Tom are in room 2.14."
                    .into(),
            ),
            takes_effect_at: days(14),
        }
    }
}

impl Sample for ControlInEffect {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            domain: DOMAIN.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            policy_url: None,
            cause: ControlCause::PeriodOver,
            in_effect_at: days(14),
        }
    }
}

impl Sample for AssertionCanceled {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            domain: DOMAIN.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            because: AssertionCanceledBecause::ClaimCanceled,
        }
    }
}

impl Sample for AccountReleased {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            reason: Some("Freelance accounts stay with the people who own them.".into()),
        }
    }
}

impl Sample for PasswordResetRequired {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            reason: Some("A phishing mail reached several of us on Monday.".into()),
            ground: Ground::Managed,
        }
    }
}

impl Sample for SessionsEnded {
    fn sample() -> Self {
        Self {
            organization: ORGANIZATION.into(),
            email: EMAIL.into(),
            contact: CONTACT.into(),
            reason: Some("Ana's phone was lost.".into()),
        }
    }
}

impl Sample for ClaimFinished {
    fn sample() -> Self {
        Self { organization: ORGANIZATION.into(), domain: DOMAIN.into(), in_effect: 968, avoided: 31, canceled: 1 }
    }
}

impl Sample for SignUp {
    fn sample() -> Self {
        Self { email: EMAIL.into(), expires_at: hours(24) }
    }
}

impl Sample for SignUpExisting {
    fn sample() -> Self {
        Self { email: EMAIL.into() }
    }
}

impl Sample for PasswordReset {
    fn sample() -> Self {
        Self { email: EMAIL.into(), required_by: None, expires_at: hours(1) }
    }
}

impl Sample for PasswordChanged {
    fn sample() -> Self {
        Self { email: EMAIL.into(), changed_at: hours(0) }
    }
}

impl Sample for NewDeviceSignIn {
    fn sample() -> Self {
        Self {
            email: EMAIL.into(),
            device: "Firefox on Linux".into(),
            ip_address: Some("192.0.2.17".into()),
            signed_in_at: hours(0),
        }
    }
}

impl Sample for EmailChangeConfirm {
    fn sample() -> Self {
        Self { old_email: EMAIL.into(), new_email: PERSONAL.into(), leaves: None, expires_at: hours(1) }
    }
}

impl Sample for EmailChangeRequested {
    fn sample() -> Self {
        Self {
            old_email: EMAIL.into(),
            new_email: PERSONAL.into(),
            organization: None,
            contact: None,
            releases: false,
            requested_at: hours(0),
        }
    }
}

impl Sample for EmailChanged {
    fn sample() -> Self {
        Self { old_email: EMAIL.into(), new_email: PERSONAL.into(), changed_at: hours(0) }
    }
}

impl Sample for AccountDeactivated {
    fn sample() -> Self {
        Self { email: EMAIL.into(), deactivated_at: hours(0) }
    }
}

impl Sample for AccountReactivated {
    fn sample() -> Self {
        Self { email: EMAIL.into(), reactivated_at: hours(0) }
    }
}
