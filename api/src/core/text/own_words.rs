//! Words that an attacker tries first, since they belong to the account.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How many letters and digits a password must have besides the account's own words.
const MIN_OTHER_CHARACTERS: usize = 8;

/// More words aren't looked at, so that a long list can't slow anybody down.
const MAX_WORDS: usize = 64;

/// Longer words aren't looked at: a name has at most 200 characters.
const MAX_WORD_CHARACTERS: usize = 200;

/// The words of an account, folded and split, longest first.
pub(super) struct OwnWords(Vec<String>);

impl OwnWords {
    /// Takes names and addresses whole and in their parts: "Acme Corp." gives `acmecorp`, `acme` and `corp`.
    ///
    /// Parts of fewer than three characters are left out (two, where a script needs but two for a name), for they are
    /// in most passwords.
    pub(super) fn new(given: &[&str]) -> Self {
        let mut words: Vec<String> = given
            .iter()
            .take(MAX_WORDS)
            .flat_map(|text| {
                let folded = fold(&text.chars().take(MAX_WORD_CHARACTERS).collect::<String>());
                let parts: Vec<String> =
                    folded.split(|character: char| !character.is_alphanumeric()).map(str::to_owned).collect();
                std::iter::once(parts.concat()).chain(parts)
            })
            .filter(|word| word.chars().count() >= if word.is_ascii() { 3 } else { 2 })
            .collect();
        words.sort_by_cached_key(|word| (std::cmp::Reverse(word.chars().count()), word.clone()));
        words.dedup();
        words.truncate(MAX_WORDS);
        Self(words)
    }

    /// The words, for the estimator of strength.
    pub(super) fn as_strs(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// Whether these words, however they are joined, are at least half of a password's letters and digits, with too
    /// few others beside them.
    pub(super) fn make_up(&self, password: &str) -> bool {
        let letters: String = fold(password).chars().filter(|character| character.is_alphanumeric()).collect();
        // A mark that no word has keeps the ends from forming a new word.
        let rest = self.0.iter().fold(letters.clone(), |rest, word| rest.replace(word, " "));
        let others = rest.chars().filter(|character| *character != ' ').count();
        rest != letters && others < MIN_OTHER_CHARACTERS && 2 * others <= letters.chars().count()
    }
}

/// NFKC in lower case without accents: an attacker's program tries a word in all its forms.
pub(super) fn fold(text: &str) -> String {
    text.nfkd().flat_map(char::to_lowercase).filter(|character| !is_combining_mark(*character)).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_taken_whole_and_in_parts() {
        assert_eq!(
            OwnWords::new(&["Acme Corp.", "ana", "ANA", "ab", "王明"]).0,
            ["acmecorp", "acme", "corp", "ana", "王明"]
        );
    }

    #[test]
    fn what_is_left_decides() {
        let words = OwnWords::new(&["Acme Corp", "ana.maria", "example.com"]);
        for password in [
            "Ana-Maria@Acme-2024!!",
            "acmecorp acmecorp",
            "ＡＣＭＥ corp example",
            "Ána María 1987",
            "anamaria.example.com",
        ] {
            assert!(words.make_up(password), "{password}");
        }
        for password in ["ana goes to the market", "correct horse battery", "#~Ab{corp}q:7;|/=^%x&", "1234", ""] {
            assert!(!words.make_up(password), "{password}");
        }
    }

    proptest! {
        #[test]
        fn a_password_of_nothing_else_is_always_found(
            words in proptest::collection::vec("[a-zA-Zäöü]{3,12}", 1..5), joint in "[-_. !]{0,3}",
        ) {
            let given: Vec<&str> = words.iter().map(String::as_str).collect();
            prop_assert!(OwnWords::new(&given).make_up(&words.join(&joint)));
        }
    }
}
