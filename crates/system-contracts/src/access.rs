//! The judgement over every transaction: may its sender do this now?
//!
//! It stands in one place of a transaction's way, in the execution of a block: what it refuses is ordered but never
//! part of the block. The door (the pool), calls and gas estimates ask the same functions.
//!
//! What it needs to know of a sender or a contract is a few slots; [`Rules`] and [`Facts`] hold them, so that a node
//! can remember them while [`generation`] stands still.

use crate::{
    address::{AUDIT, GOVERNANCE, LEDGERS, NODES},
    control,
    fault::Fault,
    host::{Host, LedgerKind},
    identities,
    interfaces::{
        IAudit,
        IControl::{AccountStatus, Policy},
        ILedgers, INodes,
    },
    ledgers,
    registry::contract_at,
    roles::{self, Act, Action},
};
use alloy_primitives::{Address, B256, FixedBytes};
use alloy_sol_types::SolCall;
use thiserror::Error;

/// Gas for votes and proposals in a period, beyond the quota: four of the largest transactions (EIP-7825), or some
/// hundred votes.
const GOVERNANCE_GAS: u64 = 4 << 24;
/// Gas for proofs of readiness and anchors in a period, beyond the quota: a node signs each with an account of its own.
const PROOF_GAS: u64 = 1_000_000;

/// Why a transaction is not allowed. The text is meant for its sender.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Denial {
    /// The account is frozen.
    #[error("the account {account} is frozen: the authority that froze it can say why and until when")]
    AccountFrozen {
        /// The account.
        account: Address,
    },
    /// The account was cancelled.
    #[error("the account {account} is cancelled")]
    AccountCancelled {
        /// The account.
        account: Address,
    },
    /// The account's identity is frozen or cancelled.
    #[error("the identity {identity} of the account {account} is not active")]
    IdentityNotActive {
        /// The account.
        account: Address,
        /// Its identity.
        identity: B256,
    },
    /// The ledger takes transactions of known identities only.
    #[error("the account {account} is bound to no identity, and this ledger requires one")]
    IdentityRequired {
        /// The account.
        account: Address,
    },
    /// The ledger takes transactions only of who may join it.
    #[error("the account {account} may not transact on this ledger: it needs a role that permits Join")]
    JoiningNotPermitted {
        /// The account.
        account: Address,
    },
    /// Deployment needs a role.
    #[error(
        "the account {account} may not deploy contracts on this ledger: it needs a role that permits Deploy"
    )]
    DeploymentNotPermitted {
        /// The account.
        account: Address,
    },
    /// The contract is frozen or retired.
    #[error("the contract {contract} is frozen or retired")]
    ContractClosed {
        /// The contract.
        contract: Address,
    },
    /// The function is protected.
    #[error("the function {selector} of {contract} is protected, and no role permits it to {account}")]
    FunctionNotPermitted {
        /// The account.
        account: Address,
        /// The contract.
        contract: Address,
        /// The function.
        selector: FixedBytes<4>,
    },
    /// The quota of the period is used up.
    #[error(
        "the gas limit {gas_limit} is above what the quota of {quota} gas leaves until {period_ends} (seconds since 1970): {used} are used"
    )]
    QuotaExceeded {
        /// Gas limit of the transaction.
        gas_limit: u64,
        /// Gas per period.
        quota: u64,
        /// Gas used in this period.
        used: u64,
        /// When the period ends.
        period_ends: u64,
    },
}

/// What a transaction or call wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Its sender.
    pub sender: Address,
    /// The account that it calls; none if it creates a contract.
    pub target: Option<Address>,
    /// The function, zero where the data has none.
    pub selector: [u8; 4],
}

/// What the ledger knows of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Status of the account as stored.
    status: u8,
    /// When a freeze lapses, zero if it does not.
    until: u64,
    /// The identity that it is bound to, zero if there is none.
    pub identity: B256,
    /// Whether that identity is active.
    identity_active: bool,
    /// Whether a quota holds for it.
    pub metered: bool,
}

impl Facts {
    /// Those of an account that nobody ever said anything about.
    pub const PLAIN: Self = Self {
        status: 0,
        until: 0,
        identity: B256::ZERO,
        identity_active: false,
        metered: false,
    };

    /// Whose quota the gas of `account` counts for: its identity, or itself.
    pub fn subject(&self, account: Address) -> B256 {
        if self.identity.is_zero() {
            account.into_word()
        } else {
            self.identity
        }
    }
}

/// The rules of the ledger that hold for everybody, with hints that save looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The policy.
    pub policy: Policy,
    /// Whether any subject must be looked up at all.
    pub subjects_marked: bool,
    /// Whether any contract may be closed.
    pub contracts_closed: bool,
    /// Whether senders need a role that permits Join: partition ledgers with that kind of access.
    pub joining_restricted: bool,
}

/// The number that moves on whenever rules, facts or contracts may have changed.
///
/// # Errors
/// What the host gives.
pub fn generation(host: &mut dyn Host) -> Result<u64, Fault> {
    control::storage().generation().get(host)
}

/// The rules of the ledger.
///
/// # Errors
/// What the host gives.
pub fn rules(host: &mut dyn Host) -> Result<Rules, Fault> {
    Ok(Rules {
        policy: control::policy(host)?,
        subjects_marked: control::storage().subjects_marked().get(host)? != 0,
        contracts_closed: control::storage().contracts_closed().get(host)? != 0,
        joining_restricted: match host.block() {
            block if block.ledger == LedgerKind::Main => false,
            block => ledgers::needs_role(host, block.chain_id)?,
        },
    })
}

/// What the ledger knows of `account`.
///
/// # Errors
/// What the host gives.
pub fn facts(host: &mut dyn Host, rules: &Rules, account: Address) -> Result<Facts, Fault> {
    let metered = rules.policy.defaultQuota != 0;
    if !rules.subjects_marked && !rules.policy.identityRequired && !metered {
        return Ok(Facts::PLAIN);
    }
    let record = control::storage().accounts().of(&account);
    let identity = identities::identity_of(host, account)?;
    let mut facts = Facts {
        status: record.status().get(host)?,
        until: record.until().get(host)?,
        identity,
        identity_active: identities::status(host, identity)? == identities::Status::Active,
        metered,
    };
    let own = control::storage()
        .quotas()
        .of(&facts.subject(account))
        .get(host)?;
    facts.metered = metered || own != 0;
    Ok(facts)
}

/// Judges who sends: status of account and identity. Whoever needs an identity may still call system contracts: that
/// is how an account is bound.
///
/// # Errors
/// The [`Denial`].
pub fn judge_sender(rules: &Rules, facts: &Facts, intent: &Intent, now: u64) -> Result<(), Denial> {
    let account = intent.sender;
    let lapsed = facts.until != 0 && now >= facts.until;
    if facts.status == u8::from(AccountStatus::Cancelled) {
        return Err(Denial::AccountCancelled { account });
    }
    if facts.status == u8::from(AccountStatus::Frozen) && !lapsed {
        return Err(Denial::AccountFrozen { account });
    }
    if facts.identity.is_zero() {
        let to_system = intent.target.is_some_and(|target| contract_at(&target).is_some());
        return if rules.policy.identityRequired && !to_system {
            Err(Denial::IdentityRequired { account })
        } else {
            Ok(())
        };
    }
    if !facts.identity_active {
        return Err(Denial::IdentityNotActive {
            account,
            identity: facts.identity,
        });
    }
    Ok(())
}

/// Judges whether the sender may transact on this ledger at all.
///
/// # Errors
/// What the host gives; the inner result is the judgement.
pub fn judge_joining(
    host: &mut dyn Host,
    rules: &Rules,
    account: Address,
) -> Result<Result<(), Denial>, Fault> {
    if !rules.joining_restricted || roles::allowed(host, account, &act(Action::Join))? {
        return Ok(Ok(()));
    }
    Ok(Err(Denial::JoiningNotPermitted { account }))
}

/// An act on the ledger as a whole.
const fn act(action: Action) -> Act {
    Act {
        action,
        target: Address::ZERO,
        selector: FixedBytes::ZERO,
        organisation: B256::ZERO,
        grade: 0,
    }
}

/// Judges what is called: deployment, the status of the contract, protected functions.
///
/// # Errors
/// What the host gives; the inner result is the judgement.
pub fn judge_target(
    host: &mut dyn Host,
    rules: &Rules,
    intent: &Intent,
) -> Result<Result<(), Denial>, Fault> {
    let Some(contract) = intent.target else {
        return judge_deployment(host, rules, intent.sender);
    };
    if rules.contracts_closed && is_closed(host, contract)? {
        return Ok(Err(Denial::ContractClosed { contract }));
    }
    if !is_guarded(host, contract)? || !control::is_protected(host, contract, intent.selector)? {
        return Ok(Ok(()));
    }
    let act = Act {
        action: Action::Call,
        target: contract,
        selector: intent.selector.into(),
        organisation: B256::ZERO,
        grade: 0,
    };
    if roles::allowed(host, intent.sender, &act)? {
        return Ok(Ok(()));
    }
    Ok(Err(Denial::FunctionNotPermitted {
        account: intent.sender,
        contract,
        selector: FixedBytes(intent.selector),
    }))
}

fn judge_deployment(
    host: &mut dyn Host,
    rules: &Rules,
    account: Address,
) -> Result<Result<(), Denial>, Fault> {
    if !rules.policy.deploymentRestricted || roles::allowed(host, account, &act(Action::Deploy))? {
        return Ok(Ok(()));
    }
    Ok(Err(Denial::DeploymentNotPermitted { account }))
}

/// Whether a call of `contract` by another contract is refused.
///
/// # Errors
/// What the host gives.
pub fn is_refused(host: &mut dyn Host, contract: Address) -> Result<bool, Fault> {
    Ok(control::storage().contracts_closed().get(host)? != 0 && is_closed(host, contract)?)
}

/// Whether some function of `contract` is protected.
///
/// # Errors
/// What the host gives.
pub fn is_guarded(host: &mut dyn Host, contract: Address) -> Result<bool, Fault> {
    Ok(control::storage().protected_count().of(&contract).get(host)? != 0)
}

/// Whether every call of `contract` is refused: it is frozen or retired.
///
/// # Errors
/// What the host gives.
pub fn is_closed(host: &mut dyn Host, contract: Address) -> Result<bool, Fault> {
    let record = control::storage().contracts().of(&contract);
    Ok(control::current(host, &record)? != 0)
}

/// Gas that a subject has in each period beyond its quota, for what `intent` calls. Votes and proposals have an
/// allowance, so that nobody can be silenced by rationing; and so has what nodes send: it comes from accounts that nobody
/// has given a quota, and a city needs its validators to be ready. On a partition ledger all these calls only fail:
/// there they are gas as any other.
pub fn allowance(intent: &Intent, ledger: LedgerKind) -> u64 {
    if ledger == LedgerKind::Partition {
        return 0;
    }
    match (intent.target, intent.selector) {
        (Some(GOVERNANCE), _) => GOVERNANCE_GAS,
        (Some(NODES), INodes::readyCall::SELECTOR)
        | (Some(LEDGERS), ILedgers::readyCall::SELECTOR)
        | (Some(AUDIT), IAudit::anchorCall::SELECTOR) => PROOF_GAS,
        _ => 0,
    }
}

/// Gas of a transaction that is held against a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ration {
    /// Gas limit of the transaction.
    pub gas_limit: u64,
    /// Gas that the block has used already and that is not written yet.
    pub pending: u64,
    /// What the subject has beyond its quota, see [`allowance`].
    pub allowance: u64,
}

/// Judges the gas of a transaction against the quota of its subject.
///
/// # Errors
/// What the host gives; the inner result is the judgement.
pub fn judge_quota(host: &mut dyn Host, subject: B256, ration: Ration) -> Result<Result<(), Denial>, Fault> {
    let usage = control::usage(host, subject)?;
    let used = usage.used.saturating_add(ration.pending);
    let quota = usage.quota.saturating_add(ration.allowance);
    if usage.quota == 0 || used.saturating_add(ration.gas_limit) <= quota {
        return Ok(Ok(()));
    }
    Ok(Err(Denial::QuotaExceeded {
        gas_limit: ration.gas_limit,
        quota,
        used,
        period_ends: usage.periodEnds,
    }))
}
