//! Many rows at once.

use crate::core::{
    database::sql,
    error::{Error, Result},
    tx::Tx,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Value as SqlValue};
use serde_json::{Map, Value};

/// How many rows go into one statement: far below the parameter limit of SQLite, 32,766.
pub const ROWS_PER_STATEMENT: usize = 1_000;

/// Inserts rows in statements of a bounded size. Every column of every row must be set.
///
/// # Errors
/// What the database says.
pub async fn insert_all<E: EntityTrait>(tx: &Tx<'_>, mut rows: Vec<E::ActiveModel>) -> Result<()>
where
    E::ActiveModel: Send,
{
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        let some = std::mem::replace(&mut rows, rest);
        match tx.db().get_database_backend() {
            DbBackend::Postgres if some.len() > 1 => as_one_value::<E>(tx, some).await?,
            _ => {
                E::insert_many(some).exec_without_returning(tx.db()).await?;
            }
        }
    }
    Ok(())
}

/// All rows in one parameter. PostgreSQL takes longer to read and plan a statement with thousands of parameters than to
/// write the rows; this one is short, always the same, and planned once.
async fn as_one_value<E: EntityTrait>(tx: &Tx<'_>, rows: Vec<E::ActiveModel>) -> Result<()> {
    let rows = rows.into_iter().map(|row| object::<E>(&row)).collect::<Result<Vec<_>>>()?;
    let entity = E::default();
    let table = entity.table_name();
    let columns: Vec<String> = E::Column::iter().map(|column| format!("\"{}\"", column.as_str())).collect();
    let columns = columns.join(", ");
    let text = format!(
        "INSERT INTO \"{table}\" ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::\"{table}\", $1::json)"
    );
    tx.db().execute_raw(sql(tx.db(), &text, [Value::Array(rows).to_string().into()])).await?;
    Ok(())
}

fn object<E: EntityTrait>(row: &E::ActiveModel) -> Result<Value> {
    let mut members = Map::new();
    for column in E::Column::iter() {
        let value = row.get(column).into_value();
        let value = value.ok_or_else(|| Error::internal(format!("{} isn't set", column.as_str())))?;
        members.insert(column.as_str().to_owned(), json(value)?);
    }
    Ok(Value::Object(members))
}

/// A value as PostgreSQL reads it from JSON.
fn json(value: SqlValue) -> Result<Value> {
    Ok(match value {
        SqlValue::Bool(value) => value.into(),
        SqlValue::Int(value) => value.into(),
        SqlValue::BigInt(value) => value.into(),
        SqlValue::String(value) => value.into(),
        SqlValue::Uuid(value) => value.map(|value| value.to_string()).into(),
        SqlValue::ChronoDateTimeUtc(value) => value.map(|value| value.to_rfc3339()).into(),
        SqlValue::Bytes(value) => value.map(|value| format!("\\x{}", crate::core::secret::hex(&value))).into(),
        SqlValue::Json(value) => value.map_or(Value::Null, |value| *value),
        other => return Err(Error::internal(format!("a column of a kind that nobody has written yet: {other:?}"))),
    })
}
