//! Tests of new passwords.

use proptest::prelude::*;

use super::*;

const OWN: [&str; 5] = ["ana.maria", "acme-tools.example", "Ana María Gómez", "Acme Tools Ltd.", "Steward"];

fn refusal(raw: &str) -> TextError {
    NewPassword::parse(raw, &OWN).expect_err("a refused password")
}

#[test]
fn accepted_as_given() {
    for raw in [
        "lantern walrus ninety teapot",
        " lantern walrus ninety teapot ",
        "VmJq3x8Lr0Zt5Wp",
        "Der Igel frisst nachts Kekse",
        "Ёжик в тумане пьёт чай с малиной",
        "王様の耳はロバの耳と井戸に叫んだ",
        "👩\u{200d}🚀🍋🦔🎻🪁🧊🥨🛶🪵🧲🪗🦉🐙🧵🪀",
        &"lantern walrus ninety teapot".repeat(9)[..250],
    ] {
        assert_eq!(NewPassword::parse(raw, &OWN).expect("an accepted password").expose(), raw, "{raw}");
    }
    let composed = NewPassword::parse("cafe\u{301} lantern walrus", &OWN).expect("an accepted password");
    assert_eq!(composed.expose(), "café lantern walrus");
}

#[test]
fn length_is_15_to_256_characters() {
    assert_eq!(refusal("VmJq3x8Lr0Zt5W"), TextError::TooShort { min: 15 });
    assert_eq!(refusal("é王👩VmJq3x8Lr0Z"), TextError::TooShort { min: 15 });
    assert_eq!(refusal(&"e\u{301}".repeat(14)), TextError::TooShort { min: 15 });
    assert_eq!(refusal(&"Vm".repeat(129)), TextError::TooLong { max: 256 });
}

#[test]
fn control_characters_are_refused() {
    assert_eq!(refusal("VmJq3x8L\tr0Zt5Wp"), TextError::ControlCharacter('\t'));
    assert_eq!(refusal("VmJq3x8L\u{0}r0Zt5Wp"), TextError::ControlCharacter('\0'));
}

#[test]
fn well_known_and_weak_passwords_are_refused() {
    for raw in
        ["Correct Horse Battery Staple", "correcthorsebatterystaple", "1q2w3e4r5t6y7u8i9o0p", "ＭanchesterUnited"]
    {
        assert_eq!(refusal(raw), TextError::CommonPassword, "{raw}");
    }
    for raw in [
        "aaaaaaaaaaaaaaaaaaaa",
        "passwordpassword",
        "password12345678",
        "abcdefghijklmnopqrstuvwxyz",
        "               ",
    ] {
        assert!(matches!(refusal(raw), TextError::WeakPassword | TextError::CommonPassword), "{raw}");
    }
}

#[test]
fn the_accounts_own_words_are_refused() {
    for raw in ["Ana-Maria-Gomez-1987", "acmetools-steward-24", "AnaMaríaGómezAcmeTools!", "steward.steward.steward"]
    {
        assert_eq!(refusal(raw), TextError::OwnWords, "{raw}");
    }
    assert!(NewPassword::parse("Ana keeps nine purple walruses", &OWN).is_ok());
}

#[test]
fn the_estimator_reads_a_bounded_beginning() {
    assert_eq!(bounded(&"é".repeat(256)), "é".repeat(64));
    assert_eq!(bounded("lantern walrus"), "lantern walrus");
    // Each of the signs has several readings; the first 15 characters are read whatever they are.
    assert_eq!(bounded(&"4@({[<691!|7$5+".repeat(17)), "4@({[<691!|7$5+");
    assert_eq!(readings("4@({[<691!|7$5+"), 2 * 4 * 2 * 3 * 3 * 2 * 2 * 8);
    assert_eq!(readings("lantern walrus"), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_or_refused(raw in "(?s).{0,60}", word in ".{0,10}") {
        if let Ok(password) = NewPassword::parse(&raw, &[&word]) {
            let length = password.expose().chars().count();
            prop_assert!((15..=256).contains(&length));
            prop_assert!(!password.expose().chars().any(char::is_control));
            let shown = format!("{password:?}");
            prop_assert!(!shown.contains(password.expose()));
        }
    }

    #[test]
    fn the_estimate_is_bounded_for_any_password(raw in "[4@({\\[<691!|7$5+a-z0-9]{15,256}") {
        let part = bounded(&raw);
        let length = part.chars().count();
        prop_assert!(raw.starts_with(part));
        prop_assert!((15..=64).contains(&length));
        prop_assert!(length == 15 || readings(part) <= MAX_READINGS);
    }

    #[test]
    fn random_passwords_are_accepted(raw in "[ -~]{24}") {
        prop_assert!(NewPassword::parse(&raw, &OWN).is_ok());
    }
}
