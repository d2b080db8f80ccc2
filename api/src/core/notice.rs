//! Notices: what a change tells the people whom it touches, written with it.

use crate::{
    core::{
        error::Result,
        insert::{insert, ready, while_writing},
        text::EmailAddress,
        tx::Tx,
    },
    notices::content::{Content, NoticeKind},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set, prelude::Expr};
use std::collections::{BTreeMap, BTreeSet};
use steward_entities::{
    account, delivery,
    id::{AccountId, DeliveryId, NoticeId, OrganizationId, TokenId},
    kinds::{Channel, DeliveryStatus},
    notice, notice_mention, organization,
};

/// Why a change tells nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The person did it to their own account, and sees it at once.
    OwnAct,
    /// A service did what the person asked it for, where the person works; or an app what they were told that it does.
    InTheirName,
    /// It touches no person.
    NobodyIsAffected,
    /// A job tells whoever is concerned: the owner of an address, or the people of a claim, chunk by chunk.
    JobTells,
    /// Whoever has the command line takes back what only they could give: powers over others. The person's own account
    /// is as it was.
    StaffMatter,
    /// It records what became of a notice.
    AboutANotice,
    /// A dry run, or nothing changed.
    NothingChanged,
    /// People are told when control is asserted, and when it takes effect; importing changes nothing for them yet.
    ToldWhenInvited,
}

/// The notices of one change.
pub enum Notices {
    /// At least one.
    Send(Vec<NoticeDraft>),
    /// None, for a stated reason.
    None(Silence),
}

impl Notices {
    /// One notice.
    #[must_use]
    pub fn one(notice: NoticeDraft) -> Self {
        Self::Send(vec![notice])
    }

    /// Several; if there are none, for the stated reason.
    #[must_use]
    pub fn many(notices: Vec<NoticeDraft>, otherwise: Silence) -> Self {
        if notices.is_empty() { Self::None(otherwise) } else { Self::Send(notices) }
    }
}

/// Whom a notice is for.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Their account, where they have one.
    pub account: Option<AccountId>,
    /// The stored address; mail goes nowhere else.
    pub address: String,
    /// How they are addressed.
    pub name: String,
    /// Their language.
    pub locale: String,
}

impl Recipient {
    /// Whom a mail to this address reaches. If it belongs to an account, that is the account's stored address and no
    /// other spelling; nothing else tells that there is one.
    pub async fn at(tx: &Tx<'_>, address: &EmailAddress) -> Result<Self> {
        let account = account::Entity::find()
            .filter(account::Column::EmailCanonical.eq(address.canonical()))
            .one(tx.db())
            .await?;
        Ok(Self {
            account: None,
            address: account.map_or_else(|| address.as_str().to_owned(), |account| account.email),
            name: String::new(),
            locale: "en".to_owned(),
        })
    }
}

impl From<&account::Model> for Recipient {
    fn from(account: &account::Model) -> Self {
        Self {
            account: Some(account.id),
            address: account.email.clone(),
            name: account.display_name.clone(),
            locale: account.locale.clone(),
        }
    }
}

/// Whom people ask about an organization.
#[must_use]
pub fn contact(organization: &organization::Model) -> String {
    organization.administrative_email.clone().unwrap_or_else(|| format!("the administrators of {}", organization.name))
}

/// One notice, before it is written.
pub struct NoticeDraft {
    id: NoticeId,
    to: Recipient,
    organization: Option<OrganizationId>,
    content: Content,
    link: Option<TokenId>,
    mentions: BTreeMap<String, BTreeSet<&'static str>>,
}

/// Stands for all fields of a notice, and for where it went.
pub const ALL_FIELDS: &str = "*";

impl NoticeDraft {
    /// A notice to one person.
    #[must_use]
    pub fn new(tx: &Tx<'_>, to: impl Into<Recipient>, content: Content) -> Self {
        Self { id: tx.id(), to: to.into(), organization: None, content, link: None, mentions: BTreeMap::new() }
    }

    /// The organization on whose behalf it is sent; its administrators see it.
    #[must_use]
    pub fn on_behalf_of(self, organization: impl Into<Option<OrganizationId>>) -> Self {
        Self { organization: organization.into(), ..self }
    }

    /// The link that its mail carries.
    #[must_use]
    pub fn with_link(self, token: TokenId) -> Self {
        Self { link: Some(token), ..self }
    }

    /// Sends it to another address of the same person.
    pub fn redirect(&mut self, address: &EmailAddress) {
        address.as_str().clone_into(&mut self.to.address);
    }

    /// Says that these fields name somebody other than whom it is for: their account, else their address. Whoever is
    /// erased later is erased there too. Nobody, where Steward itself or a key is named.
    #[must_use]
    pub fn naming(mut self, whom: impl Into<Option<Named>>, fields: &[&'static str]) -> Self {
        self.name(whom, fields);
        self
    }

    fn name(&mut self, whom: impl Into<Option<Named>>, fields: &[&'static str]) {
        if let Some(Named(subject)) = whom.into() {
            self.mentions.entry(subject).or_default().extend(fields);
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> NoticeId {
        self.id
    }
}

/// Somebody whom a notice names.
#[derive(Clone, Debug)]
pub struct Named(String);

impl Named {
    /// Who signed in, where a person acts.
    #[must_use]
    pub fn caller(tx: &Tx<'_>) -> Option<Self> {
        tx.caller().person().map(|person| person.account.id.into())
    }

    /// Whoever has this address, now or later.
    #[must_use]
    pub fn address(address: &str) -> Self {
        Self(EmailAddress::parse(address).map_or_else(|_| address.to_lowercase(), |parsed| parsed.canonical()))
    }
}

impl From<Named> for String {
    fn from(named: Named) -> Self {
        named.0
    }
}

impl From<AccountId> for Named {
    fn from(account: AccountId) -> Self {
        Self(account.to_string())
    }
}

/// A change that tells more people than this is one of many: nobody waits for its mail at a screen.
const MANY: usize = 20;
/// Word to owners that somebody else has power over what is theirs: however many they are, they may have to act now.
const OF_POWER: [NoticeKind; 2] = [NoticeKind::OwnerAdded, NoticeKind::ApiKeyCreated];
/// The turn of mail that somebody may be waiting for.
const AT_ONCE: i64 = 0;
/// The turn of mail to many.
const AMONG_MANY: i64 = 1;

pub(in crate::core) async fn write(tx: &Tx<'_>, notices: Notices) -> Result<bool> {
    let Notices::Send(mut drafts) = notices else {
        return Ok(false);
    };
    let is_of_power = |draft: &NoticeDraft| OF_POWER.contains(&draft.content.kind());
    let is_many = drafts.iter().filter(|draft| !is_of_power(draft)).count() > MANY;
    let mut rows = Vec::with_capacity(drafts.len());
    for draft in &mut drafts {
        if draft.to.account.is_none() {
            let to = Named::address(&draft.to.address);
            draft.name(to, &[ALL_FIELDS]);
        }
        rows.push(notice::ActiveModel {
            id: Set(draft.id),
            account_id: Set(draft.to.account),
            organization_id: Set(draft.organization),
            kind: Set(draft.content.kind().as_str().to_owned()),
            content: Set(serde_json::to_value(&draft.content)?),
            locale: Set(draft.to.locale.clone()),
            token_id: Set(draft.link),
            created_at: Set(tx.now()),
            seen_at: Set(None),
            acknowledged_at: Set(None),
        });
    }
    let rows = ready::<notice::Entity>(tx, rows)?;
    let (deliveries, mentions) = while_writing(insert(tx, rows), || {
        let delivery = |draft: &NoticeDraft| {
            let priority = if is_many && !is_of_power(draft) { AMONG_MANY } else { AT_ONCE };
            delivery::ActiveModel { priority: Set(priority), ..queued(tx, draft.id, &draft.to) }
        };
        let mention = |draft: &NoticeDraft, subject: &String, fields: &BTreeSet<&str>| notice_mention::ActiveModel {
            subject: Set(subject.clone()),
            notice_id: Set(draft.id),
            fields: Set(fields.iter().copied().collect::<Vec<_>>().join(",")),
        };
        let of = |draft| move |(subject, fields)| mention(draft, subject, fields);
        let mentions = drafts.iter().flat_map(|draft| draft.mentions.iter().map(of(draft)));
        let deliveries = ready::<delivery::Entity>(tx, drafts.iter().map(delivery).collect());
        (deliveries, ready::<notice_mention::Entity>(tx, mentions.collect()))
    })
    .await?;
    insert(tx, deliveries?).await?;
    insert(tx, mentions?).await?;
    Ok(true)
}

/// A notice on its way by mail to this address.
pub fn queued(tx: &Tx<'_>, notice: NoticeId, to: &Recipient) -> delivery::ActiveModel {
    delivery::ActiveModel {
        id: Set(tx.id::<DeliveryId>()),
        notice_id: Set(notice),
        channel: Set(Channel::Email),
        address: Set(to.address.clone()),
        recipient_name: Set(to.name.clone()),
        status: Set(DeliveryStatus::Queued),
        priority: Set(AT_ONCE),
        attempts: Set(0),
        next_attempt_at: Set(Some(tx.now())),
        last_error: Set(None),
        text_hash: Set(None),
        leased_until: Set(None),
        lease: Set(0),
        created_at: Set(tx.now()),
        sent_at: Set(None),
        failed_at: Set(None),
    }
}

/// What is still on its way of a notice is sent to another address instead.
pub async fn reroute(tx: &Tx<'_>, notice: NoticeId, to: &Recipient) -> Result<()> {
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(DeliveryStatus::Suppressed))
        .col_expr(delivery::Column::NextAttemptAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(delivery::Column::Lease, Expr::col(delivery::Column::Lease).add(1))
        .filter(delivery::Column::NoticeId.eq(notice))
        .filter(delivery::Column::Status.eq(DeliveryStatus::Queued))
        .exec(tx.db())
        .await?;
    queued(tx, notice, to).insert(tx.db()).await?;
    Ok(())
}
