//! `registerItemKind`: an operator says which kinds of items a service keeps.

use crate::{
    core::{
        Action, ActionName, Authority, Authorized, Code, Done, EventDraft, EventSet, Notices, Refusal, Result, Silence,
        Tx, not_found,
    },
    items::kind_name::KindName,
};
use sea_orm::{EntityTrait, Set, sea_query::OnConflict};
use serde_json::json;
use steward_entities::{
    id::{ItemKindId, ServiceId},
    item_kind, service,
};

/// Registers a kind.
pub struct RegisterItemKind {
    /// Whose kind it is.
    pub service: ServiceId,
    /// Its name.
    pub name: KindName,
}

/// There is a kind of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is a kind of items of this name already. Begin it with the name of your service.")]
pub struct KindTaken;

impl Refusal for KindTaken {
    fn code(&self) -> Code {
        Code::Conflict
    }

    fn field(&self) -> &'static [&'static str] {
        &["input", "name"]
    }
}

impl Action for RegisterItemKind {
    const NAME: ActionName = ActionName::RegisterItemKind;
    type Target = service::Model;
    type Output = ItemKindId;

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<service::Model> {
        let found = service::Entity::find_by_id(self.service).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "serviceId"]))
    }

    async fn run(&self, service: Authorized<service::Model>, tx: &Tx<'_>) -> Result<Done<ItemKindId>> {
        let id: ItemKindId = tx.id();
        let row = item_kind::ActiveModel {
            id: Set(id),
            service_id: Set(service.id),
            name: Set(self.name.as_str().to_owned()),
            created_at: Set(tx.now()),
        };
        // The database decides, so that of two at once one wins.
        let written = item_kind::Entity::insert(row)
            .on_conflict(OnConflict::column(item_kind::Column::Name).do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
        if written == 0 {
            return Err(KindTaken.into());
        }
        let details = json!({ "name": self.name.as_str(), "service": service.name, "serviceId": service.id });
        let event = EventDraft::within(None).object(ItemKindId::PREFIX, id.0).details(details);
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
