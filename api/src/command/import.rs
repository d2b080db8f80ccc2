//! `steward import accounts FILE`.

use crate::command::{failed, print};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};
use steward::{
    config::Settings,
    import::{self, ImportError, Options, Summary},
    startup::{self, StartError},
};

/// What is imported, and how.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The file: CSV, whose first line names the columns email, display_name, locale
    file: PathBuf,
    /// Vouch that each address belongs to its person; without it, addresses are proved by a mailed link
    #[arg(long)]
    attest_verified: bool,
    /// Check and count everything, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Where refused rows go, with line and reason [default: FILE.refused.csv]
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

/// Imports accounts, with a progress bar where somebody watches.
pub async fn accounts(settings: &Settings, import: Import) -> Result<(), StartError> {
    let shown = import.file.display().to_string();
    let unreadable = |error: io::Error| StartError::Failed(format!("The file {shown} can't be read: {error}."));
    let file = File::open(&import.file).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let refused = import.refused.unwrap_or_else(|| {
        let mut name = import.file.into_os_string();
        name.push(".refused.csv");
        name.into()
    });
    let steward = startup::open(settings).await?;
    // It draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(size);
    let style = "{bar:40} {percent:>3} %  {bytes} of {total_bytes}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let options = Options {
        attest_verified: import.attest_verified,
        dry_run: import.dry_run,
        refused: LateFile::new(&refused),
        progress: |octets| bar.set_position(octets),
    };
    let outcome = import::accounts(&steward, BufReader::new(file), options).await;
    bar.finish_and_clear();
    let summary = outcome.map_err(|error| match error {
        ImportError::Steward(error) => failed(error),
        error => StartError::Failed(error.to_string()),
    })?;
    print(&told(&summary, import.dry_run, &refused))
}

fn told(summary: &Summary, dry_run: bool, refused: &Path) -> String {
    let mut text = String::new();
    if !summary.ignored_columns.is_empty() {
        text += &format!("Columns that nothing is imported from: {}.\n", summary.ignored_columns.join(", "));
    }
    let made = if dry_run { "Accounts that would be made" } else { "Accounts made" };
    text += &format!("{made}: {}. There already: {}. ", summary.created, summary.unchanged);
    match summary.refused {
        0 => text + "Rows refused: 0.\n",
        count => format!("{text}Rows refused: {count}, with reasons in {}.\n", refused.display()),
    }
}

/// A file that is made when there is something to write into it.
struct LateFile<'a> {
    path: &'a Path,
    file: Option<File>,
}

impl<'a> LateFile<'a> {
    const fn new(path: &'a Path) -> Self {
        Self { path, file: None }
    }
}

impl Write for LateFile<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(octets),
            None => self.file.insert(File::create(self.path)?).write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}
