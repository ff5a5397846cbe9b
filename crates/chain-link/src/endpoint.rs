//! One endpoint of a chain: its name, its rest, its counts.

use crate::LinkError;
use civitas_ports::ForeignEndpoint;
use parking_lot::Mutex;
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Characters of a refusal that are kept: they come from outside.
pub const MESSAGE_CHARS_MAX: usize = 300;

/// How an endpoint does.
#[derive(Debug)]
pub struct Endpoint {
    name: String,
    rest: Duration,
    /// Whether it said its chain id since the last failure.
    is_known: AtomicBool,
    rests_until: Mutex<Option<Instant>>,
    requests: AtomicU64,
    failures: AtomicU64,
}

/// An endpoint with what is needed to ask it.
pub trait Link: Send + Sync {
    /// How it does.
    fn endpoint(&self) -> &Endpoint;

    /// Forgets what was remembered of its answers: it failed, or lied.
    fn forget(&self) {}
}

impl Endpoint {
    /// The endpoint at an address, which rests so long after it failed.
    pub fn new(url: &str, rest: Duration) -> Self {
        Self {
            name: shown(url),
            rest,
            is_known: AtomicBool::new(false),
            rests_until: Mutex::new(None),
            requests: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    /// Its address, without what may be a secret in it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it failed a short while ago.
    pub fn is_resting(&self) -> bool {
        self.rests_until
            .lock()
            .is_some_and(|until| until > Instant::now())
    }

    /// Whether it said since its last failure that it is the right chain.
    pub fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Remembers whether it said that it is the right chain.
    pub fn note_known(&self, is_known: bool) {
        self.is_known.store(is_known, Ordering::Relaxed);
    }

    /// Lets it rest after a failure.
    pub(crate) fn rest(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.note_known(false);
        *self.rests_until.lock() = Some(Instant::now() + self.rest);
    }

    /// It did what it should.
    pub(crate) fn praise(&self) {
        *self.rests_until.lock() = None;
    }

    /// How it did.
    pub(crate) fn count(&self) -> ForeignEndpoint {
        ForeignEndpoint {
            name: self.name.clone(),
            requests: self.requests.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            is_resting: self.is_resting(),
        }
    }

    /// Counts a request and gives it so much time, the making of a connection and the reading of a slow answer included.
    ///
    /// # Errors
    /// [`LinkError::Slow`], or what the request ends with.
    pub async fn timed<T>(
        &self,
        request: &'static str,
        time_max: Duration,
        sent: impl Future<Output = Result<T, LinkError>>,
    ) -> Result<T, LinkError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = tokio::time::timeout(time_max, sent).await;
        answer.unwrap_or(Err(LinkError::Slow {
            request,
            ms_max: time_max.as_millis(),
        }))
    }
}

/// An address as it may be shown: user, password, path and query may hold a key of a provider.
pub fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for url in [
            "https://node.example",
            "https://node.example/v3/0123456789abcdef",
            "https://user:password@node.example/",
            "https://node.example?key=0123",
        ] {
            assert_eq!(shown(url), "https://node.example");
        }
        assert_eq!(shown("ws://127.0.0.1:8545/#a@b"), "ws://127.0.0.1:8545");
    }
}
