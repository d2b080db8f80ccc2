//! Profiles, and the devices that accounts have signed in from.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_profiles"
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

// A table of its own, because the account's row is read on every request, and a profile seldom.
const SQL: &str = r#"
CREATE TABLE profile (
    account_id {uuid} PRIMARY KEY REFERENCES account (id),
    given_name {text},
    family_name {text},
    nickname {text},
    job_title {text},
    department {text},
    organization_unit {text},
    location {text},
    time_zone {text},
    phone {text},
    picture_url {text}
)
;
CREATE TABLE seen_device (
    account_id {uuid} NOT NULL REFERENCES account (id),
    device {text} NOT NULL,
    network {text} NOT NULL,
    seen_at {time} NOT NULL,
    PRIMARY KEY (account_id, device, network)
)
"#;
