//! What is remembered of accounts that were made for people, until they answer: links are removed long before that.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_invitations"
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
CREATE TABLE made_account (
    account_id {uuid} PRIMARY KEY REFERENCES account (id),
    made {json} NOT NULL
)
;
INSERT INTO made_account (account_id, made)
    SELECT link.account_id, link.context FROM token AS link JOIN account ON account.id = link.account_id
    WHERE link.purpose = 'ACCOUNT_INVITATION' AND link.email <> '' AND account.password_changed_at IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM token AS newer
        WHERE newer.account_id = link.account_id AND newer.purpose = link.purpose AND newer.id > link.id
    )
"#;
