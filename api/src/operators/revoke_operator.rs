//! `steward revoke-operator EMAIL`: an operator becomes an ordinary person again. What they may do is looked up on each
//! request, so that their powers end at once; account, sessions and password stay.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence, Tx,
    text::EmailAddress,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use steward_entities::{account, id::AccountId};

/// Takes an operator's powers back.
pub struct RevokeOperator {
    /// Their address.
    pub email: EmailAddress,
}

/// Whose powers ended.
#[derive(Serialize, Deserialize)]
pub struct RevokedOperator {
    /// The account.
    pub account: AccountId,
}

/// There is no operator with this address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no operator with this address.")]
pub struct NotAnOperator;

impl Refusal for NotAnOperator {
    fn code(&self) -> Code {
        Code::NotFound
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "email"]
    }
}

impl Action for RevokeOperator {
    const NAME: ActionName = ActionName::RevokeOperator;
    type Target = account::Model;
    type Output = RevokedOperator;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<account::Model> {
        let select = account::Entity::find()
            .filter(account::Column::EmailCanonical.eq(self.email.canonical()))
            .filter(account::Column::OperatorAt.is_not_null());
        Ok(tx.lock(select).one(tx.db()).await?.ok_or(NotAnOperator)?)
    }

    async fn run(&self, account: Authorized<account::Model>, tx: &Tx<'_>) -> Result<Done<RevokedOperator>> {
        let row = account::ActiveModel {
            id: Set(account.id),
            operator_at: Set(None),
            version: Set(account.version + 1),
            ..Default::default()
        };
        row.update(tx.db()).await?;
        let details = json!({ "email": account.email, "operatorAt": { "before": account.operator_at, "after": null } });
        let event = EventDraft::within(None).about(account.id).details(details);
        Ok(Done::new(
            RevokedOperator { account: account.id },
            EventSet::one(event),
            Notices::None(Silence::StaffMatter),
        ))
    }
}
