//! The accounts that a measurement sends from: made from a seed, so they protect nothing.

use crate::account::Account;
use alloy_primitives::keccak256;
use rayon::prelude::*;

/// The sender accounts of a seed.
pub(super) fn senders(seed: u64, count: usize) -> anyhow::Result<Vec<Account>> {
    let key = |index: usize| {
        let mut material = b"civitas.bench".to_vec();
        material.extend(seed.to_be_bytes());
        material.extend(index.to_be_bytes());
        Account::from_key(&keccak256(material))
    };
    (0..count).into_par_iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_come_from_the_seed_alone() {
        let addresses = |seed| {
            senders(seed, 3)
                .unwrap()
                .iter()
                .map(|sender| sender.address)
                .collect::<Vec<_>>()
        };
        assert_eq!(addresses(1), addresses(1));
        assert_ne!(addresses(1), addresses(2));
    }
}
