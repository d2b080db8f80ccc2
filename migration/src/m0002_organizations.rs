//! Roles, invitations, keys; services, workspaces, memberships.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_organizations"
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

const SQL: &str = r#"
CREATE TABLE role (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    role {text} NOT NULL,
    assigned_at {time} NOT NULL,
    asleep_at {time},
    UNIQUE (account_id, organization_id)
)
;
CREATE INDEX role_of_organization ON role (organization_id, id)
;
CREATE TABLE invitation (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    email {text} NOT NULL,
    email_canonical {text} NOT NULL,
    role {text} NOT NULL,
    invited_by {uuid} REFERENCES account (id),
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    accepted_at {time},
    canceled_at {time}
)
;
CREATE UNIQUE INDEX invitation_open ON invitation (organization_id, email_canonical) WHERE accepted_at IS NULL AND canceled_at IS NULL
;
CREATE TABLE api_key (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    name {text} NOT NULL,
    role {text} NOT NULL,
    token_hash {blob} NOT NULL UNIQUE,
    hint {text} NOT NULL,
    made_by {uuid} NOT NULL REFERENCES account (id),
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    last_used_at {time},
    revoked_at {time}
)
;
CREATE INDEX api_key_of_organization ON api_key (organization_id, id)
;
CREATE TABLE service (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL UNIQUE,
    created_at {time} NOT NULL
)
;
CREATE TABLE workspace (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    service_id {uuid} NOT NULL REFERENCES service (id),
    name {text} NOT NULL,
    created_at {time} NOT NULL
)
;
CREATE INDEX workspace_of_organization ON workspace (organization_id, id)
;
CREATE TABLE membership (
    id {uuid} PRIMARY KEY,
    workspace_id {uuid} NOT NULL REFERENCES workspace (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    account_id {uuid} REFERENCES account (id),
    email {text} NOT NULL,
    email_canonical {text} NOT NULL,
    status {text} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time},
    accepted_at {time},
    ended_at {time},
    version bigint NOT NULL
)
;
CREATE UNIQUE INDEX membership_offered ON membership (workspace_id, email_canonical) WHERE status = 'INVITED'
;
CREATE UNIQUE INDEX membership_in_force ON membership (workspace_id, account_id) WHERE status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')
;
CREATE INDEX membership_ground ON membership (organization_id, account_id) WHERE status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')
;
CREATE INDEX membership_of_account ON membership (account_id, id) WHERE account_id IS NOT NULL
;
CREATE INDEX membership_of_workspace ON membership (workspace_id, id)
;
CREATE INDEX membership_offered_to ON membership (email_canonical) WHERE status = 'INVITED'
;
"#;
