//! What the tests render.

use super::super::{samples::days, *};
use steward_entities::kinds::{AppObjectionStatus, InstallationEnd};

/// The samples, and besides them every other path through the templates.
pub(super) fn variants() -> Vec<Content> {
    let mut all: Vec<Content> = NoticeKind::ALL.iter().map(|kind| Content::sample(*kind)).collect();
    all.push(ControlAsserted { policy_url: None, message: None, ..Sample::sample() }.into());
    all.push(ControlInEffect { cause: ControlCause::Accepted, ..Sample::sample() }.into());
    for because in [
        AssertionCanceledBecause::DomainRemoved,
        AssertionCanceledBecause::MovedAway,
        AssertionCanceledBecause::Deactivated,
        AssertionCanceledBecause::BeingDeleted,
    ] {
        all.push(AssertionCanceled { because, ..Sample::sample() }.into());
    }
    all.push(EmailChangeConfirm { leaves: Some("Hofer Maschinenbau GmbH".into()), ..Sample::sample() }.into());
    for releases in [false, true] {
        let (organization, contact) = (Some("Hofer Maschinenbau GmbH".into()), Some("it-support@hofer.example".into()));
        all.push(EmailChangeRequested { organization, contact, releases, ..Sample::sample() }.into());
    }
    let of_operators = (ApprovalCause::ForOperators, None, false);
    for (cause, reason, releases) in [(ApprovalCause::Reminder, Some("I married.".into()), false), of_operators] {
        all.push(EmailChangeApproval { cause, reason, releases, ..Sample::sample() }.into());
    }
    all.push(EmailChangeApproved { by_operator: true, releases: false, ..Sample::sample() }.into());
    all.push(EmailChangeRejected { by_operator: true, ..Sample::sample() }.into());
    all.push(EmailChangeExpired { because: ExpiredBecause::Unconfirmed, ..Sample::sample() }.into());
    all.push(AccountReleased { reason: None, ..Sample::sample() }.into());
    all.push(PasswordResetRequired { reason: None, ground: Ground::Membership, ..Sample::sample() }.into());
    all.push(NewDeviceSignIn { ip_address: None, ..Sample::sample() }.into());
    all.push(AccountCreated { message: None, workspaces: vec![], policy_url: None, ..Sample::sample() }.into());
    all.push(AccountExisting { workspaces: vec![], ..Sample::sample() }.into());
    all.push(SessionsEnded { reason: None, ..Sample::sample() }.into());
    all.push(AccountRestricted { message: Some("Please call us.".into()), until: None, ..Sample::sample() }.into());
    all.push(AccountSuspended { message: None, until: None, ..Sample::sample() }.into());
    all.push(AccountTerminated { message: None, ..Sample::sample() }.into());
    all.push(AccountRestored { still_limited: true, ..Sample::sample() }.into());
    let because = RestoredBecause::Administrators;
    all.push(AccountRestored { because, message: Some("Welcome back!".into()), ..Sample::sample() }.into());
    let (organization, contact, message) = (None, None, None);
    all.push(AccountDeletionScheduled { organization, contact, message, ..Sample::sample() }.into());
    all.push(AccountDeletionScheduled { message: None, ..Sample::sample() }.into());
    all.push(AccountDeletionCanceled { organization: None, contact: None, ..Sample::sample() }.into());
    all.push(AccountDeleted { organization: None, contact: None, message: None, ..Sample::sample() }.into());
    all.push(AccountDeleted { message: None, ..Sample::sample() }.into());
    let workspace = Some("Design".into());
    all.push(EditRestrictionSet { workspace, message: None, until: None, ..Sample::sample() }.into());
    let (because, message) = (LiftedBecause::Administrators, Some("The audit is done.".into()));
    all.push(EditRestrictionLifted { because, message, workspace: None, ..Sample::sample() }.into());
    all.push(AppRequested { reason: None, ..Sample::sample() }.into());
    all.push(AppRequestAnswered { approved: false, ..Sample::sample() }.into());
    let in_workspace = AppAtWork { workspace: Some("Design".into()), ..Sample::sample() };
    all.push(AppInstalled { app: in_workspace.clone(), managed: false, ..Sample::sample() }.into());
    all.push(AppAccessWidened { app: Sample::sample(), managed: true, ..Sample::sample() }.into());
    for because in [InstallationEnd::Canceled, InstallationEnd::Retired] {
        all.push(AppUninstalled { because, app: in_workspace.clone() }.into());
    }
    all.push(AppRetired { places: AppPlaces::default(), ..Sample::sample() }.into());
    let places = AppPlaces { workspaces: vec!["Design".into()], more: 2 };
    all.push(AppAsksForMore { places, ..Sample::sample() }.into());
    all.push(AppChanged { vendor_before: None, places: AppPlaces::default(), ..Sample::sample() }.into());
    all.push(AppChanged { privacy_policy_before: None, ..Sample::sample() }.into());
    all.push(AppApprovalEnding { installed: false, ..Sample::sample() }.into());
    all.push(AppObjectionClosed { because: AppObjectionStatus::Withdrawn, reason: None, ..Sample::sample() }.into());
    all.push(AppObjectionClosed { because: AppObjectionStatus::Dismissed, ..Sample::sample() }.into());
    let because = AppObjectionStatus::Withdrawn;
    all.push(AppObjectionClosed { because, excluded: true, reason: None, ..Sample::sample() }.into());
    let because = AppObjectionStatus::Dismissed;
    all.push(AppObjectionClosed { because, excluded: true, ..Sample::sample() }.into());
    let upheld =
        |deletion_due_at| AppObjectionDecided { upheld: true, deletion_due_at, again_at: None, ..Sample::sample() };
    all.extend([upheld(None).into(), upheld(Some(days(30))).into()]);
    all.push(AppAccessRevoked { deletion_due_at: None, ..Sample::sample() }.into());
    all.push(AppObjectionDecided { excluded: true, ..Sample::sample() }.into());
    all.push(AppAccessRestored { objected: true, ..Sample::sample() }.into());
    all.push(ItemsRead { count: 1, personal: 1, ..Sample::sample() }.into());
    all.push(ItemsRead { personal: 1, ..Sample::sample() }.into());
    all.push(MembershipEnded { because: MembershipEndedBecause::Left, reason: None, ..Sample::sample() }.into());
    all.push(MembershipRestricted { message: None, until: None, ..Sample::sample() }.into());
    let message = Some("See you in spring.".into());
    all.push(MembershipSuspended { message: message.clone(), until: None, ..Sample::sample() }.into());
    all.push(MembershipRestored { message, because: RestoredBecause::Administrators, ..Sample::sample() }.into());
    all.push(RoleRevoked { revoked_by: None, reason: None, ..Sample::sample() }.into());
    for because in [OwnerAddedBecause::Accepted, OwnerAddedBecause::Assigned] {
        all.push(OwnerAdded { because, added_by: "Lena Moser".into(), ..Sample::sample() }.into());
    }
    all.push(AdministratorInvitation { invited_by: "Lena Moser".into(), ..Sample::sample() }.into());
    all.push(RoleAssigned { role: "GARDENER".into(), ..Sample::sample() }.into());
    all
}

/// The same content with every string replaced by what a hostile person would choose.
pub(super) fn hostile(content: &Content) -> Content {
    let mut json = serde_json::to_value(content).unwrap();
    spoil(&mut json);
    serde_json::from_value(json).unwrap()
}

fn spoil(json: &mut serde_json::Value) {
    if let Some(rows) = json.as_array_mut() {
        rows.iter_mut().for_each(spoil);
    }
    for (field, value) in json.as_object_mut().into_iter().flatten() {
        let fixed = ["kind", "because", "cause", "ground", "policy_url", "until"].contains(&field.as_str());
        if value.is_string() && !fixed && !field.ends_with("_at") && !field.ends_with("until") {
            *value = "<script>alert(1)</script>\r\nBcc: all@example.org\n\n## Free\n=> {{ link }} \u{202E}\"'&".into();
        } else {
            spoil(value);
        }
    }
}
