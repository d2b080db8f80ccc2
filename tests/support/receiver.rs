//! A real HTTPS receiver of webhooks on this machine, under an authority of the tests' own: it keeps what it gets, and answers
//! as it is told to.

use http::{HeaderMap, HeaderName, HeaderValue};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
    server::TlsStream,
};

/// Where receivers are, and nothing else of this machine can be reached.
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// How long one may take.
pub const PATIENCE: Duration = Duration::from_secs(2);

static AUTHORITY: LazyLock<(CertificateDer<'static>, Issuer<'static, KeyPair>)> = LazyLock::new(|| {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("a certificate");
    (certificate.der().clone(), Issuer::new(params, key))
});

/// Who vouches for receivers.
pub fn authority() -> CertificateDer<'static> {
    AUTHORITY.0.clone()
}

/// How a receiver answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With this status and these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// Not at all, and the connection stays open.
    Nothing,
    /// With a head that never ends.
    Endless,
    /// It hangs up.
    HangsUp,
}

/// What a receiver got.
#[derive(Clone, Debug)]
pub struct Message {
    /// The method and the path.
    pub line: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Message {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

struct State {
    answer: Mutex<Answer>,
    received: Mutex<Vec<Message>>,
    /// How many it got since the start.
    count: watch::Sender<usize>,
}

/// The receiver. Ends when it is dropped.
pub struct Receiver {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Starts one that has a certificate for this name, and answers 204.
    pub async fn start(name: &str) -> Self {
        Self::under(name, &AUTHORITY.1).await
    }

    /// The same under an authority that nobody knows.
    pub async fn unknown(name: &str) -> Self {
        let params = CertificateParams::new(Vec::new()).expect("no names");
        Self::under(name, &Issuer::new(params, KeyPair::generate().expect("a key"))).await
    }

    async fn under(name: &str, issuer: &Issuer<'static, KeyPair>) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, issuer).expect("a certificate").der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("usual versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a certificate and its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((ADDRESS, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            answer: Mutex::new(Answer::Status(204, Vec::new())),
            received: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let task = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                loop {
                    let Ok((stream, _)) = listener.accept().await else { continue };
                    let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
                    // How one connection ends is what the test looks at from the other side.
                    tokio::spawn(async move {
                        let _ = serve(stream, &acceptor, &state).await;
                    });
                }
            }
        });
        Self { address, state, task }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on answers so.
    pub fn answers(&self, answer: Answer) {
        *lock(&self.state.answer) = answer;
    }

    /// From now on answers with this status.
    pub fn answers_with(&self, status: u16) {
        self.answers(Answer::Status(status, Vec::new()));
    }

    /// How many it got since the start.
    pub fn count(&self) -> usize {
        *self.state.count.borrow()
    }

    /// Waits until it got so many since the start.
    pub async fn wait_for(&self, count: usize) {
        // The sender lives as long as `self`, so waiting can't fail.
        drop(self.state.count.subscribe().wait_for(|got| *got >= count).await);
    }

    /// What it got so far, and forgets.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *lock(&self.state.received))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(stream: TcpStream, acceptor: &TlsAcceptor, state: &State) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let message = read(&mut stream).await?;
    // As it is when the message is here: who waits for it may change it then.
    let answer = lock(&state.answer).clone();
    lock(&state.received).push(message);
    state.count.send_modify(|count| *count += 1);
    match answer {
        Answer::Status(status, headers) => {
            let mut text = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 2\r\n");
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            stream.write_all(format!("{text}\r\nok").as_bytes()).await?;
            stream.flush().await
        }
        // Until the other side has enough.
        Answer::Nothing => stream.read_u8().await.map(|_| ()),
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                stream.write_all(b"x-more: and more and more and more and more\r\n").await?;
            }
        }
        Answer::HangsUp => Ok(()),
    }
}

/// A request with a body of known length, as webhooks are.
async fn read(stream: &mut TlsStream<TcpStream>) -> io::Result<Message> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
        headers.append(name, HeaderValue::from_str(value.trim()).map_err(io::Error::other)?);
    }
    let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Message { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
