//! Passwords: argon2id, on blocking threads, never more at once than there are cores.

use crate::core::{
    error::{Error, Result},
    text::{NewPassword, TextError},
};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{
    Arc,
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

/// Hashes and verifies passwords.
pub struct Hasher {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
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
        let nobody = hash(&argon2, b"nobody has this password")?;
        Ok(Self {
            argon2,
            permits: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
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
        self.run(move || hash(&argon2, password.as_bytes())).await?
    }

    /// Judges a new password by the rules ([`NewPassword`]), and hashes it, in one go on a blocking thread: the estimate
    /// takes its time too. The inner error says which rule it breaks.
    ///
    /// # Errors
    /// `RateLimited` when too many wait already.
    pub async fn hash_new(&self, raw: SecretString, own_words: Vec<String>) -> Result<Result<String, TextError>> {
        let argon2 = self.argon2.clone();
        let outcome = self
            .run(move || {
                let own_words: Vec<&str> = own_words.iter().map(String::as_str).collect();
                NewPassword::parse(raw.expose_secret(), &own_words)
                    .map(|password| hash(&argon2, password.expose().as_bytes()))
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
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let exists = known.is_some();
        let phc = known.unwrap_or(&self.nobody).to_owned();
        let matches = self
            .run(move || {
                PasswordHash::new(&phc).is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(matches && exists)
    }

    /// How many hashes were computed until now: what a request costs can be counted, without a clock.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return Err(Error::RateLimited { retry_after: 5 });
        };
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        // The places travel with the work: a caller who hangs up doesn't free them while the hash goes on.
        let computed = Arc::clone(&self.computed);
        let held = move || {
            let _held = (place, permit);
            computed.fetch_add(1, Ordering::Relaxed);
            work()
        };
        tokio::task::spawn_blocking(held).await.map_err(Error::internal)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String> {
    argon2.hash_password(password).map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
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
    async fn who_hangs_up_gives_their_place_back_and_their_thread_when_the_hash_is_done() {
        let hasher = Hasher::new(HashCost::Cheapest, 1).unwrap();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        assert!(hasher.run(move || wait.recv()).now_or_never().is_none(), "the caller hangs up while the hash goes on");
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
