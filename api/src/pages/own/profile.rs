//! What others know of the person: `updateMyProfile`, with the version that the page has shown.

use crate::{
    core::{
        ActionName, Change, Result,
        account::profile::{Profile, ProfileChange},
        invalid,
        text::{DisplayName, Locale, PhoneNumber, PictureUrl, ProfileText, TextError, TimeZone},
    },
    graphql::input::Field,
    pages::{
        own::{
            page::{OwnPage, Place, Then},
            said::Said,
            visit::OwnVisit,
        },
        refused::STALE,
        views::{FieldErrors, Page},
        visit::Form,
    },
    profiles::update_my_profile::UpdateMyProfile,
};
use serde::Serialize;

/// What is known of the person, as a form has it: what isn't known is empty.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProfileShown {
    /// What others call them.
    pub display_name: String,
    /// The language of their notices.
    pub locale: String,
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
    /// What friends and colleagues say.
    pub nickname: String,
    /// What they do.
    pub job_title: String,
    /// Where in the organization.
    pub department: String,
    /// Where in it, more exactly.
    pub organization_unit: String,
    /// Where in the world.
    pub location: String,
    /// The time zone that they live in.
    pub time_zone: String,
    /// A telephone number.
    pub phone: String,
    /// Where a picture is.
    pub picture_url: String,
}

impl From<Profile> for ProfileShown {
    fn from(profile: Profile) -> Self {
        Self {
            display_name: profile.display_name,
            locale: profile.locale,
            given_name: profile.given_name.unwrap_or_default(),
            family_name: profile.family_name.unwrap_or_default(),
            nickname: profile.nickname.unwrap_or_default(),
            job_title: profile.job_title.unwrap_or_default(),
            department: profile.department.unwrap_or_default(),
            organization_unit: profile.organization_unit.unwrap_or_default(),
            location: profile.location.unwrap_or_default(),
            time_zone: profile.time_zone.unwrap_or_default(),
            phone: profile.phone.unwrap_or_default(),
            picture_url: profile.picture_url.unwrap_or_default(),
        }
    }
}

impl From<&Form> for ProfileShown {
    fn from(form: &Form) -> Self {
        let field = |name| form.field(name).to_owned();
        Self {
            display_name: field("display_name"),
            locale: field("locale"),
            given_name: field("given_name"),
            family_name: field("family_name"),
            nickname: field("nickname"),
            job_title: field("job_title"),
            department: field("department"),
            organization_unit: field("organization_unit"),
            location: field("location"),
            time_zone: field("time_zone"),
            phone: field("phone"),
            picture_url: field("picture_url"),
        }
    }
}

impl ProfileShown {
    fn fields(&self) -> [(&'static str, &str); 12] {
        [
            ("display_name", &self.display_name),
            ("locale", &self.locale),
            ("given_name", &self.given_name),
            ("family_name", &self.family_name),
            ("nickname", &self.nickname),
            ("job_title", &self.job_title),
            ("department", &self.department),
            ("organization_unit", &self.organization_unit),
            ("location", &self.location),
            ("time_zone", &self.time_zone),
            ("phone", &self.phone),
            ("picture_url", &self.picture_url),
        ]
    }

    /// At each field that says something else than what is saved: that.
    fn unlike(&self, saved: &Self) -> FieldErrors {
        let both = self.fields().into_iter().zip(saved.fields());
        let unlike = both.filter(|((_, typed), (_, saved))| typed.trim() != *saved);
        unlike.map(|(_, (field, saved))| (field, said_of_saved(field, saved))).collect()
    }

    fn change(&self) -> Result<ProfileChange> {
        let words = ProfileText::parse;
        Ok(ProfileChange {
            display_name: Some(needed(&["input", "displayName"], &self.display_name, DisplayName::parse)?),
            locale: Some(needed(&["input", "locale"], &self.locale, Locale::parse)?),
            given_name: change(&["input", "givenName"], &self.given_name, words)?,
            family_name: change(&["input", "familyName"], &self.family_name, words)?,
            nickname: change(&["input", "nickname"], &self.nickname, words)?,
            job_title: change(&["input", "jobTitle"], &self.job_title, words)?,
            department: change(&["input", "department"], &self.department, words)?,
            organization_unit: change(&["input", "organizationUnit"], &self.organization_unit, words)?,
            location: change(&["input", "location"], &self.location, words)?,
            time_zone: change(&["input", "timeZone"], &self.time_zone, TimeZone::parse)?,
            phone: change(&["input", "phone"], &self.phone, PhoneNumber::parse)?,
            picture_url: change(&["input", "pictureUrl"], &self.picture_url, PictureUrl::parse)?,
        })
    }
}

fn said_of_saved(field: &str, saved: &str) -> String {
    let language = Locale::ALL.into_iter().find(|locale| field == "locale" && locale.as_str() == saved);
    match language.map_or(saved, |language| LanguageShown::from(language).name) {
        "" => "Nothing is saved here now.".to_owned(),
        saved => format!("Saved now: {saved}"),
    }
}

fn needed<T>(field: Field, text: &str, parse: impl Fn(&str) -> Result<T, TextError>) -> Result<T> {
    parse(text).map_err(|error| invalid(field, error))
}

/// An empty field takes the value away.
fn change<T>(field: Field, text: &str, parse: impl Fn(&str) -> Result<T, TextError>) -> Result<Change<T>> {
    if text.trim().is_empty() { Ok(Change::Clear) } else { Ok(Change::To(needed(field, text, parse)?)) }
}

/// A language of notices.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LanguageShown {
    /// Its tag.
    pub tag: &'static str,
    /// What its speakers call it.
    pub name: &'static str,
}

impl From<Locale> for LanguageShown {
    fn from(locale: Locale) -> Self {
        let name = match locale {
            Locale::En => "English",
            Locale::De => "Deutsch",
            Locale::Es => "Español",
            Locale::Fr => "Français",
            Locale::Hu => "Magyar",
            Locale::It => "Italiano",
            Locale::Ja => "日本語",
            Locale::Ko => "한국어",
            Locale::Nl => "Nederlands",
            Locale::Pl => "Polski",
            Locale::Pt => "Português",
            Locale::Ru => "Русский",
            Locale::Zh => "中文",
        };
        Self { tag: locale.as_str(), name }
    }
}

/// What others know of the person. Fields: those of [`ProfileShown`], and `save` with the version that was shown.
#[derive(Clone, Debug, Serialize)]
pub struct ProfilePage {
    /// What is known.
    #[serde(flatten)]
    pub profile: ProfileShown,
    /// The account's version, by which a change that somebody else has made meanwhile isn't undone.
    pub version: i64,
    /// The organization that manages the account, whose administrators change it too.
    pub managed_by: Option<String>,
    /// The languages that notices are written in.
    pub languages: Vec<LanguageShown>,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

impl ProfilePage {
    /// With every language that there is.
    #[must_use]
    pub fn new(profile: ProfileShown, version: i64, managed_by: Option<String>) -> Self {
        let languages = Locale::ALL.map(LanguageShown::from).to_vec();
        Self { profile, version, managed_by, languages, errors: FieldErrors::new() }
    }
}

impl Page for ProfilePage {
    const TEMPLATE: &'static str = "profile";
}

impl OwnPage for ProfilePage {
    type Button = i64;

    async fn open(own: &OwnVisit, _: &Place) -> Result<Option<Self>> {
        if !own.may(ActionName::UpdateMyProfile) {
            return Ok(None);
        }
        let (reader, view) = (own.reader(), own.view()?);
        let Some(profile) = reader.profile(&view).await? else { return Ok(None) };
        let managed_by = reader.manager(&view).await?.map(|manager| manager.name);
        Ok(Some(Self::new(profile.into(), view.account.version, managed_by)))
    }

    /// The version that was shown.
    fn pressed(form: &Form) -> Option<(i64, Then)> {
        Some((form.field("save").parse().ok()?, Then::Here(Some(Said::ProfileSaved))))
    }

    async fn press(&self, own: &OwnVisit, version: i64, form: &Form) -> Result<()> {
        let change = ProfileShown::from(form).change()?;
        own.perform(UpdateMyProfile { change, expected_version: Some(version) }).await?;
        Ok(())
    }

    fn again(&mut self, errors: FieldErrors, form: &Form) {
        let saved = std::mem::replace(&mut self.profile, form.into());
        self.errors = errors;
        // Whoever sends it again has seen what they replace.
        if self.errors.contains_key(STALE) {
            self.errors.extend(self.profile.unlike(&saved));
        }
    }
}
