//! What a grant says, and what it is worth now.
//!
//! Invariant: validity only ends. Revocation and retirement are for ever, time does not go back, and a parent
//! that ended stays ended; only the organisation of a scope can come back, and it does not count for
//! validity.

use super::{
    Action, GrantStatus, Permission, RoleRecord, RoleStatus, Scope, ScopeKind, abi, definitions, storage,
};
use crate::{
    fault::{Fault, refuse},
    host::Host,
    organisations,
    storage::Word,
};
use alloy_primitives::{B256, U256};

/// The small things of a grant, packed into one word, from the lowest byte: 8 bytes expiry, 8 bytes parent, 8
/// bytes height, status, kind of scope, delegable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Status as last written: `InForce`, `Revoked` or `Renounced`; time and others may have moved it on.
    pub status: GrantStatus,
    /// Kind of the scope.
    pub scope_kind: ScopeKind,
    /// Whether it may be delegated.
    pub delegable: bool,
    /// Seconds since 1970 from which on it is not valid, zero for never.
    pub expiry: u64,
    /// The grant that it was delegated from, zero for none.
    pub parent: u64,
    /// Height at which it was made.
    pub height: u64,
}

impl Word for Terms {
    fn to_word(self) -> U256 {
        let small = u64::from(u8::from(self.status))
            | u64::from(u8::from(self.scope_kind)) << 8
            | u64::from(self.delegable) << 16;
        U256::from_limbs([self.expiry, self.parent, self.height, small])
    }

    fn from_word(word: U256) -> Self {
        let [expiry, parent, height, small] = *word.as_limbs();
        let [status, scope_kind, delegable, ..] = small.to_le_bytes();
        Self {
            status: GrantStatus::try_from(status).unwrap_or(GrantStatus::None),
            scope_kind: ScopeKind::try_from(scope_kind).unwrap_or(ScopeKind::__Invalid),
            delegable: delegable != 0,
            expiry,
            parent,
            height,
        }
    }
}

/// A grant as far as checks need it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) id: u64,
    pub(super) role: B256,
    pub(super) terms: Terms,
    pub(super) scope: Scope,
}

impl Held {
    /// Reads a grant; the caller knows that it exists.
    pub(super) fn read(host: &mut dyn Host, id: u64) -> Result<Self, Fault> {
        let record = storage().grants().element(id.saturating_sub(1));
        let terms = record.terms().get(host)?;
        Ok(Self {
            id,
            role: record.role().get(host)?,
            terms,
            scope: Scope {
                kind: terms.scope_kind,
                value: record.scope_value().get(host)?,
            },
        })
    }

    /// Reads a grant, or refuses an id that was never given.
    pub(super) fn known(host: &mut dyn Host, id: u64) -> Result<Self, Fault> {
        if id == 0 || id > storage().grants().length(host)? {
            return refuse(abi::GrantUnknown { id });
        }
        Self::read(host, id)
    }

    pub(super) fn role_record(&self) -> RoleRecord {
        storage().definitions().of(&self.role)
    }

    /// Who holds it.
    pub(super) fn subject(&self, host: &mut dyn Host) -> Result<B256, Fault> {
        let record = storage().grants().element(self.id.saturating_sub(1));
        record.subject().get(host)
    }

    /// What it is worth now.
    pub(super) fn status(&self, host: &mut dyn Host) -> Result<GrantStatus, Fault> {
        if self.terms.status != GrantStatus::InForce {
            return Ok(self.terms.status);
        }
        if self.terms.expiry != 0 && host.block().timestamp >= self.terms.expiry {
            return Ok(GrantStatus::Expired);
        }
        if self.role_record().status().get(host)? != u8::from(RoleStatus::Active) {
            return Ok(GrantStatus::RoleRetired);
        }
        // A parent has no parent: what was delegated is not delegated again.
        if self.terms.parent != 0 && !Self::read(host, self.terms.parent)?.is_valid(host)? {
            return Ok(GrantStatus::ParentEnded);
        }
        match self.scope.about() {
            Some(organisation) if !organisations::is_active(host, organisation)? => {
                Ok(GrantStatus::OrganisationNotActive)
            }
            _ => Ok(GrantStatus::InForce),
        }
    }

    pub(super) fn is_in_force(&self, host: &mut dyn Host) -> Result<bool, Fault> {
        Ok(self.status(host)? == GrantStatus::InForce)
    }

    /// In force but for an organisation that is not active now.
    pub(super) fn is_valid(&self, host: &mut dyn Host) -> Result<bool, Fault> {
        let status = self.status(host)?;
        Ok(matches!(
            status,
            GrantStatus::InForce | GrantStatus::OrganisationNotActive
        ))
    }

    /// Whether the role has a permission for the action, contract and function of `wanted`.
    pub(super) fn permits(&self, host: &mut dyn Host, wanted: &Permission) -> Result<bool, Fault> {
        definitions::permits(host, &self.role_record(), wanted)
    }
}

impl Permission {
    /// Whether who has it may do `wanted`, a permission for one contract and function.
    pub fn includes(&self, wanted: &Self) -> bool {
        self.action == wanted.action
            && self.action != Action::__Invalid
            && (self.target.is_zero() || self.target == wanted.target)
            && (self.selector.is_zero() || self.selector == wanted.selector)
    }
}
