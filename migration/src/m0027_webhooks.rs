//! What vendors of apps are told, by which secrets it is signed, and which data they have to delete.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0027_webhooks"
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

// An app's secrets are derived from the installation's key and the id of their row: none is kept. Accounts are named by their
// ids alone, also when they are gone.
const SQL: &str = r#"
CREATE TABLE app_webhook_secret (
    id {uuid} PRIMARY KEY,
    app_id {uuid} NOT NULL REFERENCES app (id),
    hint {text} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time}
)
;
CREATE INDEX app_webhook_secret_of ON app_webhook_secret (app_id, id)
;
CREATE INDEX app_webhook_secret_old ON app_webhook_secret (expires_at)
;
CREATE TABLE app_webhook (
    app_id {uuid} PRIMARY KEY REFERENCES app (id),
    failing_since {time},
    not_before {time},
    paused_at {time},
    paused_because {text}
)
;
CREATE TABLE webhook_delivery (
    id {uuid} PRIMARY KEY,
    app_id {uuid} NOT NULL REFERENCES app (id),
    installation_id {uuid} NOT NULL REFERENCES app_installation (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    kind {text} NOT NULL,
    account_id {uuid},
    content {json} NOT NULL,
    status {text} NOT NULL,
    attempts bigint NOT NULL,
    next_attempt_at {time},
    tried_since {time} NOT NULL,
    last_status bigint,
    last_error {text},
    leased_until {time},
    lease bigint NOT NULL,
    created_at {time} NOT NULL,
    ended_at {time}
)
;
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at, id) WHERE status = 'QUEUED'
;
CREATE INDEX webhook_delivery_held ON webhook_delivery (app_id) WHERE status IN ('QUEUED', 'HELD')
;
CREATE INDEX webhook_delivery_of_installation ON webhook_delivery (installation_id, id)
;
CREATE INDEX webhook_delivery_of_app ON webhook_delivery (app_id, id)
;
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at)
;
CREATE TABLE data_deletion (
    id {uuid} PRIMARY KEY,
    installation_id {uuid} NOT NULL REFERENCES app_installation (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    account_id {uuid},
    because {text} NOT NULL,
    requested_at {time} NOT NULL,
    deadline {time} NOT NULL,
    reminders bigint NOT NULL,
    confirmed_at {time},
    withdrawn_at {time},
    overdue_at {time}
)
;
CREATE UNIQUE INDEX data_deletion_of_installation ON data_deletion (installation_id) WHERE account_id IS NULL
;
CREATE UNIQUE INDEX data_deletion_of_account ON data_deletion (installation_id, account_id)
    WHERE account_id IS NOT NULL AND withdrawn_at IS NULL
;
CREATE INDEX data_deletion_listed ON data_deletion (installation_id, id)
"#;
