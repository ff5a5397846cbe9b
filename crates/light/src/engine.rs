//! What following a chain means, whatever the chain: trusted state in, evidence in, new trusted state out.
//!
//! An [`Engine`] knows one way in which headers become final, and nothing else. A [`Client`] keeps the history of what was
//! verified, so that a proof is judged by the state of its own height, and watches for equivocation: two headers that are
//! both final by the engine's rule, and cannot both be. Then somebody who is trusted lies, and nothing that follows means
//! anything: the client freezes, and no later header thaws it.

use alloy_primitives::B256;
use std::collections::BTreeMap;
use std::error::Error;
use thiserror::Error;

/// What a verified header rests on. It is shown wherever the header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assurance {
    /// People who were named said so; nothing of the chain itself was checked.
    Attested,
    /// The chain's own validators made it final, and that was checked.
    Verified,
}

/// A header that was verified, with what the next one is judged by.
pub trait Trusted: Clone {
    /// Its height.
    fn height(&self) -> u64;
    /// Its hash: no two final headers of a height differ in it.
    fn hash(&self) -> B256;
    /// The hash of the header before it; none if the evidence does not tell.
    fn parent_hash(&self) -> Option<B256>;
    /// Its time in seconds since the Unix epoch.
    fn seconds(&self) -> u64;
}

/// One way in which headers become final. Implementations are pure: equal arguments give equal answers on every machine.
pub trait Engine {
    /// What is trusted after a header.
    type Trust: Trusted;
    /// A header with what makes it final.
    type Evidence;
    /// Why evidence proves nothing.
    type Error: Error + 'static;

    /// What its verdicts rest on.
    const ASSURANCE: Assurance;

    /// The height that the evidence is about, before anything of it is verified.
    ///
    /// # Errors
    /// What cannot be read.
    fn height(&self, evidence: &Self::Evidence) -> Result<u64, Self::Error>;

    /// The hash of a header whose signatures hold, and that names another parent than the trusted header right below it: the
    /// evidence is final, and contradicts. None of all other errors.
    fn unlinked(_error: &Self::Error) -> Option<B256> {
        None
    }

    /// Verifies evidence by what is trusted of a lower height. `now_seconds` is the time of the caller since the Unix epoch:
    /// what is too old or of the future is refused.
    ///
    /// # Errors
    /// What does not hold.
    fn advance(
        &self,
        trust: &Self::Trust,
        evidence: &Self::Evidence,
        now_seconds: u64,
    ) -> Result<Self::Trust, Self::Error>;
}

/// Two final headers that cannot both be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// Height of the newer one.
    pub height: u64,
    /// What was trusted.
    pub trusted: B256,
    /// What contradicts it.
    pub other: B256,
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The header is trusted now.
    Added,
    /// It was trusted before.
    Known,
    /// It contradicts what is trusted: the client is frozen from now on.
    Frozen(Equivocation),
}

/// Why a client took nothing.
#[derive(Debug, Error)]
pub enum ClientError<E: Error + 'static> {
    /// Trusted validators have lied.
    #[error("the client is frozen: two final headers contradict each other at height {}", .0.height)]
    Frozen(Equivocation),
    /// Nothing that is kept is below the header.
    #[error("a header of height {found} is below all that is kept, the oldest is {oldest}")]
    TooOld {
        /// Height of the header.
        found: u64,
        /// Oldest height that is kept.
        oldest: u64,
    },
    /// The evidence does not hold.
    #[error("the evidence does not hold")]
    Evidence(#[source] E),
}

/// Follows one chain.
#[derive(Clone, Debug)]
pub struct Client<E: Engine> {
    engine: E,
    /// What was verified, by height; never empty.
    history: BTreeMap<u64, E::Trust>,
    /// Headers that are kept, at most.
    kept_max: usize,
    frozen: Option<Equivocation>,
}

impl<E: Engine> Client<E> {
    /// Begins with a trusted header. At least two are kept, whatever `kept_max` says: one to judge, one to be judged.
    pub fn new(engine: E, root: E::Trust, kept_max: usize) -> Self {
        let history = BTreeMap::from([(root.height(), root)]);
        Self {
            engine,
            history,
            kept_max: kept_max.max(2),
            frozen: None,
        }
    }

    /// Goes on with what was verified before, wherever it was kept: at least one header. Contradictions among them are not
    /// looked for again. None of an empty history.
    pub fn resumed(engine: E, history: impl IntoIterator<Item = E::Trust>) -> Option<Self> {
        let history: BTreeMap<u64, E::Trust> =
            history.into_iter().map(|trust| (trust.height(), trust)).collect();
        (!history.is_empty()).then_some(Self {
            engine,
            history,
            kept_max: usize::MAX,
            frozen: None,
        })
    }

    /// What its verdicts rest on.
    pub const fn assurance(&self) -> Assurance {
        E::ASSURANCE
    }

    /// The contradiction that froze it.
    pub const fn frozen(&self) -> Option<&Equivocation> {
        self.frozen.as_ref()
    }

    /// The header of a height; none if it was not verified, is no longer kept, or the client is frozen.
    pub fn at(&self, height: u64) -> Option<&E::Trust> {
        self.history.get(&height).filter(|_| self.frozen.is_none())
    }

    /// The newest header; none if the client is frozen.
    pub fn newest(&self) -> Option<&E::Trust> {
        self.history
            .last_key_value()
            .map(|(_, newest)| newest)
            .filter(|_| self.frozen.is_none())
    }

    /// Verifies evidence and keeps what follows. A header below the newest is welcome: it fills a gap, or convicts.
    ///
    /// # Errors
    /// See [`ClientError`]; nothing changes then.
    pub fn update(
        &mut self,
        evidence: &E::Evidence,
        now_seconds: u64,
    ) -> Result<Update, ClientError<E::Error>> {
        if let Some(equivocation) = self.frozen {
            return Err(ClientError::Frozen(equivocation));
        }
        let height = self.engine.height(evidence).map_err(ClientError::Evidence)?;
        let Some((_, below)) = self.history.range(..height).next_back() else {
            let oldest = self.history.first_key_value().map_or(0, |(oldest, _)| *oldest);
            return Err(ClientError::TooOld {
                found: height,
                oldest,
            });
        };
        let verified = match self.engine.advance(below, evidence, now_seconds) {
            Ok(verified) => verified,
            Err(error) => {
                let Some(other) = E::unlinked(&error) else {
                    return Err(ClientError::Evidence(error));
                };
                let trusted = below.hash();
                let equivocation = Equivocation {
                    height,
                    trusted,
                    other,
                };
                self.frozen = Some(equivocation);
                return Ok(Update::Frozen(equivocation));
            }
        };
        if let Some(equivocation) = self.contradiction(&verified) {
            self.frozen = Some(equivocation);
            return Ok(Update::Frozen(equivocation));
        }
        if self.history.insert(verified.height(), verified).is_some() {
            return Ok(Update::Known);
        }
        while self.history.len() > self.kept_max {
            self.history.pop_first();
        }
        Ok(Update::Added)
    }

    /// A final header that cannot be beside `verified`: another of its height, or a neighbour that does not link to it, or
    /// one above it with an earlier time.
    fn contradiction(&self, verified: &E::Trust) -> Option<Equivocation> {
        let height = verified.height();
        let against = |trusted: &E::Trust| Equivocation {
            height: height.max(trusted.height()),
            trusted: trusted.hash(),
            other: verified.hash(),
        };
        let unlinked = |child: &E::Trust, parent: &E::Trust| {
            child.parent_hash().is_some_and(|hash| hash != parent.hash())
        };
        let same = self
            .history
            .get(&height)
            .filter(|same| same.hash() != verified.hash());
        let below = height.checked_sub(1).and_then(|below| self.history.get(&below));
        let above = height.checked_add(1).and_then(|above| self.history.get(&above));
        let later = self
            .history
            .range(height..)
            .find(|(above, trust)| **above > height && trust.seconds() < verified.seconds());
        same.or(below.filter(|below| unlinked(verified, below)))
            .or(above.filter(|above| unlinked(above, verified)))
            .or(later.map(|(_, later)| later))
            .map(against)
    }
}
