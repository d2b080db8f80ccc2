//! The mail with the link to an account that was made for somebody.

use crate::{
    core::{
        NoticeDraft, Result, Tx,
        account::{
            link::{self, lifetime},
            made::Made,
        },
        insert::ROWS_PER_STATEMENT,
        notice::contact,
    },
    notices::content::AccountCreated,
};
use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, Set, sea_query::OnConflict};
use steward_entities::{account, kinds::TokenPurpose, made_account, organization};

/// The notices that tell these people, each with a fresh link to the stored address; older links die.
pub async fn invite(
    tx: &Tx<'_>,
    organization: &organization::Model,
    people: &[(&account::Model, Made)],
) -> Result<Vec<NoticeDraft>> {
    remember(tx, people).await?;
    let accounts: Vec<&account::Model> = people.iter().map(|(account, _)| *account).collect();
    let links = link::make_all(tx, TokenPurpose::AccountInvitation, &accounts).await?;
    let notice = |(account, made): &(&account::Model, Made)| {
        let content = AccountCreated {
            organization: organization.name.clone(),
            domain: made.domain.clone(),
            email: account.email.clone(),
            contact: contact(organization),
            policy_url: organization.policy_url.as_deref().and_then(|url| url.parse().ok()),
            message: made.message.as_ref().map(|message| message.as_str().to_owned()),
            workspaces: made.workspaces.clone(),
            expires_at: expires_at(tx),
        };
        let link = links.get(&account.id)?;
        Some(NoticeDraft::new(tx, *account, content.into()).on_behalf_of(organization.id).with_link(*link))
    };
    Ok(people.iter().filter_map(notice).collect())
}

/// Until when a link that is made now works.
pub fn expires_at(tx: &Tx<'_>) -> DateTime<Utc> {
    tx.now() + lifetime(TokenPurpose::AccountInvitation)
}

async fn remember(tx: &Tx<'_>, people: &[(&account::Model, Made)]) -> Result<()> {
    for some in people.chunks(ROWS_PER_STATEMENT) {
        let rows = some.iter().map(|(account, made)| {
            Ok(made_account::ActiveModel { account_id: Set(account.id), made: Set(serde_json::to_value(made)?) })
        });
        made_account::Entity::insert_many(rows.collect::<Result<Vec<_>>>()?)
            .on_conflict(
                OnConflict::column(made_account::Column::AccountId)
                    .update_column(made_account::Column::Made)
                    .to_owned(),
            )
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}
