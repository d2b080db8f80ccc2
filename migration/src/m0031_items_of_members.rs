//! Items whose person is still a member where they lie, and how many somebody has of a kind.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0031_items_of_members"
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

// A service's lists hold items of members alone. People come and go, and what they made stays: so an index holds what a list
// shows, and a page passes nothing that it doesn't. Lists ask the membership itself, too; this only tells where to look.
const SQL: &str = r#"
ALTER TABLE item ADD COLUMN by_member boolean NOT NULL DEFAULT TRUE
;
UPDATE item SET by_member = FALSE WHERE workspace_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM membership m
    WHERE m.workspace_id = item.workspace_id AND m.account_id = item.account_id
    AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED'))
;
CREATE INDEX item_by_members ON item (workspace_id, id) WHERE workspace_id IS NOT NULL AND by_member
;
CREATE INDEX item_by_members_by_kind ON item (workspace_id, kind_id, id) WHERE workspace_id IS NOT NULL AND by_member
;
CREATE INDEX item_of_member_by_kind ON item (account_id, kind_id, id) WHERE by_member
;
CREATE INDEX item_of_account_by_organization ON item (account_id, organization_id, id)
;
CREATE TABLE item_tally (
    account_id {uuid} NOT NULL,
    kind_id {uuid} NOT NULL,
    items bigint NOT NULL,
    PRIMARY KEY (account_id, kind_id)
)
;
INSERT INTO item_tally (account_id, kind_id, items) SELECT account_id, kind_id, COUNT(*) FROM item GROUP BY account_id, kind_id
"#;

/// The database itself keeps it equal to the membership, so that no writer of one can forget it. Only who comes or goes
/// is looked at: a limit that is set or lifted changes nothing here.
const POSTGRES: &[&str] = &[
    "CREATE FUNCTION mark_items_of_member() RETURNS trigger LANGUAGE plpgsql AS $$ \
     DECLARE is_member boolean := EXISTS (SELECT 1 FROM membership m WHERE m.workspace_id = NEW.workspace_id \
     AND m.account_id = NEW.account_id AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')); BEGIN \
     UPDATE item SET by_member = is_member WHERE account_id = NEW.account_id AND workspace_id = NEW.workspace_id \
     AND by_member <> is_member; RETURN NULL; END $$",
    "CREATE TRIGGER items_of_new_member_are_marked AFTER INSERT ON membership FOR EACH ROW \
     WHEN (NEW.account_id IS NOT NULL AND NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) \
     EXECUTE FUNCTION mark_items_of_member()",
    "CREATE TRIGGER items_of_member_are_marked AFTER UPDATE OF status, account_id ON membership FOR EACH ROW \
     WHEN (NEW.account_id IS NOT NULL AND (OLD.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) \
     <> (NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED'))) EXECUTE FUNCTION mark_items_of_member()",
    // How many items somebody has of a kind is counted as they come and go, so that whoever makes one more reads a number.
    "CREATE FUNCTION tally_new_items() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     INSERT INTO item_tally (account_id, kind_id, items) \
     SELECT account_id, kind_id, COUNT(*) FROM fresh GROUP BY account_id, kind_id ORDER BY account_id, kind_id \
     ON CONFLICT (account_id, kind_id) DO UPDATE SET items = item_tally.items + excluded.items; RETURN NULL; END $$",
    "CREATE TRIGGER new_items_are_tallied AFTER INSERT ON item REFERENCING NEW TABLE AS fresh \
     FOR EACH STATEMENT EXECUTE FUNCTION tally_new_items()",
    "CREATE FUNCTION tally_gone_items() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     UPDATE item_tally SET items = item_tally.items - counted.items \
     FROM (SELECT account_id, kind_id, COUNT(*) AS items FROM gone GROUP BY account_id, kind_id) counted \
     WHERE item_tally.account_id = counted.account_id AND item_tally.kind_id = counted.kind_id; RETURN NULL; END $$",
    "CREATE TRIGGER gone_items_are_tallied AFTER DELETE ON item REFERENCING OLD TABLE AS gone \
     FOR EACH STATEMENT EXECUTE FUNCTION tally_gone_items()",
];

const SQLITE: &[&str] = &[
    "CREATE TRIGGER items_of_new_member_are_marked AFTER INSERT ON membership \
     WHEN NEW.account_id IS NOT NULL AND NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') BEGIN \
     UPDATE item SET by_member = TRUE WHERE account_id = NEW.account_id AND workspace_id = NEW.workspace_id \
     AND NOT by_member; END",
    "CREATE TRIGGER items_of_member_are_marked AFTER UPDATE OF status, account_id ON membership \
     WHEN NEW.account_id IS NOT NULL AND (OLD.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) \
     <> (NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) BEGIN \
     UPDATE item SET by_member = EXISTS (SELECT 1 FROM membership m WHERE m.workspace_id = NEW.workspace_id \
     AND m.account_id = NEW.account_id AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) \
     WHERE account_id = NEW.account_id AND workspace_id = NEW.workspace_id; END",
    "CREATE TRIGGER new_items_are_tallied AFTER INSERT ON item BEGIN \
     INSERT INTO item_tally (account_id, kind_id, items) VALUES (NEW.account_id, NEW.kind_id, 1) \
     ON CONFLICT (account_id, kind_id) DO UPDATE SET items = item_tally.items + 1; END",
    "CREATE TRIGGER gone_items_are_tallied AFTER DELETE ON item BEGIN \
     UPDATE item_tally SET items = items - 1 WHERE account_id = OLD.account_id AND kind_id = OLD.kind_id; END",
];
