//! Domains, claims, and the state of each account in a claim.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_domains_and_claims"
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
CREATE TABLE domain (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    include_subdomains {time},
    status {text} NOT NULL,
    challenge {text} NOT NULL,
    challenge_expires_at {time} NOT NULL,
    proved_challenge {text},
    verified_at {time},
    checked_at {time},
    check_method {text},
    check_outcome {text},
    check_found {json},
    check_resolver {text},
    check_advice {text},
    next_check_at {time},
    created_at {time} NOT NULL,
    removed_at {time},
    version bigint NOT NULL
)
;
CREATE UNIQUE INDEX domain_proved_once ON domain (name) WHERE removed_at IS NULL AND status IN ('VERIFIED', 'LAPSING')
;
CREATE UNIQUE INDEX domain_once_each ON domain (organization_id, name) WHERE removed_at IS NULL
;
CREATE INDEX domain_of_organization ON domain (organization_id, id) WHERE removed_at IS NULL
;
CREATE INDEX domain_to_check ON domain (next_check_at) WHERE next_check_at IS NOT NULL AND removed_at IS NULL
;
CREATE TABLE claim (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    domain_id {uuid} NOT NULL REFERENCES domain (id),
    status {text} NOT NULL,
    scope {json} NOT NULL,
    notice_days bigint NOT NULL,
    message {text},
    job_id {uuid},
    created_by {uuid} REFERENCES account (id),
    created_at {time} NOT NULL,
    announced_at {time},
    ended_at {time},
    version bigint NOT NULL
)
;
CREATE INDEX claim_of_organization ON claim (organization_id, id)
;
CREATE INDEX claim_of_domain ON claim (domain_id, id)
;
CREATE INDEX claim_open ON claim (id) WHERE status IN ('PREPARING', 'NOTIFYING', 'PAUSED')
;
CREATE TABLE control_assertion (
    id {uuid} PRIMARY KEY,
    claim_id {uuid} NOT NULL REFERENCES claim (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    domain_id {uuid} NOT NULL REFERENCES domain (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    status {text} NOT NULL,
    notice_id {uuid},
    announced_at {time} NOT NULL,
    notice_delivered_at {time},
    takes_effect_at {time},
    held_until {time},
    created_at {time} NOT NULL,
    ended_at {time},
    ended_because {text},
    version bigint NOT NULL
)
;
CREATE UNIQUE INDEX control_assertion_pending ON control_assertion (account_id) WHERE status = 'PENDING'
;
CREATE INDEX control_assertion_due ON control_assertion (takes_effect_at) WHERE status = 'PENDING' AND takes_effect_at IS NOT NULL
;
CREATE INDEX control_assertion_of_claim ON control_assertion (claim_id, status, id)
;
CREATE INDEX control_assertion_of_account ON control_assertion (account_id, id)
;
CREATE INDEX control_assertion_of_notice ON control_assertion (notice_id)
;
"#;
