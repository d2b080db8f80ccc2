//! The apps of other companies that see the person, or have seen them: what each may, when it read of them, and whom to ask;
//! `objectToApp` and `withdrawAppObjection` by the session.

use crate::{
    app_objections::{
        object_to_app::{ObjectRefusal, ObjectToApp},
        stances::read::OwnStance,
        withdraw_app_objection::WithdrawAppObjection,
    },
    app_people::own::read::AppOfViewer,
    core::{
        Result,
        apps::{Scopes, hidden::HIDING},
        invalid,
        text::Reason,
    },
    graphql::page::{Page as Range, cursor},
    pages::{
        own::{
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        views::{FieldErrors, Page},
        visit::Form,
    },
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use steward_entities::{
    id::{AppInstallationId, AppObjectionId},
    kinds::{AppObjectionStatus, InstallationState},
};

/// How many stand on one page.
const ON_ONE_PAGE: i32 = 20;

/// An app that sees the person, or has seen them.
#[derive(Clone, Debug, Serialize)]
pub struct AppShown {
    /// Its installation.
    pub id: AppInstallationId,
    /// The app.
    pub app: String,
    /// Who makes it.
    pub vendor: String,
    /// Where its vendor says what becomes of what it sees.
    pub privacy_policy_url: String,
    /// Whom to ask about it.
    pub support_email: String,
    /// Whose administrators have installed it.
    pub organization: String,
    /// Whom to ask there.
    pub contact: Option<String>,
    /// The workspace, where it is on one alone.
    pub workspace: Option<String>,
    /// How its installation stands.
    pub state: InstallationState,
    /// Whether the organization manages the account: then the app sees what is personal as well.
    pub managed: bool,
    /// Whether it sees the person right now.
    pub sees: bool,
    /// What it may there; of this person too, where it sees them.
    pub scopes: Vec<String>,
    /// Whether the person is where it is installed.
    pub concerned: bool,
    /// What else it is about to be allowed.
    pub soon: Vec<String>,
    /// When it has read about the person for the first time.
    pub first_read_at: Option<DateTime<Utc>>,
    /// When it has read about them last, kept to the hour.
    pub last_read_at: Option<DateTime<Utc>>,
    /// What they have said of it.
    pub said: SaidOfApp,
}

/// What the person has said of an app, and what came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SaidOfApp {
    /// The objection that hides them.
    pub objection: Option<AppObjectionId>,
    /// What became of their last objection; none where they have withdrawn it, or never objected.
    pub status: Option<AppObjectionStatus>,
    /// What administrators have answered.
    pub answer: Option<String>,
    /// Whether administrators keep the app from them.
    pub excluded: bool,
    /// Whether they can object now.
    pub can_object: bool,
    /// When they can again in any case, where administrators have decided otherwise a short time ago.
    pub again_from: Option<DateTime<Utc>>,
}

impl SaidOfApp {
    fn new(own: &OwnStance, installation: AppInstallationId) -> Result<Self> {
        let refusal = own.stance.refusal(installation)?;
        let last = match refusal {
            // What they have taken back since changes nothing of it.
            Some(ObjectRefusal::Decided { .. }) => own.stance.before.last(),
            _ => own.last.as_ref().filter(|row| row.status != AppObjectionStatus::Withdrawn),
        };
        Ok(Self {
            objection: last.filter(|row| HIDING.contains(&row.status)).map(|row| row.id),
            status: last.map(|row| row.status),
            answer: last.and_then(|row| row.decision.clone()),
            excluded: own.is_excluded,
            can_object: refusal.is_none(),
            again_from: match refusal {
                Some(ObjectRefusal::Decided { again_at }) => Some(again_at),
                Some(ObjectRefusal::IsOver | ObjectRefusal::Already) | None => None,
            },
        })
    }
}

impl AppShown {
    fn new(app: AppOfViewer, said: SaidOfApp) -> Self {
        let installation = &app.seen.installation;
        let agreed = match installation.state {
            InstallationState::Installing => installation.scopes,
            InstallationState::Installed => installation.pending_scopes.unwrap_or_default(),
            InstallationState::Failed | InstallationState::Uninstalling | InstallationState::Uninstalled => 0,
        };
        let most = app.seen.most.unwrap_or_default();
        let (scopes, soon) = match app.is_concerned {
            true => (app.seen.effective(), Scopes(agreed).and(most)),
            false => (Scopes::default(), Scopes::default()),
        };
        Self {
            id: installation.id,
            state: installation.state,
            sees: !app.scopes.is_empty(),
            scopes: scopes.names(),
            concerned: app.is_concerned,
            soon: soon.without(scopes).names(),
            app: app.seen.app.name,
            vendor: app.seen.app.vendor,
            privacy_policy_url: app.seen.app.privacy_policy_url,
            support_email: app.seen.app.support_email,
            organization: app.organization.name,
            contact: app.organization.administrative_email,
            workspace: app.seen.workspace.map(|workspace| workspace.name),
            managed: app.is_managed,
            first_read_at: app.sighting.as_ref().map(|sighting| sighting.first_read_at),
            last_read_at: app.sighting.as_ref().map(|sighting| sighting.last_read_at),
            said,
        }
    }

    /// Whether it may see anybody, now or soon.
    const fn is_there(&self) -> bool {
        matches!(self.state, InstallationState::Installing | InstallationState::Installed)
    }
}

/// The buttons of the page.
pub enum Button {
    /// Objects to an app.
    Object(AppInstallationId),
    /// Takes an objection back.
    Withdraw(AppObjectionId),
}

/// The apps that see the person, or have seen them. Fields: `object`, with an installation, and `reason`; or `withdraw`,
/// with an objection.
#[derive(Clone, Debug, Serialize)]
pub struct AppsPage {
    /// Some of them: those that are installed first, then those that are gone; among these the newest first.
    pub apps: Vec<AppShown>,
    /// To which of them the person was about to object.
    pub objecting: Option<AppInstallationId>,
    /// The reason given so far; may be empty.
    pub reason: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// Whether there are newer ones.
    pub has_newer: bool,
    /// The place of the next page, where there are older ones.
    pub older: Option<String>,
}

impl Page for AppsPage {
    const TEMPLATE: &'static str = "apps";
}

impl OwnPage for AppsPage {
    type Button = Button;

    async fn open(own: &OwnVisit, place: &Place) -> Result<Option<Self>> {
        let range = Range { last: Some(ON_ONE_PAGE), before: place.before.clone(), ..Range::default() };
        let reader = own.reader();
        let Some(page) = reader.own_apps(&range).await? else { return Ok(None) };
        let oldest = page.rows.first().map(|app| cursor(&[app.seen.installation.id.0.to_string()]));
        let of = |app: &AppOfViewer| (app.organization.id, app.seen.app.id);
        let stances = reader.own_stances(&page.rows.iter().map(of).collect()).await?;
        let shown = |app: AppOfViewer| {
            let said = stances.get(&of(&app)).map(|own| SaidOfApp::new(own, app.seen.installation.id)).transpose()?;
            Ok(AppShown::new(app, said.unwrap_or_default()))
        };
        let mut apps: Vec<AppShown> = page.rows.into_iter().rev().map(shown).collect::<Result<_>>()?;
        apps.sort_by_key(|app| !app.is_there());
        Ok(Some(Self {
            apps,
            objecting: None,
            reason: String::new(),
            errors: FieldErrors::new(),
            has_newer: place.before.is_some(),
            older: oldest.filter(|_| page.has_previous),
        }))
    }

    fn pressed(form: &Form) -> Option<(Button, Then)> {
        let (button, said) = if let Ok(id) = form.field("object").parse() {
            (Button::Object(id), Said::AppObjected)
        } else {
            (Button::Withdraw(form.field("withdraw").parse().ok()?), Said::AppObjectionWithdrawn)
        };
        Some((button, Then::Here(Some(said))))
    }

    async fn press(&self, own: &OwnVisit, button: Button, form: &Form) -> Result<()> {
        match button {
            Button::Object(installation) => {
                let reason =
                    Reason::parse(form.field("reason")).map_err(|error| invalid(&["input", "reason"], error))?;
                own.perform(ObjectToApp { installation, reason }).await.map(drop)
            }
            Button::Withdraw(objection) => own.perform(WithdrawAppObjection { objection }).await.map(drop),
        }
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        self.errors = errors;
        self.objecting = form.field("object").parse().ok();
        form.field("reason").clone_into(&mut self.reason);
    }
}
