//! Freezes by emergency: for accounts and contracts alike.

use super::*;
use crate::{checks::refused, memory::MemoryHost};

const TARGET: Address = Address::repeat_byte(0x71);
const OFFICER: Address = Address::repeat_byte(0x0f);
const NOW: u64 = 1_800_000_000;

/// Freezes by emergency, freezes without end, and unfreezes.
type Act = fn(&mut MemoryHost) -> Result<(), Fault>;

const ACCOUNT: [Act; 3] = [
    |host| {
        let order = Order::emergency(host, "stolen");
        freeze_account(host, OFFICER, TARGET, &order)
    },
    |host| freeze_account(host, GOVERNANCE, TARGET, &Order::lasting("fraud")),
    |host| unfreeze_account(host, GOVERNANCE, TARGET),
];
const CONTRACT_ACTS: [Act; 3] = [
    |host| {
        let order = Order::emergency(host, "stolen");
        freeze_contract(host, OFFICER, TARGET, &order)
    },
    |host| freeze_contract(host, GOVERNANCE, TARGET, &Order::lasting("fraud")),
    |host| unfreeze_contract(host, GOVERNANCE, TARGET),
];

/// An officer cannot keep anybody frozen for ever by doing it again and again.
#[test]
fn an_emergency_is_not_repeated_at_once() {
    for [freeze, freeze_for_good, unfreeze] in [ACCOUNT, CONTRACT_ACTS] {
        for ended_early in [false, true] {
            let mut host = MemoryHost::default();
            host.block.timestamp = NOW;
            freeze(&mut host).unwrap();
            if ended_early {
                unfreeze(&mut host).unwrap();
            }
            let from = NOW + EMERGENCY_SECONDS + EMERGENCY_PAUSE_SECONDS;
            let used = || abi::EmergencyUsed { target: TARGET, from };
            for seconds in [NOW + EMERGENCY_SECONDS, from - 1] {
                host.block.timestamp = seconds;
                refused(freeze(&mut host), used());
            }
            let mut decided = host.clone();
            freeze_for_good(&mut decided).unwrap();
            host.block.timestamp = from;
            freeze(&mut host).unwrap();
        }
    }
}

/// A vote or a regulator ratifies an emergency before and after it has lapsed.
#[test]
fn an_emergency_is_ratified() {
    for [freeze, freeze_for_good, _] in [ACCOUNT, CONTRACT_ACTS] {
        for seconds in [1, EMERGENCY_SECONDS] {
            let mut host = MemoryHost::default();
            host.block.timestamp = NOW;
            freeze(&mut host).unwrap();
            host.block.timestamp += seconds;
            freeze_for_good(&mut host).unwrap();
        }
    }
}
