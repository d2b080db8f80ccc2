//! `createService`: an operator adds a product of the platform.

use crate::core::{
    Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence, Tx,
    text::Label,
};
use sea_orm::{EntityTrait, Set, sea_query::OnConflict};
use serde_json::json;
use steward_entities::{id::ServiceId, service};

/// Makes a service.
pub struct CreateService {
    /// Its name; there is one of each.
    pub name: Label,
}

/// There is a service of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is a service of this name already.")]
pub struct NameTaken;

impl Refusal for NameTaken {
    fn code(&self) -> Code {
        Code::Conflict
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "name"]
    }
}

impl Action for CreateService {
    const NAME: ActionName = ActionName::CreateService;
    type Target = ();
    type Output = ServiceId;

    async fn target(&self, _: &Authority, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    async fn run(&self, _: Authorized<()>, tx: &Tx<'_>) -> Result<Done<ServiceId>> {
        let id: ServiceId = tx.id();
        let row =
            service::ActiveModel { id: Set(id), name: Set(self.name.as_str().to_owned()), created_at: Set(tx.now()) };
        // The database decides, so that of two at once one wins.
        let written = service::Entity::insert(row)
            .on_conflict(OnConflict::column(service::Column::Name).do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
        if written == 0 {
            return Err(NameTaken.into());
        }
        let event =
            EventDraft::within(None).object(ServiceId::PREFIX, id.0).details(json!({ "name": self.name.as_str() }));
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
