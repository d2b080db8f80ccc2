//! Organizations and accounts, and what their sessions and links need.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_accounts"
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
CREATE TABLE setting (
    name {text} PRIMARY KEY,
    value {text} NOT NULL
)
;
CREATE TABLE organization (
    id {uuid} PRIMARY KEY,
    name {text} NOT NULL,
    administrative_email {text},
    technical_email {text},
    billing_email {text},
    policy_url {text},
    created_at {time} NOT NULL,
    version bigint NOT NULL
)
;
CREATE TABLE account (
    id {uuid} PRIMARY KEY,
    email {text} NOT NULL,
    email_canonical {text} NOT NULL UNIQUE,
    email_domain_key {text} NOT NULL,
    verified_at {time},
    verified_by {text},
    password_hash {text},
    password_changed_at {time},
    display_name {text} NOT NULL,
    locale {text} NOT NULL,
    operator_at {time},
    managed_by {uuid} REFERENCES organization (id),
    managed_domain_id {uuid},
    managed_at {time},
    last_active_at {time},
    created_at {time} NOT NULL,
    version bigint NOT NULL
)
;
CREATE INDEX account_domain ON account (email_domain_key, id)
;
CREATE INDEX account_managed ON account (managed_by, id) WHERE managed_by IS NOT NULL
;
CREATE INDEX account_managed_email ON account (managed_by, email_canonical) WHERE managed_by IS NOT NULL
;
CREATE INDEX account_managed_domain ON account (managed_domain_id, id) WHERE managed_domain_id IS NOT NULL
;
CREATE TABLE account_block (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    organization_id {uuid} REFERENCES organization (id),
    kind {text} NOT NULL,
    reason {text},
    message {text},
    created_at {time} NOT NULL,
    until {time},
    lifted_at {time}
)
;
CREATE INDEX account_block_in_force ON account_block (account_id) WHERE lifted_at IS NULL
;
CREATE INDEX account_block_of_account ON account_block (account_id, id)
;
CREATE TABLE session (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    token_hash {blob} NOT NULL UNIQUE,
    user_agent {text} NOT NULL,
    ip_address {text} NOT NULL,
    created_at {time} NOT NULL,
    last_used_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    reauthenticated_at {time},
    ended_at {time}
)
;
CREATE INDEX session_live ON session (account_id, id) WHERE ended_at IS NULL
;
CREATE TABLE token (
    id {uuid} PRIMARY KEY,
    purpose {text} NOT NULL,
    account_id {uuid} REFERENCES account (id),
    email {text} NOT NULL,
    email_canonical {text} NOT NULL,
    subject_id {uuid},
    context {json} NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time},
    revoked_at {time}
)
;
CREATE INDEX token_of_account ON token (account_id, purpose) WHERE account_id IS NOT NULL
;
CREATE INDEX token_of_email ON token (email_canonical, purpose)
;
CREATE INDEX token_of_subject ON token (subject_id) WHERE subject_id IS NOT NULL
;
CREATE TABLE email_change (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    new_email {text} NOT NULL,
    new_email_canonical {text} NOT NULL,
    status {text} NOT NULL,
    reason {text},
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    ended_at {time}
)
;
CREATE UNIQUE INDEX email_change_pending ON email_change (account_id) WHERE status = 'PENDING'
;
CREATE TABLE rate_limit (
    bucket {text} PRIMARY KEY,
    window_at {time} NOT NULL,
    used bigint NOT NULL
)
;
"#;
