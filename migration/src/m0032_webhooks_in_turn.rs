//! Messages to vendors in turn: a few of each app, however many wait, and none of an app that is paused.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0032_webhooks_in_turn"
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

// Whether an app is paused stands with the app alone: its messages are queued all the same, and passed over.
const SQL: &str = r#"
ALTER TABLE app_webhook ADD COLUMN resumed_at {time}
;
UPDATE webhook_delivery SET status = 'QUEUED', next_attempt_at = tried_since WHERE status = 'HELD'
;
DROP INDEX webhook_delivery_due
;
DROP INDEX webhook_delivery_held
;
CREATE INDEX webhook_delivery_due ON webhook_delivery (app_id, next_attempt_at, id) WHERE status = 'QUEUED'
;
CREATE INDEX webhook_delivery_in_hand ON webhook_delivery (app_id, leased_until)
    WHERE status = 'QUEUED' AND leased_until IS NOT NULL
;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (tried_since) WHERE status = 'QUEUED'
;
CREATE INDEX data_deletion_of_person ON data_deletion (account_id, installation_id) WHERE withdrawn_at IS NULL
"#;
