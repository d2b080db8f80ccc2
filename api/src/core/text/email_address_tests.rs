//! Tests of addresses.

use proptest::prelude::*;

use super::*;

fn address(raw: &str) -> EmailAddress {
    EmailAddress::parse(raw).expect("a valid address")
}

fn canonical(raw: &str) -> String {
    address(raw).canonical()
}

#[test]
fn the_stored_form_keeps_the_local_part_as_given() {
    for (raw, stored) in [
        ("  Ana.Maria+News@Example.COM. ", "Ana.Maria+News@example.com"),
        ("jos\u{65}\u{301}@bücher.example", "josé@xn--bcher-kva.example"),
        ("用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah"),
        ("!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"),
    ] {
        assert_eq!(address(raw).as_str(), stored, "{raw}");
    }
    let parsed = address("Ana@mail.example.com");
    assert_eq!((parsed.local_part(), parsed.domain().ascii()), ("Ana", "mail.example.com"));
    assert_eq!(parsed.domain_key(), "com.example.mail.");
}

#[test]
fn the_canonical_form_joins_case_and_nothing_else() {
    for (one, other) in [
        ("Ana@Example.com", "ana@example.COM"),
        ("JOSÉ@example.com", "jose\u{301}@example.com"),
        ("ΟΔΥΣΣΕΎΣ@example.com", "οδυσσεύς@example.com"),
        ("ẞ@example.com", "ß@example.com"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
    ] {
        assert_eq!(canonical(one), canonical(other), "{one} {other}");
    }
    for (one, other) in [
        ("a.b@example.com", "ab@example.com"),
        ("a+b@example.com", "a@example.com"),
        ("straße@example.com", "strasse@example.com"),
        ("а@example.com", "a@example.com"), // Cyrillic
        ("jose@example.com", "josé@example.com"),
        ("a@straße.example", "a@strasse.example"),
        ("a@example.com", "a@mail.example.com"),
    ] {
        assert_ne!(canonical(one), canonical(other), "{one} {other}");
    }
}

/// GitHub 2016, Django CVE-2019-19844: whoever owned `mıke@` received the reset of `mike@`.
#[test]
fn dotless_and_dotted_i_never_meet_i() {
    let plain = canonical("mike@example.org");
    assert_eq!(canonical("MIKE@example.org"), plain);
    for raw in ["mıke@example.org", "MİKE@example.org", "mi\u{307}ke@example.org"] {
        assert_ne!(canonical(raw), plain, "{raw}");
        assert_ne!(address(raw).as_str(), address("mike@example.org").as_str(), "{raw}");
    }
    // In the domain, UTS 46 keeps them apart as well.
    assert_ne!(canonical("mike@gıthub.example"), canonical("mike@github.example"));
}

/// No single letter but an upper-case one, and no look-alike, folds to the same as an ASCII letter.
#[test]
fn nothing_beyond_ascii_meets_ascii() {
    for character in ('\u{80}'..=char::MAX).filter(|character| fold(&character.to_string()).is_ascii()) {
        let result = EmailAddress::parse(&format!("a{character}@example.com"));
        // Canonically equivalent characters are no others: the Kelvin sign is stored as K.
        let same = character.to_string().nfc().all(|part| part.is_ascii());
        assert!(same || result.is_err(), "{character:?} {result:?}");
    }
}

#[test]
fn folding_twice_changes_nothing() {
    for character in '\0'..=char::MAX {
        let once = fold(&character.to_string());
        assert_eq!(fold(&once), once, "{character:?}");
    }
}

#[test]
fn refused() {
    let long_local = format!("{}@example.com", "a".repeat(65));
    let long_utf8 = format!("{}@example.com", "é".repeat(33));
    let domain = format!("{0}.{0}.{0}.com", "d".repeat(62));
    for (raw, error) in [
        (" ", TextError::Empty),
        ("ana", TextError::NotOneAt),
        ("ana＠example.com", TextError::NotOneAt),
        ("a@b@example.com", TextError::NotOneAt),
        ("@example.com", TextError::LocalPartLength),
        (&long_local, TextError::LocalPartLength),
        (&long_utf8, TextError::LocalPartLength),
        (&format!("{}@{domain}", "a".repeat(64)), TextError::AddressTooLong),
        (&"a".repeat(100_000), TextError::AddressTooLong),
        (".a@example.com", TextError::LocalPartDots),
        ("a.@example.com", TextError::LocalPartDots),
        ("a..b@example.com", TextError::LocalPartDots),
        ("\"a b\"@example.com", TextError::LocalPartCharacter('"')),
        ("a(b)@example.com", TextError::LocalPartCharacter('(')),
        ("Ana <ana@example.com>", TextError::LocalPartCharacter(' ')),
        ("ana@example.com, bob@example.com", TextError::NotOneAt),
        ("ana\nbcc:x@example.com", TextError::ControlCharacter('\n')),
        ("a\u{200d}b@example.com", TextError::InvisibleCharacter('\u{200d}')),
        ("a\u{202e}b@example.com", TextError::InvisibleCharacter('\u{202e}')),
        ("a\u{a0}b@example.com", TextError::InvisibleCharacter('\u{a0}')),
        ("a＠b@example.com", TextError::LocalPartCharacter('＠')),
        ("a…b@example.com", TextError::LocalPartCharacter('…')),
        ("a．b@example.com", TextError::LocalPartCharacter('．')),
        ("ﬁona@example.com", TextError::LocalPartCompatibility { found: 'ﬁ', plain: "fi".into() }),
        ("ｍike@example.com", TextError::LocalPartCompatibility { found: 'ｍ', plain: "m".into() }),
        ("a@[127.0.0.1]", TextError::IpAddress),
        ("a@127.0.0.1", TextError::IpAddress),
        ("a@localhost", TextError::SingleLabel),
        ("a@", TextError::NotOneAt),
        ("a@ example.com", TextError::NotOneAt),
        ("a@ex ample.com", TextError::NotADomain),
    ] {
        assert_eq!(EmailAddress::parse(raw), Err(error), "{raw:.80}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(raw in "(?s).*|.{1,30}@[a-zü]{1,8}\\.(test|example)") {
        if let Ok(parsed) = EmailAddress::parse(&raw) {
            prop_assert!(parsed.as_str().len() <= 254);
            prop_assert_eq!(parsed.as_str().matches('@').count(), 1);
            prop_assert_eq!(parsed.canonical().matches('@').count(), 1);
            prop_assert!(!parsed.as_str().chars().any(|character| character.is_control() || character.is_whitespace()));
            prop_assert_eq!(EmailAddress::parse(parsed.as_str()), Ok(parsed));
        }
    }

    #[test]
    fn case_never_makes_another_address(local in "[a-zA-Zà-öÀ-Öα-ρΑ-Ρа-яА-Я]{1,12}") {
        let given = canonical(&format!("{local}@example.com"));
        prop_assert_eq!(canonical(&format!("{}@example.com", local.to_lowercase())), given.clone());
        prop_assert_eq!(canonical(&format!("{}@example.com", local.to_uppercase())), given);
    }

    #[test]
    fn plain_addresses_differ_when_they_differ_by_more_than_case(one in "[a-z0-9.+ıßéσж]{1,12}", other in "[a-z0-9.+ıßéσж]{1,12}") {
        let parsed = (EmailAddress::parse(&format!("{one}@a.test")), EmailAddress::parse(&format!("{other}@a.test")));
        if let (Ok(first), Ok(second)) = parsed {
            prop_assert_eq!(first.canonical() == second.canonical(), one == other);
        }
    }
}
