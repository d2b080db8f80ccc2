//! The file of refused rows.
//!
//! It isn't a file to import: whoever mends a row mends it in their own, and imports that again.

use super::rows::RefusedRow;
use std::io::{self, Write};

/// The most of an address that is repeated, in characters.
const SHOWN: usize = 254;

/// Writes refused rows as CSV: line, reason, address.
pub(super) struct RefusedRows<W: Write> {
    csv: csv::Writer<W>,
    is_begun: bool,
}

impl<W: Write> RefusedRows<W> {
    pub(super) fn new(file: W) -> Self {
        Self { csv: csv::Writer::from_writer(file), is_begun: false }
    }

    pub(super) fn write(&mut self, row: &RefusedRow) -> io::Result<()> {
        if !self.is_begun {
            self.is_begun = true;
            self.csv.write_record(["line", "reason", "given_email"])?;
        }
        let email: String = row.email.chars().take(SHOWN).collect();
        self.csv.write_record([&row.line.to_string(), &as_text(&row.reason), &as_text(&email)])?;
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

/// What spreadsheets would run as a formula, quoted as text (OWASP, "CSV injection").
fn as_text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(as_text(formula), format!("'{formula}"));
        }
        assert_eq!(as_text("a=b@acme.test"), "a=b@acme.test");
    }

    #[test]
    fn rows_are_quoted_and_an_empty_file_stays_empty() {
        let mut file = Vec::new();
        RefusedRows::new(&mut file).flush().unwrap();
        assert_eq!(file, b"");
        let mut rows = RefusedRows::new(&mut file);
        let row = RefusedRow {
            line: 7,
            reason: "email is bad, “very” bad".to_owned(),
            email: "=cmd|\"x\"\n".to_owned() + &"y".repeat(300),
        };
        rows.write(&row).unwrap();
        drop(rows);
        let text = String::from_utf8(file).unwrap();
        let expected = "line,reason,given_email\n7,\"email is bad, “very” bad\",\"'=cmd|\"\"x\"\"\nyyy";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.len() < 340);
    }
}
