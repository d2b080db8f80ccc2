//! Mail as files in a folder, for trying out.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{Mail, MailError, Mailer, message};

/// Writes each mail into a file of its own: `20261121T100000Z-ntc_01j….eml`, readable as it is.
///
/// A mail that is sent again replaces its file, since it has the same date and the same `Message-ID`.
#[derive(Debug)]
pub struct FileMailer {
    folder: PathBuf,
}

impl FileMailer {
    /// A mailer that writes into `folder`, which is made if it doesn't exist.
    ///
    /// Fails when the folder can't be made.
    pub fn new(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, mail: &Mail) -> PathBuf {
        let id = mail.message_id.trim_matches(['<', '>']);
        let id = id.split('@').next().unwrap_or_default();
        let id: String =
            id.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
        self.folder.join(format!("{}-{id}.eml", mail.date.format("%Y%m%dT%H%M%SZ")))
    }
}

#[async_trait]
impl Mailer for FileMailer {
    fn reaches_people(&self) -> bool {
        false
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let bytes = message::bytes(mail, message::Form::File)?;
        let path = self.path(mail);
        // Whoever watches the folder sees whole files only.
        let unfinished = path.with_extension("unfinished");
        let written = async {
            tokio::fs::write(&unfinished, bytes).await?;
            tokio::fs::rename(&unfinished, &path).await
        };
        written.await.map_err(|error| MailError::transient(format!("{}: {error}", path.display())))
    }

    fn location(&self, mail: &Mail) -> Option<PathBuf> {
        Some(self.path(mail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::mailer::message::tests::mail;

    #[tokio::test]
    async fn a_mail_is_one_file_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FileMailer::new(folder.path().join("mail")).unwrap();
        mailer.send(&mail()).await.unwrap();
        mailer.send(&mail()).await.unwrap();
        assert!(!mailer.reaches_people(), "what lies in a folder has told nobody");
        let path = mailer.location(&mail()).unwrap();
        assert_eq!(path.file_name().unwrap(), "20261121T100000Z-ntc_01jd3x8f7kq2m4v9w0z5c6b7n8.eml");
        assert!(std::fs::read_to_string(path).unwrap().contains("\r\nhttps://steward.example/pages/0123456789\r\n"));
        assert_eq!(std::fs::read_dir(mailer.folder()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn no_id_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FileMailer::new(folder.path()).unwrap();
        let path = mailer.location(&Mail { message_id: "<../../x@y>".into(), ..mail() }).unwrap();
        assert_eq!(path.parent(), Some(folder.path()));
    }

    #[tokio::test]
    async fn a_lost_folder_is_a_matter_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = FileMailer::new(folder.path().join("mail")).unwrap();
        std::fs::remove_dir(mailer.folder()).unwrap();
        assert!(matches!(mailer.send(&mail()).await, Err(MailError::Transient { .. })));
    }
}
