//! How login learns who somebody is on the main ledger.
//!
//! Whoever can call contracts ([`Calls`]) can answer; [`ByCalls`] asks the system contracts. Answers are kept for some seconds, so that a
//! role that is taken away closes the console at once, but a page with ten requests asks the ledger once.

use super::{Clock, Standing, Subject};
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use async_trait::async_trait;
use civitas_system_contracts::{
    address::{IDENTITIES, ROLES},
    interfaces::{IIdentities, IRoles},
    roles::{Entitlement, GrantStatus, Permission},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Seconds for which an answer is used: what a revoked role still sees.
const FRESH_SECONDS: u64 = 15;

/// Seconds for which an answer is used while the ledger does not answer: a restart of a node throws nobody out.
const STALE_SECONDS: u64 = 300;

/// Answers that are kept: more than people at work at once; all are forgotten when it is full.
const KEPT_MAX: usize = 10_000;

/// Roles read in one call, the most that the contract gives.
const ROLES_PAGE: u64 = 100;

/// Pages of roles: the contract allows 256 roles.
const ROLES_PAGES_MAX: u64 = 3;

/// The ledger was not asked, or answered nonsense.
#[derive(Debug, thiserror::Error)]
pub enum OnLedgerError {
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
}

/// Who can call contracts of the main ledger at its newest block, without changing anything. May be called at any time, any number of
/// times; a call that is dropped is forgotten.
#[async_trait]
pub trait Calls: Send + Sync {
    /// Calls `to` with `data` and gives what it returns.
    async fn call(&self, to: Address, data: Bytes)
    -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;
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
    async fn account(&self, account: Address) -> Result<Standing, OnLedgerError> {
        let usable = self
            .ask(IDENTITIES, IIdentities::isUsableCall { account })
            .await?;
        let identity = self
            .ask(IDENTITIES, IIdentities::identityOfCall { account })
            .await?;
        let entitlements = if usable {
            self.ask(ROLES, IRoles::whatCanCall { account }).await?
        } else {
            Vec::new()
        };
        Ok(Standing {
            identity: (!identity.is_zero()).then_some(identity),
            entitlements,
        })
    }

    async fn identity(&self, identity: B256) -> Result<Standing, OnLedgerError> {
        let status = self
            .ask(IDENTITIES, IIdentities::statusOfCall { id: identity })
            .await?;
        let mut entitlements = Vec::new();
        if status == IIdentities::Status::Active {
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

#[derive(Clone)]
struct Kept {
    at: u64,
    standing: Arc<Standing>,
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

    /// What the ledger says about the subject; none if it says nothing about such subjects.
    ///
    /// # Errors
    /// The ledger does not answer, and did not within the last minutes.
    pub async fn of(&self, subject: &Subject) -> Result<Option<Arc<Standing>>, OnLedgerError> {
        let now = self.clock.now();
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(subject)
            .cloned();
        if let Some(kept) = kept
            .as_ref()
            .filter(|kept| now.saturating_sub(kept.at) < FRESH_SECONDS)
        {
            return Ok(Some(Arc::clone(&kept.standing)));
        }
        let answer = match subject {
            Subject::Account(account) => self.ledger.account(*account).await,
            Subject::Identity(identity) => self.ledger.identity(*identity).await,
            Subject::Administrator | Subject::External { .. } => return Ok(None),
        };
        match answer {
            Ok(standing) => Ok(Some(self.keep(subject, standing, now))),
            Err(error) => match kept.filter(|kept| now.saturating_sub(kept.at) < STALE_SECONDS) {
                Some(kept) => Ok(Some(kept.standing)),
                None => Err(error),
            },
        }
    }

    fn keep(&self, subject: &Subject, standing: Standing, now: u64) -> Arc<Standing> {
        let standing = Arc::new(standing);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(
            subject.clone(),
            Kept {
                at: now,
                standing: Arc::clone(&standing),
            },
        );
        standing
    }
}
