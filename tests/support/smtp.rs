//! A small real mail server on this machine: it takes mail by SMTP (a part of RFC 5321), keeps it, and behaves as badly
//! as it is told to.

mod received;

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

pub use received::Received;

/// When the server drops a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drop {
    /// In the middle of a message, which is lost.
    BeforeFinalDot,
    /// After a message, which is kept, and before the answer.
    AfterFinalDot,
}

#[derive(Default)]
struct Behaviour {
    recipients: HashMap<String, String>,
    senders: Option<String>,
    messages: Option<String>,
    drops: Option<(Drop, usize)>,
    mails_per_connection: Option<usize>,
    silent: bool,
}

struct State {
    behaviour: Mutex<Behaviour>,
    received: Mutex<Vec<Received>>,
    counts: watch::Sender<(usize, usize)>,
}

/// The server. Ends when it is dropped; open connections end with it.
pub struct SmtpServer {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl SmtpServer {
    /// A server on a free port of 127.0.0.1.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            behaviour: Mutex::default(),
            received: Mutex::default(),
            counts: watch::channel((0, 0)).0,
        });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                shared.counts.send_modify(|(_, connections)| *connections += 1);
                let state = Arc::clone(&shared);
                // A client that goes away is no failure of the server.
                connections.spawn(async move { drop(serve(stream, &state).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, state, task })
    }

    /// The URL for `STEWARD_SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What has arrived so far, oldest first.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// What has arrived so far for one address, oldest first.
    pub fn received_for(&self, address: &str) -> Vec<Received> {
        self.received().into_iter().filter(|mail| mail.to.iter().any(|to| to == address)).collect()
    }

    /// Waits until `count` mails have arrived since the start, and returns all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        // The sender lives as long as `self`, so waiting can't fail.
        drop(self.state.counts.subscribe().wait_for(|(mails, _)| *mails >= count).await);
        self.received()
    }

    /// How many mails have arrived so far.
    pub fn mails(&self) -> usize {
        self.state.counts.borrow().0
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.state.counts.borrow().1
    }

    /// From now on answers `RCPT` for `address` with `reply`, such as `550 5.1.1 no such person`.
    pub fn answer_recipient(&self, address: &str, reply: &str) {
        lock(&self.state.behaviour).recipients.insert(address.to_owned(), reply.to_owned());
    }

    /// From now on answers `MAIL` with `reply`; `None`: accepts again.
    pub fn answer_senders(&self, reply: Option<&str>) {
        lock(&self.state.behaviour).senders = reply.map(str::to_owned);
    }

    /// From now on answers each message with `reply` and doesn't keep it; `None`: accepts again.
    pub fn answer_messages(&self, reply: Option<&str>) {
        lock(&self.state.behaviour).messages = reply.map(str::to_owned);
    }

    /// Drops the connection at each of the next `times` messages.
    pub fn drop_connections(&self, when: Drop, times: usize) {
        lock(&self.state.behaviour).drops = Some((when, times));
    }

    /// From now on closes each connection after so many mails, without a word.
    pub fn close_after(&self, mails: usize) {
        lock(&self.state.behaviour).mails_per_connection = Some(mails);
    }

    /// From now on answers nothing at all.
    pub fn fall_silent(&self) {
        lock(&self.state.behaviour).silent = true;
    }
}

impl std::ops::Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection, until the client or the behaviour ends it.
async fn serve(stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufStream::new(stream);
    let mut from = String::new();
    let mut to = Vec::new();
    let mut mails = 0;
    reply(&mut stream, state, "220 test.example ESMTP").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                reply(&mut stream, state, "250-test.example\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME").await?;
            }
            "HELO" | "NOOP" => reply(&mut stream, state, "250 OK").await?,
            "MAIL" => {
                let refused = lock(&state.behaviour).senders.clone();
                if refused.is_none() {
                    from = address(command);
                    to.clear();
                }
                reply(&mut stream, state, refused.as_deref().unwrap_or("250 2.1.0 OK")).await?;
            }
            "RCPT" if from.is_empty() => reply(&mut stream, state, "503 5.5.1 MAIL first").await?,
            "RCPT" => {
                let recipient = address(command);
                let refused = lock(&state.behaviour).recipients.get(&recipient).cloned();
                if refused.is_none() {
                    to.push(recipient);
                }
                reply(&mut stream, state, refused.as_deref().unwrap_or("250 2.1.5 OK")).await?;
            }
            "DATA" if to.is_empty() => reply(&mut stream, state, "503 5.5.1 RCPT first").await?,
            "DATA" => {
                reply(&mut stream, state, "354 go on").await?;
                let drop = next_drop(state);
                let Some(bytes) = message(&mut stream, drop == Some(Drop::BeforeFinalDot)).await? else {
                    return Ok(());
                };
                let refused = lock(&state.behaviour).messages.clone();
                if refused.is_none() {
                    lock(&state.received).push(Received { from: from.clone(), to: to.clone(), bytes });
                    state.counts.send_modify(|(mails, _)| *mails += 1);
                }
                if drop == Some(Drop::AfterFinalDot) {
                    return Ok(());
                }
                reply(&mut stream, state, refused.as_deref().unwrap_or("250 2.0.0 kept")).await?;
                mails += 1;
                from.clear();
                to.clear();
                if lock(&state.behaviour).mails_per_connection.is_some_and(|limit| mails >= limit) {
                    return Ok(());
                }
            }
            "RSET" => {
                from.clear();
                to.clear();
                reply(&mut stream, state, "250 2.0.0 OK").await?;
            }
            "QUIT" => return reply(&mut stream, state, "221 2.0.0 bye").await,
            _ => reply(&mut stream, state, "502 5.5.1 not known here").await?,
        }
    }
}

fn next_drop(state: &State) -> Option<Drop> {
    let mut behaviour = lock(&state.behaviour);
    let (when, times) = behaviour.drops.take()?;
    behaviour.drops = (times > 1).then(|| (when, times - 1));
    (times > 0).then_some(when)
}

/// `MAIL FROM:<a@b.example> BODY=8BITMIME` is about `a@b.example`.
fn address(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    inner.unwrap_or_default().to_owned()
}

/// Reads a message to its final dot; `None` if the client goes away, or if the server does, after the first line.
async fn message(stream: &mut BufStream<TcpStream>, drop: bool) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || drop {
            return Ok(None);
        }
        match line.as_slice() {
            b".\r\n" => return Ok(Some(bytes)),
            [b'.', rest @ ..] => bytes.extend_from_slice(rest),
            whole => bytes.extend_from_slice(whole),
        }
    }
}

async fn reply(stream: &mut BufStream<TcpStream>, state: &State, reply: &str) -> io::Result<()> {
    if lock(&state.behaviour).silent {
        return Ok(());
    }
    stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    stream.flush().await
}
