//! What each node does on the open ledgers of the city, counted: how many it runs, and how many of those it orders.
//!
//! Both numbers stand in one slot: a change of 128 members must fit into the gas of one transaction (EIP-7825).

use super::{Engine, LEDGERS_PER_NODE_MAX, Member, Role, abi, storage};
use crate::{
    fault::{Fault, refuse},
    host::Host,
};
use alloy_primitives::B256;
use std::collections::{BTreeMap, BTreeSet};

/// Bits of each of the two numbers.
const BITS: u32 = u32::BITS;

/// Ledgers of one node.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Duties {
    /// Those that it runs; the low bits.
    runs: u64,
    /// Those that it orders; the high bits.
    orders: u64,
}

impl Duties {
    /// What a role on one ledger is: light members run nothing, and a solo ledger, which has no network, is its
    /// validator's alone.
    fn of(engine: Engine, role: Role) -> Self {
        let orders = role == Role::Validator;
        let follows = engine != Engine::Solo && matches!(role, Role::Observer | Role::Standby);
        Self {
            runs: u64::from(orders || follows),
            orders: u64::from(orders),
        }
    }

    fn read(host: &mut dyn Host, key: B256) -> Result<Self, Fault> {
        let word = storage().duties().of(&key).get(host)?;
        Ok(Self {
            runs: word & u64::from(u32::MAX),
            orders: word >> BITS,
        })
    }

    fn write(self, host: &mut dyn Host, key: B256) -> Result<(), Fault> {
        storage()
            .duties()
            .of(&key)
            .set(host, self.orders << BITS | self.runs)
    }

    const fn replaced(self, before: Self, after: Self) -> Self {
        Self {
            runs: self.runs.saturating_sub(before.runs).saturating_add(after.runs),
            orders: self
                .orders
                .saturating_sub(before.orders)
                .saturating_add(after.orders),
        }
    }
}

/// Open ledgers that the node runs.
///
/// # Errors
/// What the host gives.
pub fn run_by(host: &mut dyn Host, key: B256) -> Result<u64, Fault> {
    Ok(Duties::read(host, key)?.runs)
}

/// Open ledgers that the node is a validator of.
///
/// # Errors
/// What the host gives.
pub fn ordered_by(host: &mut dyn Host, key: B256) -> Result<u64, Fault> {
    Ok(Duties::read(host, key)?.orders)
}

/// Counts that the members of a ledger are no more those of `before`, but those of `after`. Refuses a node more than it
/// can run.
pub(super) fn change(
    host: &mut dyn Host,
    engine: Engine,
    before: &[Member],
    after: &[Member],
) -> Result<(), Fault> {
    let roles = |members: &[Member]| -> BTreeMap<B256, Role> {
        members.iter().map(|member| (member.key, member.role)).collect()
    };
    let (before, after) = (roles(before), roles(after));
    let keys: BTreeSet<B256> = before.keys().chain(after.keys()).copied().collect();
    let duties_in = |roles: &BTreeMap<B256, Role>, key: &B256| {
        let role = roles.get(key);
        Duties::of(engine, role.copied().unwrap_or(Role::None))
    };
    let max = u64::try_from(LEDGERS_PER_NODE_MAX).unwrap_or(u64::MAX);
    for key in keys {
        let (lost, given) = (duties_in(&before, &key), duties_in(&after, &key));
        if lost == given {
            continue;
        }
        let now = Duties::read(host, key)?.replaced(lost, given);
        if given.runs > lost.runs && now.runs > max {
            return refuse(abi::TooManyLedgers { key, max });
        }
        now.write(host, key)?;
    }
    Ok(())
}
