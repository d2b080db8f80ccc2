//! What is told beforehand is what is decided: `viewerPermissions` and plans, asked before each act.

use super::{By, Play};
use crate::state_machine::{Kept, acts::ACTS, effects::is_untouched, keep, snapshot::Snapshot};
use serde_json::{Value, json};
use steward::core::ActionName;
use steward_entities::id::EmailChangeId;

const TOLD: &str = "query($id: ID!, $organization: ID!) { account(id: $id) { viewerPermissions(organizationId: $organization) { action allowed reason } } }";

/// The acts that can be planned.
const PLANNED: [ActionName; 14] = [
    ActionName::RestrictAccount,
    ActionName::SuspendAccount,
    ActionName::RestoreAccount,
    ActionName::TerminateAccount,
    ActionName::UpdateAccountProfile,
    ActionName::ChangeAccountEmail,
    ActionName::RevokeSessions,
    ActionName::ReleaseAccounts,
    ActionName::ApproveEmailChange,
    ActionName::RemoveDomain,
    ActionName::ClaimAccounts,
    ActionName::BulkAccounts,
    ActionName::DeleteAccount,
    ActionName::DeleteMyAccount,
];

impl Play<'_> {
    /// What `viewerPermissions` tells of this act on this account; none where it isn't about one.
    pub(super) async fn told(&self, by: &By, action: ActionName, input: &Value) -> Result<Option<String>, String> {
        if !ActionName::on_accounts().any(|(known, _)| known == action) {
            return Ok(None);
        }
        let one = input["selection"]["accountIds"].as_array().filter(|ids| ids.len() == 1).map(|ids| ids[0].clone());
        let change = input["emailChangeId"].as_str().and_then(|id| id.parse::<EmailChangeId>().ok());
        let change = self.before.email_change.iter().find(|it| Some(it.id) == change);
        let id = match (&input["accountId"], one, change) {
            (Value::String(id), ..) => json!(id),
            (_, Some(one), _) => one,
            (_, _, Some(change)) => json!(change.account_id),
            _ => return Ok(None),
        };
        let variables = json!({ "id": id, "organization": input["organizationId"] });
        let answer = self.client(by).send(TOLD, variables).await;
        if !answer.body["errors"].is_null() {
            return Ok(None);
        }
        let Some(rows) = answer.body["data"]["account"]["viewerPermissions"].as_array() else {
            let operator = match by {
                By::Session(held) => self.before.person(held.account).is_some_and(|it| it.operator_at.is_some()),
                By::Key(_) | By::Nobody => false,
            };
            // Operators answer where administrators haven't, and aren't asked what they may.
            if operator {
                return Ok(None);
            }
            return Ok(Some("nothing".to_owned()));
        };
        let mut name = String::new();
        for letter in action.as_str().chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        let row = rows.iter().find(|row| row["action"] == name.as_str()).ok_or("an act isn't told")?;
        keep!(row["allowed"] == row["reason"].is_null(), "allowed, with a reason: {row}");
        Ok(Some(row["reason"].as_str().unwrap_or("OK").to_owned()))
    }

    /// What a plan says; none where there is none.
    pub(super) async fn plan(&self, by: &By, action: ActionName, input: &Value) -> Result<Option<String>, String> {
        debug_assert!(ACTS.iter().any(|act| act.action() == Some(action)));
        if !PLANNED.contains(&action) {
            return Ok(None);
        }
        let mut input = input.clone();
        input["dryRun"] = json!(true);
        let code = self.client(by).run(action.as_str(), input, "").await.code();
        is_untouched(&self.before, &Snapshot::of(self.app).await, action, "a plan")?;
        Ok(Some(code))
    }
}

/// Whether what was told is what was decided.
pub fn agrees(action: ActionName, told: Option<&str>, decided: &str) -> Kept {
    let Some(told) = told else { return Ok(()) };
    // What depends on the request, or on the words that were given, nobody can tell beforehand.
    let by_request = ["REAUTHENTICATION_REQUIRED", "RATE_LIMITED", "UNAUTHENTICATED"];
    let by_input = ["CONFLICT", "OUTSIDE_DOMAINS", "STALE", "INVALID", "INVALID_STATE"];
    let agrees = match (told, decided) {
        (_, decided) if by_request.contains(&decided) => true,
        ("OK", decided) => decided == "OK" || by_input.contains(&decided),
        ("nothing", "NOT_FOUND" | "FORBIDDEN") | ("ROLE" | "NOT_MANAGED", "FORBIDDEN") => true,
        // A change of address that was asked of another organization isn't there.
        (_, "NOT_FOUND") if matches!(action, ActionName::ApproveEmailChange | ActionName::RejectEmailChange) => true,
        (told, decided) => told == decided,
    };
    keep!(agrees, "{action:?}: told {told}, decided {decided}");
    Ok(())
}
