//! Long lines for mail: `format=flowed` (RFC 3676). Programs that know it join the lines again, the others show short
//! lines, and nobody has to decode anything.

/// The length of a line that should not be passed, by RFC 3676, section 4.2.
const WIDTH: usize = 72;

/// Breaks long lines at spaces. Words are never broken, so links stay whole. A first space protects lines that would
/// otherwise be taken for quoted or get changed on the way.
pub(super) fn flow(text: &str) -> String {
    let mut flowed = String::with_capacity(text.len() + text.len() / 32);
    for line in text.lines() {
        let (quote, line) = match line.strip_prefix("> ") {
            Some(quoted) => ("> ", quoted),
            None => ("", line),
        };
        let mut length = start(&mut flowed, quote, line);
        for (index, word) in line.trim_end().split(' ').enumerate() {
            let needed = word.chars().count();
            if index > 0 {
                // The space at the end of a line says that the next one belongs to it.
                flowed.push(' ');
                length += 1;
                // A line that began with an empty word would lose its space.
                if needed > 0 && length + needed > WIDTH {
                    flowed.push('\n');
                    length = start(&mut flowed, quote, word);
                }
            }
            flowed.push_str(word);
            length += needed;
        }
        flowed.push('\n');
    }
    flowed
}

/// Begins a line, and returns how long it is already.
fn start(flowed: &mut String, quote: &str, line: &str) -> usize {
    flowed.push_str(quote);
    let stuffed = quote.is_empty() && (line.starts_with([' ', '>']) || line.starts_with("From "));
    if stuffed {
        flowed.push(' ');
    }
    quote.len() + usize::from(stuffed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a mail program makes of it.
    fn joined(flowed: &str) -> String {
        let mut text = String::new();
        let mut continued = false;
        for line in flowed.lines() {
            let (quote, line) = line.strip_prefix("> ").map_or(("", line), |rest| ("> ", rest));
            let line = if quote.is_empty() { line.strip_prefix(' ').unwrap_or(line) } else { line };
            if !continued {
                text.push_str(quote);
            }
            text.push_str(line);
            continued = line.ends_with(' ');
            if !continued {
                text.push('\n');
            }
        }
        text
    }

    #[test]
    fn long_lines_are_broken_and_can_be_joined_again() {
        let long = "the quick brown fox jumps over the lazy dog and then some more ".repeat(4);
        let text = format!("Short.\n\n{0}\n> {0}\n>not quoted\n leading\nFrom here\n- item\n", long.trim_end());
        let flowed = flow(&text);
        assert!(flowed.lines().all(|line| line.chars().count() <= WIDTH + 1), "{flowed}");
        assert!(flowed.lines().any(|line| line == " >not quoted") && flowed.lines().any(|line| line == " From here"));
        assert_eq!(joined(&flowed), text);
    }

    proptest::proptest! {
        #[test]
        fn every_text_can_be_joined_again(text in "([>a-zß漢 -]{0,200}[a-z]\n|\n|> [a-z ]{0,200}[a-z]\n|From [a-z]{1,90}\n){0,6}") {
            proptest::prop_assert_eq!(joined(&flow(&text)), text);
        }
    }

    #[test]
    fn links_stay_whole() {
        let link = format!("https://steward.example/{}", "a".repeat(200));
        assert!(flow(&format!("See: {link} now")).lines().any(|line| line.trim_end() == link));
    }
}
