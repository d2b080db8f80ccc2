//! `createWorkspace`: an administrator opens a team or site in a service.

use crate::core::{
    Action, ActionName, Authority, Authorized, Done, EventDraft, EventSet, Notices, Result, Scope, Silence, Tx,
    not_found, text::Label,
};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::json;
use steward_entities::{
    id::{OrganizationId, ServiceId, WorkspaceId},
    service, workspace,
};

/// Makes a workspace.
pub struct CreateWorkspace {
    /// Whose it is.
    pub organization: OrganizationId,
    /// In which product.
    pub service: ServiceId,
    /// Its name.
    pub name: Label,
}

impl Action for CreateWorkspace {
    const NAME: ActionName = ActionName::CreateWorkspace;
    type Target = service::Model;
    type Output = WorkspaceId;

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    async fn target(&self, _: &Authority, tx: &Tx<'_>) -> Result<service::Model> {
        let found = service::Entity::find_by_id(self.service).one(tx.db()).await?;
        found.ok_or_else(|| not_found(&["input", "serviceId"]))
    }

    async fn run(&self, service: Authorized<service::Model>, tx: &Tx<'_>) -> Result<Done<WorkspaceId>> {
        let id: WorkspaceId = tx.id();
        let row = workspace::ActiveModel {
            id: Set(id),
            organization_id: Set(self.organization),
            service_id: Set(service.id),
            name: Set(self.name.as_str().to_owned()),
            created_at: Set(tx.now()),
        };
        row.insert(tx.db()).await?;
        let event = EventDraft::within(Some(self.organization))
            .object(WorkspaceId::PREFIX, id.0)
            .details(json!({ "name": self.name.as_str(), "service": service.name }));
        Ok(Done::new(id, EventSet::one(event), Notices::None(Silence::NobodyIsAffected)))
    }
}
