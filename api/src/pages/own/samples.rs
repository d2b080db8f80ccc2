//! The pages of one's own account with plausible values, in each of their states: for previews and tests.

mod listed;

use crate::{
    deletions::read::{Consequence, Part},
    notices::content::{Content, NoticeKind, Sender},
    pages::{
        own::{
            address::{AddressPage, ChangeShown, WaitsFor},
            blocks::{BlockShown, Undo},
            control::{ControlPage, ControlShown},
            deactivate::DeactivatePage,
            delete::DeletePage,
            edits::EditShown,
            forgotten::ForgottenPage,
            memberships::MembershipsPage,
            notice::OwnNoticePage,
            notices::{NoticeLine, NoticesPage},
            overview::{ManagerShown, OverviewPage},
            password::PasswordPage,
            profile::{ProfilePage, ProfileShown},
            sessions::{SessionShown, SessionsPage},
            sign_in::SignInPage,
            visit::Signed,
        },
        render::render,
        samples::SampleError,
        views::{FieldErrors, MessagePage, NoticePage, NoticeState, Page},
    },
};
use chrono::{DateTime, Utc};
use listed::{apps, apps_refused, memberships, no_apps};
use steward_entities::kinds::BlockKind;
use uuid::Uuid;

const EMAIL: &str = "ana.gruber@hofer-maschinen.example";
const ORGANIZATION: &str = "Hofer Maschinenbau GmbH";
const CONTACT: &str = "it@hofer-maschinen.example";
/// What forms are marked with.
pub const MADE_FOR: &str = "AZkZkZkZkZkZkZkZkZkZkQ";

/// A name for each sample, and its HTML.
///
/// # Errors
/// When a template is wrong.
pub fn pages(locale: &str, sender: &Sender) -> Result<Vec<(&'static str, String)>, SampleError> {
    let signed = Signing { locale, sender };
    let wrong = "The address and the password don't belong together. Check both, or ask for a new password.";
    let taken = FieldErrors::from([
        ("new_email", "This is your address already.".to_owned()),
        ("password", "This isn't the password of this account.".to_owned()),
    ]);
    Ok(vec![
        (
            "sign_in",
            render(
                &SignInPage { email: String::new(), from_elsewhere: true, said: None, errors: FieldErrors::new() },
                locale,
                sender,
            )?,
        ),
        (
            "sign_in_refused",
            render(
                &SignInPage {
                    email: EMAIL.into(),
                    from_elsewhere: false,
                    said: None,
                    errors: FieldErrors::from([("password", wrong.into())]),
                },
                locale,
                sender,
            )?,
        ),
        ("forgotten", render(&ForgottenPage { email: String::new(), errors: FieldErrors::new() }, locale, sender)?),
        ("own_free", signed.page(&overview(Vec::new(), None), None)?),
        ("own_managed", signed.page(&overview(Vec::new(), Some(manager())), Some("Thank you."))?),
        ("own_edits", signed.page(&OverviewPage { edits: edits(), ..overview(Vec::new(), Some(manager())) }, None)?),
        ("own_claimed", signed.page(&OverviewPage { claims: vec![control()], ..overview(Vec::new(), None) }, None)?),
        ("own_suspended", signed.page(&overview(vec![block(BlockKind::Suspension)], Some(manager())), None)?),
        ("own_restricted", signed.page(&overview(vec![block(BlockKind::Restriction)], Some(manager())), None)?),
        ("own_terminated", signed.page(&overview(vec![block(BlockKind::Termination)], Some(manager())), None)?),
        ("own_deletion", signed.page(&overview(vec![block(BlockKind::Deletion)], Some(manager())), None)?),
        ("own_deactivated", signed.page(&overview(vec![deactivated()], None), None)?),
        ("own_reset", signed.page(&overview(vec![block(BlockKind::PasswordReset)], None), None)?),
        ("own_control", signed.page(&control_page(FieldErrors::new()), None)?),
        ("own_address", signed.page(&address(None, Some(change(WaitsFor::Link)), FieldErrors::new()), None)?),
        ("own_address_managed", signed.page(&address(Some(ORGANIZATION.into()), None, taken), None)?),
        (
            "own_address_asked",
            signed.page(
                &address(Some(ORGANIZATION.into()), Some(change(WaitsFor::Administrators)), FieldErrors::new()),
                Some("Your new address is noted. It isn't in force yet: see below what it waits for."),
            )?,
        ),
        ("own_notices", signed.page(&notices(), None)?),
        ("own_notice", signed.page(&notice(locale, sender)?, None)?),
        ("own_sessions", signed.page(&sessions(), Some("That session has ended."))?),
        ("own_deactivate", signed.page(&DeactivatePage { email: EMAIL.into(), claims: vec![control()] }, None)?),
        ("own_password", signed.page(&PasswordPage { email: EMAIL.into(), errors: FieldErrors::new() }, None)?),
        ("own_password_refused", signed.page(&PasswordPage { email: EMAIL.into(), errors: weak() }, None)?),
        ("own_profile", signed.page(&profile(None, FieldErrors::new()), Some("Your profile is saved."))?),
        ("own_profile_refused", signed.page(&profile(Some(ORGANIZATION.into()), misspelt()), None)?),
        ("own_memberships", signed.page(&memberships(true), Some("You have left the workspace."))?),
        ("own_memberships_limited", signed.page(&memberships(false), None)?),
        (
            "own_memberships_none",
            signed.page(
                &MembershipsPage { memberships: Vec::new(), has_newer: false, older: None, ..memberships(true) },
                None,
            )?,
        ),
        ("own_apps", signed.page(&apps(), Some("You have withdrawn your objection."))?),
        ("own_apps_refused", signed.page(&apps_refused(), None)?),
        ("own_apps_none", signed.page(&no_apps(), None)?),
        ("own_delete", signed.page(&delete(None, None, FieldErrors::new()), None)?),
        ("own_delete_refused", signed.page(&delete(None, None, too_long()), None)?),
        ("own_delete_managed", signed.page(&delete(Some(manager()), None, FieldErrors::new()), None)?),
        ("own_delete_scheduled", signed.page(&delete(None, Some(leaving()), FieldErrors::new()), None)?),
        ("own_nothing", signed.page(&MessagePage::not_found().then_account(), None)?),
    ])
}

struct Signing<'a> {
    locale: &'a str,
    sender: &'a Sender,
}

impl Signing<'_> {
    fn page<P: Page>(&self, page: &P, said: Option<&str>) -> Result<String, SampleError> {
        let signed = Signed { page, signed_in_as: EMAIL, made_for: MADE_FOR, here: P::TEMPLATE, said };
        Ok(render(&signed, self.locale, self.sender)?)
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_default()
}

fn overview(blocks: Vec<BlockShown>, manager: Option<ManagerShown>) -> OverviewPage {
    OverviewPage {
        display_name: "Ana Gruber".into(),
        email: EMAIL.into(),
        limited: super::blocks::limit(&blocks),
        may_deactivate: !super::blocks::limit(&blocks),
        may_edit: !super::blocks::limit(&blocks),
        may_change_password: !super::blocks::limit(&blocks),
        may_delete: manager.is_none() && !super::blocks::is_leaving(&blocks),
        blocks,
        edits: Vec::new(),
        claims: Vec::new(),
        manager,
        change: None,
        may_move: true,
        notices: notices().notices,
        sessions: 2,
    }
}

fn manager() -> ManagerShown {
    ManagerShown {
        organization: ORGANIZATION.into(),
        contact: Some(CONTACT.into()),
        policy_url: Some("https://hofer-maschinen.example/accounts".into()),
        since: Some(at("2026-10-01T08:00:00Z")),
    }
}

fn block(kind: BlockKind) -> BlockShown {
    BlockShown {
        kind,
        organization: Some(ORGANIZATION.into()),
        contact: Some(CONTACT.into()),
        message: Some("Dear Ana,\nuntil you are back from leave. Call us if you need anything.".into()),
        since: at("2026-11-20T16:30:00Z"),
        until: Some(at("2026-12-24T00:00:00Z")),
        undo: None,
    }
}

fn deactivated() -> BlockShown {
    BlockShown {
        kind: BlockKind::Deactivation,
        organization: None,
        contact: None,
        message: None,
        since: at("2026-11-20T16:30:00Z"),
        until: None,
        undo: Some(Undo::Reactivate),
    }
}

fn control() -> ControlShown {
    ControlShown {
        id: Uuid::from_u128(7).into(),
        organization: ORGANIZATION.into(),
        domain: "hofer-maschinen.example".into(),
        contact: Some(CONTACT.into()),
        policy_url: Some("https://hofer-maschinen.example/accounts".into()),
        takes_effect_at: at("2026-12-05T10:00:00Z"),
    }
}

fn control_page(errors: FieldErrors) -> ControlPage {
    let control = control();
    ControlPage {
        control,
        email: EMAIL.into(),
        change: None,
        may_accept: true,
        may_move: true,
        may_deactivate: true,
        errors,
    }
}

fn change(waits_for: WaitsFor) -> ChangeShown {
    let asked = waits_for != WaitsFor::Link;
    ChangeShown {
        id: Uuid::from_u128(8).into(),
        new_email: "ana.gruber@home.example".into(),
        waits_for,
        organization: asked.then(|| ORGANIZATION.into()),
        releases: asked,
        until: at("2026-12-06T09:30:00Z"),
    }
}

fn address(managed_by: Option<String>, change: Option<ChangeShown>, errors: FieldErrors) -> AddressPage {
    let claims = if managed_by.is_none() { vec![control()] } else { Vec::new() };
    AddressPage {
        email: EMAIL.into(),
        managed_by,
        claims,
        change,
        may_move: true,
        new_email: String::new(),
        reason: String::new(),
        errors,
    }
}

fn notices() -> NoticesPage {
    let line = |number: u128, subject: &str, by: Option<&str>, created_at: &str, acknowledged| NoticeLine {
        id: Uuid::from_u128(number).into(),
        subject: subject.into(),
        written_in: "en".into(),
        organization: by.map(Into::into),
        created_at: at(created_at),
        acknowledged,
    };
    NoticesPage {
        notices: vec![
            line(1, "Your account at Steward is suspended", Some(ORGANIZATION), "2026-11-20T16:30:00Z", false),
            line(2, "A sign-in to Steward from a new device", None, "2026-11-12T07:03:00Z", false),
            line(
                3,
                "Hofer Maschinenbau GmbH now manages your account ana.gruber@hofer-maschinen.example",
                Some(ORGANIZATION),
                "2026-10-01T08:00:00Z",
                true,
            ),
        ],
        has_newer: true,
        older: Some("WyIxIiwieCJd".into()),
    }
}

fn notice(locale: &str, sender: &Sender) -> Result<OwnNoticePage, SampleError> {
    let fragment = Content::sample(NoticeKind::AccountSuspended).fragment(locale, sender)?;
    Ok(OwnNoticePage {
        notice: NoticePage::new(fragment, NoticeState::Open),
        written_in: "en".into(),
        created_at: at("2026-11-20T16:30:00Z"),
        id: Uuid::from_u128(1).into(),
    })
}

fn sessions() -> SessionsPage {
    let session = |number: u128, device: &str, ip: &str, created_at: &str| SessionShown {
        id: Uuid::from_u128(number).into(),
        device: device.into(),
        ip_address: ip.into(),
        created_at: at(created_at),
        last_used_at: at("2026-11-22T08:15:00Z"),
        current: number == 1,
    };
    SessionsPage {
        sessions: vec![
            session(1, "Firefox on Linux", "198.51.100.7", "2026-11-21T08:00:00Z"),
            session(2, "Safari on an iPhone", "2001:db8:1:2:3:4:5:6", "2026-11-12T07:03:00Z"),
            session(3, "An unknown device", "", "2026-11-02T19:40:00Z"),
        ],
    }
}

fn weak() -> FieldErrors {
    FieldErrors::from([("new_password", "This is your password already. Choose another one.".to_owned())])
}

fn misspelt() -> FieldErrors {
    FieldErrors::from([
        ("time_zone", "This time zone must be one that IANA knows, such as Europe/Vienna.".to_owned()),
        ("locale", "This language must be one of en, de, es.".to_owned()),
        ("version", "Somebody has changed this since you opened the page.".to_owned()),
    ])
}

fn too_long() -> FieldErrors {
    FieldErrors::from([("grace_days", "This number must be between 0 and 30.".to_owned())])
}

fn profile(managed_by: Option<String>, errors: FieldErrors) -> ProfilePage {
    let shown = ProfileShown {
        display_name: "Ana Gruber".into(),
        locale: "de".into(),
        given_name: "Ana".into(),
        job_title: "Designer".into(),
        time_zone: "Europe/Vienna".into(),
        phone: "+43512555012".into(),
        ..ProfileShown::default()
    };
    ProfilePage { errors, ..ProfilePage::new(shown, 7, managed_by) }
}

fn edits() -> Vec<EditShown> {
    let over_all = EditShown {
        organization: ORGANIZATION.into(),
        contact: Some(CONTACT.into()),
        workspace: None,
        operations: vec!["EDIT_PROFILE".into(), "DELETE_ITEMS".into()],
        reason: "An audit of last year's orders".into(),
        message: Some("The auditors finish next week.\nThank you!".into()),
        until: Some(at("2026-12-06T08:15:00Z")),
    };
    let of_one =
        EditShown { workspace: Some("Drawings".into()), contact: None, message: None, until: None, ..over_all.clone() };
    vec![over_all, of_one]
}

fn leaving() -> BlockShown {
    BlockShown {
        until: Some(at("2026-12-06T08:15:00Z")),
        undo: Some(Undo::CancelDeletion),
        kind: BlockKind::Deletion,
        ..deactivated()
    }
}

fn delete(manager: Option<ManagerShown>, scheduled: Option<BlockShown>, errors: FieldErrors) -> DeletePage {
    let parts = [
        (Part::Identity, 1),
        (Part::Sessions, 2),
        (Part::Memberships, 1),
        (Part::Roles, 1),
        (Part::ApiKeys, 1),
        (Part::Offers, 1),
        (Part::Invitations, 2),
        (Part::Items, 3),
        (Part::SharedItems, 2),
        (Part::Notices, 12),
        (Part::Events, 47),
    ];
    DeletePage {
        email: EMAIL.into(),
        manager,
        scheduled,
        plan: parts.map(|(part, count)| Consequence { part, count }.into()).to_vec(),
        claims: vec![control()],
        may_deactivate: true,
        grace_days: "14".into(),
        errors,
    }
}
