//! Every page with plausible values, in each of its states: for previews and tests.

use super::{
    own::samples as own,
    render::{PageError, render},
    views::*,
};
use crate::notices::content::{Content, NoticeKind, RenderError, Sender};

const EMAIL: &str = "ana.gruber@hofer-maschinen.example";
const PERSONAL: &str = "ana.gruber@home.example";
const ORGANIZATION: &str = "Hofer Maschinenbau GmbH";

/// A sample couldn't be made: a template is wrong.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A page's.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A notice's.
    #[error(transparent)]
    Notice(#[from] RenderError),
}

/// A name for each sample, and its HTML.
pub fn pages(locale: &str, sender: &Sender) -> Result<Vec<(&'static str, String)>, SampleError> {
    let notice = |kind, state| -> Result<String, SampleError> {
        let fragment = Content::sample(kind).fragment(locale, sender)?;
        Ok(render(&NoticePage::new(fragment, state), locale, sender)?)
    };
    let acknowledged_at = "2026-11-22T08:15:00Z".parse().ok();
    let canceled = Some("the organization has canceled its claim.".to_owned());
    let mut pages = vec![
        ("notice_open", notice(NoticeKind::ControlAsserted, NoticeState::Open)?),
        ("notice_acknowledged", notice(NoticeKind::ControlInEffect, NoticeState::Acknowledged { acknowledged_at })?),
        ("notice_ended", notice(NoticeKind::ControlAsserted, NoticeState::Ended { ended_because: canceled })?),
        ("sign_up", render(&sign_up(FieldErrors::new()), locale, sender)?),
        ("sign_up_refused", render(&sign_up(refused("password")), locale, sender)?),
        ("email_change", render(&email_change(None, false), locale, sender)?),
        ("email_change_managed", render(&email_change(Some(ORGANIZATION), false), locale, sender)?),
        ("email_change_released", render(&email_change(Some(ORGANIZATION), true), locale, sender)?),
        (
            "password_reset",
            render(&PasswordResetPage { email: EMAIL.into(), errors: FieldErrors::new() }, locale, sender)?,
        ),
        (
            "password_reset_refused",
            render(&PasswordResetPage { email: EMAIL.into(), errors: refused("new_password") }, locale, sender)?,
        ),
        ("invitation_new", render(&invitation(new_account()), locale, sender)?),
        ("invitation_existing", render(&invitation(InvitedAccount::Existing), locale, sender)?),
        ("membership_new", render(&membership(new_account()), locale, sender)?),
        ("membership_existing", render(&membership(InvitedAccount::Existing), locale, sender)?),
        ("account", render(&account(FieldErrors::new()), locale, sender)?),
        ("account_refused", render(&account(refused("new_password")), locale, sender)?),
        (
            "message_done",
            render(
                &MessagePage::done("Your password is set", &["All your sessions have ended.", "You can now sign in."])
                    .then_sign_in(),
                locale,
                sender,
            )?,
        ),
        ("message_link_not_valid", render(&MessagePage::link_not_valid(), locale, sender)?),
        ("message_not_found", render(&MessagePage::not_found(), locale, sender)?),
        ("message_too_many_tries", render(&MessagePage::too_many_tries(), locale, sender)?),
        ("message_internal_error", render(&MessagePage::internal_error("req_01jd3x8f7k"), locale, sender)?),
    ];
    pages.extend(own::pages(locale, sender)?);
    Ok(pages)
}

fn refused(field: &'static str) -> FieldErrors {
    FieldErrors::from([(field, "This password is too easy to guess. Add a word or two.".to_owned())])
}

fn new_account() -> InvitedAccount {
    InvitedAccount::New { display_name: String::new() }
}

fn sign_up(errors: FieldErrors) -> SignUpPage {
    SignUpPage { email: EMAIL.into(), display_name: "Ana Gruber".into(), errors }
}

fn invitation(account: InvitedAccount) -> InvitationPage {
    InvitationPage {
        organization: ORGANIZATION.into(),
        role: "OWNER".into(),
        invited_by: "the operators".into(),
        email: "lena.moser@hofer-maschinen.example".into(),
        account,
        errors: FieldErrors::new(),
    }
}

fn account(errors: FieldErrors) -> AccountPage {
    AccountPage {
        organization: ORGANIZATION.into(),
        domain: "hofer-maschinen.example".into(),
        email: EMAIL.into(),
        message: Some("Welcome, Ana!\nPlease do this before your first day.".into()),
        errors,
    }
}

fn membership(account: InvitedAccount) -> MembershipPage {
    MembershipPage {
        organization: ORGANIZATION.into(),
        workspace: "Plant planning".into(),
        email: "pia@studio-wald.example".into(),
        account,
        errors: FieldErrors::new(),
    }
}

fn email_change(managed_by: Option<&str>, releases: bool) -> EmailChangePage {
    let managed_by = managed_by.map(Into::into);
    EmailChangePage { old_email: EMAIL.into(), new_email: PERSONAL.into(), managed_by, releases }
}
