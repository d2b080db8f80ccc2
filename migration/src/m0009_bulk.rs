//! What a job over many accounts did to each of them.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_bulk"
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
ALTER TABLE job ADD COLUMN action {text}
;
CREATE TABLE job_row (
    job_id {uuid} NOT NULL REFERENCES job (id),
    account_id {uuid} NOT NULL,
    refusal {text},
    PRIMARY KEY (job_id, account_id)
)
;
CREATE INDEX job_row_refused ON job_row (job_id, refusal, account_id) WHERE refusal IS NOT NULL
"#;
