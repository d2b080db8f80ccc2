//! The log, notices and their deliveries, jobs, and answers to repeated requests.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0004_events_notices_jobs"
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
CREATE TABLE event_stream (
    id {uuid} PRIMARY KEY,
    next_position bigint NOT NULL
)
;
CREATE TABLE event (
    id {uuid} PRIMARY KEY,
    stream_id {uuid} NOT NULL,
    position bigint NOT NULL,
    change_id {uuid} NOT NULL,
    action {text} NOT NULL,
    actor_kind {text} NOT NULL,
    actor_id {uuid},
    actor_role {text},
    account_id {uuid},
    object_kind {text},
    object_id {uuid},
    commitment {blob},
    request_id {text},
    occurred_at {time} NOT NULL
)
;
CREATE UNIQUE INDEX event_in_stream ON event (stream_id, position)
;
CREATE INDEX event_of_account ON event (account_id, id) WHERE account_id IS NOT NULL
;
CREATE TABLE event_detail (
    event_id {uuid} PRIMARY KEY REFERENCES event (id),
    account_id {uuid},
    salt {blob} NOT NULL,
    details {json} NOT NULL
)
;
CREATE INDEX event_detail_of_account ON event_detail (account_id) WHERE account_id IS NOT NULL
;
CREATE TABLE notice (
    id {uuid} PRIMARY KEY,
    account_id {uuid} REFERENCES account (id),
    organization_id {uuid} REFERENCES organization (id),
    kind {text} NOT NULL,
    content {json} NOT NULL,
    locale {text} NOT NULL,
    token_id {uuid},
    created_at {time} NOT NULL,
    seen_at {time},
    acknowledged_at {time}
)
;
CREATE INDEX notice_of_account ON notice (account_id, id) WHERE account_id IS NOT NULL
;
CREATE INDEX notice_of_organization ON notice (organization_id, id) WHERE organization_id IS NOT NULL
;
CREATE TABLE delivery (
    id {uuid} PRIMARY KEY,
    notice_id {uuid} NOT NULL REFERENCES notice (id),
    channel {text} NOT NULL,
    address {text} NOT NULL,
    recipient_name {text} NOT NULL,
    status {text} NOT NULL,
    attempts bigint NOT NULL,
    next_attempt_at {time},
    last_error {text},
    text_hash {blob},
    leased_until {time},
    lease bigint NOT NULL,
    created_at {time} NOT NULL,
    sent_at {time},
    failed_at {time}
)
;
CREATE INDEX delivery_of_notice ON delivery (notice_id)
;
CREATE INDEX delivery_due ON delivery (next_attempt_at, id) WHERE status = 'QUEUED'
;
CREATE TABLE job (
    id {uuid} PRIMARY KEY,
    kind {text} NOT NULL,
    organization_id {uuid} REFERENCES organization (id),
    payload {json} NOT NULL,
    cursor {text},
    status {text} NOT NULL,
    run_at {time} NOT NULL,
    attempts bigint NOT NULL,
    last_error {text},
    leased_until {time},
    lease bigint NOT NULL,
    done bigint NOT NULL,
    total bigint,
    created_at {time} NOT NULL,
    ended_at {time}
)
;
CREATE INDEX job_due ON job (run_at, id) WHERE status = 'PENDING'
;
CREATE INDEX job_of_organization ON job (organization_id, id) WHERE organization_id IS NOT NULL
;
CREATE TABLE idempotency (
    credential {text} NOT NULL,
    key {text} NOT NULL,
    action {text} NOT NULL,
    request_hash {blob} NOT NULL,
    output {json} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (credential, key)
)
;
CREATE INDEX idempotency_old ON idempotency (created_at)
;
"#;

/// The log is append-only: the database itself refuses to change or remove an entry.
const POSTGRES: &[&str] = &[
    "CREATE FUNCTION refuse_change_of_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$",
    "CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_event()",
];

const SQLITE: &[&str] = &[
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
];
