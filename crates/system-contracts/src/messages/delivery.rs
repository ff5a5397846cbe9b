//! What gateways sign for a delivery (EIP-712), and for how long.
//!
//! A signature holds for half a minute to a minute of the destination's clock: what was signed before a freeze ends by itself.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{Eip712Domain, SolStruct as _};
use std::borrow::Cow;

/// The mailbox's interface.
#[allow(clippy::too_many_arguments, reason = "generated from the Solidity interface")]
pub mod abi {
    use alloy_sol_types::sol;

    sol!(
        #![sol(abi, extra_derives(Debug, PartialEq, Eq))]
        "../../contracts/supervision/IMailbox.sol"
    );
}

pub use abi::IMailbox::{Delivery, MessageDelivered, MessageSent, deliverCall, deliveredCall};

/// Signatures end with a period of so many seconds, that of the signature or the next one: gateways that look within the same period sign
/// the same.
pub const PERIOD_SECONDS: u64 = 30;

/// The end that a gateway signs for at a time of the main ledger, in seconds since 1970: that of the next period.
pub const fn valid_until(now: u64) -> u64 {
    (now / PERIOD_SECONDS)
        .saturating_add(2)
        .saturating_mul(PERIOD_SECONDS)
}

/// Whether an end may be signed for now: that of this period, or of the next one.
pub const fn may_end(end: u64, now: u64) -> bool {
    let latest = valid_until(now);
    end == latest || end == latest.saturating_sub(PERIOD_SECONDS)
}

/// A mailbox on its chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxPlace {
    /// Chain id of the business chain (EIP-155).
    pub chain_id: u64,
    /// Where it stands there.
    pub address: Address,
}

impl MailboxPlace {
    /// What gateways sign.
    pub fn delivery_hash(&self, delivery: &Delivery) -> B256 {
        let domain = Eip712Domain::new(
            Some(Cow::Borrowed("Civitas Messages")),
            Some(Cow::Borrowed("1")),
            Some(U256::from(self.chain_id)),
            Some(self.address),
            None,
        );
        delivery.eip712_signing_hash(&domain)
    }
}

/// The delivery of a message of this city; none for a target that is no account of a chain like Ethereum.
pub fn delivery(city: u64, message: &super::Message, valid_until: u64) -> Option<Delivery> {
    Some(Delivery {
        id: message.id,
        city: U256::from(city),
        source: message.source,
        sender: Bytes::copy_from_slice(message.sender.as_slice()),
        target: Address::try_from(message.target.as_ref()).ok()?,
        payload: message.payload.clone(),
        validUntil: valid_until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256};

    /// Frozen: what the contract itself says on a chain (`deliveryHash`).
    #[test]
    fn the_hash_is_that_of_the_contract() {
        let place = MailboxPlace {
            chain_id: 31_001,
            address: address!("5fbdb2315678afecb367f032d93f642f64180aa3"),
        };
        let delivery = Delivery {
            id: B256::repeat_byte(0x11),
            city: U256::from(8_217),
            source: B256::repeat_byte(0x22),
            sender: vec![0x33; 20].into(),
            target: Address::repeat_byte(0x44),
            payload: b"bill of lading 7".into(),
            validUntil: 1_800_000_060,
        };
        assert_eq!(
            place.delivery_hash(&delivery),
            b256!("869a6131da2f1881d17ec09969b9a432e078dabfb25f7b43d4fc0c883264f421")
        );
    }

    #[test]
    fn signatures_end_with_this_period_or_the_next() {
        for (now, end) in [(0, 60), (29, 60), (30, 90), (59, 90), (60, 120)] {
            assert_eq!(valid_until(now), end);
            for (given, may) in [
                (end, true),
                (end - 30, true),
                (end + 30, false),
                (end - 1, false),
                (end - 60, false),
            ] {
                assert_eq!(may_end(given, now), may, "{given} at {now}");
            }
        }
    }
}
