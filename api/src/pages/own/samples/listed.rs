//! Samples of the lists that are long: workspaces and apps.

use super::{CONTACT, ORGANIZATION, at};
use crate::pages::{
    own::{
        apps::{AppShown, AppsPage, SaidOfApp},
        memberships::{MembershipShown, MembershipsPage},
    },
    views::FieldErrors,
};
use steward_entities::kinds::{AppObjectionStatus, InstallationState, MembershipStatus};
use uuid::Uuid;

/// Workspaces, in each state of a membership.
pub(super) fn memberships(may_accept: bool) -> MembershipsPage {
    let membership = |number: u128, workspace: &str, status| MembershipShown {
        id: Uuid::from_u128(number).into(),
        workspace: workspace.into(),
        organization: ORGANIZATION.into(),
        contact: Some(CONTACT.into()),
        status,
        offered_at: at("2026-11-20T16:30:00Z"),
        until: (status == MembershipStatus::Invited).then(|| at("2026-12-04T16:30:00Z")),
        since: Some(at("2026-11-21T08:00:00Z")),
        ended_at: Some(at("2026-11-22T08:15:00Z")),
        limited_until: (status == MembershipStatus::Suspended).then(|| at("2026-12-20T08:00:00Z")),
        message: Some("Please ask me when you are back.".into()),
    };
    MembershipsPage {
        memberships: vec![
            membership(1, "Plant planning", MembershipStatus::Invited),
            membership(2, "Drawings", MembershipStatus::Active),
            membership(6, "Budget", MembershipStatus::Restricted),
            membership(7, "Night shift", MembershipStatus::Suspended),
            membership(3, "Archive", MembershipStatus::Terminated),
            membership(4, "Canteen", MembershipStatus::Left),
            membership(5, "Choir", MembershipStatus::Declined),
        ],
        may_accept,
        has_newer: true,
        older: Some("WyIxIiwieCJd".into()),
    }
}

/// Apps, in each state that a person can meet.
pub(super) fn apps() -> AppsPage {
    use AppObjectionStatus::{Dismissed, Open, Upheld};
    let hides = |status: AppObjectionStatus, answer: Option<&str>| AppShown {
        sees: false,
        said: SaidOfApp {
            objection: Some(Uuid::from_u128(20).into()),
            status: Some(status),
            answer: answer.map(Into::into),
            ..SaidOfApp::default()
        },
        ..app(0, "")
    };
    let dismissed = SaidOfApp {
        status: Some(Dismissed),
        answer: Some("Everybody in the plant is planned with it.".into()),
        again_from: Some(at("2027-05-01T08:00:00Z")),
        ..SaidOfApp::default()
    };
    let named = |number: u128, name: &str, shown: AppShown| AppShown {
        id: Uuid::from_u128(number).into(),
        app: name.into(),
        ..shown
    };
    let more = SaidOfApp { again_from: None, can_object: true, ..dismissed.clone() };
    let gone = AppShown {
        state: InstallationState::Uninstalled,
        sees: false,
        scopes: Vec::new(),
        said: SaidOfApp::default(),
        ..app(0, "")
    };
    let workspace = "Kolleginnen und Kollegen der Instandhaltung und Werkstattplanung";
    AppsPage {
        apps: vec![
            app(1, "Shift Planner"),
            named(
                2,
                "Lunch",
                AppShown {
                    state: InstallationState::Installing,
                    sees: false,
                    soon: vec!["READ_NAME".into()],
                    scopes: Vec::new(),
                    first_read_at: None,
                    last_read_at: None,
                    ..app(0, "")
                },
            ),
            named(3, "Rooms", hides(Open, None)),
            named(4, "Canteen", hides(Upheld, Some("You don't eat there."))),
            named(5, "Drawings", AppShown { said: dismissed, ..app(0, "") }),
            named(12, "Plans", AppShown { said: more, soon: vec!["WRITE_ITEMS".into()], ..app(0, "") }),
            named(
                6,
                "Payroll",
                AppShown { sees: false, said: SaidOfApp { excluded: true, ..app(0, "").said }, ..app(0, "") },
            ),
            named(
                7,
                "Maps",
                AppShown {
                    workspace: Some(workspace.into()),
                    managed: false,
                    contact: None,
                    soon: vec!["WRITE_ITEMS".into()],
                    ..app(0, "")
                },
            ),
            named(8, "Boards", AppShown { sees: false, ..app(0, "") }),
            named(13, "Signage", AppShown { concerned: false, state: InstallationState::Installed, ..gone.clone() }),
            named(9, "Weather", AppShown { state: InstallationState::Failed, ..gone.clone() }),
            named(10, "Parking", gone.clone()),
            named(11, "Choir", AppShown { said: hides(Upheld, None).said, ..gone }),
        ],
        has_newer: true,
        older: Some("WyIxIiwieCJd".into()),
        ..no_apps()
    }
}

/// A reason that is missing.
pub(super) fn apps_refused() -> AppsPage {
    let shown = app(1, "Shift Planner");
    AppsPage {
        objecting: Some(shown.id),
        errors: FieldErrors::from([("reason", "This text is empty.".to_owned())]),
        apps: vec![shown, app(2, "Lunch")],
        ..no_apps()
    }
}

/// Where there is none.
pub(super) fn no_apps() -> AppsPage {
    AppsPage {
        apps: Vec::new(),
        objecting: None,
        reason: String::new(),
        errors: FieldErrors::new(),
        has_newer: false,
        older: None,
    }
}

fn app(number: u128, name: &str) -> AppShown {
    AppShown {
        id: Uuid::from_u128(number).into(),
        app: name.into(),
        vendor: "Shift Works AG".into(),
        privacy_policy_url: "https://shiftworks.example/privacy".into(),
        support_email: "help@shiftworks.example".into(),
        organization: ORGANIZATION.into(),
        contact: Some(CONTACT.into()),
        workspace: None,
        state: InstallationState::Installed,
        managed: true,
        sees: true,
        concerned: true,
        scopes: vec!["READ_NAME".into(), "READ_EMAIL".into(), "READ_ITEMS".into()],
        soon: Vec::new(),
        first_read_at: Some(at("2026-11-02T08:00:00Z")),
        last_read_at: Some(at("2026-11-22T08:15:00Z")),
        said: SaidOfApp { can_object: true, ..SaidOfApp::default() },
    }
}
