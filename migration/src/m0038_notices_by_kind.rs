//! An index for an organization's notices of one kind: without it a rare kind was looked for among all of them.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0038_notices_by_kind"
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

const SQL: &str = "CREATE INDEX notice_of_organization_by_kind ON notice (organization_id, kind, id) \
    WHERE organization_id IS NOT NULL";
