//! Who offered a membership; and an index for the items of one kind of somebody.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0018_offers_and_lists"
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
ALTER TABLE membership ADD COLUMN offered_by {uuid}
;
CREATE INDEX item_of_account_by_kind ON item (account_id, kind_id, id)
"#;
