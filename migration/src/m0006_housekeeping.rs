//! Indexes that keep housekeeping, claims and lists cheap, and two columns: the hash of a password that an organization
//! has had retired, and the address under which a member is listed.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_housekeeping"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        let statements: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const SQL: &str = r#"
CREATE INDEX token_old ON token (expires_at)
;
CREATE INDEX session_old ON session (expires_at)
;
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL
;
CREATE INDEX rate_limit_old ON rate_limit (window_at)
;
ALTER TABLE account ADD COLUMN retired_password_hash {text}
;
ALTER TABLE membership ADD COLUMN account_email {text}
;
UPDATE membership SET account_email = (SELECT email_canonical FROM account WHERE id = membership.account_id) WHERE account_id IS NOT NULL
;
CREATE INDEX membership_by_address ON membership (organization_id, account_email, account_id) WHERE status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')
;
DROP INDEX control_assertion_due
;
CREATE INDEX control_assertion_due ON control_assertion (claim_id, takes_effect_at) WHERE status = 'PENDING' AND takes_effect_at IS NOT NULL
;
CREATE INDEX control_assertion_held ON control_assertion (claim_id, held_until) WHERE status = 'PENDING' AND held_until IS NOT NULL
;
CREATE INDEX delivery_by_status ON delivery (status, notice_id)
"#;

/// The database itself keeps a member's address equal to the account's, so that no writer of either can forget it.
const POSTGRES: &[&str] = &[
    "CREATE FUNCTION name_member() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     NEW.account_email := (SELECT email_canonical FROM account WHERE id = NEW.account_id); RETURN NEW; END $$",
    "CREATE TRIGGER member_is_named BEFORE INSERT OR UPDATE OF account_id ON membership \
     FOR EACH ROW EXECUTE FUNCTION name_member()",
    "CREATE FUNCTION rename_members() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     UPDATE membership SET account_email = NEW.email_canonical WHERE account_id = NEW.id; RETURN NULL; END $$",
    "CREATE TRIGGER members_are_renamed AFTER UPDATE OF email_canonical ON account \
     FOR EACH ROW WHEN (OLD.email_canonical <> NEW.email_canonical) EXECUTE FUNCTION rename_members()",
];

const SQLITE: &[&str] = &[
    "CREATE TRIGGER member_is_named AFTER INSERT ON membership WHEN NEW.account_id IS NOT NULL BEGIN \
     UPDATE membership SET account_email = (SELECT email_canonical FROM account WHERE id = NEW.account_id) WHERE id = NEW.id; END",
    "CREATE TRIGGER member_is_another AFTER UPDATE OF account_id ON membership BEGIN \
     UPDATE membership SET account_email = (SELECT email_canonical FROM account WHERE id = NEW.account_id) WHERE id = NEW.id; END",
    "CREATE TRIGGER members_are_renamed AFTER UPDATE OF email_canonical ON account \
     WHEN OLD.email_canonical <> NEW.email_canonical BEGIN \
     UPDATE membership SET account_email = NEW.email_canonical WHERE account_id = NEW.id; END",
];
