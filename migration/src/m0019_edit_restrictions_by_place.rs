//! Edit restrictions by the place where they hold, so that an edit reads those that reach its person alone.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0019_edit_restrictions_by_place"
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

// What has ended no longer stands in anybody's way: whom it named is let go, as its end does from now on.
const SQL: &str = r#"
CREATE INDEX edit_restriction_over_all ON edit_restriction (organization_id) WHERE ended_at IS NULL AND target = 'ORGANIZATION'
;
CREATE INDEX edit_restriction_within ON edit_restriction (workspace_id) WHERE ended_at IS NULL AND workspace_id IS NOT NULL
;
UPDATE edit_restriction_account SET lifted_at = (
    SELECT r.ended_at FROM edit_restriction r WHERE r.id = edit_restriction_account.restriction_id
) WHERE lifted_at IS NULL AND restriction_id IN (
    SELECT id FROM edit_restriction WHERE ended_at IS NOT NULL AND end_told_at IS NOT NULL
)
"#;
