//! What the code of a contract can do that lets others change or end it, as its opcodes say.
//!
//! Only what can be executed counts. The virtual machine goes through a code from its first byte on, skips the data of
//! PUSH, and jumps to JUMPDEST alone: so what stands behind an opcode that ends the execution, and before the next
//! JUMPDEST, is never reached. Compilers append a hash there, any byte of which could look like an opcode.

use alloy_primitives::{Address, hex};
use serde::Serialize;
use std::collections::BTreeSet;

const JUMPDEST: u8 = 0x5b;
const PUSH0: u8 = 0x5f;
/// Bytes that PUSH32, the largest one, takes from the code.
const PUSH_BYTES_MAX: u8 = 32;
const CALLCODE: u8 = 0xf2;
const DELEGATECALL: u8 = 0xf4;
const SELFDESTRUCT: u8 = 0xff;
/// STOP, JUMP, RETURN, REVERT, INVALID, SELFDESTRUCT: what follows is reached by a jump only.
const ENDS: [u8; 6] = [0x00, 0x56, 0xf3, 0xfd, 0xfe, SELFDESTRUCT];
/// A minimal proxy (ERC-1167) before the address that it stands for, and behind it.
const MINIMAL_PROXY: ([u8; 10], [u8; 15]) = (
    hex!("363d3d373d3d3d363d73"),
    hex!("5af43d82803e903d91602b57fd5bf3"),
);

/// What a reviewer wants to know of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Flag {
    /// It runs the code of others with its own state and balance (DELEGATECALL).
    Delegatecall,
    /// The same, in its old form.
    Callcode,
    /// It can send all it has away at once, on older rules end as well (SELFDESTRUCT).
    Selfdestruct,
    /// It stands for another contract, which never changes (ERC-1167).
    MinimalProxy,
    /// It stands for another contract, which its administrator changes (ERC-1967).
    UpgradeableProxy,
}

impl Flag {
    /// As the report names it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Delegatecall => "delegatecall",
            Self::Callcode => "callcode",
            Self::Selfdestruct => "selfdestruct",
            Self::MinimalProxy => "minimal-proxy",
            Self::UpgradeableProxy => "upgradeable-proxy",
        }
    }
}

/// What a code can do.
pub(super) fn flags(code: &[u8]) -> BTreeSet<Flag> {
    let mut flags = BTreeSet::new();
    let mut bytes = code.iter().copied();
    let mut is_reached = true;
    while let Some(opcode) = bytes.next() {
        is_reached |= opcode == JUMPDEST;
        let data = opcode.saturating_sub(PUSH0);
        if (1..=PUSH_BYTES_MAX).contains(&data) {
            bytes.nth(usize::from(data - 1));
            continue;
        }
        if !is_reached {
            continue;
        }
        match opcode {
            CALLCODE => flags.insert(Flag::Callcode),
            DELEGATECALL => flags.insert(Flag::Delegatecall),
            SELFDESTRUCT => flags.insert(Flag::Selfdestruct),
            _ => false,
        };
        is_reached = !ENDS.contains(&opcode);
    }
    if minimal_proxy(code).is_some() {
        flags.insert(Flag::MinimalProxy);
    }
    flags
}

/// The contract that a minimal proxy stands for. Arguments may follow its code.
pub(super) fn minimal_proxy(code: &[u8]) -> Option<Address> {
    let (before, behind) = MINIMAL_PROXY;
    let (target, rest) = code.strip_prefix(&before)?.split_first_chunk::<20>()?;
    rest.starts_with(&behind).then(|| Address::from(*target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_executed_counts() {
        let check = |code: &[u8], expected: &[Flag]| {
            let found: Vec<Flag> = flags(code).into_iter().collect();
            assert_eq!(found, expected, "{}", hex::encode(code));
        };
        let (delegates, destroys) = ([Flag::Delegatecall], [Flag::Selfdestruct]);
        check(&[], &[]);
        check(&[0xf4], &delegates);
        check(&[0xf2, 0xff], &[Flag::Callcode, Flag::Selfdestruct]);
        // Data of PUSH1, PUSH2 and PUSH32 are no opcodes, and end where they end; PUSH0 has none.
        check(&[0x60, 0xf4, 0x61, 0xff, 0xf2, 0x00], &[]);
        check(&[0x60, 0xf4, 0xf4], &delegates);
        check(&[0x5f, 0xff], &destroys);
        let mut longest = vec![0x7f];
        longest.extend([0xff; 32]);
        check(&longest, &[]);
        longest.push(0xff);
        check(&longest, &destroys);
        // A code may end within the data.
        check(&[0x7f, 0xff], &[]);
        // DUP1 follows PUSH32, and has no data.
        check(&[0x80, 0xff], &destroys);
        // Behind the end nothing is reached, but what can be jumped to; a JUMPDEST among data is none.
        for end in [0x00, 0x56, 0xf3, 0xfd, 0xfe] {
            check(&[end, 0xff, 0xf4], &[]);
            check(&[end, 0xff, JUMPDEST, 0xf4], &delegates);
            check(&[end, 0x60, JUMPDEST, 0xf4], &[]);
        }
        check(&[0xff, 0xf4], &destroys);
    }

    #[test]
    fn a_minimal_proxy_names_whom_it_stands_for() {
        let mut code = hex!(
            "363d3d373d3d3d363d73bebebebebebebebebebebebebebebebebebebebe5af43d82803e903d91602b57fd5bf3"
        )
        .to_vec();
        let target = Address::repeat_byte(0xbe);
        let both = BTreeSet::from([Flag::Delegatecall, Flag::MinimalProxy]);
        assert_eq!((minimal_proxy(&code), flags(&code)), (Some(target), both));
        code.extend([1, 2, 3]);
        assert_eq!(minimal_proxy(&code), Some(target));
        for length in 0..45 {
            assert_eq!(minimal_proxy(&code[..length]), None, "{length}");
        }
        code[3] ^= 1;
        assert_eq!(minimal_proxy(&code), None);
    }

    #[test]
    fn contracts_of_a_compiler_have_the_flags_of_their_sources() {
        let compiled = include_str!("../../../../../contracts/supervision/contracts.json");
        let compiled: serde_json::Value = serde_json::from_str(compiled).unwrap();
        let contracts = compiled["contracts"].as_object().unwrap();
        assert!(contracts.len() > 1);
        for (name, contract) in contracts {
            let code = hex::decode(contract["runtime"].as_str().unwrap()).unwrap();
            let powers = [CALLCODE, DELEGATECALL, SELFDESTRUCT];
            let has_bytes = code.iter().any(|byte| powers.contains(byte));
            assert!(has_bytes, "{name} has no such byte, and shows nothing");
            assert_eq!(flags(&code), BTreeSet::new(), "{name}");
        }
    }
}
