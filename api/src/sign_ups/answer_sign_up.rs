//! The job behind `signUp`: mails the link, or word to the owner of the account that the address has.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, NoticeDraft, Notices, Progress,
        Recipient, Result, Silence, Tx, Unlogged,
    },
    notices::content::{SignUp, SignUpExisting},
    sign_ups::sign_up::Given,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use steward_entities::{account, id::TokenId, token};

/// Answers one sign-up.
pub struct AnswerSignUp {
    /// The link that was written for it.
    pub token: TokenId,
}

/// The link, if it still works, and the account that its address has.
pub struct Asked {
    link: Option<token::Model>,
    account: Option<account::Model>,
}

impl Action for AnswerSignUp {
    const NAME: ActionName = ActionName::AnswerSignUp;
    type Target = Asked;
    type Output = ();

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<Asked> {
        let select = token::Entity::find_by_id(self.token)
            .filter(token::Column::UsedAt.is_null())
            .filter(token::Column::RevokedAt.is_null());
        let link = tx.lock(select).one(tx.db()).await?;
        let account = match &link {
            Some(link) => {
                let of_address = account::Column::EmailCanonical.eq(&link.email_canonical);
                account::Entity::find().filter(of_address).one(tx.db()).await?
            }
            None => None,
        };
        Ok(Asked { link, account })
    }

    async fn run(&self, asked: Authorized<Asked>, tx: &Tx<'_>) -> Result<Done<()>> {
        let done = match asked.into_inner() {
            Asked { link: None, .. } => {
                Done::new((), EventSet::none(Unlogged::NothingChanged), Notices::None(Silence::NothingChanged))
            }
            Asked { link: Some(link), account: None } => offer(tx, link)?,
            Asked { link: Some(link), account: Some(account) } => tell_owner(tx, &link, &account).await?,
        };
        Ok(done.progress(Progress::Complete { done: 1 }))
    }
}

/// The address is free: its owner gets the link.
fn offer(tx: &Tx<'_>, link: token::Model) -> Result<Done<()>> {
    let given: Given = serde_json::from_value(link.context)?;
    // Without the address: most likely it is somebody's who will have an account, and nothing would lead from there to here.
    let event = EventDraft::within(None).object(TokenId::PREFIX, link.id.0);
    let content = SignUp { email: link.email.clone(), expires_at: link.expires_at };
    let to = Recipient { account: None, address: link.email, name: given.display_name, locale: given.locale };
    let notice = NoticeDraft::new(tx, to, content.into()).with_link(link.id);
    Ok(Done::new((), EventSet::one(event), Notices::one(notice)))
}

/// The address has an account: the link dies, and mail goes to the address that is stored, not to the one given.
async fn tell_owner(tx: &Tx<'_>, link: &token::Model, account: &account::Model) -> Result<Done<()>> {
    token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(tx.now()))
        .filter(token::Column::Id.eq(link.id))
        .exec(tx.db())
        .await?;
    let event = EventDraft::within(account.managed_by).about(account.id).object(TokenId::PREFIX, link.id.0);
    let content = SignUpExisting { email: account.email.clone() };
    let notice = NoticeDraft::new(tx, account, content.into());
    Ok(Done::new((), EventSet::one(event), Notices::one(notice)))
}
