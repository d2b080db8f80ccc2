//! How databases find what a statement asks for, as they tell it themselves.

use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{PostgresQueryBuilder, QueryBuilder},
};
use steward::core::{ReadConnection, read_connection::with_limits};
use steward_tests::TestApp;

/// Runs statements of a test's own.
pub async fn run(app: &TestApp, sql: &str) {
    app.database.execute_unprepared(sql).await.unwrap();
}

/// How a statement is done: on PostgreSQL run, with what each step finds; on SQLite as it would be.
pub async fn plan(db: &impl ConnectionTrait, statement: Statement) -> String {
    let (explain, detail) = match db.get_database_backend() {
        DbBackend::Postgres => ("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let rows = db.query_all_raw(Statement { sql: format!("{explain} {}", statement.sql), ..statement }).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", detail).unwrap() + "\n").collect()
}

/// A number after these words, as PostgreSQL writes it.
fn number(line: &str, words: &str) -> Option<f64> {
    line.split_once(words)?.1.split([' ', ')']).next()?.parse().ok()
}

/// How many rows the step of a plan finds that finds the most, and how many all steps together throw away.
pub fn seen(plan: &str) -> (f64, f64) {
    let (mut most, mut in_vain, mut loops) = (0.0_f64, 0.0, 1.0);
    for line in plan.lines() {
        if let Some(each) = number(line, " rows=") {
            // What a step tells is the average of its turns.
            loops = number(line, "loops=").unwrap_or(1.0);
            most = most.max(each * loops);
        }
        if line.contains("Rows Removed by ") {
            in_vain += number(line, ": ").unwrap() * loops;
        }
    }
    (most, in_vain)
}

/// That no step of a plan finds more rows than these, nor all of them together throw more away. SQLite tells neither.
#[track_caller]
pub fn sees_at_most(few: f64, plan: &str) {
    assert!(plan.contains(" rows=") || plan.contains("SEARCH "), "a plan as it is written: {plan}");
    let (most, in_vain) = seen(plan);
    assert!(most <= few && in_vain <= few, "{most} rows, {in_vain} in vain: {plan}");
}

/// What PostgreSQL keeps of a statement that runs often: it plans it five times for its values, and then keeps one plan for
/// all, if that looks no dearer to it.
pub struct Kept {
    request: ReadConnection,
    name: String,
    text: String,
    mode: &'static str,
}

impl Kept {
    /// Runs this statement often, and sees to it that its plan is kept.
    pub async fn of(app: &TestApp, statement: Statement) -> Self {
        Self::run(app, statement, "auto", 12).await
    }

    /// What it would keep, whether or not that looks dear to it.
    pub async fn whether_or_not(app: &TestApp, statement: Statement) -> Self {
        Self::run(app, statement, "force_generic_plan", 1).await
    }

    async fn run(app: &TestApp, statement: Statement, mode: &'static str, often: usize) -> Self {
        let request = ReadConnection::new(&app.steward.readers);
        for _ in 0..often {
            request.query_all_raw(statement.clone()).await.unwrap();
        }
        let text = with_limits(statement.sql.clone(), statement.values.as_ref().unwrap());
        let find = "SELECT name FROM pg_prepared_statements WHERE statement = $1";
        let find = Statement::from_sql_and_values(DbBackend::Postgres, find, [text.into()]);
        let found = request.query_one_raw(find).await.unwrap().unwrap();
        Self { request, name: found.try_get_by_index(0).unwrap(), text: statement.sql, mode }
    }

    /// How the plan that is kept finds the same with other values.
    pub async fn plan(&self, other: Statement) -> String {
        assert_eq!(other.sql, self.text);
        let values = other.values.unwrap();
        let spelled = |value| match PostgresQueryBuilder.value_to_string(value) {
            ids if ids.starts_with("ARRAY") => ids + "::uuid[]",
            other => other,
        };
        let values: Vec<_> = values.iter().map(spelled).collect();
        self.set_mode(self.mode).await;
        let before = self.times_kept().await;
        let execute = format!("EXECUTE {} ({})", self.name, values.join(", "));
        let plan = plan(&self.request, Statement::from_string(DbBackend::Postgres, execute)).await;
        assert_eq!(self.times_kept().await, before + 1, "it was planned for its values: {plan}");
        // The connection is another request's soon.
        self.set_mode("auto").await;
        plan
    }

    async fn set_mode(&self, mode: &str) {
        let set = Statement::from_string(DbBackend::Postgres, format!("SET plan_cache_mode = {mode}"));
        self.request.query_all_raw(set).await.unwrap();
    }

    async fn times_kept(&self) -> i64 {
        let find = "SELECT generic_plans FROM pg_prepared_statements WHERE name = $1";
        let find = Statement::from_sql_and_values(DbBackend::Postgres, find, [self.name.clone().into()]);
        self.request.query_one_raw(find).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }
}
