//! A DNS server in this process, whose zones change while it runs.
//!
//! For the demo and the tests: it speaks DNS over UDP and TCP on the loopback address, so that what is proved there goes
//! through the same lookups as in production.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// What fits a packet everywhere (the DNS flag day of 2020).
const LARGEST_PACKET: u16 = 1232;
/// A character-string's length is one byte.
const LONGEST_STRING: usize = 255;
/// In seconds. Long, so that whoever caches where nobody should is found out.
const TIME_TO_LIVE: u32 = 3600;
const QUERIES_KEPT: usize = 1000;
/// Follows aliases no further, so that a loop ends.
const MOST_ALIASES: usize = 8;
/// Attempts to find a port that is free for both UDP and TCP.
const PORTS_TRIED: usize = 20;

/// How a name misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// SERVFAIL.
    ServerFailure,
    /// The query is dropped.
    Silent,
    /// NXDOMAIN, even where names below exist.
    NxDomain,
    /// REFUSED.
    Refused,
}

/// A running server; it stops when dropped. Names are compared without case, with or without the trailing dot.
pub struct DnsServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _tasks: JoinSet<()>, // aborted when dropped
}

#[derive(Default)]
struct State {
    names: HashMap<String, Entry>,
    queries: VecDeque<String>,
}

enum Entry {
    /// Records, each of several strings.
    Txt(Vec<Vec<Vec<u8>>>),
    Addresses(Vec<IpAddr>),
    Alias(String),
    Misbehaves(Behaviour),
}

impl DnsServer {
    /// Starts on 127.0.0.1, UDP and TCP on the same free port, with no names.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<Self> {
        let (udp, tcp) = bind().await?;
        let address = udp.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_udp(udp, state.clone()));
        tasks.spawn(serve_tcp(tcp, state.clone()));
        Ok(Self { address, state, _tasks: tasks })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives `name` these TXT records, each of several strings, in place of what it answered before. Without records the
    /// name exists and is empty. Strings of more than 255 bytes are split, as the format demands.
    pub fn set_txt(&self, name: &str, records: &[&[&str]]) {
        let split = |strings: &&[&str]| -> Vec<Vec<u8>> {
            let parts: Vec<Vec<u8>> =
                strings.iter().flat_map(|text| text.as_bytes().chunks(LONGEST_STRING).map(<[u8]>::to_vec)).collect();
            // A record has one string at least, be it empty.
            if parts.is_empty() { vec![Vec::new()] } else { parts }
        };
        self.set(name, Entry::Txt(records.iter().map(split).collect()));
    }

    /// Gives `name` these addresses, in place of what it answered before.
    pub fn set_addresses(&self, name: &str, addresses: &[IpAddr]) {
        self.set(name, Entry::Addresses(addresses.to_vec()));
    }

    /// Makes `name` an alias (CNAME) of `target`, in place of what it answered before.
    pub fn set_alias(&self, name: &str, target: &str) {
        self.set(name, Entry::Alias(key(target)));
    }

    /// Makes `name` misbehave, in place of what it answered before.
    pub fn answer_with(&self, name: &str, behaviour: Behaviour) {
        self.set(name, Entry::Misbehaves(behaviour));
    }

    /// Forgets `name`: it doesn't exist from now on, unless a name below it does.
    pub fn remove(&self, name: &str) {
        lock(&self.state).names.remove(&key(name));
    }

    /// The names of the last 1000 queries, repeated ones included, the oldest first; in lower case, without final dot.
    #[must_use]
    pub fn queries(&self) -> Vec<String> {
        lock(&self.state).queries.iter().cloned().collect()
    }

    fn set(&self, name: &str, entry: Entry) {
        lock(&self.state).names.insert(key(name), entry);
    }
}

fn key(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn bind() -> io::Result<(UdpSocket, TcpListener)> {
    let mut attempts = 0;
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => return Ok((udp, tcp)),
            Err(error) if attempts == PORTS_TRIED => return Err(error),
            Err(_) => attempts += 1,
        }
    }
}

async fn serve_udp(socket: UdpSocket, state: Arc<Mutex<State>>) {
    let mut packet = vec![0; usize::from(u16::MAX)];
    loop {
        // An error here is the client's (its port is closed), not the socket's.
        let Ok((length, client)) = socket.recv_from(&mut packet).await else {
            continue;
        };
        let Ok(request) = Message::from_vec(&packet[..length]) else {
            continue;
        };
        let Some(response) = respond(&state, &request) else {
            continue;
        };
        let largest = usize::from(request.max_payload().min(LARGEST_PACKET));
        let bytes = match response.to_vec() {
            Ok(bytes) if bytes.len() > largest => response.truncate().to_vec(),
            other => other,
        };
        if let Ok(bytes) = bytes {
            let _ = socket.send_to(&bytes, client).await; // a client that is gone needs no answer
        }
    }
}

async fn serve_tcp(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let state = state.clone();
                    connections.spawn(async move {
                        let _ = serve_connection(stream, &state).await; // ends when the client closes
                    });
                }
                Err(_) => tokio::task::yield_now().await, // that client is gone, or there are too many for now
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut packet = vec![0; usize::from(length)];
        stream.read_exact(&mut packet).await?;
        let request = Message::from_vec(&packet).map_err(io::Error::other)?;
        let Some(response) = respond(state, &request) else {
            continue;
        };
        let bytes = response.to_vec().map_err(io::Error::other)?;
        let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
        let framed = [&length.to_be_bytes(), bytes.as_slice()].concat();
        stream.write_all(&framed).await?;
    }
}

/// `None` where no answer is due.
fn respond(state: &Mutex<State>, request: &Message) -> Option<Message> {
    if request.message_type != MessageType::Query {
        return None; // answering answers makes loops
    }
    let mut response = Message::response(request.id, request.op_code);
    response.metadata.recursion_desired = request.recursion_desired;
    response.metadata.authoritative = true;
    response.add_queries(request.queries.iter().cloned());
    if request.edns.is_some() {
        response.set_edns(Edns::new().set_max_payload(LARGEST_PACKET).clone());
    }
    response.metadata.response_code = match request.queries.as_slice() {
        _ if request.op_code != OpCode::Query => ResponseCode::NotImp,
        [query] => {
            let mut state = lock(state);
            if state.queries.len() == QUERIES_KEPT {
                state.queries.pop_front();
            }
            state.queries.push_back(key(&query.name().to_ascii()));
            let (code, records) = look_up(&state.names, query)?;
            if records.is_empty() && matches!(code, ResponseCode::NoError | ResponseCode::NXDomain) {
                response.add_authority(start_of_authority());
            }
            response.add_answers(records);
            code
        }
        _ => ResponseCode::FormErr,
    };
    Some(response)
}

/// Comes with negative answers and says how long they hold (RFC 2308).
fn start_of_authority() -> Record {
    let root = Name::root();
    let data = SOA::new(root.clone(), root.clone(), 1, 3600, 600, 86_400, TIME_TO_LIVE);
    Record::from_rdata(root, TIME_TO_LIVE, RData::SOA(data))
}

/// The code and the records that answer the query, `None` for silence.
fn look_up(names: &HashMap<String, Entry>, query: &Query) -> Option<(ResponseCode, Vec<Record>)> {
    let mut records = Vec::new();
    let mut owner = query.name().clone();
    for _ in 0..=MOST_ALIASES {
        let name = key(&owner.to_ascii());
        let code = match names.get(&name) {
            Some(Entry::Txt(txt)) => {
                if query.query_type() == RecordType::TXT {
                    records.extend(txt.iter().map(|strings| {
                        let data = TXT::from_bytes(strings.iter().map(Vec::as_slice).collect());
                        Record::from_rdata(owner.clone(), TIME_TO_LIVE, RData::TXT(data))
                    }));
                }
                ResponseCode::NoError
            }
            Some(Entry::Addresses(addresses)) => {
                records.extend(addresses.iter().filter_map(|address| {
                    let data = match (address, query.query_type()) {
                        (IpAddr::V4(address), RecordType::A) => RData::A(A(*address)),
                        (IpAddr::V6(address), RecordType::AAAA) => RData::AAAA(AAAA(*address)),
                        _ => return None,
                    };
                    Some(Record::from_rdata(owner.clone(), TIME_TO_LIVE, data))
                }));
                ResponseCode::NoError
            }
            Some(Entry::Alias(target)) => {
                let Ok(target) = Name::from_ascii(format!("{target}.")) else {
                    return Some((ResponseCode::ServFail, Vec::new()));
                };
                records.push(Record::from_rdata(owner, TIME_TO_LIVE, RData::CNAME(CNAME(target.clone()))));
                owner = target;
                continue;
            }
            Some(Entry::Misbehaves(Behaviour::Silent)) => return None,
            Some(Entry::Misbehaves(Behaviour::ServerFailure)) => ResponseCode::ServFail,
            Some(Entry::Misbehaves(Behaviour::Refused)) => ResponseCode::Refused,
            Some(Entry::Misbehaves(Behaviour::NxDomain)) => ResponseCode::NXDomain,
            // A name above others exists, though it has no records (RFC 8020).
            None if names.keys().any(|other| other.strip_suffix(&name).is_some_and(|above| above.ends_with('.'))) => {
                ResponseCode::NoError
            }
            None => ResponseCode::NXDomain,
        };
        return Some((code, records));
    }
    Some((ResponseCode::ServFail, Vec::new()))
}
