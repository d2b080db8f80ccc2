//! Whom apps have seen.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0026_app_sightings"
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
CREATE TABLE app_sighting (
    installation_id {uuid} NOT NULL REFERENCES app_installation (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    first_read_at {time} NOT NULL,
    last_read_at {time} NOT NULL,
    PRIMARY KEY (installation_id, account_id)
)
;
CREATE INDEX app_sighting_of_account ON app_sighting (account_id, installation_id)
"#;
