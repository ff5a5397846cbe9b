//! What a scope reaches, and which scope lies inside which.
//!
//! Invariant: a scope that contains another reaches all that the other reaches. Delegation and granting rest
//! on it.

use super::{Act, Action, Scope, ScopeKind};
use crate::{
    fault::{Fault, invalid},
    host::Host,
    organisations,
};
use alloy_primitives::{Address, B256, U256};

impl Scope {
    /// Everything.
    pub const CITY: Self = Self {
        kind: ScopeKind::City,
        value: B256::ZERO,
    };

    /// One ledger.
    pub fn ledger(chain_id: u64) -> Self {
        Self {
            kind: ScopeKind::Ledger,
            value: U256::from(chain_id).into(),
        }
    }

    /// One contract.
    pub fn contract(address: Address) -> Self {
        Self {
            kind: ScopeKind::Contract,
            value: address.into_word(),
        }
    }

    /// One organisation.
    pub const fn organisation(id: B256) -> Self {
        Self {
            kind: ScopeKind::Organisation,
            value: id,
        }
    }

    /// Data up to a grade.
    pub fn grade(grade: u8) -> Self {
        Self {
            kind: ScopeKind::Grade,
            value: U256::from(grade).into(),
        }
    }

    fn number(&self) -> U256 {
        self.value.into()
    }

    /// Whether all that `inner` reaches is reached by this scope.
    pub fn contains(&self, inner: &Self) -> bool {
        match self.kind {
            ScopeKind::City => true,
            ScopeKind::Grade => inner.kind == ScopeKind::Grade && inner.number() <= self.number(),
            _ => self == inner,
        }
    }

    /// Whether the scope reaches `act` on the ledger `chain_id`.
    pub fn reaches(&self, act: &Act, chain_id: u64) -> bool {
        match self.kind {
            ScopeKind::City => true,
            ScopeKind::Ledger => self.number() == U256::from(chain_id),
            ScopeKind::Contract => self.value == act.target.into_word(),
            ScopeKind::Organisation => self.value == act.organisation,
            ScopeKind::Grade => act.action == Action::Read && U256::from(act.grade) <= self.number(),
            ScopeKind::__Invalid => false,
        }
    }

    /// The organisation that it is about.
    pub fn about(&self) -> Option<B256> {
        (self.kind == ScopeKind::Organisation).then_some(self.value)
    }

    /// Refuses what is not the one way to write a scope.
    pub(super) fn check_form(&self) -> Result<(), Fault> {
        let number = self.number();
        let rule = match self.kind {
            ScopeKind::City if !self.value.is_zero() => "the value of City is zero",
            ScopeKind::Ledger if number.is_zero() || number > U256::from(u64::MAX) => {
                "the value of Ledger is a chain id"
            }
            ScopeKind::Contract if self.value.is_zero() || number.bit_len() > 160 => {
                "the value of Contract is an address, padded on the left"
            }
            ScopeKind::Grade if number > U256::from(u8::MAX) => "the value of Grade is at most 255",
            ScopeKind::__Invalid => "City, Ledger, Contract, Organisation or Grade",
            _ => return Ok(()),
        };
        Err(invalid("scope", rule))
    }

    /// Refuses an organisation that is not active.
    pub(super) fn check_organisation(&self, host: &mut dyn Host) -> Result<(), Fault> {
        match self.about() {
            Some(organisation) => organisations::require_active(host, organisation),
            None => Ok(()),
        }
    }
}
