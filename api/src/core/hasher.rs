//! Passwords: argon2id, on blocking threads, never more at once than there are cores.

use crate::core::{
    error::{Error, Result},
    text::{NewPassword, TextError},
};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Semaphore;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashCost {
    /// 19 MiB, two passes, one lane: OWASP's first choice, and what the product runs with.
    Real,
    /// As cheap as argon2id can be, for tests that aren't about hashing.
    Cheapest,
}

/// What a hash is computed in: 19 MiB, whose pages cost a tenth of the hash to get from the system.
type Memory = Vec<Block>;

/// Hashes and verifies passwords.
pub struct Hasher {
    argon2: Argon2<'static>,
    cores: usize,
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<Memory>>>,
    nobody: String,
    computed: Arc<AtomicU64>,
}

/// How many may wait for a hash before the next is refused: a flood gets quick refusals, and memory stays flat.
const MOST_WAITING: usize = 512;

impl Hasher {
    /// A hasher that uses at most `cores` threads at once.
    ///
    /// # Errors
    /// When argon2 refuses its parameters.
    pub fn new(cost: HashCost, cores: usize) -> Result<Self> {
        let params = match cost {
            HashCost::Real => Params::new(19 * 1024, 2, 1, None),
            HashCost::Cheapest => Params::new(8, 1, 1, None),
        };
        let params = params.map_err(|error| Error::internal(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, &mut Memory::new(), b"nobody has this password")?;
        Ok(Self {
            argon2,
            cores,
            permits: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            memory: Arc::default(),
            nobody,
            computed: Arc::new(AtomicU64::new(0)),
        })
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// `RateLimited` when too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.run(move |memory| hash(&argon2, memory, password.as_bytes())).await?
    }

    /// Judges a new password by the rules ([`NewPassword`]), and hashes it, in one go on a blocking thread: the estimate
    /// takes its time too. The inner error says which rule it breaks.
    ///
    /// # Errors
    /// `RateLimited` when too many wait already.
    pub async fn hash_new(&self, raw: SecretString, own_words: Vec<String>) -> Result<Result<String, TextError>> {
        let argon2 = self.argon2.clone();
        let outcome = self
            .run(move |memory| {
                let own_words: Vec<&str> = own_words.iter().map(String::as_str).collect();
                NewPassword::parse(raw.expose_secret(), &own_words)
                    .map(|password| hash(&argon2, memory, password.expose().as_bytes()))
            })
            .await?;
        match outcome {
            Ok(hash) => Ok(Ok(hash?)),
            Err(rule) => Ok(Err(rule)),
        }
    }

    /// Whether `password` is the one behind `known`. Without one the work is the same, and the answer no.
    ///
    /// # Errors
    /// `RateLimited` when too many wait already.
    pub async fn verify(&self, password: &str, known: Option<&str>) -> Result<bool> {
        let password = password.to_owned();
        let exists = known.is_some();
        let phc = known.unwrap_or(&self.nobody).to_owned();
        let matches = self.run(move |memory| is_behind(memory, password.as_bytes(), &phc)).await?;
        Ok(matches && exists)
    }

    /// How many hashes were computed until now: what a request costs can be counted, without a clock.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Memory) -> T + Send + 'static) -> Result<T> {
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return Err(Error::RateLimited { retry_after: 5 });
        };
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let (cores, permits, waiting) = (self.cores, Arc::clone(&self.permits), Arc::clone(&self.waiting));
        let (computed, shelf) = (Arc::clone(&self.computed), Arc::clone(&self.memory));
        let held = move || {
            // The places travel with the work: a caller who hangs up doesn't free them while the hash goes on.
            let _held = (place, permit);
            computed.fetch_add(1, Ordering::Relaxed);
            let mut memory = shelf.lock().ok().and_then(|mut shelf| shelf.pop()).unwrap_or_default();
            let outcome = work(&mut memory);
            // Whoever comes next goes on in the same memory; where nobody waits, the system has it back.
            let at_work = cores.saturating_sub(permits.available_permits());
            let queued = (MOST_WAITING - waiting.available_permits()).saturating_sub(at_work);
            if let Ok(mut shelf) = shelf.lock()
                && shelf.len() < queued
            {
                shelf.push(memory);
            }
            outcome
        };
        tokio::task::spawn_blocking(held).await.map_err(Error::internal)
    }
}

/// The PHC string of a password, with a new salt.
fn hash(argon2: &Argon2<'_>, memory: &mut Memory, password: &[u8]) -> Result<String> {
    let salt = Salt::generate();
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: argon2.params().try_into().map_err(|error| Error::internal(format!("{error}")))?,
        hash: Some(compute(argon2, memory, password, &salt, Params::DEFAULT_OUTPUT_LEN)?),
        salt: Some(salt),
    };
    Ok(hash.to_string())
}

/// Whether a password is the one behind a PHC string, at the cost that this says: what hashes cost changes with the years.
fn is_behind(memory: &mut Memory, password: &[u8], phc: &str) -> bool {
    let mut matches = || {
        let known = PasswordHash::new(phc).ok()?;
        let algorithm = Algorithm::try_from(known.algorithm.as_str()).ok()?;
        let version = known.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&known).ok()?);
        let (salt, expected) = (known.salt?, known.hash?);
        let computed = compute(&argon2, memory, password, &salt, expected.len()).ok()?;
        // Outputs are compared in constant time.
        Some(computed == expected)
    };
    matches().unwrap_or(false)
}

fn compute(argon2: &Argon2<'_>, memory: &mut Memory, password: &[u8], salt: &[u8], length: usize) -> Result<Output> {
    // What an earlier hash left there doesn't count: argon2 writes each block before it reads it.
    memory.resize(argon2.params().block_count(), Block::new());
    let mut bytes = [0; Output::MAX_LENGTH];
    let failed = |error: String| Error::internal(error);
    let out =
        bytes.get_mut(..length).ok_or_else(|| failed("a hash of a length that argon2 doesn't make".to_owned()))?;
    argon2.hash_password_into_with_memory(password, salt, out, memory).map_err(|error| failed(error.to_string()))?;
    Output::new(out).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};
    use futures::FutureExt;

    #[tokio::test]
    async fn at_its_real_cost_a_password_matches_itself_alone() {
        let hasher = Hasher::new(HashCost::Real, 2).unwrap();
        let phc = hasher.hash("correct horse battery").await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(hasher.verify("correct horse battery", Some(&phc)).await.unwrap());
        assert!(!hasher.verify("correct horse batterz", Some(&phc)).await.unwrap());
        assert!(!hasher.verify("nobody has this password", None).await.unwrap());
    }

    #[tokio::test]
    async fn memory_is_used_again_by_those_who_wait_then_given_back_and_the_hashes_are_the_standard_ones() {
        let hasher = Hasher::new(HashCost::Real, 1).unwrap();
        let passwords = ["one", "two", "three"];
        let hashes = futures::future::join_all(passwords.map(|password| hasher.hash(password))).await;
        assert!(hasher.memory.lock().unwrap().is_empty(), "nobody waits any more");
        for (password, phc) in passwords.iter().zip(hashes) {
            // By the library alone, in memory of its own.
            let phc = phc.unwrap();
            let known = PasswordHash::new(&phc).unwrap();
            assert!(Argon2::default().verify_password(password.as_bytes(), &known).is_ok());
            assert!(Argon2::default().verify_password(b"four", &known).is_err());
        }
        let theirs = Argon2::default().hash_password(b"five").unwrap().to_string();
        let tries = ["five", "six", "five"].map(|password| hasher.verify(password, Some(&theirs)));
        let answers: Vec<bool> = futures::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [true, false, true]);
    }

    #[tokio::test]
    async fn who_hangs_up_gives_their_place_back_and_their_thread_when_the_hash_is_done() {
        let hasher = Hasher::new(HashCost::Cheapest, 1).unwrap();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        assert!(
            hasher.run(move |_| wait.recv()).now_or_never().is_none(),
            "the caller hangs up while the hash goes on"
        );
        assert_eq!(hasher.permits.available_permits(), 0, "the thread is still at work");
        for _ in 0..2 * MOST_WAITING {
            assert!(hasher.hash("whoever waits, and hangs up").now_or_never().is_none());
        }
        assert_eq!(hasher.waiting.available_permits(), MOST_WAITING - 1, "nobody waits any more");
        go_on.send(()).unwrap();
        assert!(hasher.hash("correct horse battery").await.is_ok());
        let all = hasher.waiting.acquire_many(u32::try_from(MOST_WAITING).unwrap()).await.unwrap();
        assert_eq!(hasher.permits.available_permits(), 1);
        drop(all);
    }
}
