//! How login learns who somebody is on the main ledger.
//!
//! Whoever can call contracts ([`Calls`]) can answer; [`ByCalls`] asks the system contracts. Answers are kept for some seconds, so that a
//! role that is taken away closes the console at once, but not every request asks the ledger. A ledger that does not answer is not waited
//! for long, and not asked again at each request: the pages that help to mend it must open.

use super::{Clock, Standing, Subject, contract};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use async_trait::async_trait;
use civitas_system_contracts::{
    address::{CONTROL, IDENTITIES, ROLES},
    interfaces::{IControl, IIdentities, IRoles},
    roles::{Entitlement, GrantStatus, Permission},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Seconds for which an answer is used: what a revoked role still sees.
const FRESH_SECONDS: u64 = 15;

/// Seconds for which an answer is used while the ledger does not answer: a restart of a node throws nobody out.
const STALE_SECONDS: u64 = 300;

/// How long the ledger may take for an answer about one subject: far longer than a healthy node takes.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);

/// Seconds between two questions about one subject that the ledger does not answer.
const ASK_AGAIN_SECONDS: u64 = 5;

/// Answers that are kept: more than people at work at once; all are forgotten when it is full.
const KEPT_MAX: usize = 10_000;

/// Roles read in one call, the most that the contract gives.
const ROLES_PAGE: u64 = 100;

/// Pages of roles: the contract allows 256 roles.
const ROLES_PAGES_MAX: u64 = 3;

/// The ledger was not asked, or answered nonsense.
#[derive(Debug, thiserror::Error)]
pub enum OnLedgerError {
    /// No node answers in time, or none did a moment ago.
    #[error("the ledger is silent")]
    Silent,
    /// No node answers, or it refuses the call.
    #[error("the call was not answered")]
    Call {
        /// The failure.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is not one of the contract.
    #[error("the answer is not one of the contract")]
    Answer {
        /// The failure.
        #[from]
        source: alloy_sol_types::Error,
    },
}

/// Who can ask the ledger about people.
#[async_trait]
pub trait OnLedger: Send + Sync {
    /// What the ledger says about an account.
    async fn account(&self, account: Address) -> Result<Standing, OnLedgerError>;
    /// What the ledger says about an identity.
    async fn identity(&self, identity: B256) -> Result<Standing, OnLedgerError>;
    /// Whether the account is a contract that says of a signature over a digest that it is its own (ERC-1271). One that
    /// fails, or says anything else, does not; nor does an account without code.
    async fn takes(&self, account: Address, digest: B256, signature: &[u8]) -> Result<bool, OnLedgerError> {
        let _ = (account, digest, signature);
        Ok(false)
    }
}

/// Who can call contracts of the main ledger at its newest block, without changing anything. May be called at any time, any number of
/// times; a call that is dropped is forgotten.
#[async_trait]
pub trait Calls: Send + Sync {
    /// Calls `to` with `data` and gives what it returns.
    async fn call(&self, to: Address, data: Bytes)
    -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    /// The same of a stranger's contract, with at most so much gas; none if it reverts, runs out of gas, or fails otherwise.
    async fn call_bounded(
        &self,
        to: Address,
        data: Bytes,
        gas: u64,
    ) -> Result<Option<Bytes>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Asks the system contracts.
pub struct ByCalls<C>(pub C);

impl<C: Calls> ByCalls<C> {
    async fn ask<Question: SolCall>(
        &self,
        to: Address,
        question: Question,
    ) -> Result<Question::Return, OnLedgerError> {
        let answer = self
            .0
            .call(to, question.abi_encode().into())
            .await
            .map_err(|source| OnLedgerError::Call { source })?;
        Ok(Question::abi_decode_returns(&answer)?)
    }

    async fn permissions(&self) -> Result<HashMap<B256, Vec<Permission>>, OnLedgerError> {
        let mut permissions = HashMap::new();
        for page in 0..ROLES_PAGES_MAX {
            let question = IRoles::rolesCall {
                from: page * ROLES_PAGE,
                count: ROLES_PAGE,
            };
            let roles = self.ask(ROLES, question).await?;
            if roles.is_empty() {
                break;
            }
            permissions.extend(roles.into_iter().map(|role| (role.id, role.permissions)));
        }
        Ok(permissions)
    }
}

#[async_trait]
impl<C: Calls> OnLedger for ByCalls<C> {
    async fn takes(&self, account: Address, digest: B256, signature: &[u8]) -> Result<bool, OnLedgerError> {
        let question = contract::question(digest, signature);
        let answer = self.0.call_bounded(account, question, contract::GAS_MAX).await;
        let answer = answer.map_err(|source| OnLedgerError::Call { source })?;
        Ok(answer.is_some_and(|answer| contract::is_yes(&answer)))
    }

    async fn account(&self, account: Address) -> Result<Standing, OnLedgerError> {
        let (usable, control, identity) = futures::try_join!(
            self.ask(IDENTITIES, IIdentities::isUsableCall { account }),
            self.ask(CONTROL, IControl::accountStatusCall { account }),
            self.ask(IDENTITIES, IIdentities::identityOfCall { account }),
        )?;
        let is_suspended = !usable || control.status != IControl::AccountStatus::Active;
        let entitlements = match is_suspended {
            true => Vec::new(),
            false => self.ask(ROLES, IRoles::whatCanCall { account }).await?,
        };
        Ok(Standing {
            identity: (!identity.is_zero()).then_some(identity),
            is_suspended,
            entitlements,
        })
    }

    async fn identity(&self, identity: B256) -> Result<Standing, OnLedgerError> {
        let status = self
            .ask(IDENTITIES, IIdentities::statusOfCall { id: identity })
            .await?;
        let mut entitlements = Vec::new();
        let is_suspended = status != IIdentities::Status::Active;
        if !is_suspended {
            let grants = self
                .ask(ROLES, IRoles::grantsOfCall { subject: identity })
                .await?;
            let permissions = if grants.is_empty() {
                HashMap::new()
            } else {
                self.permissions().await?
            };
            for grant in grants
                .into_iter()
                .filter(|grant| grant.status == GrantStatus::InForce)
            {
                for permission in permissions.get(&grant.role).into_iter().flatten() {
                    entitlements.push(Entitlement {
                        grant: grant.id,
                        role: grant.role,
                        permission: permission.clone(),
                        scope: grant.scope.clone(),
                        expiry: grant.expiry,
                    });
                }
            }
        }
        Ok(Standing {
            identity: Some(identity),
            is_suspended,
            entitlements,
        })
    }
}

/// Answers of the ledger, for some seconds.
pub struct Standings {
    ledger: Arc<dyn OnLedger>,
    clock: Clock,
    kept: Mutex<HashMap<Subject, Kept>>,
}

/// What is known of a subject.
#[derive(Clone, Default)]
struct Kept {
    /// The last answer, and seconds since 1970 at which it came.
    answer: Option<(u64, Arc<Standing>)>,
    /// Seconds since 1970 at which the ledger last failed to answer; 0 if it answered since.
    failed_at: u64,
}

impl Kept {
    /// The answer, unless it is older than so many seconds.
    fn younger(&self, seconds: u64, now: u64) -> Option<Arc<Standing>> {
        let (at, standing) = self.answer.as_ref()?;
        (now.saturating_sub(*at) < seconds).then(|| Arc::clone(standing))
    }
}

impl Standings {
    /// Nothing is known yet.
    pub fn new(ledger: Arc<dyn OnLedger>, clock: Clock) -> Self {
        Self {
            ledger,
            clock,
            kept: Mutex::new(HashMap::new()),
        }
    }

    /// Whether the account is a contract that takes the signature for its own.
    ///
    /// # Errors
    /// The ledger does not answer.
    pub async fn takes(
        &self,
        account: Address,
        digest: B256,
        signature: &[u8],
    ) -> Result<bool, OnLedgerError> {
        let asked = self.ledger.takes(account, digest, signature);
        match tokio::time::timeout(ANSWER_TIME_MAX, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(OnLedgerError::Silent),
        }
    }

    /// What the ledger says about the subject; none if it says nothing about such subjects.
    ///
    /// # Errors
    /// The ledger does not answer, and did not within the last minutes.
    pub async fn of(&self, subject: &Subject) -> Result<Option<Arc<Standing>>, OnLedgerError> {
        let now = self.clock.now();
        let kept = self.kept().get(subject).cloned().unwrap_or_default();
        if let Some(standing) = kept.younger(FRESH_SECONDS, now) {
            return Ok(Some(standing));
        }
        let answer = match subject {
            Subject::Administrator | Subject::External { .. } => return Ok(None),
            _ if now.saturating_sub(kept.failed_at) < ASK_AGAIN_SECONDS => Err(OnLedgerError::Silent),
            Subject::Account(account) => self.ask(subject, self.ledger.account(*account)).await,
            Subject::Identity(identity) => self.ask(subject, self.ledger.identity(*identity)).await,
        };
        match answer {
            Ok(standing) => Ok(Some(standing)),
            Err(error) => kept.younger(STALE_SECONDS, now).map(Some).ok_or(error),
        }
    }

    /// Asks the ledger, and notes what came of it.
    async fn ask(
        &self,
        subject: &Subject,
        question: impl Future<Output = Result<Standing, OnLedgerError>>,
    ) -> Result<Arc<Standing>, OnLedgerError> {
        let answer = tokio::time::timeout(ANSWER_TIME_MAX, question).await;
        let answer = answer.unwrap_or(Err(OnLedgerError::Silent)).map(Arc::new);
        let now = self.clock.now();
        let mut all = self.kept();
        if all.len() >= KEPT_MAX && !all.contains_key(subject) {
            all.clear();
        }
        let kept = all.entry(subject.clone()).or_default();
        match &answer {
            Ok(standing) => {
                *kept = Kept {
                    answer: Some((now, Arc::clone(standing))),
                    failed_at: 0,
                }
            }
            Err(_) => kept.failed_at = now,
        }
        answer
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Subject, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
