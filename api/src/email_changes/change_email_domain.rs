//! Accounts move to another proved domain of their organization, and keep what stands before the `@`. A part of bulk
//! work; in the log each is a `changeAccountEmail`.

use crate::{
    core::{
        AccountAct, ActionName, Concerned, Effects, Error, Result, Tx,
        powers::PowerRefusal,
        text::{EmailAddress, Reason},
    },
    email_changes::move_accounts::{held_domains, move_accounts},
};
use serde::{Deserialize, Serialize};
use steward_entities::id::DomainId;

/// Moves accounts to this domain. Who would get an address that somebody has is left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeEmailDomain {
    /// The domain, which must be one that the organization has proved.
    pub domain: DomainId,
    /// Why, for the log.
    pub reason: Reason,
}

impl AccountAct for ChangeEmailDomain {
    const NAME: ActionName = ActionName::ChangeAccountEmail;

    async fn run(&self, on: &Concerned, tx: &Tx<'_>) -> Result<Effects> {
        let domains = held_domains(tx, on.organization.id).await?;
        let Some(target) = domains.iter().find(|domain| domain.id == self.domain).map(|domain| domain.name.clone())
        else {
            let refused = on.ids().into_iter().map(|id| (id, PowerRefusal::OutsideDomains)).collect();
            return Ok(Effects { refused, ..Effects::default() });
        };
        let (mut wanted, mut unfit) = (Vec::new(), Vec::new());
        for (facts, _) in &on.accounts {
            let account = &facts.account;
            let now = EmailAddress::parse(&account.email).map_err(Error::internal)?;
            match EmailAddress::parse(&format!("{}@{}", now.local_part(), target)) {
                Ok(to) => wanted.push((account.clone(), to)),
                // Too long together.
                Err(_) => unfit.push((account.id, PowerRefusal::AddressTaken)),
            }
        }
        let mut effects = move_accounts(tx, on, wanted, domains, &self.reason).await?;
        effects.refused.extend(unfit);
        Ok(effects)
    }
}
