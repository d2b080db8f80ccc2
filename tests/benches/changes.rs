//! W4: an account is suspended, with event, notice and delivery in one transaction, beside a bare handler that runs the
//! same statements.

use crate::{
    Size, dataset,
    load::{self, Requests},
    process::Server,
    reads::administrators,
    turns::compare,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait, Value,
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use steward_entities::kinds::RoleName;
use uuid::Uuid;

const SUSPEND: &str = "mutation Suspend($input: SuspendAccountInput!) { suspendAccount(input: $input) { account { id } \
    userErrors { code message } } }";

/// Measures it on each database.
pub async fn run(size: Size) {
    for &engine in size.database.engines() {
        let Some(app) = dataset::installation(engine).await else { continue };
        dataset::managed(&app, size.accounts).await;
        let tokens = Arc::new(administrators(&app, dataset::largest(), size.callers, RoleName::UserAdmin).await);
        let (ours, bare) = (Server::ours(&app, size, "api").await, Server::bare(&app, size).await);
        let requests = [ours_of(size.accounts, tokens), bare_of(size.accounts)];
        compare(&format!("W4, {engine:?}"), size, [&ours, &bare], &requests).await;
    }
}

/// Whom a request suspends. Each of the two servers has its own half of the accounts; a repeated one has new words, and
/// replaces the suspension that is there.
fn account(accounts: usize, half: u64, caller: usize, n: u64) -> String {
    let most = (dataset::in_the_largest(accounts) as u64 / 2).max(1);
    let number = (load::scattered(caller, n) % most) * 2 + half;
    dataset::account_id(usize::try_from(number).unwrap_or_default()).to_string()
}

fn ours_of(accounts: usize, tokens: Arc<Vec<String>>) -> Requests {
    // Each turn begins with the same accounts.
    let requests = AtomicU64::new(0);
    Arc::new(move |caller, n| {
        let token = tokens.get(caller % tokens.len()).map(String::as_str);
        let input = json!({
            "organizationId": dataset::largest().to_string(),
            "accountId": account(accounts, 0, caller, n),
            "reason": "measured",
            "message": format!("This is suspension {}.", requests.fetch_add(1, Ordering::Relaxed)),
        });
        load::graphql(token, None, SUSPEND, json!({ "input": input }))
    })
}

fn bare_of(accounts: usize) -> Requests {
    Arc::new(move |caller, n| {
        let id = account(accounts, 1, caller, n);
        let id: steward_entities::id::AccountId = id.parse().expect("an id");
        let path = format!("suspend/{}/{}", dataset::largest().0, id.0);
        load::get(&path)
    })
}

/// The statements of one change, as our server runs them, with what each is given.
struct Change {
    organization: Value,
    account: Value,
    now: Value,
    reason: String,
    ids: [Value; 5],
}

const SESSION: &str = "SELECT s.id, s.account_id, s.token_hash, s.user_agent, s.ip_address, s.created_at, s.last_used_at, \
    s.expires_at, s.reauthenticated_at, s.ended_at, a.id, a.email, a.password_hash, a.display_name, a.locale, \
    a.operator_at, a.managed_by, a.created_at, a.version, r.organization_id, r.role, EXISTS (SELECT 1 FROM account_block b \
    WHERE b.account_id = a.id AND b.lifted_at IS NULL AND (b.until IS NULL OR b.until > $2)) FROM session s \
    JOIN account a ON a.id = s.account_id LEFT JOIN role r ON r.account_id = a.id AND r.asleep_at IS NULL \
    WHERE s.ended_at IS NULL AND s.expires_at > $2 AND s.account_id = (SELECT account_id FROM role WHERE organization_id = $1 LIMIT 1)";

impl Change {
    fn statements(&self, backend: DbBackend) -> Vec<(String, Vec<Value>)> {
        let (organization, account, now) = (self.organization.clone(), self.account.clone(), self.now.clone());
        let [block, notice, delivery, event, change] = self.ids.clone();
        let lock = if backend == DbBackend::Postgres { " FOR UPDATE" } else { "" };
        let ours = || vec![organization.clone(), account.clone()];
        let caller = || (SESSION.to_owned(), vec![organization.clone(), now.clone()]);
        let plain = |text: &str, values: Vec<Value>| (text.to_owned(), values);
        vec![
            caller(),
            (format!("SELECT * FROM account WHERE id = $1{lock}"), vec![account.clone()]),
            plain("SELECT account_id, role FROM role WHERE organization_id = $1 AND account_id = $2", ours()),
            plain(
                "SELECT account_id FROM membership WHERE organization_id = $1 AND account_id = $2 AND status = 'ACTIVE'",
                ours(),
            ),
            plain(
                "SELECT account_id FROM control_assertion WHERE organization_id = $1 AND account_id = $2 AND status = 'PENDING'",
                ours(),
            ),
            plain(
                "SELECT max(created_at) FROM account_block WHERE organization_id = $1 AND account_id = $2 AND kind = 'PASSWORD_RESET'",
                ours(),
            ),
            plain(
                "SELECT * FROM account_block WHERE account_id = $1 AND lifted_at IS NULL ORDER BY id",
                vec![account.clone()],
            ),
            plain(
                "SELECT account_id FROM email_change WHERE organization_id = $1 AND account_id = $2 AND status = 'WAITING_FOR_APPROVAL'",
                ours(),
            ),
            plain(
                "SELECT * FROM domain WHERE organization_id = $1 AND removed_at IS NULL AND status IN ('VERIFIED', 'LAPSING')",
                vec![organization.clone()],
            ),
            plain("SELECT * FROM organization WHERE id = $1", vec![organization.clone()]),
            caller(),
            plain(
                "UPDATE account_block SET lifted_at = $1 WHERE account_id = $2 AND kind = 'SUSPENSION' AND lifted_at IS NULL AND organization_id = $3",
                vec![now.clone(), account.clone(), organization.clone()],
            ),
            plain(
                "INSERT INTO account_block (id, account_id, organization_id, kind, reason, created_at) VALUES ($1, $2, $3, 'SUSPENSION', $4, $5)",
                vec![block, account.clone(), organization.clone(), self.reason.clone().into(), now.clone()],
            ),
            plain(
                "UPDATE session SET ended_at = $1 WHERE account_id = $2 AND ended_at IS NULL",
                vec![now.clone(), account.clone()],
            ),
            plain(
                "UPDATE email_change SET status = 'CANCELED', ended_at = $1 WHERE account_id = $2 AND status IN ('PENDING', 'WAITING_FOR_APPROVAL', 'APPROVED')",
                vec![now.clone(), account.clone()],
            ),
            plain(
                "UPDATE token SET revoked_at = $1 WHERE account_id = $2 AND purpose IN ('PASSWORD_RESET', 'ACCOUNT_INVITATION', 'EMAIL_CHANGE') AND used_at IS NULL AND revoked_at IS NULL",
                vec![now.clone(), account.clone()],
            ),
            plain(
                "INSERT INTO notice (id, account_id, organization_id, kind, content, locale, created_at) VALUES ($1, $2, $3, 'account_suspended', $4, 'en', $5)",
                vec![
                    notice.clone(),
                    account.clone(),
                    organization.clone(),
                    json!({ "kind": "account_suspended", "email": "person@acme.test", "until": null, "contact": "admin@example.com", "message": null, "organization": "Organization 0" }).into(),
                    now.clone(),
                ],
            ),
            plain(
                "INSERT INTO delivery (id, notice_id, channel, address, recipient_name, status, attempts, next_attempt_at, lease, created_at) VALUES ($1, $2, 'EMAIL', 'person@acme.test', 'Person', 'QUEUED', 0, $3, 0, $3)",
                vec![delivery, notice, now.clone()],
            ),
            plain(
                "INSERT INTO event_stream (id, next_position) VALUES ($1, 2) ON CONFLICT (id) DO UPDATE SET next_position = event_stream.next_position + 1 RETURNING next_position",
                vec![organization.clone()],
            ),
            plain(
                "INSERT INTO event (id, stream_id, position, change_id, action, actor_kind, account_id, commitment, request_id, occurred_at) \
                 VALUES ($1, $2, (SELECT next_position - 1 FROM event_stream WHERE id = $2), $3, 'suspendAccount', 'ACCOUNT', $4, $5, 'req_0123456789abcdef', $6)",
                vec![event.clone(), organization.clone(), change, account.clone(), vec![0u8; 32].into(), now.clone()],
            ),
            plain(
                "INSERT INTO event_detail (event_id, account_id, salt, details) VALUES ($1, $2, $3, $4)",
                vec![
                    event,
                    account,
                    vec![0u8; 16].into(),
                    json!({ "until": null, "reason": self.reason, "message": null }).into(),
                ],
            ),
        ]
    }
}

/// Numbers for the ids of rows, apart from what our server makes.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What the bare handler does for one account.
pub async fn suspend(db: &DatabaseConnection, organization: Uuid, account: Uuid, now: chrono::DateTime<chrono::Utc>) {
    let backend = db.get_database_backend();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let ids = std::array::from_fn(|place| {
        Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + u128::from(number) * 8 + place as u128).into()
    });
    let change = Change {
        organization: organization.into(),
        account: account.into(),
        now: now.into(),
        reason: format!("measured, {number}"),
        ids,
    };
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = db.begin_with_options(options).await.expect("a transaction");
    for (text, values) in change.statements(backend) {
        let statement = Statement::from_sql_and_values(backend, &text, values);
        if text.starts_with("SELECT") {
            transaction.query_all_raw(statement).await.expect("rows");
        } else {
            transaction.execute_raw(statement).await.expect("a change");
        }
    }
    transaction.commit().await.expect("a change");
}
