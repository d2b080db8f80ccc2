//! Mail that stays in memory, for tests and for trying out.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Mail, MailError, Mailer, message};

/// Keeps what it is given, and refuses what it is told to refuse.
#[derive(Debug, Default)]
pub struct MemoryMailer {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    refused: HashMap<String, String>,
    failures: u32,
}

impl MemoryMailer {
    /// A mailer that accepts everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on refuses mail to `address` for good, with 550 and `reason`.
    pub fn refuse(&self, address: &str, reason: &str) {
        self.state().refused.insert(address.to_owned(), reason.to_owned());
    }

    /// From now on accepts mail to `address` again.
    pub fn accept(&self, address: &str) {
        self.state().refused.remove(address);
    }

    /// Fails the next `times` tries, whatever they are, for the time being.
    pub fn fail(&self, times: u32) {
        self.state().failures = times;
    }

    /// What was accepted so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    /// What was accepted so far for `address`, oldest first.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.state().mails.iter().filter(|mail| mail.to == address).cloned().collect()
    }

    /// What was accepted since the last call, oldest first; forgets it.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.state().mails)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        // What couldn't be written as a mail isn't accepted here either.
        message::bytes(mail, message::Form::Travel)?;
        let mut state = self.state();
        if state.failures > 0 {
            state.failures -= 1;
            return Err(MailError::transient("the mailer was told to fail"));
        }
        if let Some(reason) = state.refused.get(&mail.to) {
            return Err(MailError::Permanent { code: 550, reason: reason.clone() });
        }
        state.mails.push(mail.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::mailer::message::tests::mail;

    #[tokio::test]
    async fn it_fails_and_refuses_as_told() {
        let mailer = MemoryMailer::new();
        mailer.fail(1);
        assert!(matches!(mailer.send(&mail()).await, Err(MailError::Transient { .. })));
        mailer.refuse("ana@hofer.example", "no such person");
        let refused = MailError::Permanent { code: 550, reason: "no such person".into() };
        assert_eq!(mailer.send(&mail()).await, Err(refused));
        mailer.accept("ana@hofer.example");
        assert_eq!(mailer.send(&mail()).await, Ok(()));
        assert_eq!(mailer.mails_to("ana@hofer.example"), [mail()]);
        assert_eq!(mailer.take().len(), 1);
        assert!(mailer.mails().is_empty());
    }
}
