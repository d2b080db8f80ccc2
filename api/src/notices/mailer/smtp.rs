//! Mail to a real server.
//!
//! Connections are kept and used again. It is our own small pool: only who sends the commands one by one knows whether
//! it was the recipient that was refused, or the sender's settings, and only that decides about giving up.

use std::{
    error::Error as _,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use lettre::transport::smtp::{
    Error as SmtpError,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    commands,
    extension::{ClientId, Extension, MailParameter},
};
use tokio::{net::TcpStream, sync::Semaphore};

use super::{
    Mail, MailError, Mailer, message,
    smtp_url::{self, Server, SmtpUrlError, Tls},
};

/// How many connections are open at once, at most.
const CONNECTIONS: usize = 8;
/// How long the server may take for one answer. RFC 5321 would wait for minutes; a worker that tries again later needn't.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends mail by SMTP.
pub struct SmtpMailer {
    server: Server,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

/// What went wrong between two servers.
enum Failure {
    /// The server said no to the recipient or the message; the connection is in order.
    Refused(MailError),
    /// The server closed the connection, or said that it will, before it was told of a mail.
    Stale(MailError),
    /// Anything else. The connection isn't used again.
    Broken(MailError),
}

/// Which command got the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Mail,
    /// RCPT, DATA, and the message itself.
    Delivery,
}

impl SmtpMailer {
    /// A mailer for a server: `smtps://user:password@mail.example`, `smtp://mail.example` (STARTTLS required),
    /// `smtp://mail.example?tls=opportunistic` or `?tls=none`, `smtp://localhost` (plain). A `user:password@` may stand
    /// before every host; a password never travels in the clear to another machine. Connects only when there is mail.
    pub fn new(url: &str) -> Result<Self, SmtpUrlError> {
        let server = smtp_url::parse(url)?;
        let tls = match server.tls {
            Tls::None => None,
            _ => Some(TlsParameters::new(server.host.clone()).map_err(|error| SmtpUrlError::Tls(error.to_string()))?),
        };
        Ok(Self {
            server,
            tls,
            hello: ClientId::default(),
            patience: PATIENCE,
            permits: Semaphore::new(CONNECTIONS),
            idle: Mutex::default(),
        })
    }

    /// The same with another patience for each answer of the server.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Whether the server lets us in: connects, with TLS and password as the URL says, and sends nothing.
    ///
    /// # Errors
    /// What the server or the network said.
    pub async fn check(&self) -> Result<(), MailError> {
        let connection = self.connect().await?;
        self.keep(connection, true).await;
        Ok(())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        // No code that holds the lock can panic halfway through a change.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn in_time<T>(
        &self,
        step: impl Future<Output = Result<T, SmtpError>>,
    ) -> Result<Result<T, SmtpError>, MailError> {
        tokio::time::timeout(self.patience, step).await.map_err(|_| self.late())
    }

    fn late(&self) -> MailError {
        MailError::transient(format!("{} didn't answer in time", self.server.host))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let Server { host, port, tls, credentials } = &self.server;
        let address = (host.as_str(), *port);
        let connecting = async {
            if *tls == Tls::Implicit {
                let tls = self.tls.clone();
                return Ok(AsyncSmtpConnection::connect_tokio1(address, None, &self.hello, tls, None).await);
            }
            let stream = TcpStream::connect(address).await?;
            // The final dot follows the message in a packet of its own, and would wait for the message's receipt.
            stream.set_nodelay(true)?;
            Ok(AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await)
        };
        let mut connection = tokio::time::timeout(self.patience, connecting)
            .await
            .map_err(|_| self.late())?
            .map_err(|error: std::io::Error| MailError::transient(format!("{host}:{port}: {error}")))?
            .map_err(|error| later(&error))?;
        let starttls = *tls == Tls::Required || (*tls == Tls::Opportunistic && connection.can_starttls());
        if let Some(parameters) = self.tls.clone().filter(|_| starttls) {
            self.in_time(connection.starttls(parameters, &self.hello)).await?.map_err(|error| later(&error))?;
        }
        if let Some((user, password)) = credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            self.in_time(connection.auth(DEFAULT_MECHANISMS, &credentials)).await?.map_err(|error| later(&error))?;
        }
        Ok(connection)
    }

    async fn deliver(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &message::Envelope,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let mut parameters = Vec::new();
        if ![&envelope.from, &envelope.to].iter().all(|address| AsRef::<str>::as_ref(*address).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let reason = "the server takes no addresses beyond ASCII (SMTPUTF8)".to_owned();
                return Err(Failure::Refused(MailError::Permanent { code: 553, reason }));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let mail = commands::Mail::new(Some(envelope.from.clone()), parameters);
        self.step(Step::Mail, connection.command(mail)).await?;
        self.step(Step::Delivery, connection.command(commands::Rcpt::new(envelope.to.clone(), vec![]))).await?;
        self.step(Step::Delivery, connection.command(commands::Data)).await?;
        self.step(Step::Delivery, connection.message(bytes)).await
    }

    async fn step<T>(&self, step: Step, answer: impl Future<Output = Result<T, SmtpError>>) -> Result<(), Failure> {
        let error = match self.in_time(answer).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
            // A connection that was kept may have died without a word.
            Err(late) if step == Step::Mail => return Err(Failure::Stale(late)),
            Err(late) => return Err(Failure::Broken(late)),
        };
        let Some(code) = error.status().map(u16::from) else {
            // No answer at all: the connection is gone.
            let lost = later(&error);
            return Err(if step == Step::Mail { Failure::Stale(lost) } else { Failure::Broken(lost) });
        };
        Err(match (step, code) {
            (Step::Mail, 421) => Failure::Stale(later(&error)),
            (_, 421) => Failure::Broken(later(&error)),
            // Who may send, and how, is a matter of settings: 500 to 504 the protocol, 530 to 538 authentication.
            (Step::Delivery, 500..=504 | 530..=538) | (Step::Mail, _) => Failure::Refused(later(&error)),
            (Step::Delivery, 500..) => Failure::Refused(MailError::Permanent { code, reason: said(&error) }),
            (Step::Delivery, _) => Failure::Refused(later(&error)),
        })
    }

    /// Makes a connection ready for the next mail and keeps it, if the server agrees.
    async fn keep(&self, mut connection: AsyncSmtpConnection, reset: bool) {
        if !reset || matches!(self.in_time(connection.command(commands::Rset)).await, Ok(Ok(_))) {
            self.idle().push(connection);
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let envelope = message::envelope(mail)?;
        let bytes = message::bytes(mail, message::Form::Travel)?;
        let _permit = self.permits.acquire().await.map_err(MailError::transient)?;
        loop {
            let kept = self.idle().pop();
            let used = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            match self.deliver(&mut connection, &envelope, &bytes).await {
                Ok(()) => {
                    self.keep(connection, false).await;
                    return Ok(());
                }
                Err(Failure::Refused(error)) => {
                    self.keep(connection, true).await;
                    return Err(error);
                }
                // Servers close connections that nobody used for a while: the next one, in the end a new one, may do.
                Err(Failure::Stale(_)) if used => {}
                Err(Failure::Stale(error) | Failure::Broken(error)) => return Err(error),
            }
        }
    }
}

/// What the server, or the network, said.
fn said(error: &SmtpError) -> String {
    let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    reason.chars().map(|character| if character.is_control() { ' ' } else { character }).take(500).collect()
}

fn later(error: &SmtpError) -> MailError {
    let code = error.status().map(|code| format!("{code}: ")).unwrap_or_default();
    MailError::Transient { reason: format!("{code}{}", said(error)) }
}
