//! Who has left a workspace, and whose items there are still marked as a member's.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0034_departures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let triggers: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        // The triggers come first, so that nobody comes or goes unnoticed between them and what is counted after them.
        for statement in triggers {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        crate::run(manager, SQL).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

// Somebody may have very many items where they leave, and a change of thousands of memberships would rewrite all of them
// at once. So who leaves is noted, and their items are unmarked little by little (`core/clean_up`); meanwhile a list passes
// them, as it asks the membership itself.
const SQL: &str = r#"
UPDATE item SET by_member = TRUE WHERE workspace_id IS NOT NULL AND NOT by_member AND EXISTS (SELECT 1 FROM membership m
    WHERE m.workspace_id = item.workspace_id AND m.account_id = item.account_id
    AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED'))
;
INSERT INTO departure (workspace_id, account_id, organization_id)
    SELECT DISTINCT workspace_id, account_id, organization_id FROM item WHERE workspace_id IS NOT NULL AND by_member
    AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.workspace_id = item.workspace_id AND m.account_id = item.account_id
    AND m.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED'))
    ON CONFLICT (workspace_id, account_id) DO NOTHING
"#;

const POSTGRES: &[&str] = &[
    "LOCK TABLE membership IN SHARE ROW EXCLUSIVE MODE",
    "DROP TRIGGER items_of_new_member_are_marked ON membership",
    "DROP TRIGGER items_of_member_are_marked ON membership",
    "DROP FUNCTION mark_items_of_member()",
    "CREATE TABLE departure (workspace_id uuid NOT NULL, account_id uuid NOT NULL, organization_id uuid NOT NULL, \
     reached uuid, PRIMARY KEY (workspace_id, account_id))",
    "CREATE FUNCTION note_departure() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     INSERT INTO departure (workspace_id, account_id, organization_id) \
     SELECT NEW.workspace_id, NEW.account_id, NEW.organization_id \
     WHERE EXISTS (SELECT 1 FROM item WHERE account_id = NEW.account_id AND organization_id = NEW.organization_id) \
     ON CONFLICT (workspace_id, account_id) DO UPDATE SET reached = NULL; RETURN NULL; END $$",
    "CREATE TRIGGER departures_are_noted AFTER UPDATE OF status ON membership FOR EACH ROW \
     WHEN (NEW.account_id IS NOT NULL AND OLD.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') \
     AND NEW.status NOT IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) EXECUTE FUNCTION note_departure()",
    // Whoever unmarks holds the note: so this waits for them, and then finds what they have unmarked.
    "CREATE FUNCTION mark_items_of_member() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     DELETE FROM departure WHERE workspace_id = NEW.workspace_id AND account_id = NEW.account_id; \
     UPDATE item SET by_member = TRUE WHERE account_id = NEW.account_id AND organization_id = NEW.organization_id \
     AND workspace_id = NEW.workspace_id AND NOT by_member; RETURN NULL; END $$",
    "CREATE TRIGGER items_of_new_member_are_marked AFTER INSERT ON membership FOR EACH ROW \
     WHEN (NEW.account_id IS NOT NULL AND NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) \
     EXECUTE FUNCTION mark_items_of_member()",
    "CREATE TRIGGER items_of_member_are_marked AFTER UPDATE OF status, account_id ON membership FOR EACH ROW \
     WHEN (NEW.account_id IS NOT NULL AND OLD.status NOT IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') \
     AND NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED')) EXECUTE FUNCTION mark_items_of_member()",
];

const SQLITE: &[&str] = &[
    "DROP TRIGGER items_of_new_member_are_marked",
    "DROP TRIGGER items_of_member_are_marked",
    "CREATE TABLE departure (workspace_id blob NOT NULL, account_id blob NOT NULL, organization_id blob NOT NULL, \
     reached blob, PRIMARY KEY (workspace_id, account_id))",
    "CREATE TRIGGER departures_are_noted AFTER UPDATE OF status ON membership \
     WHEN NEW.account_id IS NOT NULL AND OLD.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') \
     AND NEW.status NOT IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') BEGIN \
     INSERT INTO departure (workspace_id, account_id, organization_id) \
     SELECT NEW.workspace_id, NEW.account_id, NEW.organization_id \
     WHERE EXISTS (SELECT 1 FROM item WHERE account_id = NEW.account_id AND organization_id = NEW.organization_id) \
     ON CONFLICT (workspace_id, account_id) DO UPDATE SET reached = NULL; END",
    "CREATE TRIGGER items_of_new_member_are_marked AFTER INSERT ON membership \
     WHEN NEW.account_id IS NOT NULL AND NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') BEGIN \
     DELETE FROM departure WHERE workspace_id = NEW.workspace_id AND account_id = NEW.account_id; \
     UPDATE item SET by_member = TRUE WHERE account_id = NEW.account_id AND organization_id = NEW.organization_id \
     AND workspace_id = NEW.workspace_id AND NOT by_member; END",
    "CREATE TRIGGER items_of_member_are_marked AFTER UPDATE OF status, account_id ON membership \
     WHEN NEW.account_id IS NOT NULL AND OLD.status NOT IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') \
     AND NEW.status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED') BEGIN \
     DELETE FROM departure WHERE workspace_id = NEW.workspace_id AND account_id = NEW.account_id; \
     UPDATE item SET by_member = TRUE WHERE account_id = NEW.account_id AND organization_id = NEW.organization_id \
     AND workspace_id = NEW.workspace_id AND NOT by_member; END",
];
