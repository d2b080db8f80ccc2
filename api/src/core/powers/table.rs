//! `permissions.txt`: who may do what, printed from the rules that are enforced, for people who don't read code.

use super::{Ground, told::Act};
use crate::core::{
    action_name::{ActionName, Who},
    permission::{Permission, allows},
};
use std::fmt::Write;
use steward_entities::kinds::RoleName;

/// The whole table.
#[must_use]
pub fn permissions() -> String {
    let mut text = String::from(
        "Who may do what\n\n\
         This file is printed from the rules that the service enforces. A test compares it with them.\n",
    );
    roles(&mut text);
    acts_on_accounts(&mut text);
    all_actions(&mut text);
    text
}

fn heading(text: &mut String, heading: &str, below: &str) {
    let line = "-".repeat(heading.chars().count());
    let _ = writeln!(text, "\n\n{heading}\n{line}\n{below}\n");
}

fn roles(text: &mut String) {
    heading(text, "1. What a role in an organization allows", "An empty place is a no.");
    let _ = write!(text, "{:44}", "");
    for role in RoleName::ALL {
        let _ = write!(text, "{:16}", role.as_str());
    }
    for &permission in Permission::ALL {
        let _ = write!(text, "\n{:44}", words(permission));
        for &role in RoleName::ALL {
            let _ = write!(text, "{:16}", if allows(role, permission) { "yes" } else { "" });
        }
    }
    trim_lines(text);
}

fn acts_on_accounts(text: &mut String) {
    heading(
        text,
        "2. What an administrator may do to a person's account",
        "It takes a role that allows it, and a ground: the person is a member of one of the organization's workspaces,\n\
         or the organization manages the account. Without a ground nothing is allowed.\n\
         Whatever the ground, nobody acts on an account whose role in the organization holds powers that they lack, nor\n\
         on their own. On the ground of membership a new password is required once in 24 hours at most, and not when\n\
         another organization manages the account.",
    );
    let _ = write!(text, "{:28}{:20}{:12}{:12}{:12}", "act", "role", "no ground", "member", "managed");
    for (act, grounds) in Act::all() {
        for &role in RoleName::ALL {
            let has_role = match permission(act) {
                Some(permission) => allows(role, permission),
                None => false,
            };
            let _ = write!(text, "\n{:28}{:20}", name(act), role.as_str());
            for ground in [None, Some(Ground::Membership), Some(Ground::Managed)] {
                let is_allowed = has_role && Act::is_given(grounds, ground);
                let _ = write!(text, "{:12}", if is_allowed { "yes" } else { "no" });
            }
        }
    }
    trim_lines(text);
}

fn all_actions(text: &mut String) {
    heading(
        text,
        "3. Every change that a caller can ask for",
        "password: the caller must have given their password in the last ten minutes; API keys need none.\n\
         limited: also open to people whose account is deactivated or restricted.",
    );
    let _ = write!(text, "{:28}{:66}{:12}{:12}", "change", "who", "password", "limited");
    for &action in ActionName::ALL.iter().filter(|action| action.is_mutation()) {
        let rule = action.rule();
        let _ = write!(
            text,
            "\n{:28}{:66}{:12}{:12}",
            action.as_str(),
            who(rule.who),
            if rule.reauthentication { "yes" } else { "" },
            if rule.limited { "yes" } else { "" },
        );
    }
    trim_lines(text);
}

/// Cuts the spaces at the ends of lines, and ends the last one.
fn trim_lines(text: &mut String) {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    *text = lines.join("\n");
    text.push('\n');
}

fn name(act: Act) -> &'static str {
    match act {
        Act::ReadAccount => "(read the account)",
        Act::ReadPersonal => "(read what is personal)",
        Act::Run(action) => action.as_str(),
    }
}

/// The permission that an act takes.
const fn permission(act: Act) -> Option<Permission> {
    match act {
        Act::ReadAccount | Act::ReadPersonal => Some(Permission::Read),
        Act::Run(action) => match action.rule().who {
            Who::Administrator(permission) | Who::AdministratorOrOperator(permission) => Some(permission),
            Who::Anyone | Who::Own | Who::OwnOrInTheirName | Who::Operator | Who::AppClient | Who::System => None,
        },
    }
}

fn who(who: Who) -> String {
    let roles = |permission| {
        let holders = RoleName::ALL.iter().filter(|role| allows(**role, permission));
        holders.map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
    };
    match who {
        Who::Anyone => "anyone; what they give is checked".to_owned(),
        Who::Own => "a signed-in person, for themselves".to_owned(),
        Who::OwnOrInTheirName => {
            "a signed-in person, for themselves; a service, for its members; an app with WRITE_ITEMS, for whom it sees"
                .to_owned()
        }
        Who::Operator => "an operator of the platform".to_owned(),
        Who::Administrator(permission) => roles(permission),
        Who::AdministratorOrOperator(permission) => format!("{}; an operator of the platform", roles(permission)),
        Who::AppClient => "a third-party app, with its secret".to_owned(),
        Who::System => "Steward itself".to_owned(),
    }
}

const fn words(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "read the organization, its people, its log",
        Permission::Owning => "roles, keys, contacts, policy",
        Permission::Domains => "prove and remove domains",
        Permission::Claims => "assert control over accounts",
        Permission::Accounts => "act on accounts",
        Permission::Memberships => "workspaces and memberships",
        Permission::Passwords => "require password resets",
        Permission::Sessions => "end sessions",
        Permission::Bulk => "do to many at once what they may do to each",
        Permission::Apps => "apps",
        Permission::Privacy => "exports, content, retention, holds, deletion",
    }
}
