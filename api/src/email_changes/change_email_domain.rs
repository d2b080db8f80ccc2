//! Accounts move to another proved domain of their organization, and keep what stands before the `@`. A part of bulk
//! work; in the log each is a `changeAccountEmail`.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, Error, Result, Tx,
        account::{control::proved_domains, reach::Reach},
        limit::Sender,
        powers::{Facts, Ground, PowerRefusal},
        text::{EmailAddress, Reason},
    },
    email_changes::{
        change_account_email::TAKEN_ADDRESSES,
        move_accounts::{held_domains, invited, move_accounts, sort},
    },
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use steward_entities::{
    account, domain,
    id::{AccountId, DomainId, OrganizationId},
};

/// Moves accounts to this domain. Who would get an address that somebody has is left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeEmailDomain {
    /// The domain, which must be one that the organization has proved.
    pub domain: DomainId,
    /// Why, for the log.
    pub reason: Reason,
}

/// The accounts, each with the address that it is to get.
type Wanted = Vec<(account::Model, EmailAddress)>;
/// Those who are left as they are, each with the reason.
type LeftOut = Vec<(AccountId, PowerRefusal)>;

impl ChangeEmailDomain {
    /// What each of these gets, if one of the organization's domains is the one; and who can't get it.
    fn wanted(&self, accounts: &[(Facts, Ground)], domains: &[domain::Model]) -> Result<(Wanted, LeftOut)> {
        let Some(target) = domains.iter().find(|domain| domain.id == self.domain) else {
            let ids = accounts.iter().map(|(facts, _)| facts.account.id);
            return Ok((Vec::new(), ids.map(|id| (id, PowerRefusal::OutsideDomains)).collect()));
        };
        let (mut wanted, mut unfit) = (Vec::new(), Vec::new());
        for (Facts { account, .. }, _) in accounts {
            let now = EmailAddress::parse(&account.email).map_err(Error::internal)?;
            match EmailAddress::parse(&format!("{}@{}", now.local_part(), target.name)) {
                Ok(to) => wanted.push((account.clone(), to)),
                // Too long together.
                Err(_) => unfit.push((account.id, PowerRefusal::AddressTaken)),
            }
        }
        Ok((wanted, unfit))
    }
}

impl AccountAct for ChangeEmailDomain {
    const NAME: ActionName = ActionName::ChangeAccountEmail;

    async fn may_be_tried(&self, organization: OrganizationId, tx: &Tx<'_>) -> Result<()> {
        tx.steward().check_limit(TAKEN_ADDRESSES, &organization.to_string()).await
    }

    /// Whoever has an address in the domain keeps it, so that none is given up on the way: what a later account can't have
    /// is what somebody has now, and what an earlier one would get.
    async fn leaves_out(
        &self,
        organization: OrganizationId,
        accounts: &[(Facts, Ground)],
        taken: &mut HashSet<String>,
        tx: &Tx<'_>,
    ) -> Result<LeftOut> {
        let domains = proved_domains(tx.db(), organization).await?;
        let (wanted, mut left_out) = self.wanted(accounts, &domains)?;
        let reach = Reach::of(tx.db(), organization, domains).await?;
        left_out.extend(sort(tx, &reach, wanted, taken).await?.1);
        Ok(left_out)
    }

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let domains = held_domains(tx, on.organization.id).await?;
        let (mut wanted, mut unfit) = self.wanted(&on.accounts, &domains)?;
        let ids: Vec<AccountId> = wanted.iter().map(|(account, _)| account.id).collect();
        let invited = invited(tx, on, &ids).await?;
        let mailed = |(account, to): &&(account::Model, EmailAddress)| {
            invited.contains_key(&account.id) && account.email != to.as_str()
        };
        for (account, to) in wanted.iter().filter(mailed) {
            // It is mailed as an invitation, and counted as one.
            match tx.count_mail(Sender::Organization(on.organization.id), to).await {
                Err(Error::RateLimited { .. }) => unfit.push((account.id, PowerRefusal::MailedTooOften)),
                counted => counted?,
            }
        }
        let left_out: HashSet<AccountId> = unfit.iter().map(|(id, _)| *id).collect();
        wanted.retain(|(account, _)| !left_out.contains(&account.id));
        let mut effects = move_accounts(tx, on, wanted, domains, &self.reason).await?;
        effects.refused.extend(unfit);
        Ok(effects)
    }
}
