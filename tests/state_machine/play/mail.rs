//! What takes several requests: getting into an account by its mail, proving a domain, and the ways out that must be
//! open in the end.

use super::{By, Play};
use crate::state_machine::{
    Kept,
    acts::{Step, password},
    keep,
    world::Human,
};
use chrono::TimeDelta;
use serde_json::json;
use steward::core::ActionName;
use steward_entities::{
    id::AccountId,
    kinds::{AssertionStatus, TokenPurpose},
};

impl Play<'_> {
    /// Whoever reads the mail of an account gets in.
    pub(super) async fn get_in(&mut self, step: Step) -> Kept {
        let reads = |human: &Human| {
            let read = self.before.account.iter().filter(|account| human.reads(&account.email));
            read.map(|account| account.id).collect::<Vec<_>>()
        };
        let everybody: Vec<(usize, AccountId)> = (0..self.world.humans.len())
            .flat_map(|human| reads(&self.world.humans[human]).into_iter().map(move |account| (human, account)))
            .collect();
        // Those first who are in somebody else's account.
        let foreign: Vec<_> = everybody
            .iter()
            .copied()
            .filter(|(human, id)| self.world.whose(*id).is_some_and(|whose| whose != *human))
            .collect();
        let all = if step.who.is_multiple_of(2) && !foreign.is_empty() { foreign } else { everybody };
        let Some(&(human, account)) = all.get(usize::from(step.on) % all.len().max(1)) else { return Ok(()) };
        self.by_mail(human, account, step.how).await.map(|_| ())
    }

    /// Sets a new password by mail and signs in with it; the session.
    pub(super) async fn by_mail(&mut self, human: usize, account: AccountId, how: u8) -> Result<Option<By>, String> {
        let email = self.before.person(account).map(|account| account.email.clone()).unwrap_or_default();
        let answer =
            self.send(human, &By::Nobody, ActionName::RequestPasswordReset, &json!({ "email": email })).await?;
        if answer.code() == "RATE_LIMITED" {
            return Ok(None);
        }
        self.work().await?;
        let link = self.before.links(account, &[TokenPurpose::PasswordReset]).last().map(|link| link.id);
        let Some(link) = link else { return Ok(None) };
        let password = password(how, self.number);
        let input = json!({ "token": link, "newPassword": password });
        let answer = self.send(human, &By::Nobody, ActionName::ResetPassword, &input).await?;
        let known = answer.code() == "INVALID" || answer.code() == "RATE_LIMITED";
        keep!(known || answer.code() == "OK", "a mailed reset works in each state: {}", answer.code());
        if known {
            return Ok(None);
        }
        let email = self.before.person(account).map(|account| account.email.clone()).unwrap_or_default();
        let input = json!({ "email": email, "password": password });
        let answer = self.send(human, &By::Nobody, ActionName::SignIn, &input).await?;
        let known = answer.code() == "RATE_LIMITED";
        keep!(known || answer.code() == "OK", "the new password opens nothing: {}", answer.code());
        Ok(self.world.humans[human].sessions.last().filter(|_| !known).cloned().map(By::Session))
    }

    /// An administrator adds a domain that nobody has proved any more, and proves it.
    pub(super) async fn prove(&mut self, step: Step) -> Kept {
        let names = ["acme.test", "acme-two.test", "globex.test", "lab.acme.test", "team.acme.test"];
        let name = names[usize::from(step.on) % names.len()];
        let at = usize::from(step.who) % 2;
        let organization = self.world.organizations[at].id;
        let owner = self.world.find(["olga", "gus"][at]);
        let Some(by) = self.session(owner, step).await? else { return Ok(()) };
        let input =
            json!({ "organizationId": organization, "name": name, "includeSubdomains": step.how.is_multiple_of(2) });
        self.send(owner, &by, ActionName::AddDomain, &input).await?;
        let added = self.before.domain.iter().rfind(|domain| {
            domain.organization_id == organization && domain.name == name && domain.removed_at.is_none()
        });
        let Some(added) = added else { return Ok(()) };
        let (id, text) = (added.id, format!("steward-domain-verification={}", added.challenge));
        self.app.dns.set_txt(&format!("_steward-challenge.{name}"), &[&[text.as_str()]]);
        let input = json!({ "organizationId": organization, "domainId": id });
        self.send(owner, &by, ActionName::VerifyDomain, &input).await?;
        self.work().await
    }

    /// Who was erased tries every password that they know, with every address that is nobody's now.
    async fn nobody_gets_in_again(&mut self) -> Kept {
        let known = self.world.humans.iter().enumerate().flat_map(|(human, it)| {
            it.passwords.iter().map(move |(account, password)| (human, *account, password.clone()))
        });
        let former = |id: &AccountId| self.before.person(*id).is_some_and(|account| account.email.is_empty());
        let known: Vec<_> = known.filter(|(_, account, _)| former(account)).collect();
        for (human, account, password) in known {
            let canonical = self.before.person(account).map(|account| account.email_canonical.clone());
            for email in self.known.addresses(account).into_iter().chain(canonical) {
                if self.before.account.iter().any(|account| account.email == email) {
                    continue;
                }
                let input = json!({ "email": email, "password": password });
                let code = self.send(human, &By::Nobody, ActionName::SignIn, &input).await?.code();
                keep!(code != "OK", "who was erased gets in again, as {email}");
            }
        }
        Ok(())
    }

    /// What must still be possible after all: whoever is being claimed can leave, by their own mail alone; and whoever
    /// has an account gets into it.
    pub async fn end(&mut self) -> Kept {
        self.wait(TimeDelta::minutes(61)).await;
        self.work().await?;
        self.number += 1;
        let claimed: Vec<_> = self.before.account.iter().filter(|it| self.before.pending(it.id).is_some()).collect();
        let claimed: Vec<AccountId> = claimed.iter().rev().take(2).map(|account| account.id).collect();
        for account in claimed {
            let human = self.world.whose(account).unwrap_or_default();
            let Some(by) = self.by_mail(human, account, 0).await? else { continue };
            let email = format!("free{}@nowhere.test", self.story.len());
            let answer = self.send(human, &by, ActionName::RequestEmailChange, &json!({ "newEmail": email })).await?;
            keep!(answer.code() == "OK", "a pending claim can't be left: {}", answer.body);
            let link = self.before.links(account, &[TokenPurpose::EmailChange]).last().ok_or("no link was mailed")?.id;
            let answer =
                self.send(human, &By::Nobody, ActionName::ConfirmEmailChange, &json!({ "token": link })).await?;
            keep!(answer.code() == "OK", "a pending claim can't be left: {}", answer.body);
            keep!(self.before.pending(account).is_none(), "a pending claim wasn't left");
            let last = self.before.control_assertion.iter().rfind(|it| it.account_id == account);
            keep!(last.is_some_and(|it| it.status == AssertionStatus::Avoided), "a claim that was left is {last:?}");
        }
        self.nobody_gets_in_again().await?;
        let used = self.before.account.iter().filter(|account| account.password_changed_at.is_some());
        let used: Vec<AccountId> = used.filter(|account| !account.email.is_empty()).map(|account| account.id).collect();
        for &account in used.iter().skip(self.story.len() % 7).step_by(8) {
            let human = self.world.whose(account).unwrap_or_default();
            let by = self.by_mail(human, account, 1).await?;
            keep!(by.is_some(), "somebody can't get into their account any more");
        }
        Ok(())
    }
}
