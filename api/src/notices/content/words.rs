//! Values put into words: dates and roles. Each takes the language, and so far all of them speak English.

use chrono::{DateTime, Utc};

/// A moment as people read it, exact to the minute: “5 December 2026, 10:00 UTC”.
pub(crate) fn moment(_language: &str, moment: DateTime<Utc>) -> String {
    moment.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// A role's name: `USER_ADMIN` is “User administrator”. A role that isn't known here is shown as it is.
pub(crate) fn role_name(_language: &str, role: &str) -> String {
    match role {
        "OWNER" => "Owner",
        "USER_ADMIN" => "User administrator",
        "HELP_DESK" => "Help desk",
        "APP_ADMIN" => "App administrator",
        "PRIVACY_OFFICER" => "Privacy officer",
        "AUDITOR" => "Auditor",
        other => other,
    }
    .to_owned()
}

/// What a role is for, as the end of a sentence: “With this role you can …”. Empty for a role that isn't known here.
pub(crate) fn role_powers(_language: &str, role: &str) -> String {
    match role {
        "OWNER" => "do everything in the organization, and decide who else administers it",
        "USER_ADMIN" => "manage domains, claims, accounts and memberships",
        "HELP_DESK" => "look up accounts, require password resets and end sessions",
        "APP_ADMIN" => "manage the organization's apps",
        "PRIVACY_OFFICER" => "handle exports, retention, holds, privacy requests and deletion",
        "AUDITOR" => "read everything, the log included, and change nothing",
        _ => "",
    }
    .to_owned()
}

/// What a field of a profile is called, at the beginning of a line. One that isn't known here is shown as it is.
pub(crate) fn profile_field(_language: &str, field: &str) -> String {
    match field {
        "displayName" => "Name",
        "locale" => "Language",
        "givenName" => "First name",
        "familyName" => "Last name",
        "nickname" => "Nickname",
        "jobTitle" => "Job title",
        "department" => "Department",
        "organizationUnit" => "Unit",
        "location" => "Location",
        "timeZone" => "Time zone",
        "phone" => "Telephone",
        "pictureUrl" => "Picture",
        other => other,
    }
    .to_owned()
}

/// What an edit restriction closes, as an item of a list. An operation that isn't known here is shown as it is.
pub(crate) fn edit_operation(_language: &str, operation: &str) -> String {
    match operation {
        "EDIT_PROFILE" => "change your profile",
        "CHANGE_EMAIL" => "change your e-mail address",
        "EDIT_ITEMS" => "add or edit information",
        "CHANGE_VISIBILITY" => "change who sees information",
        "DELETE_ITEMS" => "delete information",
        "DELETE_ACCOUNT" => "delete your account",
        other => other,
    }
    .to_owned()
}

/// What an app would like to do, as an item of a list. A scope that isn't known here is shown as it is.
pub(crate) fn app_scope(_language: &str, scope: &str) -> String {
    match scope {
        "READ_NAME" => "read people's names",
        "READ_EMAIL" => "read people's e-mail addresses",
        "READ_PROFILE" => "read people's profiles: job, place, telephone, picture",
        "READ_ITEMS" => "read information stored with people's accounts",
        "WRITE_ITEMS" => "add, change and delete such information",
        other => other,
    }
    .to_owned()
}

/// The same to a person whom it concerns. Whose account is managed shares personal information too.
pub(crate) fn my_app_scope(_language: &str, scope: &str, managed: bool) -> String {
    match (scope, managed) {
        ("READ_NAME", _) => "read your name",
        ("READ_EMAIL", _) => "read your e-mail address",
        ("READ_PROFILE", _) => "read the rest of your profile: job, place, telephone, picture",
        ("READ_ITEMS", true) => "read information stored with your account, also what is personal",
        ("READ_ITEMS", false) => "read your information in the organization's workspaces",
        ("WRITE_ITEMS", true) => "add, change and delete information stored with your account, also what is personal",
        ("WRITE_ITEMS", false) => "add, change and delete your information in the organization's workspaces",
        (other, _) => other,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_to_the_minute() {
        let at = "2026-12-05T10:00:59.999Z".parse().unwrap();
        assert_eq!(moment("en", at), "5 December 2026, 10:00 UTC");
    }

    #[test]
    fn an_unknown_role_is_shown_as_it_is() {
        assert_eq!(role_name("en", "USER_ADMIN"), "User administrator");
        assert_eq!(role_name("en", "GARDENER"), "GARDENER");
        assert_eq!(role_powers("en", "GARDENER"), "");
    }
}
