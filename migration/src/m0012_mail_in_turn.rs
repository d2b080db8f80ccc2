//! Mail that somebody waits for leaves before mail that a large change sends to many; and an assertion rests on its claim
//! as a whole, which costs one check for each row and not three.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0012_mail_in_turn"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        // SQLite looks references up without locking them, and can't change them in place.
        if manager.get_database_backend() == DbBackend::Postgres {
            for statement in POSTGRES {
                manager.get_connection().execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const SQL: &str = r#"
ALTER TABLE delivery ADD COLUMN priority bigint NOT NULL DEFAULT 0
;
DROP INDEX delivery_due
;
CREATE INDEX delivery_due ON delivery (priority, next_attempt_at, id) WHERE status = 'QUEUED'
"#;

/// PostgreSQL looks each reference of each row up and locks what it finds. Claims and notices are written by the
/// hundred thousand, all for one organization.
const POSTGRES: &[&str] = &[
    "ALTER TABLE claim ADD CONSTRAINT claim_in_whole UNIQUE (id, organization_id, domain_id)",
    "ALTER TABLE control_assertion DROP CONSTRAINT control_assertion_claim_id_fkey, \
     DROP CONSTRAINT control_assertion_organization_id_fkey, DROP CONSTRAINT control_assertion_domain_id_fkey, \
     ADD CONSTRAINT control_assertion_of_claim_fkey FOREIGN KEY (claim_id, organization_id, domain_id) \
     REFERENCES claim (id, organization_id, domain_id)",
    // Nothing ever removes an organization.
    "ALTER TABLE notice DROP CONSTRAINT notice_organization_id_fkey",
];
