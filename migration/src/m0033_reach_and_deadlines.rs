//! How far an app reached somebody when they objected to it; and what of an installation has to be deleted by when.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0033_reach_and_deadlines"
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

// Of objections from before nobody has kept it: an app that reaches their person now counts as reaching further, and so
// they can be made anew.
const SQL: &str = r#"
ALTER TABLE app_objection ADD COLUMN reach {json} NOT NULL DEFAULT '{}'
;
CREATE INDEX data_deletion_due ON data_deletion (installation_id, deadline)
"#;
