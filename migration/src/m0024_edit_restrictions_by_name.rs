//! Edit restrictions by whom they have named, those that are over included; and no index of all that are wide, which
//! nothing reads together any more.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0024_edit_restrictions_by_name"
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
CREATE INDEX edit_restriction_account_by_account ON edit_restriction_account (account_id, restriction_id)
;
DROP INDEX edit_restriction_wide
"#;
