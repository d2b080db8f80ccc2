//! Profiles: what is known of people, what is to change of it, and the only writer of their rows.

use crate::core::{
    Change, Result, Tx,
    database::{one_of, sql},
    insert::ROWS_PER_STATEMENT,
    text::{DisplayName, Locale, PhoneNumber, PictureUrl, ProfileText, TimeZone},
};
use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, Iterable, QueryFilter, Set, Value as SqlValue, prelude::Expr,
    sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use steward_entities::{account, id::AccountId, profile};

macro_rules! profile {
    ($($(#[$doc:meta])+ $field:ident: $type:ty = $name:literal,)+) => {
        /// What is known of a person.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Profile {
            /// What others call the person.
            pub display_name: String,
            /// The language of their notices.
            pub locale: String,
            $($(#[$doc])+ pub $field: Option<String>,)+
        }

        impl Profile {
            /// The profile of an account; `row` is what is kept beside it.
            #[must_use]
            pub fn of(account: &account::Model, row: Option<&profile::Model>) -> Self {
                Self {
                    display_name: account.display_name.clone(),
                    locale: account.locale.clone(),
                    $($field: row.and_then(|row| row.$field.clone()),)+
                }
            }

            /// One that says no more than name and language.
            #[must_use]
            pub fn new(display_name: &str, locale: Locale) -> Self {
                Self { display_name: display_name.to_owned(), locale: locale.to_string(), $($field: None,)+ }
            }

            /// Its values, named as in the API.
            fn named(&self) -> Vec<(&'static str, Option<&String>)> {
                vec![
                    ("displayName", Some(&self.display_name)),
                    ("locale", Some(&self.locale)),
                    $(($name, self.$field.as_ref()),)+
                ]
            }

            fn into_row(self, account: AccountId) -> profile::ActiveModel {
                profile::ActiveModel { account_id: Set(account), $($field: Set(self.$field),)+ }
            }
        }

        /// What is to become of a profile. What is left out stays.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct ProfileChange {
            /// What others call the person.
            pub display_name: Option<DisplayName>,
            /// The language of their notices.
            pub locale: Option<Locale>,
            $($(#[$doc])+ #[serde(default)] pub $field: Change<$type>,)+
        }

        impl ProfileChange {
            /// The profile afterwards.
            #[must_use]
            pub fn apply(&self, before: &Profile) -> Profile {
                Profile {
                    display_name: self
                        .display_name
                        .as_ref()
                        .map_or_else(|| before.display_name.clone(), ToString::to_string),
                    locale: self.locale.map_or_else(|| before.locale.clone(), |locale| locale.to_string()),
                    $($field: self.$field.of(before.$field.as_ref()),)+
                }
            }

            /// Whether it is about more than name and language.
            #[must_use]
            pub fn reaches_row(&self) -> bool {
                $(self.$field != Change::Keep)||+
            }
        }
    };
}

profile! {
    /// The first name.
    given_name: ProfileText = "givenName",
    /// The last name.
    family_name: ProfileText = "familyName",
    /// What friends and colleagues say.
    nickname: ProfileText = "nickname",
    /// What the person does.
    job_title: ProfileText = "jobTitle",
    /// Where in the organization.
    department: ProfileText = "department",
    /// Where in it, more exactly.
    organization_unit: ProfileText = "organizationUnit",
    /// Where in the world.
    location: ProfileText = "location",
    /// The time zone that they live in.
    time_zone: TimeZone = "timeZone",
    /// A telephone number.
    phone: PhoneNumber = "phone",
    /// Where a picture is.
    picture_url: PictureUrl = "pictureUrl",
}

/// One value of a profile that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Which, named as in the API.
    pub field: String,
    /// What it was; none where there was nothing.
    pub before: Option<String>,
    /// What it is; none where there is nothing.
    pub after: Option<String>,
}

/// What changed between the two, in the order of the fields.
#[must_use]
pub fn difference(before: &Profile, after: &Profile) -> Vec<FieldChange> {
    let pairs = before.named().into_iter().zip(after.named());
    let changed = pairs.filter(|((_, was), (_, is))| was != is);
    changed
        .map(|((field, was), (_, is))| FieldChange {
            field: field.to_owned(),
            before: was.cloned(),
            after: is.cloned(),
        })
        .collect()
}

/// What changed, for an event.
#[must_use]
pub fn details(changes: &[FieldChange]) -> Value {
    let side = |value: fn(&FieldChange) -> &Option<String>| -> Map<String, Value> {
        changes.iter().map(|change| (change.field.clone(), json!(value(change)))).collect()
    };
    json!({ "before": side(|change| &change.before), "after": side(|change| &change.after) })
}

/// The rows of these accounts, where there are any.
pub async fn rows(
    db: &impl ConnectionTrait,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<HashMap<AccountId, profile::Model>> {
    let rows = profile::Entity::find().filter(one_of(db, profile::Column::AccountId, accounts)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row)).collect())
}

/// Writes what these accounts' profiles have become by one change. The accounts are locked.
pub async fn put(tx: &Tx<'_>, change: &ProfileChange, after: Vec<(AccountId, Profile)>) -> Result<()> {
    if after.is_empty() {
        return Ok(());
    }
    let mut update = account::Entity::update_many()
        .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
        .filter(one_of(tx.db(), account::Column::Id, after.iter().map(|(id, _)| *id)));
    if let Some(name) = &change.display_name {
        update = update.col_expr(account::Column::DisplayName, Expr::value(name.as_str()));
    }
    if let Some(locale) = change.locale {
        update = update.col_expr(account::Column::Locale, Expr::value(locale.as_str()));
    }
    update.exec(tx.db()).await?;
    if change.reaches_row() { put_rows(tx, after).await } else { Ok(()) }
}

/// Writes the rows beside these accounts.
pub async fn put_rows(tx: &Tx<'_>, after: Vec<(AccountId, Profile)>) -> Result<()> {
    let columns = || profile::Column::iter().filter(|column| !matches!(column, profile::Column::AccountId));
    let mut rows: Vec<_> = after.into_iter().map(|(account, profile)| profile.into_row(account)).collect();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        profile::Entity::insert_many(std::mem::replace(&mut rows, rest))
            .on_conflict(OnConflict::column(profile::Column::AccountId).update_columns(columns()).to_owned())
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

/// Puts whole profiles in the place of what is there. The accounts are locked.
pub async fn replace(tx: &Tx<'_>, profiles: Vec<(AccountId, Profile)>) -> Result<()> {
    for chunk in profiles.chunks(ROWS_PER_STATEMENT) {
        let mut values: Vec<SqlValue> = Vec::with_capacity(3 * chunk.len());
        let row = |(account, profile): &(AccountId, Profile)| {
            let first = values.len() + 1;
            values.extend([account.0.into(), profile.display_name.as_str().into(), profile.locale.as_str().into()]);
            format!("(${first}, ${}, ${})", first + 1, first + 2)
        };
        let rows: Vec<String> = chunk.iter().map(row).collect();
        // Both databases name the columns of such a list `column1` and so on.
        let text = format!(
            "UPDATE account SET display_name = given.column2, locale = given.column3, version = account.version + 1 \
             FROM (VALUES {}) AS given WHERE account.id = given.column1",
            rows.join(", ")
        );
        tx.db().execute_raw(sql(tx.db(), &text, values)).await?;
    }
    put_rows(tx, profiles).await
}

/// Takes away what is kept beside these accounts.
pub async fn erase(tx: &Tx<'_>, accounts: &[AccountId]) -> Result<()> {
    let rows = one_of(tx.db(), profile::Column::AccountId, accounts.iter().copied());
    profile::Entity::delete_many().filter(rows).exec(tx.db()).await?;
    Ok(())
}
