//! Many rows at once.

use crate::core::{
    error::{Error, Result},
    tx::Tx,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, QueryTrait, Statement,
    Value as SqlValue, sea_query::ArrayType,
};
use serde_json::Value;
use std::future::Future;

/// How many rows go into one statement: far below the parameter limit of SQLite, 32,766.
pub const ROWS_PER_STATEMENT: usize = 1_000;

/// Inserts rows in statements of a bounded size. Every column of every row must be set.
///
/// # Errors
/// What the database says.
pub async fn insert_all<E: EntityTrait>(tx: &Tx<'_>, rows: Vec<E::ActiveModel>) -> Result<()> {
    insert(tx, ready::<E>(tx, rows)?).await
}

/// Rows as statements. Making them takes about as long as running them does.
pub struct Ready(Vec<Statement>);

/// Makes the statements that insert these rows.
///
/// # Errors
/// When a column isn't set.
pub fn ready<E: EntityTrait>(tx: &Tx<'_>, mut rows: Vec<E::ActiveModel>) -> Result<Ready> {
    let backend = tx.db().get_database_backend();
    let mut statements = Vec::new();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        let mut some = std::mem::replace(&mut rows, rest);
        statements.push(match some.len() {
            1 => E::insert_many(some).build(backend),
            _ => by_column::<E>(backend, &mut some)?,
        });
    }
    Ok(Ready(statements))
}

/// Runs them.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &Tx<'_>, Ready(statements): Ready) -> Result<()> {
    for statement in statements {
        tx.db().execute_raw(statement).await?;
    }
    Ok(())
}

/// Makes what comes next while the database, on a thread or a machine of its own, is busy with what comes first.
///
/// # Errors
/// Those of the writing.
pub async fn while_writing<T>(writing: impl Future<Output = Result<()>>, make: impl FnOnce() -> T) -> Result<T> {
    // In this order: the first is on its way before the second begins.
    let (written, made) = futures::join!(writing, async { make() });
    written.map(|()| made)
}

/// A statement in which a column that is the same in all rows is one parameter. Most are, in rows that one change writes.
fn by_column<E: EntityTrait>(backend: DbBackend, rows: &mut [E::ActiveModel]) -> Result<Statement> {
    let (mut columns, mut selected, mut parameters) = (Vec::new(), Vec::new(), Vec::new());
    let mut varying = Varying::default();
    for column in E::Column::iter() {
        let name = format!("\"{}\"", column.as_str());
        let value = |row: &mut E::ActiveModel| row.take(column).into_value();
        let values: Option<Vec<SqlValue>> = rows.iter_mut().map(value).collect();
        let values = values.ok_or_else(|| Error::internal(format!("{} isn't set", column.as_str())))?;
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            parameters.extend(values.into_iter().next());
            selected.push(mark(backend, parameters.len()));
        } else {
            selected.push(format!("made.{name}"));
            varying.names.push(name.clone());
            varying.columns.push(values);
        }
        columns.push(name);
    }
    let source = match backend {
        DbBackend::Postgres => varying.into_arrays(&mut parameters)?,
        _ => varying.into_rows(&mut parameters),
    };
    let (table, columns, selected) = (E::default(), columns.join(", "), selected.join(", "));
    let text = format!("INSERT INTO \"{}\" ({columns}) SELECT {selected} FROM {source}", table.table_name());
    Ok(Statement::from_sql_and_values(backend, text, parameters))
}

/// A parameter, written in the order of the values: SQLite looks a numbered one up in a list of all.
fn mark(backend: DbBackend, place: usize) -> String {
    if backend == DbBackend::Postgres { format!("${place}") } else { "?".to_owned() }
}

/// The columns whose values vary from row to row.
#[derive(Default)]
struct Varying {
    names: Vec<String>,
    columns: Vec<Vec<SqlValue>>,
}

impl Varying {
    /// One parameter for each value.
    fn into_rows(self, parameters: &mut Vec<SqlValue>) -> String {
        let row = format!("({})", vec!["?"; self.names.len()].join(", "));
        let columns = self.names.iter().zip(1..).map(|(name, place)| format!("column{place} AS {name}"));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let mut columns_of_values: Vec<_> = self.columns.into_iter().map(Vec::into_iter).collect();
        let mut rows = Vec::new();
        loop {
            let values: Vec<SqlValue> = columns_of_values.iter_mut().filter_map(Iterator::next).collect();
            if values.is_empty() {
                break;
            }
            parameters.extend(values);
            rows.push(row.as_str());
        }
        format!("(SELECT {columns} FROM (VALUES {})) AS made", rows.join(", "))
    }

    /// One parameter for each column. PostgreSQL takes longer to read and plan a statement with thousands of parameters
    /// than to write the rows; this one is short, nearly always the same, and planned once.
    fn into_arrays(self, parameters: &mut Vec<SqlValue>) -> Result<String> {
        let mut sources = Vec::new();
        let mut columns = Vec::new();
        for (name, values) in self.names.iter().zip(self.columns) {
            let (kind, spelling) = kind(&values)?;
            let place = parameters.len() + 1;
            let source = format!("value{place}");
            if values.contains(&values[0].as_null()) {
                // The driver's arrays hold no nulls.
                let values = values.into_iter().map(json).collect::<Result<Vec<_>>>()?;
                sources.push((source.clone(), format!("json_array_elements_text(${place}::json)")));
                columns.push(format!("{source}::{spelling} AS {name}"));
                parameters.push(Value::Array(values).to_string().into());
            } else {
                sources.push((source.clone(), format!("unnest(${place}::{spelling}[])")));
                columns.push(format!("{source} AS {name}"));
                parameters.push(SqlValue::Array(kind, Some(Box::new(values))));
            }
        }
        let (names, sources): (Vec<_>, Vec<_>) = sources.into_iter().unzip();
        Ok(format!(
            "(SELECT {} FROM ROWS FROM ({}) AS given({})) AS made",
            columns.join(", "),
            sources.join(", "),
            names.join(", ")
        ))
    }
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
