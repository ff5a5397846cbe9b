//! The plan of the sample: what happened in the city before its visitor came. Pure data, made from the city's own keys.
//!
//! ```text
//! membership   organisations, a role, a partition ledger, by proposals    proposals   in every state
//! identities   people, companies, things; accounts, roles, a sealed record
//! markets      tokens and who holds them                                  chains      business chains in every state
//! incident     an account is frozen and refused, a contract is stopped and freed
//! cases        a case with evidence, commands of two people, a notice and its reply
//! ```
//!
//! Invariant: what a step needs was done in an earlier round.

mod cases;
mod chains;
mod identities;
mod incident;
mod markets;
mod membership;
mod proposals;

use super::{
    people::Person,
    step::{Act, Round, Step, Vote},
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
pub use membership::PARTITION;

/// Organisations of every development city.
const OFFICE: &str = "City Governance Office";
const BUSINESS: &str = "Harbour Business";
const PROVIDER: &str = "Ledger Systems";

/// What the plan has to know of the city.
pub struct Circumstances {
    /// Seconds since 1970.
    pub now: u64,
    /// Chain id of the main ledger.
    pub chain_id: u64,
    /// Keys of its nodes.
    pub nodes: Vec<B256>,
}

/// All rounds, in order.
///
/// # Errors
/// The library refuses a key of the accounts, or contracts.json is damaged.
pub fn rounds(city: &Circumstances) -> anyhow::Result<Vec<Round>> {
    let parts = [
        membership::rounds(city)?,
        // First of what their creators do, so that it is known where the contracts stand.
        markets::creations()?,
        identities::rounds(city)?,
        markets::rounds()?,
        chains::rounds(),
        incident::rounds()?,
        cases::rounds(city)?,
        proposals::rounds(city)?,
    ];
    Ok(parts.into_iter().flatten().collect())
}

/// The id of an organisation or role.
fn id(name: &str) -> B256 {
    keccak256(name)
}

/// A round on the main ledger.
const fn round(title: &'static str, steps: Vec<Step>) -> Round {
    Round {
        title,
        ledger: None,
        steps,
    }
}

/// An action of a proposal.
fn action(to: Address, call: &impl SolCall) -> (Address, Bytes) {
    (to, call.abi_encode().into())
}

/// The governance office proposes.
fn propose(title: &'static str, actions: Vec<(Address, Bytes)>) -> Step {
    Step::new(
        Person::GOVERNANCE,
        Act::Propose {
            organisation: id(OFFICE),
            title,
            actions,
        },
    )
}

/// The representative of an organisation votes.
fn vote(by: Person, title: &'static str, vote: Vote, reason: &'static str) -> Step {
    let organisation = match by {
        Person::BUSINESS => BUSINESS,
        Person::PROVIDER => PROVIDER,
        _ => OFFICE,
    };
    Step::new(
        by,
        Act::Vote {
            title,
            organisation: id(organisation),
            vote,
            reason,
        },
    )
}

/// Both other organisations approve.
fn approve(title: &'static str) -> [Step; 2] {
    [
        vote(Person::BUSINESS, title, Vote::Yes, "agreed in our board"),
        vote(Person::PROVIDER, title, Vote::Yes, "no objection"),
    ]
}

/// Somebody executes.
fn execute(title: &'static str) -> Step {
    Step::new(Person::OMBUDSMAN, Act::Execute { title })
}

#[cfg(test)]
mod tests;
