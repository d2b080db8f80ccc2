//! Many rows at once.

use crate::core::{
    database::sql,
    error::{Error, Result},
    tx::Tx,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Value as SqlValue,
    sea_query::ArrayType,
};
use serde_json::Value;

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
            DbBackend::Postgres if some.len() > 1 => by_column::<E>(tx, &some).await?,
            _ => {
                E::insert_many(some).exec_without_returning(tx.db()).await?;
            }
        }
    }
    Ok(())
}

/// One parameter for each column: its value, where all rows have the same, else all values as an array. PostgreSQL takes
/// longer to read and plan a statement with thousands of parameters than to write the rows; this one is short, nearly
/// always the same, and planned once.
async fn by_column<E: EntityTrait>(tx: &Tx<'_>, rows: &[E::ActiveModel]) -> Result<()> {
    let entity = E::default();
    let (mut columns, mut selected, mut sources, mut names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut parameters = Vec::new();
    for column in E::Column::iter() {
        let name = format!("\"{}\"", column.as_str());
        let value = |row: &E::ActiveModel| row.get(column).into_value();
        let values: Option<Vec<SqlValue>> = rows.iter().map(value).collect();
        let values = values.ok_or_else(|| Error::internal(format!("{} isn't set", column.as_str())))?;
        let place = parameters.len() + 1;
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            selected.push(format!("${place}"));
            parameters.extend(values.into_iter().next());
        } else {
            let (kind, spelling) = kind(&values)?;
            if values.contains(&values[0].as_null()) {
                // The driver's arrays hold no nulls.
                let values = values.into_iter().map(json).collect::<Result<Vec<_>>>()?;
                sources.push(format!("json_array_elements_text(${place}::json)"));
                selected.push(format!("made.{name}::{spelling}"));
                parameters.push(Value::Array(values).to_string().into());
            } else {
                sources.push(format!("unnest(${place}::{spelling}[])"));
                selected.push(format!("made.{name}"));
                parameters.push(SqlValue::Array(kind, Some(Box::new(values))));
            }
            names.push(name.clone());
        }
        columns.push(name);
    }
    let text = format!(
        "INSERT INTO \"{}\" ({}) SELECT {} FROM ROWS FROM ({}) AS made({})",
        entity.table_name(),
        columns.join(", "),
        selected.join(", "),
        sources.join(", "),
        names.join(", "),
    );
    tx.db().execute_raw(sql(tx.db(), &text, parameters)).await?;
    Ok(())
}

/// What the values of a column are, for the driver and in SQL.
fn kind(values: &[SqlValue]) -> Result<(ArrayType, &'static str)> {
    Ok(match values.first() {
        Some(SqlValue::Bool(_)) => (ArrayType::Bool, "boolean"),
        Some(SqlValue::BigInt(_)) => (ArrayType::BigInt, "bigint"),
        Some(SqlValue::String(_)) => (ArrayType::String, "text"),
        Some(SqlValue::Uuid(_)) => (ArrayType::Uuid, "uuid"),
        Some(SqlValue::ChronoDateTimeUtc(_)) => (ArrayType::ChronoDateTimeUtc, "timestamptz"),
        Some(SqlValue::Bytes(_)) => (ArrayType::Bytes, "bytea"),
        Some(SqlValue::Json(_)) => (ArrayType::Json, "jsonb"),
        other => return Err(Error::internal(format!("a column of a kind that nobody has written yet: {other:?}"))),
    })
}

/// A value as PostgreSQL reads it from the text of JSON.
fn json(value: SqlValue) -> Result<Value> {
    Ok(match value {
        SqlValue::Bool(value) => value.into(),
        SqlValue::BigInt(value) => value.into(),
        SqlValue::String(value) => value.into(),
        SqlValue::Uuid(value) => value.map(|value| value.to_string()).into(),
        SqlValue::ChronoDateTimeUtc(value) => value.map(|value| value.to_rfc3339()).into(),
        SqlValue::Bytes(value) => value.map(|value| format!("\\x{}", crate::core::secret::hex(&value))).into(),
        // As text, for the cast: a string would lose its quotes.
        SqlValue::Json(value) => value.map(|value| value.to_string()).into(),
        other => return Err(Error::internal(format!("a column of a kind that nobody has written yet: {other:?}"))),
    })
}
