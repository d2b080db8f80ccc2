//! Who can be claimed with a domain, and who can't, with the reason. One expression decides for the plan, the claim and
//! each of its chunks.

use crate::core::{
    Result,
    account::reach::foreign_within,
    database::{in_ids, sql},
    text::DomainName,
};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use steward_entities::{domain, id::AccountId};

/// Over whom control is asserted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimScope {
    /// Every account in the domain when the claim begins.
    Everyone,
    /// These accounts alone.
    AccountIds(Vec<AccountId>),
}

/// Why an account is left out of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exclusion {
    /// Operators of the platform are never claimed.
    Operator,
    /// Your organization manages it already.
    AlreadyManaged,
    /// Another organization manages it.
    ManagedElsewhere,
    /// The address was never proved.
    Unverified,
    /// Another claim is pending.
    InAnotherClaim,
    /// Its deletion is scheduled.
    BeingDeleted,
    /// The person has deactivated the account.
    Deactivated,
    /// There is no such account in this domain.
    NotInDomain,
}

impl Exclusion {
    const ALL: [Self; 8] = [
        Self::Operator,
        Self::AlreadyManaged,
        Self::ManagedElsewhere,
        Self::Unverified,
        Self::InAnotherClaim,
        Self::BeingDeleted,
        Self::Deactivated,
        Self::NotInDomain,
    ];

    /// As it is spelled in SQL.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "OPERATOR",
            Self::AlreadyManaged => "ALREADY_MANAGED",
            Self::ManagedElsewhere => "MANAGED_ELSEWHERE",
            Self::Unverified => "UNVERIFIED",
            Self::InAnotherClaim => "IN_ANOTHER_CLAIM",
            Self::BeingDeleted => "BEING_DELETED",
            Self::Deactivated => "DEACTIVATED",
            Self::NotInDomain => "NOT_IN_DOMAIN",
        }
    }
}

/// What a claim would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many accounts would be claimed.
    pub claimable: i64,
    /// How many would be left out, by reason.
    pub excluded: Vec<(Exclusion, i64)>,
}

/// The word for an account that can be claimed, in the expression below.
const CLAIMABLE: &str = "CLAIMABLE";

/// Decides about one account `a`; `$1` is the organization.
const VERDICT: &str = "CASE \
    WHEN a.operator_at IS NOT NULL THEN 'OPERATOR' \
    WHEN a.managed_by = $1 THEN 'ALREADY_MANAGED' \
    WHEN a.managed_by IS NOT NULL THEN 'MANAGED_ELSEWHERE' \
    WHEN a.verified_at IS NULL THEN 'UNVERIFIED' \
    WHEN EXISTS (SELECT 1 FROM control_assertion c WHERE c.account_id = a.id AND c.status = 'PENDING') THEN 'IN_ANOTHER_CLAIM' \
    WHEN EXISTS (SELECT 1 FROM account_block b WHERE b.account_id = a.id AND b.kind = 'DELETION' AND b.lifted_at IS NULL) THEN 'BEING_DELETED' \
    WHEN EXISTS (SELECT 1 FROM account_block b WHERE b.account_id = a.id AND b.kind = 'DEACTIVATION' AND b.lifted_at IS NULL) THEN 'DEACTIVATED' \
    ELSE 'CLAIMABLE' END";

/// The half-open range of `email_domain_key` that a domain's proof covers.
fn range(domain: &domain::Model) -> (String, String) {
    if domain.include_subdomains.is_some()
        && let Ok(name) = DomainName::parse(&domain.name)
    {
        return name.key_range_with_subdomains();
    }
    // Without subdomains only the key itself: nothing lies between it and the key with one more byte, the smallest.
    (domain.name_key.clone(), format!("{}\u{1}", domain.name_key))
}

/// What leaves out the names within the domain that other organizations have proved, whose proof is nearer. They
/// are written out: parsed names hold letters, digits, hyphens and dots, and the list is empty nearly always.
async fn apart(db: &impl ConnectionTrait, domain: &domain::Model) -> Result<String> {
    let foreign = foreign_within(db, domain.organization_id, std::slice::from_ref(domain)).await?;
    let each = foreign.iter().map(|key| {
        let key = key.replace('\'', "''");
        let after = key.trim_end_matches('.');
        format!("AND NOT (a.email_domain_key >= '{key}' AND a.email_domain_key < '{after}/')")
    });
    Ok(each.collect::<Vec<_>>().join(" "))
}

#[derive(FromQueryResult)]
struct Row {
    verdict: String,
    accounts: i64,
}

/// Counts what a claim would do.
pub async fn count(db: &impl ConnectionTrait, domain: &domain::Model, scope: &ClaimScope) -> Result<Counts> {
    let (low, high) = range(domain);
    let apart = apart(db, domain).await?;
    let mut values: Vec<Value> = vec![domain.organization_id.into(), low.into(), high.into()];
    let mut counts = Counts::default();
    match scope {
        ClaimScope::Everyone => {
            let text = format!(
                "SELECT {VERDICT} AS verdict, COUNT(*) AS accounts FROM account a \
                 WHERE a.email_domain_key >= $2 AND a.email_domain_key < $3 {apart} GROUP BY 1"
            );
            add(&mut counts, Row::find_by_statement(sql(db, &text, values)).all(db).await?);
        }
        ClaimScope::AccountIds(ids) => {
            let mut seen = 0;
            for chunk in ids.chunks(1_000) {
                values.truncate(3);
                let these = in_ids(db, &mut values, chunk.iter().copied());
                let text = format!(
                    "SELECT {VERDICT} AS verdict, COUNT(*) AS accounts FROM account a \
                     WHERE a.email_domain_key >= $2 AND a.email_domain_key < $3 {apart} AND a.id {these} GROUP BY 1"
                );
                let rows = Row::find_by_statement(sql(db, &text, values.clone())).all(db).await?;
                seen += rows.iter().map(|row| row.accounts).sum::<i64>();
                add(&mut counts, rows);
            }
            let missing = i64::try_from(ids.len()).unwrap_or(i64::MAX) - seen;
            if missing > 0 {
                counts.excluded.push((Exclusion::NotInDomain, missing));
            }
        }
    }
    counts.excluded.sort_unstable();
    Ok(counts)
}

fn add(counts: &mut Counts, rows: Vec<Row>) {
    for row in rows {
        if row.verdict == CLAIMABLE {
            counts.claimable += row.accounts;
        } else if let Some(&reason) = Exclusion::ALL.iter().find(|reason| reason.as_str() == row.verdict) {
            match counts.excluded.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += row.accounts,
                None => counts.excluded.push((reason, row.accounts)),
            }
        }
    }
}

/// A place in the order of candidates: domain key and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The account's domain key.
    pub key: String,
    /// The account.
    pub id: AccountId,
}

/// A candidate as an organization sees it before it is claimed.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Candidate {
    /// The account.
    pub id: AccountId,
    /// Its address.
    pub email: String,
    /// Its domain key.
    pub email_domain_key: String,
    /// How the person is called; for the notice, never for the organization.
    pub display_name: String,
    /// The person's language.
    pub locale: String,
}

/// The next candidates after a place, at most `limit`, in the order of domain key and id. Who changes them locks them by
/// [`among`] afterwards, in the order in which everybody locks accounts.
pub async fn next(
    db: &impl ConnectionTrait,
    domain: &domain::Model,
    after: Option<&Place>,
    made_by: chrono::DateTime<chrono::Utc>,
    limit: u64,
) -> Result<Vec<Candidate>> {
    let (low, high) = range(domain);
    let apart = apart(db, domain).await?;
    let mut values: Vec<Value> = vec![domain.organization_id.into(), low.into(), high.into(), made_by.into()];
    let place = match after {
        Some(place) => {
            values.push(place.key.clone().into());
            values.push(place.id.into());
            "AND (a.email_domain_key, a.id) > ($5, $6)"
        }
        None => "",
    };
    let text = format!(
        "SELECT a.id, a.email, a.email_domain_key, a.display_name, a.locale FROM account a \
         WHERE a.email_domain_key >= $2 AND a.email_domain_key < $3 {apart} AND a.created_at <= $4 {place} \
         AND {VERDICT} = 'CLAIMABLE' ORDER BY a.email_domain_key, a.id LIMIT {limit}"
    );
    Ok(Candidate::find_by_statement(sql(db, &text, values)).all(db).await?)
}

/// Of these accounts those that can be claimed.
pub async fn among(
    db: &impl ConnectionTrait,
    domain: &domain::Model,
    ids: &[AccountId],
    lock: bool,
) -> Result<Vec<Candidate>> {
    let (low, high) = range(domain);
    let apart = apart(db, domain).await?;
    let mut values: Vec<Value> = vec![domain.organization_id.into(), low.into(), high.into()];
    let these = in_ids(db, &mut values, ids.iter().copied());
    let text = format!(
        "SELECT a.id, a.email, a.email_domain_key, a.display_name, a.locale FROM account a \
         WHERE a.email_domain_key >= $2 AND a.email_domain_key < $3 {apart} AND a.id {these} \
         AND {VERDICT} = 'CLAIMABLE' ORDER BY a.id{}",
        lock_words(db, lock),
    );
    Ok(Candidate::find_by_statement(sql(db, &text, values)).all(db).await?)
}

fn lock_words(db: &impl ConnectionTrait, lock: bool) -> &'static str {
    if lock && db.get_database_backend() == sea_orm::DbBackend::Postgres { " FOR NO KEY UPDATE OF a" } else { "" }
}
