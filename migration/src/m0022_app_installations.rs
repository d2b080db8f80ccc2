//! Third-party apps at work in organizations.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0022_app_installations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

// One of an app at a time, on the organization and on each workspace.
const SQL: &str = r#"
CREATE TABLE app_installation (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    workspace_id {uuid} REFERENCES workspace (id),
    app_id {uuid} NOT NULL REFERENCES app (id),
    state {text} NOT NULL,
    scopes bigint NOT NULL,
    pending_scopes bigint,
    installed_by {uuid} NOT NULL REFERENCES account (id),
    created_at {time} NOT NULL,
    installed_at {time},
    failed_because {text},
    told_to {uuid},
    told_at {time},
    pending_told_to {uuid},
    ended_at {time},
    ended_because {text},
    ended_by {uuid} REFERENCES account (id),
    end_reason {text},
    end_told_to {uuid},
    uninstalled_at {time},
    last_used_at {time},
    version bigint NOT NULL
)
;
CREATE UNIQUE INDEX app_installation_on_organization ON app_installation (organization_id, app_id)
    WHERE workspace_id IS NULL AND state <> 'UNINSTALLED'
;
CREATE UNIQUE INDEX app_installation_on_workspace ON app_installation (workspace_id, app_id)
    WHERE workspace_id IS NOT NULL AND state <> 'UNINSTALLED'
;
CREATE INDEX app_installation_of_organization ON app_installation (organization_id, id)
;
CREATE INDEX app_installation_live ON app_installation (organization_id) WHERE state IN ('INSTALLING', 'INSTALLED')
;
CREATE INDEX app_installation_of_app ON app_installation (app_id, id)
"#;
