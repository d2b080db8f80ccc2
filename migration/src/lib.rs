//! Changes of Steward's tables, one per file.
//!
//! They are written as SQL with a few placeholders for what the two databases spell differently, because what is
//! read here is what runs. Text is compared byte by byte on both (`COLLATE "C"` on PostgreSQL): keyset cursors and
//! ranges over reversed domain names depend on it.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub use sea_orm_migration::MigratorTrait;

mod m0001_accounts;
mod m0002_organizations;
mod m0003_domains_and_claims;
mod m0004_events_notices_jobs;
mod m0005_access;
mod m0006_housekeeping;
mod m0007_profiles;
mod m0008_email_changes;
mod m0009_bulk;
mod m0010_invitations;
mod m0011_deletion;
mod m0012_mail_in_turn;
mod m0013_ended_jobs;
mod m0014_edit_restrictions;
mod m0015_service_keys;
mod m0016_items;
mod m0017_operators;
mod m0018_offers_and_lists;
mod m0019_edit_restrictions_by_place;
mod m0020_apps;
mod m0021_app_policies;
mod m0022_app_installations;
mod m0023_app_tokens;
mod m0024_edit_restrictions_by_name;
mod m0025_failed_installations;
mod m0026_app_sightings;
mod m0027_webhooks;
mod m0028_app_objections;
mod m0031_items_of_members;
mod m0032_webhooks_in_turn;
mod m0033_reach_and_deadlines;
mod m0034_departures;
mod m0035_webhooks_since_resumed;
mod m0036_open_data_deletions;
mod m0037_anybody_hidden;
mod m0038_notices_by_kind;

/// All changes, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_organizations::Migration),
            Box::new(m0003_domains_and_claims::Migration),
            Box::new(m0004_events_notices_jobs::Migration),
            Box::new(m0005_access::Migration),
            Box::new(m0006_housekeeping::Migration),
            Box::new(m0007_profiles::Migration),
            Box::new(m0008_email_changes::Migration),
            Box::new(m0009_bulk::Migration),
            Box::new(m0010_invitations::Migration),
            Box::new(m0011_deletion::Migration),
            Box::new(m0012_mail_in_turn::Migration),
            Box::new(m0013_ended_jobs::Migration),
            Box::new(m0014_edit_restrictions::Migration),
            Box::new(m0015_service_keys::Migration),
            Box::new(m0016_items::Migration),
            Box::new(m0017_operators::Migration),
            Box::new(m0018_offers_and_lists::Migration),
            Box::new(m0019_edit_restrictions_by_place::Migration),
            Box::new(m0020_apps::Migration),
            Box::new(m0021_app_policies::Migration),
            Box::new(m0022_app_installations::Migration),
            Box::new(m0023_app_tokens::Migration),
            Box::new(m0024_edit_restrictions_by_name::Migration),
            Box::new(m0025_failed_installations::Migration),
            Box::new(m0026_app_sightings::Migration),
            Box::new(m0027_webhooks::Migration),
            Box::new(m0028_app_objections::Migration),
            Box::new(m0031_items_of_members::Migration),
            Box::new(m0032_webhooks_in_turn::Migration),
            Box::new(m0033_reach_and_deadlines::Migration),
            Box::new(m0034_departures::Migration),
            Box::new(m0035_webhooks_since_resumed::Migration),
            Box::new(m0036_open_data_deletions::Migration),
            Box::new(m0037_anybody_hidden::Migration),
            Box::new(m0038_notices_by_kind::Migration),
        ]
    }
}

/// Replaces the placeholders `{uuid}`, `{text}`, `{time}`, `{json}` and `{blob}` by the database's types.
fn spell(sql: &str, backend: DbBackend) -> String {
    let postgres = matches!(backend, DbBackend::Postgres);
    let pairs = [
        ("{uuid}", if postgres { "uuid" } else { "blob" }),
        ("{text}", if postgres { "text COLLATE \"C\"" } else { "text" }),
        ("{time}", if postgres { "timestamptz" } else { "text" }),
        ("{json}", if postgres { "jsonb" } else { "text" }),
        ("{blob}", if postgres { "bytea" } else { "blob" }),
    ];
    pairs.iter().fold(sql.to_owned(), |sql, (from, to)| sql.replace(from, to))
}

/// Runs statements that are the same on both databases. They are separated by a line that holds only `;`.
async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for statement in spell(sql, manager.get_database_backend()).split("\n;\n") {
        if !statement.trim().is_empty() {
            connection.execute_unprepared(statement).await?;
        }
    }
    Ok(())
}
