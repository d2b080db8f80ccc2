//! What waits for a vendor by how long, app by app: what was there when the app was resumed, and what has waited too long.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0035_webhooks_since_resumed"
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
DROP INDEX webhook_delivery_waiting
;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (app_id, tried_since, id) WHERE status = 'QUEUED'
"#;
