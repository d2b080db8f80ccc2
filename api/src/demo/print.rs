//! How the story is told: short lines, headings, what was asked and what came back.

use crate::{
    demo::{
        answer::{Names, outline},
        ordered::Answer,
    },
    startup::StartError,
};
use std::{
    env,
    io::{IsTerminal, Write, stdout},
    sync::atomic::{AtomicBool, Ordering},
};

/// Columns that a line has at most, so that it fits every terminal.
pub const WIDTH: usize = 80;

const BOLD: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// Writes to standard output.
pub struct Printer {
    styled: bool,
    unread: AtomicBool,
}

impl Printer {
    /// Bold and faint on a terminal whose user doesn't refuse it by `NO_COLOR`, plain elsewhere.
    pub fn new() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { styled: stdout().is_terminal() && !refused, unread: AtomicBool::new(false) }
    }

    /// Whether nobody reads any more, as with `| head`.
    pub fn is_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    /// One line as it is.
    pub fn line(&self, text: &str) {
        if writeln!(stdout(), "{}", text.trim_end()).is_err() {
            self.unread.store(true, Ordering::Relaxed);
        }
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.styled { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }

    /// The beginning of a chapter.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub fn heading(&self, title: &str) -> Result<(), StartError> {
        if self.is_unread() {
            return Err(StartError::Failed("Nobody reads the demo any more.".to_owned()));
        }
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        self.line("");
        self.line("");
        self.line(&self.styled(BOLD, &format!("── {title} {rule}")));
        Ok(())
    }

    /// A paragraph.
    pub fn say(&self, text: &str) {
        self.line("");
        for line in wrap(text, WIDTH) {
            self.line(&line);
        }
    }

    /// What somebody sends: who, and the text as it is.
    pub fn sent(&self, who: &str, text: &str) {
        self.line("");
        self.line(&format!("  {} {}", self.styled(FAINT, "→"), self.styled(BOLD, who)));
        for line in text.lines() {
            self.line(&format!("    {line}"));
        }
    }

    /// What came back.
    pub fn came_back(&self, answer: &Answer, names: &Names) {
        for (index, line) in outline(answer, names, WIDTH - 4).into_iter().enumerate() {
            let sign = if index == 0 { self.styled(FAINT, "←") } else { " ".to_owned() };
            self.line(&format!("  {sign} {line}"));
        }
    }

    /// More of what came back.
    pub fn goes_on(&self, answer: &Answer, names: &Names) {
        for line in outline(answer, names, WIDTH - 4) {
            self.line(&format!("    {line}"));
        }
    }

    /// Part of a mail, beside a line. `rest` tells that there is more.
    pub fn letter(&self, path: &str, head: &[(&str, &str)], text: &[String], rest: bool) {
        let bar = self.styled(FAINT, "│");
        self.line("");
        self.line(&format!("  {}", self.styled(FAINT, path)));
        for (name, value) in head {
            let name = format!("{name:<9}");
            for (index, line) in wrap(value, WIDTH - 13).into_iter().enumerate() {
                let name = if index == 0 { name.as_str() } else { "         " };
                self.line(&format!("  {bar} {name}{}", self.styled(BOLD, &line)));
            }
        }
        for paragraph in text {
            self.line(&format!("  {bar}"));
            for line in paragraph.lines().flat_map(|line| wrap(line, WIDTH - 4)) {
                self.line(&format!("  {bar} {line}"));
            }
        }
        if rest {
            self.line(&format!("  {bar}"));
            self.line(&format!("  {bar} …"));
        }
    }
}

/// Lines of at most `width` characters; where a line begins with a bullet, the next ones stand below its words. What has
/// no spaces isn't broken.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let indent = if text.starts_with("- ") { "  " } else { "" };
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = line.chars().count() + 1 + word.chars().count();
        if !line.trim().is_empty() && needed > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled_and_bullets_hang() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("- one two three", 9), ["- one two", "  three"]);
        assert_eq!(wrap("a-very-long-word b", 5), ["a-very-long-word", "b"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
