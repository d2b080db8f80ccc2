//! Callers that send a request, wait for its answer, and send the next: over connections that stay open, with as little
//! work of their own as possible, as they share the processor with what is measured.

use chrono::TimeDelta;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use steward::core::clock::{Clock, SystemClock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Makes the `n`-th request of a caller.
pub type Requests = Arc<dyn Fn(usize, u64) -> Vec<u8> + Send + Sync>;

/// What the callers met.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How long each request took, shortest first.
    times: Vec<Duration>,
    /// How long all of it took.
    took: Duration,
}

impl Outcome {
    /// How many requests were answered.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// Answers in a second.
    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64()
    }

    /// The time within which this share of the requests was answered, in milliseconds.
    pub fn milliseconds(&self, share: f64) -> f64 {
        let place = (self.times.len() as f64 * share) as usize;
        let time = self.times.get(place.min(self.times.len().saturating_sub(1)));
        time.copied().unwrap_or_default().as_secs_f64() * 1_000.0
    }
}

/// A token that is cancelled after some seconds.
pub fn after_seconds(seconds: u32) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        SystemClock.wait_until(SystemClock.now() + chrono::TimeDelta::seconds(seconds.into())).await;
        cancelled.cancel();
    });
    token
}

/// How many callers there are, and how busy they are.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// How many.
    pub callers: usize,
    /// For how long each of them rests between an answer and the next request.
    pub rest: TimeDelta,
}

impl Crowd {
    /// Callers who never rest: as many requests as the server can answer.
    pub const fn restless(callers: usize) -> Self {
        Self { callers, rest: TimeDelta::zero() }
    }
}

/// Sends requests from a crowd until `stop`.
pub async fn run(address: SocketAddr, crowd: Crowd, requests: &Requests, stop: &CancellationToken) -> Outcome {
    let begin = Instant::now();
    let mut all = JoinSet::new();
    for number in 0..crowd.callers {
        all.spawn(caller(address, number, crowd.rest, Arc::clone(requests), stop.clone()));
    }
    let mut times: Vec<Duration> = all.join_all().await.into_iter().flatten().collect();
    times.sort_unstable();
    Outcome { times, took: begin.elapsed() }
}

async fn caller(
    address: SocketAddr,
    number: usize,
    rest: TimeDelta,
    requests: Requests,
    stop: CancellationToken,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("a connection");
    let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(65_536));
    let mut n = 0;
    while !stop.is_cancelled() {
        let request = requests(number, n);
        let begin = Instant::now();
        stream.write_all(&request).await.expect("a request");
        let body = answer(&mut stream, &mut buffer).await;
        times.push(begin.elapsed());
        // Every answer must begin as a right one does. Only the first is read to its end: reading costs, too.
        let wrong = !buffer[body..].starts_with(b"{\"data\":{") || n == 0 && is_refusal(&buffer[body..]);
        assert!(!wrong, "{}", String::from_utf8_lossy(&buffer));
        n += 1;
        if !rest.is_zero() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = SystemClock.wait_until(SystemClock.now() + rest) => {}
            }
        }
    }
    times
}

/// Sends one request, and gives its answer.
pub async fn ask(address: SocketAddr, request: &[u8]) -> serde_json::Value {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("a request");
    let mut buffer = Vec::new();
    let body = answer(&mut stream, &mut buffer).await;
    serde_json::from_slice(&buffer[body..]).expect("JSON")
}

/// A request to the bare handler as it goes over the line.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: benchmarks/1\r\n\r\n").into_bytes()
}

/// Whether an answer has errors, or a mutation's refusal, or nothing where something was asked for.
fn is_refusal(body: &[u8]) -> bool {
    let body: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    let answered = |field: &serde_json::Value| {
        let refused = field["userErrors"].as_array().is_some_and(|errors| !errors.is_empty());
        !field.is_null() && !refused
    };
    let all = body["data"].as_object().is_some_and(|fields| fields.values().all(answered));
    body.get("errors").is_some() || !all
}

/// Reads an answer, and gives where its body begins.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    let mut end = None;
    loop {
        if stream.read_buf(buffer).await.expect("an answer") == 0 {
            panic!("the server closed the connection: {}", String::from_utf8_lossy(buffer));
        }
        if end.is_none() {
            end = head(buffer);
        }
        if let Some((body, length)) = end
            && buffer.len() >= body + length
        {
            return body;
        }
    }
}

/// Where the body begins, and how long it is; none while the head isn't whole.
fn head(buffer: &[u8]) -> Option<(usize, usize)> {
    let body = buffer.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&buffer[..body]).to_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(buffer));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    Some((body, length.expect("an answer says how long it is")))
}

/// A GraphQL request as it goes over the line.
pub fn graphql(token: Option<&str>, ip_address: Option<&str>, query: &str, variables: serde_json::Value) -> Vec<u8> {
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    let mut head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nuser-agent: benchmarks/1\r\n\
         content-length: {}\r\n",
        body.len()
    );
    if let Some(token) = token {
        head += &format!("authorization: Bearer {token}\r\n");
    }
    if let Some(ip_address) = ip_address {
        head += &format!("x-forwarded-for: {ip_address}\r\n");
    }
    (head + "\r\n" + &body).into_bytes()
}

/// Numbers without a pattern, the same in every run.
pub fn scattered(caller: usize, n: u64) -> u64 {
    let mixed = (caller as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}
