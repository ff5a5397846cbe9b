//! The registry of ERC-1056 (`did:ethr`): stock code that stands in the state from genesis on, so that
//! Ethereum's DID tools work against a ledger as they are.
//!
//! It is a contract like any other, run by the EVM. Its constructor is empty and it has no immutables, so the
//! runtime code alone is the whole contract. It knows nothing of freezing: what binds an account to a role is
//! contract Identities. Where the code comes from: `contracts/erc1056/NOTICE`.

use alloy_primitives::{Address, Bytes, address, hex};

/// Where it stands: the address of the public deployments, which `ethr-did-resolver` (11.1.3,
/// `DEFAULT_REGISTRY_ADDRESS`) takes for a network without a `registry` of its own.
pub const ADDRESS: Address = address!("dCa7EF03e98e0DC2B855bE647C39ABe984fcF21B");

/// Length of the code, in bytes.
const CODE_BYTES: usize = 5_064;

static CODE: [u8; CODE_BYTES] = decode(include_bytes!(
    "../../../contracts/erc1056/EthereumDIDRegistry.bin-runtime"
));

/// Decodes at compile time; a damaged file gives zeros of the right length only in a build whose test fails.
const fn decode(file: &[u8]) -> [u8; CODE_BYTES] {
    match hex::const_decode_to_array(file) {
        Ok(code) => code,
        Err(_) => [0; CODE_BYTES],
    }
}

/// Selectors of the functions that only answer: `owners`, `delegates`, `nonce`, `changed`, `identityOwner`,
/// `validDelegate`.
const ANSWERS: [[u8; 4]; 6] = [
    alloy_primitives::hex!("022914a7"),
    alloy_primitives::hex!("0d44625b"),
    alloy_primitives::hex!("70ae92d2"),
    alloy_primitives::hex!("f96d0f9f"),
    alloy_primitives::hex!("8733d4e8"),
    alloy_primitives::hex!("622b2a3c"),
];

/// Whether a function only answers.
pub fn answers(selector: [u8; 4]) -> bool {
    ANSWERS.contains(&selector)
}

/// The address and the code of the registry, for genesis.
pub fn genesis_contract() -> (Address, Bytes) {
    (ADDRESS, Bytes::from_static(&CODE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{b256, keccak256};

    #[test]
    fn the_code_is_the_stock_registry() {
        let (address, code) = genesis_contract();
        assert_eq!(address, ADDRESS);
        assert_eq!(code.len(), CODE_BYTES);
        assert_eq!(
            keccak256(&code),
            b256!("13c5fbf71b05bbc6c985c8f8bdf24489f86c0330caea90e7fbf8749087db9057")
        );
        let answers = [
            "owners(address)",
            "delegates(address,bytes32,address)",
            "nonce(address)",
            "changed(address)",
            "identityOwner(address)",
            "validDelegate(address,bytes32,address)",
        ];
        for (function, selector) in answers.iter().zip(ANSWERS) {
            assert_eq!(keccak256(function)[..4], selector, "{function}");
            let pushed = [vec![0x63], selector.to_vec()].concat();
            assert!(code.windows(5).any(|window| window == pushed), "{function}");
        }
        assert!(!super::answers([0; 4]));
        // Functions and events that ethr-did-resolver 11.1.3 uses.
        for selector in ["f96d0f9f", "8733d4e8", "70ae92d2"] {
            let pushed = [vec![0x63], hex::decode(selector).unwrap()].concat();
            assert!(code.windows(5).any(|window| window == pushed), "{selector}");
        }
        for event in [
            "DIDOwnerChanged(address,address,uint256)",
            "DIDDelegateChanged(address,bytes32,address,uint256,uint256)",
            "DIDAttributeChanged(address,bytes32,bytes,uint256,uint256)",
        ] {
            let topic = keccak256(event);
            assert!(
                code.windows(32).any(|window| window == topic.as_slice()),
                "{event}"
            );
        }
    }
}
