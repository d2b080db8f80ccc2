//! The demo's mail: files in a folder, and one address that the world refuses.

use crate::notices::mailer::{FileMailer, Mail, MailError, Mailer};
use async_trait::async_trait;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Writes mails into files, and refuses one address for good.
pub struct PickyMailer {
    files: FileMailer,
    refused: &'static str,
}

impl PickyMailer {
    /// A mailer that writes into `folder`, and refuses mail to one address.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn new(folder: &Path, refused: &'static str) -> io::Result<Self> {
        Ok(Self { files: FileMailer::new(folder)?, refused })
    }
}

#[async_trait]
impl Mailer for PickyMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if mail.to == self.refused {
            let reason = "5.1.1 This mailbox doesn't exist".to_owned();
            return Err(MailError::Permanent { code: 550, reason });
        }
        self.files.send(mail).await
    }

    fn location(&self, mail: &Mail) -> Option<PathBuf> {
        (mail.to != self.refused).then(|| self.files.location(mail)).flatten()
    }
}

/// A mail as its reader has it.
pub struct Letter {
    /// Its file.
    pub path: PathBuf,
    /// To whom.
    pub to: String,
    /// About what.
    pub subject: String,
    /// The text, with whole paragraphs in a line each.
    pub text: String,
}

impl Letter {
    fn open(path: &Path, to: &str) -> io::Result<Option<Self>> {
        let file = fs::read_to_string(path)?;
        // A thousand mails are looked through, and most of them aren't to this address.
        if !file.contains(to) {
            return Ok(None);
        }
        let file = file.replace("\r\n", "\n");
        let Some((head, body)) = file.split_once("\n\n") else { return Ok(None) };
        // Long headers go on in lines that begin with a space.
        let head = head.replace("\n ", " ");
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default().trim().to_owned()
        };
        if header("To").trim_matches(['<', '>']) != to {
            return Ok(None);
        }
        // The first part is the text: after its own headers, up to the next boundary.
        let (part, text) = body.split_once("\n\n").unwrap_or_default();
        let text = text.split("\n--=_").next().unwrap_or_default();
        let is_quoted = part.to_lowercase().contains("quoted-printable");
        let text = if is_quoted { unflowed(&unquoted(text)) } else { unflowed(text) };
        Ok(Some(Self { path: path.to_owned(), to: to.to_owned(), subject: header("Subject"), text }))
    }

    /// The paragraphs of the text.
    pub fn paragraphs(&self) -> Vec<String> {
        self.text.split("\n\n").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    /// The secret at the end of the link to this page.
    pub fn secret(&self, page: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("/{page}/"))?;
        rest.split(|c: char| c.is_whitespace() || c == '>').next().filter(|secret| !secret.is_empty())
    }
}

/// Undoes “quoted-printable” (RFC 2045): `=` before the end of a line joins it with the next, `=3D` is an octet.
fn unquoted(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let mut parts = joined.split('=');
    let mut octets = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(octet) => {
                octets.push(octet);
                octets.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                octets.push(b'=');
                octets.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// Undoes RFC 3676: a line that ends with a space goes on in the next one.
fn unflowed(text: &str) -> String {
    let mut whole = String::new();
    for line in text.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        whole.push_str(line);
        if !line.ends_with(' ') {
            whole.push('\n');
        }
    }
    whole
}

/// The folder of mails.
pub struct Mailbox {
    folder: PathBuf,
}

impl Mailbox {
    /// The mails in this folder.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many there are.
    pub fn count(&self) -> io::Result<usize> {
        Ok(self.files()?.len())
    }

    /// The newest mail to somebody that has a link to this page.
    pub fn newest(&self, to: &str, page: &str) -> io::Result<Option<Letter>> {
        for path in self.files()?.iter().rev() {
            if let Some(letter) = Letter::open(path, to)?.filter(|letter| letter.secret(page).is_some()) {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    /// The newest mail to somebody, whatever it is about.
    pub fn newest_to(&self, to: &str) -> io::Result<Option<Letter>> {
        for path in self.files()?.iter().rev() {
            if let Some(letter) = Letter::open(path, to)? {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    /// The file of the newest mail to somebody with this subject.
    pub fn file_of(&self, to: &str, subject: &str) -> io::Result<Option<PathBuf>> {
        for path in self.files()?.into_iter().rev() {
            if Letter::open(&path, to)?.is_some_and(|letter| letter.subject == subject) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// All of them, oldest first: their names begin with the time.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let all = fs::read_dir(&self.folder)?.map(|entry| entry.map(|entry| entry.path()));
        let mut files = all.collect::<io::Result<Vec<_>>>()?;
        files.sort();
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mail_program_undoes_is_undone() {
        assert_eq!(unquoted("a=3Db=20\nlong=\ner =C3=A9"), "a=b \nlonger é");
        assert_eq!(unflowed("Hello \nAda,\n\n From here\n"), "Hello Ada,\n\nFrom here\n");
    }
}
