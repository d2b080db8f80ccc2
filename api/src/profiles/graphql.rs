//! Profiles in the schema.

use crate::{
    accounts::{graphql::Account, view::Sight},
    core::{
        OnOne, Result as CoreResult,
        account::profile::{Profile, ProfileChange},
        text::{DisplayName, Locale, PhoneNumber, PictureUrl, ProfileText, Reason, TimeZone},
    },
    graphql::{
        Viewer,
        error::{Settled, settle},
        input::{Field, change, id, needed, optional},
    },
    payload,
    profiles::{update_account_profile::UpdateAccountProfile, update_my_profile::UpdateMyProfile},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

/// What is known of a person. Of members the organization doesn't see `location` and `phone`.
#[derive(SimpleObject)]
pub struct AccountProfile {
    /// What others call the person.
    display_name: String,
    /// The language of the person's notices.
    locale: String,
    /// The first name.
    given_name: Option<String>,
    /// The last name.
    family_name: Option<String>,
    /// What friends and colleagues say.
    nickname: Option<String>,
    /// What the person does.
    job_title: Option<String>,
    /// Where in the organization.
    department: Option<String>,
    /// Where in it, more exactly.
    organization_unit: Option<String>,
    /// Where in the world. For the person and the organization that manages the account.
    location: Option<String>,
    /// The time zone that the person lives in, as IANA names it: `Europe/Vienna`.
    time_zone: Option<String>,
    /// The telephone number, as E.164 has it: `+43512555012`. For the person and the organization that manages the
    /// account.
    phone: Option<String>,
    /// Where a picture is: an `https` address.
    picture_url: Option<String>,
}

impl AccountProfile {
    /// A profile, as somebody with this sight of the account is shown it.
    #[must_use]
    pub fn new(profile: Profile, sight: Sight) -> Self {
        let whole = sight >= Sight::Managed;
        Self {
            display_name: profile.display_name,
            locale: profile.locale,
            given_name: profile.given_name,
            family_name: profile.family_name,
            nickname: profile.nickname,
            job_title: profile.job_title,
            department: profile.department,
            organization_unit: profile.organization_unit,
            location: profile.location.filter(|_| whole),
            time_zone: profile.time_zone,
            phone: profile.phone.filter(|_| whole),
            picture_url: profile.picture_url,
        }
    }
}

/// What changes of a profile. What you leave out stays; null takes a value away, where it can be missing.
#[derive(InputObject)]
pub struct ProfileInput {
    /// What others call the person; 1 to 200 characters. It can't be taken away.
    display_name: MaybeUndefined<String>,
    /// The language of the person's notices: `en`, `de`, …. It can't be taken away.
    locale: MaybeUndefined<String>,
    /// The first name; 1 to 200 characters.
    given_name: MaybeUndefined<String>,
    /// The last name; 1 to 200 characters.
    family_name: MaybeUndefined<String>,
    /// What friends and colleagues say; 1 to 200 characters.
    nickname: MaybeUndefined<String>,
    /// What the person does; 1 to 200 characters.
    job_title: MaybeUndefined<String>,
    /// Where in the organization; 1 to 200 characters.
    department: MaybeUndefined<String>,
    /// Where in it, more exactly; 1 to 200 characters.
    organization_unit: MaybeUndefined<String>,
    /// Where in the world; 1 to 200 characters.
    location: MaybeUndefined<String>,
    /// The time zone that the person lives in, as IANA names it: `Europe/Vienna`.
    time_zone: MaybeUndefined<String>,
    /// An international telephone number: `+43 512 555012`. What stands between the digits isn't kept.
    phone: MaybeUndefined<String>,
    /// Where a picture is: an `https` address on a named host.
    picture_url: MaybeUndefined<String>,
}

/// Where a [`ProfileInput`] stands, so that what is wrong in it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its fields are the mutation's own.
    Input,
    /// Under `profile`.
    Profile,
    /// Under the `profile` of a bulk action.
    Bulk,
}

macro_rules! at {
    ($place:expr, $name:literal) => {{
        let field: Field = match $place {
            Place::Input => &["input", $name],
            Place::Profile => &["input", "profile", $name],
            Place::Bulk => &["input", "action", "profile", $name],
        };
        field
    }};
}

impl ProfileInput {
    /// What is to become of the profile.
    ///
    /// # Errors
    /// `INVALID`, at the field that it is about.
    pub fn change(&self, place: Place) -> CoreResult<ProfileChange> {
        let words = ProfileText::parse;
        Ok(ProfileChange {
            display_name: needed(at!(place, "displayName"), &self.display_name, DisplayName::parse)?,
            locale: needed(at!(place, "locale"), &self.locale, Locale::parse)?,
            given_name: change(at!(place, "givenName"), &self.given_name, words)?,
            family_name: change(at!(place, "familyName"), &self.family_name, words)?,
            nickname: change(at!(place, "nickname"), &self.nickname, words)?,
            job_title: change(at!(place, "jobTitle"), &self.job_title, words)?,
            department: change(at!(place, "department"), &self.department, words)?,
            organization_unit: change(at!(place, "organizationUnit"), &self.organization_unit, words)?,
            location: change(at!(place, "location"), &self.location, words)?,
            time_zone: change(at!(place, "timeZone"), &self.time_zone, TimeZone::parse)?,
            phone: change(at!(place, "phone"), &self.phone, PhoneNumber::parse)?,
            picture_url: change(at!(place, "pictureUrl"), &self.picture_url, PictureUrl::parse)?,
        })
    }
}

/// What changes of your profile.
#[derive(InputObject)]
pub struct UpdateMyProfileInput {
    #[graphql(flatten)]
    profile: ProfileInput,
    /// The `version` of your account that you have read; another one is refused as `STALE`.
    expected_version: Option<i64>,
}

payload! {
    /// What came of `updateMyProfile`.
    UpdateMyProfilePayload {
        /// Your account, as it is now.
        account: Option<Account>,
    }
}

/// What changes of a person's profile.
#[derive(InputObject)]
pub struct UpdateAccountProfileInput {
    /// Your organization, which manages the account.
    organization_id: ID,
    /// The person's account.
    account_id: ID,
    #[graphql(flatten)]
    profile: ProfileInput,
    /// Why, for the log; up to 500 characters. The person doesn't see it.
    reason: Option<String>,
    /// The account's `version` that you have read; another one is refused as `STALE`.
    expected_version: Option<i64>,
    /// Whether everything is checked, and nothing is changed or sent.
    #[graphql(default)]
    dry_run: bool,
}

payload! {
    /// What came of `updateAccountProfile`.
    UpdateAccountProfilePayload {
        /// The account, as it is now.
        account: Option<Account>,
    }
}

/// Changes of profiles.
#[derive(Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes what is known of you. Those who see your account see it at once.
    async fn update_my_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateMyProfileInput,
    ) -> Settled<UpdateMyProfilePayload> {
        settle(update_my_profile(Viewer::of(ctx), input).await)
    }

    /// Changes what is known of a person whose account your organization manages. They are told what was and what is.
    async fn update_account_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose profile, and what changes.")] input: UpdateAccountProfileInput,
    ) -> Settled<UpdateAccountProfilePayload> {
        settle(update_account_profile(Viewer::of(ctx), input).await)
    }
}

async fn update_my_profile(viewer: &Viewer, input: UpdateMyProfileInput) -> CoreResult<UpdateMyProfilePayload> {
    let change = input.profile.change(Place::Input)?;
    let account = viewer.perform(UpdateMyProfile { change, expected_version: input.expected_version }).await?;
    let account = viewer.reader().account(account).await?.map(Account);
    Ok(UpdateMyProfilePayload { account, ..Default::default() })
}

async fn update_account_profile(
    viewer: &Viewer,
    input: UpdateAccountProfileInput,
) -> CoreResult<UpdateAccountProfilePayload> {
    let act = UpdateAccountProfile {
        change: input.profile.change(Place::Input)?,
        reason: optional(&["input", "reason"], input.reason.as_deref(), Reason::parse)?,
        expected_version: input.expected_version,
    };
    let organization = id(&["input", "organizationId"], &input.organization_id)?;
    let account = id(&["input", "accountId"], &input.account_id)?;
    let acted = viewer.perform(OnOne { organization, account, act, dry_run: input.dry_run }).await?;
    let account = viewer.reader().account(acted.account).await?.map(Account);
    Ok(UpdateAccountProfilePayload { account, ..Default::default() })
}
