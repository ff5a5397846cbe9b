//! What the plan of the sample is made of: rounds of steps, each a transaction of somebody.

use super::people::Person;
use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;

/// Steps that do not depend on each other; they go out together, those of one sender in order.
pub struct Round {
    /// What it is about, for people.
    pub title: &'static str,
    /// The partition ledger that it is on; the main ledger without one.
    pub ledger: Option<&'static str>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One transaction.
pub struct Step {
    /// Who signs.
    pub by: Person,
    /// What it does.
    pub act: Act,
    /// What is to come of it.
    pub outcome: Outcome,
}

/// What a step does. What the ledger alone knows (ids of proposals, nonces) is asked when its turn comes.
pub enum Act {
    /// A call that is known beforehand.
    Call {
        /// The contract, or an account that gets coins.
        to: Address,
        /// Coins that go with it.
        coins: u64,
        /// Selector and arguments.
        data: Bytes,
    },
    /// Creates a contract.
    Deploy {
        /// Constructor and arguments.
        code: Bytes,
        /// Where it will stand.
        at: Address,
    },
    /// Makes a proposal, unless one of this title is there.
    Propose {
        /// In whose name.
        organisation: B256,
        /// Its title, by which the other acts find it.
        title: &'static str,
        /// What it does.
        actions: Vec<(Address, Bytes)>,
    },
    /// Votes.
    Vote {
        /// The proposal.
        title: &'static str,
        /// In whose name.
        organisation: B256,
        /// For or against.
        vote: Vote,
        /// Why.
        reason: &'static str,
    },
    /// Executes a proposal.
    Execute {
        /// The proposal.
        title: &'static str,
    },
    /// Takes a proposal back.
    Withdraw {
        /// The proposal.
        title: &'static str,
    },
    /// Takes a grant away.
    Revoke {
        /// The role.
        role: B256,
        /// Who holds it.
        subject: B256,
    },
    /// Binds an account to the identity of who calls, which has to be its controller.
    Bind {
        /// Whose account.
        account: Person,
        /// Of which chain; this ledger without one.
        chain: Option<u64>,
    },
    /// Seals a record of an identity to all offices.
    Seal {
        /// The identity.
        identity: B256,
        /// The record.
        record: &'static str,
    },
    /// Hands the share of an office over.
    Hand {
        /// The case of the opening.
        case_number: &'static str,
        /// The office: the name of its key file.
        office: &'static str,
    },
}

/// For or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Approves.
    Yes,
    /// Rejects.
    No,
}

/// What is to come of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in a block and did what it says.
    Done,
    /// It is in a block and reverted.
    Reverted,
    /// The node refuses it.
    Refused,
}

impl Step {
    /// A call of a contract.
    pub fn call(by: Person, to: Address, call: &impl SolCall) -> Self {
        Self::new(
            by,
            Act::Call {
                to,
                coins: 0,
                data: call.abi_encode().into(),
            },
        )
    }

    /// A step that is done.
    pub const fn new(by: Person, act: Act) -> Self {
        Self {
            by,
            act,
            outcome: Outcome::Done,
        }
    }

    /// The same step, of which something else is to come.
    pub fn but(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

impl Act {
    /// What it is, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Call { to, .. } => format!("a call of {to}"),
            Self::Deploy { at, .. } => format!("the creation of {at}"),
            Self::Propose { title, .. } => format!("the proposal `{title}`"),
            Self::Vote { title, .. } => format!("a vote on `{title}`"),
            Self::Execute { title } => format!("the execution of `{title}`"),
            Self::Withdraw { title } => format!("the withdrawal of `{title}`"),
            Self::Revoke { subject, .. } => format!("the end of a grant of {subject}"),
            Self::Bind { .. } => "the binding of an account".to_owned(),
            Self::Seal { .. } => "the sealing of a record".to_owned(),
            Self::Hand { case_number, .. } => format!("the opening of case {case_number}"),
        }
    }
}
