//! Rust text without its comments and strings, so that rules about code aren't misled by words.

/// The text with comments and the insides of strings and characters replaced by spaces; line breaks stay.
pub fn only(text: &str) -> String {
    let mut scanner = Scanner { rest: text.chars().collect(), at: 0, code: String::with_capacity(text.len()) };
    while scanner.at < scanner.rest.len() {
        scanner.step();
    }
    scanner.code
}

struct Scanner {
    rest: Vec<char>,
    at: usize,
    code: String,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> char {
        self.rest.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn keep(&mut self, count: usize) {
        for _ in 0..count {
            self.code.push(self.peek(0));
            self.at += 1;
        }
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count.min(self.rest.len() - self.at) {
            self.code.push(if self.peek(0) == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    fn ended(&self) -> bool {
        self.at >= self.rest.len()
    }

    fn step(&mut self) {
        let after_word = self.code.chars().last().is_some_and(|last| last.is_alphanumeric() || last == '_');
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => {
                while !self.ended() && self.peek(0) != '\n' {
                    self.blank(1);
                }
            }
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('r', '"' | '#') if !after_word => self.raw_string(),
            ('b' | 'c', 'r') if !after_word && matches!(self.peek(2), '"' | '#') => {
                self.keep(1);
                self.raw_string();
            }
            ('\'', '\\') => {
                self.keep(1);
                self.blank(2); // the backslash and what it escapes, which may be a quote
                while !self.ended() && self.peek(0) != '\'' {
                    self.blank(1);
                }
                self.keep(1);
            }
            ('\'', _) if self.peek(2) == '\'' => {
                self.keep(1);
                self.blank(1);
                self.keep(1);
            }
            _ => self.keep(1), // a lifetime's quote, too
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while !self.ended() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.blank(1);
                    continue;
                }
            }
            self.blank(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.keep(1);
        while !self.ended() && self.peek(0) != '"' {
            let escaped = self.peek(0) == '\\';
            self.blank(if escaped { 2 } else { 1 });
        }
        if !self.ended() {
            self.keep(1);
        }
    }

    /// At the `r`. A raw identifier (`r#type`) is code.
    fn raw_string(&mut self) {
        let hashes = self.rest[self.at + 1..].iter().take_while(|next| **next == '#').count();
        if self.peek(1 + hashes) != '"' {
            self.keep(1 + hashes);
            return;
        }
        self.keep(2 + hashes);
        while !self.ended() {
            if self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#') {
                self.keep(1 + hashes);
                return;
            }
            self.blank(1);
        }
    }
}

#[test]
fn comments_and_strings_are_blanked_and_the_rest_is_not() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */\n */ d", "a             \n    d"),
        (r#"f("a\"b", 1)"#, r#"f("    ", 1)"#),
        (r###"f(r#"a"b"#, br"c", 1)"###, r###"f(r#"   "#, br" ", 1)"###),
        (r"g('\'', 'x', '\u{1F600}', &'a str)", r"g('  ', ' ', '         ', &'a str)"),
        ("r#type + for_r(\"x\")", "r#type + for_r(\" \")"),
        ("\"open", "\"    "),
    ] {
        assert_eq!(only(text), expected);
    }
}
