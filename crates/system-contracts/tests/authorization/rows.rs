//! The table: a row for every way into every function that changes something.

mod cases;
mod chains;
mod messages;
mod people;
mod powers;
mod standing;

use crate::city::{City, Party, Reach, Who};
use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    CONTRACTS, SystemContract,
    fault::{Fault, unauthorized},
    governance::Kind,
};

/// Who may call a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum May {
    /// Governance, after a vote on a proposal of this kind.
    Proposal(Kind),
    /// Who holds this role for the whole city.
    CityRole(&'static str),
    /// Who holds this role for the whole city, or for the organisation that the call is about.
    Role(&'static str),
    /// Who has this part in what the call is about.
    Party(Party),
    /// Everybody, for this reason.
    Everybody(&'static str),
}

impl May {
    fn admits(self, who: Who) -> bool {
        match (self, who) {
            (Self::CityRole(role), Who::Holder(held, Reach::City)) => role == held,
            (Self::Role(role), Who::Holder(held, Reach::City | Reach::Concerned)) => role == held,
            (Self::Party(party), Who::Party(other)) => party == other,
            (Self::Everybody(_), _) => true,
            _ => false,
        }
    }
}

/// A proof without which nobody may, not even who else may.
pub struct Proof {
    /// What it is.
    pub what: &'static str,
    /// The call without it.
    pub forged: Vec<u8>,
    /// How that is refused.
    pub refusal: Fault,
}

/// One way into one function.
pub struct Row {
    pub contract: &'static SystemContract,
    pub function: &'static str,
    pub selector: [u8; 4],
    /// Which calls of the function it is about, if not all.
    pub when: &'static str,
    pub call: Vec<u8>,
    pub may: Vec<May>,
    pub proofs: Vec<Proof>,
    refusal: Option<Box<dyn Fn(Address) -> Fault>>,
}

impl Row {
    /// How somebody is refused who may not.
    pub fn refusal(&self, caller: Address) -> Fault {
        self.refusal
            .as_ref()
            .map_or_else(|| unauthorized(caller, self.selector), |refusal| refusal(caller))
    }

    pub fn admits(&self, who: Who) -> bool {
        self.may.iter().any(|may| may.admits(who))
    }

    /// The kind of proposal that may.
    pub fn kind(&self) -> Option<Kind> {
        self.may.iter().find_map(|may| match may {
            May::Proposal(kind) => Some(*kind),
            _ => None,
        })
    }

    /// Who may not is refused with another error than `Unauthorized`.
    fn refused<F: Into<Fault>>(&mut self, refusal: impl Fn(Address) -> F + 'static) -> &mut Self {
        self.refusal = Some(Box::new(move |caller| refusal(caller).into()));
        self
    }

    fn when(&mut self, when: &'static str) -> &mut Self {
        self.when = when;
        self
    }

    /// Nobody may without this proof.
    fn needs(&mut self, what: &'static str, forged: &impl SolCall, refusal: impl Into<Fault>) -> &mut Self {
        self.proofs.push(Proof {
            what,
            forged: forged.abi_encode(),
            refusal: refusal.into(),
        });
        self
    }
}

/// The rows of one contract.
struct Section {
    contract: &'static SystemContract,
    rows: Vec<Row>,
}

impl Section {
    fn of(name: &str) -> Self {
        let contract = CONTRACTS.iter().find(|contract| contract.name == name);
        Self {
            contract: contract.unwrap(),
            rows: Vec::new(),
        }
    }

    fn row<C: SolCall>(&mut self, call: &C, may: &[May]) -> &mut Row {
        self.rows.push(Row {
            contract: self.contract,
            function: C::SIGNATURE,
            selector: C::SELECTOR,
            when: "",
            call: call.abi_encode(),
            may: may.to_vec(),
            proofs: Vec::new(),
            refusal: None,
        });
        self.rows.last_mut().unwrap()
    }
}

/// All rows, in the order of the contracts.
pub fn all(city: &City) -> Vec<Row> {
    let sections = [
        powers::governance(city),
        standing::organisations(),
        powers::roles(city),
        people::identities(),
        standing::nodes(),
        powers::control(),
        chains::chains(),
        chains::ledgers(),
        people::offices(city),
        standing::audit(),
        chains::anchors(),
        cases::cases(),
        messages::messages(city),
        powers::content(),
        chains::headers(),
    ];
    sections.into_iter().flat_map(|section| section.rows).collect()
}
