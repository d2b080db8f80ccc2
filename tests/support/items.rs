//! Items that are there before a test begins, written straight into the tables.

use crate::TestApp;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use steward::core::clock::Clock;
use steward_entities::{
    id::{AccountId, ItemId, ItemKindId, OrganizationId, ServiceId, WorkspaceId},
    item, item_content, item_kind,
    kinds::ItemVisibility,
    service, workspace,
};

impl TestApp {
    /// A private item of somebody: in a workspace, or personal. It is of a kind of its own.
    pub async fn item(&self, account: AccountId, place: Option<(OrganizationId, WorkspaceId)>) -> ItemId {
        let now = self.clock.now();
        let name = self.item_kind(place.map(|(_, workspace)| workspace)).await;
        let kind: ItemKindId = name.parse().unwrap();
        let id: ItemId = self.id();
        let row = item::ActiveModel {
            id: Set(id),
            account_id: Set(account),
            organization_id: Set(place.map(|(organization, _)| organization)),
            workspace_id: Set(place.map(|(_, workspace)| workspace)),
            kind_id: Set(kind),
            visibility: Set(ItemVisibility::Private),
            size: Set(2),
            created_at: Set(now),
            updated_at: Set(now),
            version: Set(1),
        };
        row.insert(&self.database).await.unwrap();
        let row = item_content::ActiveModel { item_id: Set(id), title: Set("An item".into()), body: Set("{}".into()) };
        row.insert(&self.database).await.unwrap();
        id
    }

    /// The name of a kind of items that the service of a workspace keeps; for none, of a service of its own.
    pub async fn item_kind(&self, workspace: Option<WorkspaceId>) -> String {
        let now = self.clock.now();
        let service = match workspace {
            Some(workspace) => {
                workspace::Entity::find_by_id(workspace).one(&self.database).await.unwrap().unwrap().service_id
            }
            None => {
                let id: ServiceId = self.id();
                let row = service::ActiveModel { id: Set(id), name: Set(id.to_string()), created_at: Set(now) };
                row.insert(&self.database).await.unwrap().id
            }
        };
        let id: ItemKindId = self.id();
        let row = item_kind::ActiveModel {
            id: Set(id),
            service_id: Set(service),
            name: Set(id.to_string()),
            created_at: Set(now),
        };
        row.insert(&self.database).await.unwrap().name
    }
}
