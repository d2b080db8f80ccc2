//! The sample company: a thousand people that don't exist, in a domain that can't.

use std::fmt::Write;

/// The domain of Fernwhistle Sample Company. Nobody can ever have it: `.example` is reserved (RFC 2606).
const DOMAIN: &str = "fernwhistle.example";

/// Somebody in the story.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// What everybody calls them.
    pub name: &'static str,
    /// Their address.
    pub email: &'static str,
    /// What they choose as a password once they set one.
    pub password: &'static str,
}

/// Runs the platform.
pub const OPERATOR: Person =
    Person { name: "Olga", email: "olga@steward.example", password: "seven lamps over a quiet harbour" };
/// Administers the company. Not in the file: she signs up by an invitation.
pub const OWNER: Person = Person {
    name: "Marta",
    email: "marta.solberg@fernwhistle.example",
    password: "copper kettle under the north window",
};
/// Reads her mail and does nothing.
pub const READS: Person = Person { name: "Ada", email: "ada.abara@fernwhistle.example", password: "" };
/// Keeps his account for himself.
pub const MOVES: Person =
    Person { name: "Tomas", email: "tomas.berg@fernwhistle.example", password: "a bicycle bell in seven rainstorms" };
/// Where he moves to.
pub const PRIVATE_ADDRESS: &str = "tomas@berg-family.example";
/// Accepts at once.
pub const ACCEPTS: Person = Person {
    name: "Rosa",
    email: "rosa.lindqvist@fernwhistle.example",
    password: "green marbles beneath the staircase",
};
/// Leaves the company.
pub const LEAVER: Person = Person { name: "Bruno", email: "bruno.castell@fernwhistle.example", password: "" };
/// Works for herself, and for the company now and then. Not in the file: her address is her own.
pub const CONTRACTOR: Person =
    Person { name: "Jovana", email: "jovana@vale-drawings.example", password: "two pencils behind the garden gate" };
/// Left long ago; mail to him is refused.
pub const UNREACHED: Person = Person { name: "Viktor", email: "viktor.weiss@fernwhistle.example", password: "" };

const GIVEN: [&str; 40] = [
    "Ada", "Amir", "Anika", "Bea", "Bruno", "Carmen", "Chidi", "Clara", "Dario", "Elena", "Emil", "Farah", "Felix",
    "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Kofi", "Leila", "Lina", "Luca", "Maya", "Mina", "Nadia", "Noor",
    "Omar", "Petra", "Rafael", "Rosa", "Samuel", "Selma", "Tariq", "Tomas", "Uma", "Viktor", "Wanda", "Yuki", "Zoe",
];
const FAMILY: [&str; 25] = [
    "Abara",
    "Berg",
    "Castell",
    "Dimitrov",
    "Eriksen",
    "Fontaine",
    "Galanis",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowal",
    "Lindqvist",
    "Moreau",
    "Nakano",
    "Okafor",
    "Petrov",
    "Quist",
    "Ramos",
    "Silva",
    "Tamm",
    "Ueda",
    "Varga",
    "Weiss",
    "Yilmaz",
    "Zamora",
];

/// How many of the thousand nobody vouches for: the last ones.
const NEW: usize = 12;

/// The files from which the thousand are imported: those whose addresses the operator vouches for, and the new ones.
pub fn files() -> (String, String) {
    let everybody: Vec<(&str, &str)> =
        FAMILY.iter().flat_map(|family| GIVEN.iter().map(move |given| (*given, *family))).collect();
    let (known, new) = everybody.split_at(everybody.len() - NEW);
    (file(known), file(new))
}

fn file(people: &[(&str, &str)]) -> String {
    let mut text = "email,display_name\n".to_owned();
    for (given, family) in people {
        let local = format!("{given}.{family}").to_lowercase();
        // Writing to a string can't fail.
        let _ = writeln!(text, "{local}@{DOMAIN},{given} {family}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_thousand_people_and_those_of_the_story_among_them() {
        let (known, new) = files();
        let addresses: HashSet<&str> =
            known.lines().chain(new.lines()).filter_map(|line| line.split_once(",").map(|(email, _)| email)).collect();
        assert_eq!(addresses.len(), 1_001, "a thousand, and the first line");
        for person in [READS, MOVES, ACCEPTS, LEAVER, UNREACHED] {
            assert!(known.contains(&format!("\n{},{} ", person.email, person.name)), "{}", person.email);
        }
        assert!(!addresses.contains(OWNER.email) && !addresses.contains(CONTRACTOR.email));
    }
}
