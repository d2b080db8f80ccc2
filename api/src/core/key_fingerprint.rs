//! Which secret key a database belongs to. Links in mails are derived from the key: with another one they would all be
//! dead, and nobody would know why.

use crate::core::{database::Pools, error::Result};
use sea_orm::{EntityTrait, Set};
use steward_entities::setting;

/// Under which name the fingerprint is kept.
const NAME: &str = "secret_key_fingerprint";

impl Pools {
    /// The fingerprint of the key that this database was first used with; none before that.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn key_fingerprint(&self) -> Result<Option<String>> {
        let found = setting::Entity::find_by_id(NAME).one(&self.write).await?;
        Ok(found.map(|row| row.value))
    }

    /// Keeps the fingerprint of the first key, and returns the one that is kept: another one, when this database was
    /// used with another key before.
    ///
    /// # Errors
    /// When the database doesn't answer.
    pub async fn keep_key_fingerprint(&self, fingerprint: String) -> Result<String> {
        let row = setting::ActiveModel { name: Set(NAME.to_owned()), value: Set(fingerprint.clone()) };
        // Several replicas may start at once; the first one's row stays.
        setting::Entity::insert(row)
            .on_conflict_do_nothing_on([setting::Column::Name])
            .exec_without_returning(&self.write)
            .await?;
        Ok(self.key_fingerprint().await?.unwrap_or(fingerprint))
    }
}
