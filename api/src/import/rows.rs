//! Reading the rows of a file of accounts.
//!
//! The parser below this is the one without buffers of its own: a quote that is never closed makes one row of the whole
//! rest of the file, and mustn't take memory for it.

use super::{ImportError, NewAccount};
use crate::core::{
    Change,
    account::profile::ProfileChange,
    text::{DisplayName, EmailAddress, Locale, PhoneNumber, PictureUrl, ProfileText, TextError, TimeZone},
};
use csv_core::{ReadFieldResult, Reader};
use std::io::BufRead;

/// The longest cell that is read, in octets: more than any value has that is accepted.
const LONGEST_CELL: usize = 4_096;

/// The most cells of a row that are kept.
const MOST_CELLS: usize = 256;

const EMAIL: &str = "email";
const DISPLAY_NAME: &str = "display_name";
const LOCALE: &str = "locale";
/// What a profile may say besides, in the order of [`Rows::profile`].
const PROFILE: [&str; 10] = [
    "given_name",
    "family_name",
    "nickname",
    "job_title",
    "department",
    "organization_unit",
    "location",
    "time_zone",
    "phone",
    "picture_url",
];

/// One row, as it was given.
pub(super) enum Given {
    Account(Box<NewAccount>),
    Refused(RefusedRow),
}

/// A row that isn't imported.
pub(super) struct RefusedRow {
    /// The line on which it begins; the first is 1.
    pub(super) line: u64,
    /// Why.
    pub(super) reason: String,
    /// The address, as it was given.
    pub(super) email: String,
}

/// The rows of a file, one after the other.
pub(super) struct Rows<R> {
    cells: Cells<R>,
    columns: Columns,
    ignored: Vec<String>,
}

/// Where the columns stand.
#[derive(Clone, Copy, Default)]
struct Columns {
    email: usize,
    display_name: Option<usize>,
    locale: Option<usize>,
    profile: [Option<usize>; PROFILE.len()],
    count: usize,
}

impl<R: BufRead> Rows<R> {
    /// Reads the first line, which names the columns.
    pub(super) fn open(file: R) -> Result<Self, ImportError> {
        let mut cells = Cells::new(file);
        if !cells.read_row().map_err(ImportError::Unreadable)? {
            return Err(ImportError::Empty);
        }
        let names: Vec<String> =
            (0..cells.count).map(|index| String::from_utf8_lossy(cells.get(index)).trim().to_owned()).collect();
        let place = |wanted: &str| -> Result<Option<usize>, ImportError> {
            let mut places = (0..names.len()).filter(|&index| column(&names[index]) == wanted);
            let first = places.next();
            match places.next() {
                Some(_) => Err(ImportError::ColumnTwice(wanted.to_owned())),
                None => Ok(first),
            }
        };
        let shown = || -> String { names.join(", ").chars().take(200).collect() };
        let mut profile = [None; PROFILE.len()];
        for (at, name) in profile.iter_mut().zip(PROFILE) {
            *at = place(name)?;
        }
        let columns = Columns {
            email: place(EMAIL)?.ok_or_else(|| ImportError::NoEmailColumn(shown()))?,
            display_name: place(DISPLAY_NAME)?,
            locale: place(LOCALE)?,
            profile,
            count: names.len(),
        };
        let ignored = names.iter().filter(|name| !name.is_empty() && !is_known(&column(name))).cloned().collect();
        Ok(Self { cells, columns, ignored })
    }

    /// The names of columns that nothing is imported from.
    pub(super) fn ignored_columns(&self) -> &[String] {
        &self.ignored
    }

    /// How far the file was read.
    pub(super) fn octets_read(&self) -> u64 {
        self.cells.octets
    }

    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Given>, ImportError> {
        if !self.cells.read_row().map_err(ImportError::Unreadable)? {
            return Ok(None);
        }
        Ok(Some(match self.account() {
            Ok(account) => Given::Account(Box::new(account)),
            Err(reason) => Given::Refused(RefusedRow {
                line: self.cells.line,
                reason,
                email: String::from_utf8_lossy(self.cells.get(self.columns.email)).into_owned(),
            }),
        }))
    }

    /// The account that the row asks for.
    fn account(&self) -> Result<NewAccount, String> {
        let (columns, cells) = (self.columns, &self.cells);
        if cells.has_overflowed {
            return Err(format!("has a cell of more than {LONGEST_CELL} octets: is a quote missing that closes it?"));
        }
        if cells.count != columns.count {
            return Err(format!(
                "has {} cells, and the first line names {} columns: a cell with a comma in it needs quotes around it",
                cells.count, columns.count
            ));
        }
        let email = self.text(EMAIL, columns.email)?;
        Ok(NewAccount {
            email: EmailAddress::parse(email).map_err(|error| because(EMAIL, &error))?,
            display_name: match self.given(DISPLAY_NAME, columns.display_name)? {
                Some(name) => Some(DisplayName::parse(name).map_err(|error| because(DISPLAY_NAME, &error))?),
                None => None,
            },
            locale: match self.given(LOCALE, columns.locale)? {
                Some(locale) => Locale::parse(locale).map_err(|error| because(LOCALE, &error))?,
                None => Locale::En,
            },
            profile: self.profile()?,
        })
    }

    fn profile(&self) -> Result<ProfileChange, String> {
        let words = ProfileText::parse;
        Ok(ProfileChange {
            display_name: None,
            locale: None,
            given_name: self.beside(0, words)?,
            family_name: self.beside(1, words)?,
            nickname: self.beside(2, words)?,
            job_title: self.beside(3, words)?,
            department: self.beside(4, words)?,
            organization_unit: self.beside(5, words)?,
            location: self.beside(6, words)?,
            time_zone: self.beside(7, TimeZone::parse)?,
            phone: self.beside(8, PhoneNumber::parse)?,
            picture_url: self.beside(9, PictureUrl::parse)?,
        })
    }

    /// What one of the columns in [`PROFILE`] says.
    fn beside<T>(&self, which: usize, parse: impl FnOnce(&str) -> Result<T, TextError>) -> Result<Change<T>, String> {
        let (name, place) = (PROFILE[which], self.columns.profile[which]);
        let Some(text) = self.given(name, place)? else { return Ok(Change::Keep) };
        parse(text).map(Change::To).map_err(|error| because(name, &error))
    }

    /// A cell that may be absent or empty.
    fn given(&self, name: &str, place: Option<usize>) -> Result<Option<&str>, String> {
        let Some(place) = place else { return Ok(None) };
        let text = self.text(name, place)?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    fn text(&self, name: &str, place: usize) -> Result<&str, String> {
        std::str::from_utf8(self.cells.get(place)).map_err(|_| format!("{name} isn't text in UTF-8"))
    }
}

/// Whether something is imported from a column of this name.
fn is_known(name: &str) -> bool {
    [EMAIL, DISPLAY_NAME, LOCALE].contains(&name) || PROFILE.contains(&name)
}

/// A column's name, without what spreadsheets and people do to it.
fn column(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

fn because(name: &str, error: &TextError) -> String {
    format!("{name} {error}")
}

/// The cells of one row at a time, in buffers that don't grow with the file.
struct Cells<R> {
    file: R,
    parser: Reader,
    buffer: Vec<u8>,
    ends: Vec<usize>,
    /// Cells of the row, those included that weren't kept.
    count: usize,
    has_overflowed: bool,
    /// The line on which the row begins.
    line: u64,
    /// Line feeds before the place that was read up to.
    line_feeds: u64,
    octets: u64,
}

impl<R: BufRead> Cells<R> {
    fn new(file: R) -> Self {
        Self {
            file,
            parser: Reader::new(),
            buffer: Vec::new(),
            ends: Vec::new(),
            count: 0,
            has_overflowed: false,
            line: 0,
            line_feeds: 0,
            octets: 0,
        }
    }

    /// A cell of the row; empty when there is none.
    fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(index)) {
            (Some(start), Some(&end)) => self.buffer.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Reads the next row that isn't blank; false at the end of the file.
    fn read_row(&mut self) -> std::io::Result<bool> {
        self.buffer.clear();
        self.ends.clear();
        self.count = 0;
        self.has_overflowed = false;
        self.skip_line_ends()?;
        self.line = self.line_feeds + 1;
        let mut cell = [0; 512];
        let mut start = 0;
        loop {
            let input = self.file.fill_buf()?;
            let (result, read, written) = self.parser.read_field(input, &mut cell);
            self.line_feeds += input[..read].iter().filter(|&&octet| octet == b'\n').count() as u64;
            self.octets += read as u64;
            self.file.consume(read);
            if self.has_overflowed || self.buffer.len() - start + written > LONGEST_CELL {
                self.has_overflowed = true;
            } else if self.count < MOST_CELLS {
                self.buffer.extend_from_slice(&cell[..written]);
            }
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::Field { record_end } => {
                    self.count += 1;
                    start = self.buffer.len();
                    if self.ends.len() < MOST_CELLS {
                        self.ends.push(start);
                    }
                    if record_end {
                        return Ok(true);
                    }
                }
                ReadFieldResult::End => return Ok(false),
            }
        }
    }

    /// What is left of the line before, and blank lines, so that a row's line is the one on which it begins.
    fn skip_line_ends(&mut self) -> std::io::Result<()> {
        loop {
            let input = self.file.fill_buf()?;
            let ends = input.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
            if ends == 0 {
                return Ok(());
            }
            self.line_feeds += input[..ends].iter().filter(|&&octet| octet == b'\n').count() as u64;
            self.octets += ends as u64;
            self.file.consume(ends);
        }
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
