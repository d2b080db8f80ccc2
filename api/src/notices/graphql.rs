//! Notices in the schema.

use crate::{
    core::{Error, Result as CoreResult},
    graphql::{
        Settled, Viewer,
        error::{read, top_level},
        input::id,
        notice_kind::NoticeKindName,
        page::{List, Page},
        settle,
    },
    notices::{
        acknowledge_notice::{AcknowledgeNotice, Which},
        content::{Content, NoticeKind, Rendered},
        deliver::sender,
        read::{NoticeFilter, NoticeRow},
        resend_notice::ResendNotice,
    },
    organizations::graphql::Organization,
    payload,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use steward_entities::{
    delivery,
    id::{AccountId, OrganizationId},
    kinds,
};

/// What became of a notice on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kinds::DeliveryStatus")]
pub enum DeliveryStatus {
    /// Waiting for its next try.
    Queued,
    /// The mail server has taken it.
    Sent,
    /// Refused for good, or tried for five days in vain.
    Failed,
    /// Not sent, because what it tells is no longer so, or it was sent again instead.
    Suppressed,
}

/// How a notice travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "NoticeChannel", remote = "kinds::Channel")]
pub enum Channel {
    /// By mail.
    Email,
}

/// One notice on its way over one channel.
pub struct Delivery {
    row: delivery::Model,
    shows_address: bool,
}

/// One notice on its way over one channel.
#[Object(name = "NoticeDelivery")]
impl Delivery {
    /// Over which channel.
    async fn channel(&self) -> Channel {
        self.row.channel.into()
    }

    /// Where it went. Null when your organization doesn't see this person's address.
    async fn address(&self) -> Option<&str> {
        self.shows_address.then_some(self.row.address.as_str())
    }

    /// What became of it.
    async fn status(&self) -> DeliveryStatus {
        self.row.status.into()
    }

    /// How often it was tried.
    async fn attempts(&self) -> i64 {
        self.row.attempts
    }

    /// What the last try met, in the mail server's words. Null when nothing went wrong, or they could name an address
    /// that your organization doesn't see.
    async fn last_error(&self) -> Option<&str> {
        self.row.last_error.as_deref().filter(|_| self.shows_address)
    }

    /// When it is tried next; null when it isn't.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.row.next_attempt_at
    }

    /// When the mail server accepted it.
    async fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.row.sent_at
    }

    /// When it failed for good.
    async fn failed_at(&self) -> Option<DateTime<Utc>> {
        self.row.failed_at
    }

    /// SHA-256 of the text that was sent, without its link, in hexadecimal: it proves what the person was told.
    async fn text_hash(&self) -> Option<String> {
        self.row.text_hash.as_deref().map(crate::core::secret::hex)
    }
}

/// A message to a person, kept as a record.
pub struct Notice(pub NoticeRow);

/// A message to a person about something that touches them, kept as a record.
#[Object]
impl Notice {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.notice.id.to_string().into()
    }

    /// What it tells.
    async fn kind(&self) -> Result<NoticeKindName> {
        let kind: Result<NoticeKind, _> = self.0.notice.kind.parse();
        Ok(read(kind.map_err(Error::internal))?.into())
    }

    /// Its subject.
    async fn subject(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.render(ctx)?.subject)
    }

    /// Its text. In the place of the secret link, which its reader alone has, stands a sentence.
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.render(ctx)?.text)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.notice.created_at
    }

    /// When the person opened it.
    async fn seen_at(&self) -> Option<DateTime<Utc>> {
        self.0.notice.seen_at
    }

    /// When the person said that they have read it.
    async fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        self.0.notice.acknowledged_at
    }

    /// The organization on whose behalf it was sent, if you administer it.
    async fn organization(&self, ctx: &Context<'_>) -> Option<Organization> {
        let organization = self.0.organization.clone()?;
        let reads = Viewer::of(ctx).reader().reads(organization.id);
        reads.then_some(organization.into())
    }

    /// The name of the organization on whose behalf it was sent; null when it came from the platform itself.
    async fn organization_name(&self) -> Option<&str> {
        self.0.organization.as_ref().map(|organization| organization.name.as_str())
    }

    /// What became of it on its way, oldest first.
    async fn deliveries(&self) -> Vec<Delivery> {
        let each = |row: &delivery::Model| Delivery { row: row.clone(), shows_address: self.0.shows_addresses };
        self.0.deliveries.iter().map(each).collect()
    }
}

impl Notice {
    fn render(&self, ctx: &Context<'_>) -> Result<Rendered> {
        let notice = &self.0.notice;
        let name = self.0.deliveries.last().map_or("", |delivery| delivery.recipient_name.as_str());
        let content: Result<Content, _> = serde_json::from_value(notice.content.clone());
        let content = content.map_err(|error| top_level(error.into()))?;
        let sender = sender(&Viewer::of(ctx).steward().policy);
        let rendered = content.render(&notice.locale, name, None, &sender);
        rendered.map_err(|error| top_level(Error::internal(error)))
    }
}

/// A page of notices.
pub fn list(rows: crate::graphql::page::Rows<NoticeRow>) -> List<Notice> {
    rows.connection(|row| vec![row.notice.id.0.to_string()], Notice)
}

/// Which notices are wanted; what is left out doesn't narrow.
#[derive(Default, InputObject)]
pub struct NoticeFilterInput {
    /// Those that tell this.
    kind: Option<NoticeKindName>,
    /// Those of which a delivery is in this state.
    status: Option<DeliveryStatus>,
    /// Those for this person.
    account_id: Option<ID>,
}

impl NoticeFilterInput {
    /// As the reader takes it.
    pub fn parse(&self) -> CoreResult<NoticeFilter> {
        let account = self.account_id.as_ref().map(|text| text.parse::<AccountId>()).transpose();
        Ok(NoticeFilter {
            kind: self.kind.map(Into::into),
            status: self.status.map(Into::into),
            account: account.map_err(|error| Error::BadRequest(format!("filter.accountId: this {error}.")))?,
        })
    }
}

/// What a signed-in person has to do with notices.
pub struct ViewerNotices;

#[Object]
impl ViewerNotices {
    /// Your notices, oldest first: what organizations, operators and you yourself have done to your account.
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<List<Notice>> {
        let page = Page { first, after, last, before };
        Ok(list(read(Viewer::of(ctx).reader().own_notices(&page).await)?))
    }
}

/// Which notice you have read: give one of the two.
#[derive(InputObject)]
pub struct AcknowledgeNoticeInput {
    /// The id of one of your own notices; for this you must be signed in.
    notice_id: Option<ID>,
    /// The secret at the end of the link in the notice's mail; for this you needn't be signed in.
    token: Option<String>,
}

/// Which notice is to be sent again.
#[derive(InputObject)]
pub struct ResendNoticeInput {
    /// The organization on whose behalf it was sent.
    organization_id: ID,
    /// The notice.
    notice_id: ID,
}

payload! {
    /// What came of `acknowledgeNotice`.
    AcknowledgeNoticePayload {
        /// The notice.
        notice: Option<Notice>,
    }
}

payload! {
    /// What came of `resendNotice`.
    ResendNoticePayload {
        /// The notice, with its new delivery.
        notice: Option<Notice>,
    }
}

/// Changes of notices.
#[derive(Default)]
pub struct NoticeMutation;

#[Object]
impl NoticeMutation {
    /// Says that you have read a notice. It accepts nothing: what the notice tells comes as it says. For a notice of
    /// coming control, the notice period begins now at the latest.
    async fn acknowledge_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notice.")] input: AcknowledgeNoticeInput,
    ) -> Settled<AcknowledgeNoticePayload> {
        settle(acknowledge(Viewer::of(ctx), input).await)
    }

    /// Sends a notice once more, to the address that the person has today. Not within an hour after it was sent, and
    /// not when what it tells is no longer so.
    async fn resend_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which notice.")] input: ResendNoticeInput,
    ) -> Settled<ResendNoticePayload> {
        settle(resend(Viewer::of(ctx), input).await)
    }
}

async fn acknowledge(viewer: &Viewer, input: AcknowledgeNoticeInput) -> CoreResult<AcknowledgeNoticePayload> {
    let which = match (input.notice_id, input.token) {
        (Some(notice), None) => Which::Own(id(&["input", "noticeId"], &notice)?),
        (None, Some(token)) => Which::Link(token),
        _ => return Err(Error::BadRequest("Give either `noticeId` or `token`.".to_owned())),
    };
    let action = AcknowledgeNotice { which: which.clone() };
    let done = viewer.perform(action).await?;
    let reader = viewer.reader();
    let notice = match which {
        Which::Own(_) => reader.own_notice(done.notice).await?,
        Which::Link(token) => reader.notice_by_link(&token).await?,
    };
    Ok(AcknowledgeNoticePayload { notice: notice.map(Notice), ..Default::default() })
}

async fn resend(viewer: &Viewer, input: ResendNoticeInput) -> CoreResult<ResendNoticePayload> {
    let organization: OrganizationId = id(&["input", "organizationId"], &input.organization_id)?;
    let action = ResendNotice { organization, notice: id(&["input", "noticeId"], &input.notice_id)? };
    let done = viewer.perform(action).await?;
    let notice = viewer.reader().organization_notice(organization, done.notice).await?;
    Ok(ResendNoticePayload { notice: notice.map(Notice), ..Default::default() })
}

/// What an organization has to do with notices.
pub struct OrganizationNotices(pub OrganizationId);

#[Object]
impl OrganizationNotices {
    /// The notices that were sent on its behalf, oldest first; null when you don't administer it.
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<NoticeFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<List<Notice>>> {
        let page = Page { first, after, last, before };
        let filter = read(filter.unwrap_or_default().parse())?;
        let rows = read(Viewer::of(ctx).reader().organization_notices(self.0, &filter, &page).await)?;
        Ok(rows.map(list))
    }
}

impl crate::graphql::plain::Plain for Notice {}
