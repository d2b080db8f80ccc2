//! A device in plain words, for people who look for one that isn't theirs.
//!
//! Versions are left out on purpose: a browser that was updated is the same device. What a device says of itself proves
//! nothing; it only helps a memory.

/// What tells a browser, in an order in which those that pretend to be others come first.
const BROWSERS: [(&str, &str); 16] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What tells a system, the more exact ones first: an Android device also says Linux.
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// What is said of a device that says nothing of itself.
pub const UNKNOWN: &str = "an unknown device";

/// The most characters of a program's own name that are repeated.
const LONGEST_NAME: usize = 40;

/// A `User-Agent` in plain words, such as “Firefox on Linux”.
#[must_use]
pub fn in_plain_words(user_agent: &str) -> String {
    let find = |known: &[(&str, &str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    let program = find(&BROWSERS).or_else(|| own_name(user_agent));
    match (program, find(&SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program,
        (None, Some(system)) => format!("a browser on {system}"),
        (None, None) => UNKNOWN.to_owned(),
    }
}

/// The name that a program gives itself: letters, digits and hyphens alone, so that a mail which names it carries no
/// address. Every browser calls itself Mozilla, which says nothing.
fn own_name(user_agent: &str) -> Option<String> {
    let is_part = |character: &char| character.is_alphanumeric() || matches!(character, '-' | '_');
    let name: String = user_agent.trim_start().chars().take_while(is_part).take(LONGEST_NAME).collect();
    (!name.is_empty() && name != "Mozilla").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_named() {
        for (user_agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 \
                 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 CriOS/142.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome on an iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 \
                 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            ("Mozilla/5.0 (X11; CrOS x86_64) Something", "a browser on ChromeOS"),
            ("curl/8.5.0", "curl"),
            ("okhttp/4.9 (Linux; Android 13)", "okhttp on Android"),
            ("https://casino.example/win", "https"),
            ("casino.example", "casino"),
            ("Mozilla/5.0", UNKNOWN),
            ("", UNKNOWN),
            ("(none)", UNKNOWN),
        ] {
            assert_eq!(in_plain_words(user_agent), words, "{user_agent}");
        }
    }

    #[test]
    fn a_newer_version_is_the_same_device() {
        let firefox =
            |version| format!("Mozilla/5.0 (X11; Linux x86_64; rv:{version}) Gecko/20100101 Firefox/{version}");
        assert_eq!(in_plain_words(&firefox("145.0")), in_plain_words(&firefox("146.0.1")));
    }

    proptest::proptest! {
        #[test]
        fn it_is_always_short_and_without_an_address(user_agent in "\\PC{0,400}") {
            let words = in_plain_words(&user_agent);
            proptest::prop_assert!(words.chars().count() <= LONGEST_NAME + 20);
            proptest::prop_assert!(!words.contains(['/', '.', '@', '<']));
        }
    }
}
