//! Changes of address that administrators decide about: whom they were asked of, when, and what the answer was.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_email_changes"
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
ALTER TABLE email_change ADD COLUMN organization_id {uuid} REFERENCES organization (id)
;
ALTER TABLE email_change ADD COLUMN reminded_at {time}
;
ALTER TABLE email_change ADD COLUMN escalated_at {time}
;
ALTER TABLE email_change ADD COLUMN answered_at {time}
;
ALTER TABLE email_change ADD COLUMN answered_by {uuid} REFERENCES account (id)
;
ALTER TABLE email_change ADD COLUMN answer {text}
;
ALTER TABLE email_change ADD COLUMN approved_until {time}
;
DROP INDEX email_change_pending
;
CREATE UNIQUE INDEX email_change_open ON email_change (account_id)
    WHERE status IN ('PENDING', 'WAITING_FOR_APPROVAL', 'APPROVED')
;
CREATE INDEX email_change_of_account ON email_change (account_id, id)
;
CREATE INDEX email_change_of_organization ON email_change (organization_id, id) WHERE organization_id IS NOT NULL
"#;
