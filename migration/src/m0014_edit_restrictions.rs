//! Edit restrictions, and what limits memberships.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0014_edit_restrictions"
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

// A restriction over an organization or a workspace is one row, however many people it concerns; only who is named by one
// has a row of their own.
const SQL: &str = r#"
CREATE TABLE edit_restriction (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    target {text} NOT NULL,
    workspace_id {uuid} REFERENCES workspace (id),
    operations bigint NOT NULL,
    reason {text} NOT NULL,
    message {text},
    created_at {time} NOT NULL,
    until {time},
    set_by {uuid} NOT NULL REFERENCES account (id),
    set_by_role {text} NOT NULL,
    told_to {uuid},
    told_at {time},
    ended_at {time},
    end_message {text},
    end_told_to {uuid},
    end_told_at {time}
)
;
CREATE INDEX edit_restriction_of_organization ON edit_restriction (organization_id, id)
;
CREATE INDEX edit_restriction_wide ON edit_restriction (organization_id) WHERE ended_at IS NULL AND target <> 'ACCOUNTS'
;
CREATE TABLE edit_restriction_account (
    restriction_id {uuid} NOT NULL REFERENCES edit_restriction (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    lifted_at {time},
    PRIMARY KEY (restriction_id, account_id)
)
;
CREATE INDEX edit_restriction_on ON edit_restriction_account (account_id) WHERE lifted_at IS NULL
;
ALTER TABLE membership ADD COLUMN reason {text}
;
ALTER TABLE membership ADD COLUMN message {text}
;
ALTER TABLE membership ADD COLUMN until {time}
;
CREATE INDEX membership_limit_over ON membership (until) WHERE until IS NOT NULL
"#;
