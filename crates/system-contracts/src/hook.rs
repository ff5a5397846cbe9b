//! The supervision hook of a business chain (`contracts/supervision`), as far as the ledger and gateways must agree on it: what a
//! command is signed as (EIP-712), and where its effect stands in the storage of the hook.
//!
//! The hook is no system contract: it runs on the chain of somebody else, and is believed only by proofs of its storage.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct as _, SolValue as _};
use std::borrow::Cow;

/// The hook's interface, and that of its base.
#[allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "generated from the Solidity interfaces"
)]
pub mod abi {
    use alloy_sol_types::sol;

    sol!(
        #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
        "../../contracts/supervision/IAttested.sol"
    );
    sol!(
        #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
        "../../contracts/supervision/ISupervisionHook.sol"
    );
}

pub use abi::{
    IAttested::Rotation,
    ISupervisionHook::{Instruction, executeCall},
};

/// Seconds after the deadline of a command until which gateways let the hook take it: an overdue command may still have its effect, and
/// what was signed for it ends some day.
pub const LATE_SECONDS_MAX: u64 = 30 * 24 * 60 * 60;

/// What a hook can do: freeze and lift of chain, contract and account, as ICases numbers them.
const ACTIONS: u8 = 6;

/// A hook on its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Chain id of the business chain (EIP-155).
    pub chain_id: u64,
    /// Where it stands there.
    pub address: Address,
}

impl Hook {
    /// What gateways sign for a command.
    pub fn instruction_hash(&self, instruction: &Instruction) -> B256 {
        instruction.eip712_signing_hash(&self.domain("Civitas Supervision"))
    }

    /// What gateways sign for a change of gateways.
    pub fn rotation_hash(&self, rotation: &Rotation) -> B256 {
        rotation.eip712_signing_hash(&self.domain("Civitas Supervision"))
    }

    const fn domain(&self, name: &'static str) -> Eip712Domain {
        Eip712Domain::new(
            Some(Cow::Borrowed(name)),
            Some(Cow::Borrowed("1")),
            Some(U256::from_limbs([self.chain_id, 0, 0, 0])),
            Some(self.address),
            None,
        )
    }
}

/// The instruction for a command: `action` as ICases numbers it; `target` the 20 bytes of a contract or an account, nothing for a chain.
/// `deadline` is that of the command, in seconds since 1970. None if no hook can do it.
pub fn instruction(
    command_id: u64,
    city: u64,
    action: u8,
    target: &[u8],
    deadline: u64,
) -> Option<Instruction> {
    let target = match (action, target) {
        (0 | 1, []) => Address::ZERO,
        (2..ACTIONS, bytes) => Address::try_from(bytes)
            .ok()
            .filter(|address| !address.is_zero())?,
        _ => return None,
    };
    Some(Instruction {
        commandId: command_id,
        city: U256::from(city),
        action,
        target,
        validUntil: deadline.saturating_add(LATE_SECONDS_MAX),
    })
}

/// The storage slot of a hook in which the effect of an action stands (not hashed again, as `eth_getProof` asks for it): the id of the
/// freezing command, or zero. None if no hook can do it.
pub fn effect_slot(action: u8, target: Address) -> Option<B256> {
    match action {
        0 | 1 => Some(B256::from(U256::from(2))),
        2 | 3 => Some(keccak256((target, U256::from(1)).abi_encode())),
        4 | 5 => Some(keccak256((target, U256::ZERO).abi_encode())),
        _ => None,
    }
}

/// What the storage of a hook holds when a command has its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Where (not hashed again, as `eth_getProof` asks for it).
    pub slot: B256,
    /// What.
    pub value: B256,
}

/// What proves a command: after a freeze its id at the target; after a lift that it was executed. Nothing at the target could mean as well
/// that the freeze before it has not come yet: everybody can take that to the hook, until a later command was. None if no hook can do it.
pub fn effect(command_id: u64, action: u8, target: Address) -> Option<Effect> {
    let slot = effect_slot(action, target)?;
    Some(if is_freeze(action) {
        Effect {
            slot,
            value: U256::from(command_id).into(),
        }
    } else {
        Effect {
            slot: keccak256((U256::from(command_id), U256::from(3)).abi_encode()),
            value: U256::ONE.into(),
        }
    })
}

/// Whether an action freezes; else it lifts.
pub const fn is_freeze(action: u8) -> bool {
    action.is_multiple_of(2)
}

/// The value of a trust root of kind Contract: the hook of a chain, and the hash of its code.
pub fn encode_root(hook: Address, code_hash: B256) -> Vec<u8> {
    (hook, code_hash).abi_encode()
}

/// Reads a trust root of kind Contract; none if it is none.
pub fn decode_root(value: &[u8]) -> Option<(Address, B256)> {
    <(Address, B256)>::abi_decode_validate(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256};

    const HOOK: Hook = Hook {
        chain_id: 31_001,
        address: address!("5fbdb2315678afecb367f032d93f642f64180aa3"),
    };
    const TARGET: Address = address!("00000000000000000000000000000000000000aa");

    /// Frozen: what the contract itself says on a chain (`instructionHash`, `rotationHash`, `eth_getStorageAt`).
    #[test]
    fn hashes_and_slots_are_those_of_the_contract() {
        let order = instruction(7, 8_217, 4, TARGET.as_slice(), 1_800_000_000).unwrap();
        assert_eq!(order.validUntil, 1_802_592_000);
        assert_eq!(
            HOOK.instruction_hash(&order),
            b256!("5bae7b65c055db9ef6a8441847aab72cd7860c0f5988b34ed3a11e8520a5b7b6")
        );
        let rotation = Rotation {
            rotation: 1,
            threshold: 1,
            gateways: vec![TARGET],
        };
        assert_eq!(
            HOOK.rotation_hash(&rotation),
            b256!("86f1528e8312f56d511ca34f12879760856f68b66f17b707fa46ae9b7d61e424")
        );
        assert_eq!(
            effect_slot(4, TARGET).unwrap(),
            b256!("d6f751104ddfead9549c96fabdbd4d2fc6876c8cd9a49ea4a821de938f71a011")
        );
        assert_eq!(
            effect_slot(2, TARGET).unwrap(),
            b256!("858c5a7702dbcc7e542bf7cd777756ad7a1cf5ac44f955cea0b7008d7156d4a8")
        );
        assert_eq!(effect_slot(1, Address::ZERO).unwrap(), B256::with_last_byte(2));
    }

    #[test]
    fn what_no_hook_can_do_has_no_instruction() {
        for (action, target, is_good) in [
            (0, &[][..], true),
            (0, TARGET.as_slice(), false),
            (3, TARGET.as_slice(), true),
            (3, &[1; 32][..], false),
            (5, &[0; 20][..], false),
            (5, &[][..], false),
            (6, &[1; 32][..], false),
            (8, &[][..], false),
        ] {
            let made = instruction(1, 1, action, target, 0);
            assert_eq!(made.is_some(), is_good, "{action} {target:?}");
        }
        assert!(is_freeze(4) && !is_freeze(5));
        let root = encode_root(TARGET, B256::repeat_byte(1));
        assert_eq!(decode_root(&root), Some((TARGET, B256::repeat_byte(1))));
        assert_eq!(decode_root(&root[1..]), None);
    }
}
