//! Whom notices name besides the person they are for, so that a name can be erased wherever it stands; and the events of
//! offers, which are made to addresses before there is an account.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_deletion"
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

// A subject is an account's id or an address in its canonical form. Most notices name nobody else and have no row.
const SQL: &str = r#"
CREATE TABLE notice_mention (
    subject {text} NOT NULL,
    notice_id {uuid} NOT NULL REFERENCES notice (id),
    fields {text} NOT NULL,
    PRIMARY KEY (subject, notice_id)
)
;
INSERT INTO notice_mention (subject, notice_id, fields)
    SELECT DISTINCT lower(delivery.address), notice.id, '*' FROM notice JOIN delivery ON delivery.notice_id = notice.id
    WHERE notice.account_id IS NULL AND delivery.address <> ''
;
CREATE INDEX event_of_offer ON event (object_id) WHERE object_kind IN ('inv', 'mem', 'org')
;
CREATE INDEX invitation_to ON invitation (email_canonical)
;
CREATE INDEX invitation_by ON invitation (invited_by) WHERE invited_by IS NOT NULL
;
CREATE INDEX membership_to ON membership (email_canonical)
;
CREATE INDEX api_key_by ON api_key (made_by)
"#;
