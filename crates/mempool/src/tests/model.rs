//! A seeded random walk over the pool; after every step all its invariants are counted again.

use super::{
    everything,
    ledger::{Draft, Ledger},
    places,
};
use crate::{Config, Pool};
use alloy_consensus::Transaction as _;
use civitas_ports::{Origin, Selection, TransactionPool};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::collections::BTreeMap;

const STEPS: usize = 1_000;
const SENDERS: u8 = 12;

fn random_draft(random: &mut StdRng, ledger: &Ledger) -> Draft {
    let number = random.random_range(0..SENDERS);
    let account = ledger.account(&Draft::new(number, 0).sender());
    let nonce = (account.nonce + random.random_range(0..12)).saturating_sub(1);
    let price = random.random_range(0..4_u32);
    let draft = Draft::new(number, nonce)
        .fees(price.into(), price.into())
        .gas(60_000);
    let value = if random.random_ratio(1, 10) {
        5_000_000
    } else {
        random.random_range(0..1_000)
    };
    draft.value(value).input(vec![0; random.random_range(0..200)])
}

fn check(ledger: &Ledger, pool: &Pool) {
    let status = pool.status();
    let (pending, queued) = pool.content(None);
    let count = |content: &civitas_ports::PoolContent| content.values().map(BTreeMap::len).sum::<usize>();
    assert_eq!((count(&pending), count(&queued)), (status.pending, status.queued));
    for (sender, nonces) in &pending {
        let next = ledger.account(sender).nonce;
        assert!(
            nonces
                .keys()
                .copied()
                .eq(next..next + u64::try_from(nonces.len()).unwrap())
        );
    }
    let all = pool.select(&everything(Vec::new()));
    assert_eq!(all.len(), status.pending);
    let mut next: BTreeMap<_, _> = BTreeMap::new();
    let mut rounds = Vec::new();
    for transaction in &all {
        let sender = transaction.sender();
        let (nonce, taken) = next
            .entry(sender)
            .or_insert_with(|| (ledger.account(&sender).nonce, 0));
        assert_eq!(transaction.envelope().nonce(), *nonce);
        *nonce += 1;
        *taken += 1;
        rounds.push(*taken);
    }
    assert!(
        rounds.is_sorted(),
        "a sender was taken twice in a round: {:?}",
        places(ledger, &all)
    );
}

fn walk(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let config = Config {
        transactions_max: 40,
        bytes_max: 6_000,
        sender_transactions_max: 8,
        nonce_gap_max: 9,
        queued_blocks_max: 20,
    };
    let (ledger, pool) = Ledger::with_pool(config);
    for number in 0..SENDERS {
        ledger.fund(number, 10_000_000);
    }
    ledger.apply(&pool, Vec::new(), Vec::new());
    for _ in 0..STEPS {
        match random.random_range(0..10) {
            0 => {
                let selection = Selection {
                    transactions_max: random.random_range(0..12),
                    gas_max: random.random_range(0..600_000),
                    ..everything(Vec::new())
                };
                let selected = pool.select(&selection);
                ledger.apply(&pool, selected, Vec::new());
            }
            1 => {
                let selected = pool.select(&everything(Vec::new()));
                let omitted = selected
                    .iter()
                    .rev()
                    .take(2)
                    .map(|transaction| transaction.hash())
                    .collect();
                ledger.apply(&pool, Vec::new(), omitted);
            }
            2 => {
                // Behind an ordered part, the rest is still executable in its order.
                let mut first = pool.select(&Selection {
                    transactions_max: 5,
                    ..everything(Vec::new())
                });
                let ordered = first.iter().map(|transaction| transaction.hash()).collect();
                let rest = pool.select(&Selection {
                    transactions_max: 10,
                    ..everything(ordered)
                });
                assert!(rest.iter().all(|transaction| !first.contains(transaction)));
                first.extend(rest);
                ledger.apply(&pool, first, Vec::new());
                for number in 0..SENDERS {
                    ledger.fund(number, random.random_range(1_000_000..10_000_000));
                }
                ledger.apply(&pool, Vec::new(), Vec::new());
            }
            _ => {
                let origin = if random.random() {
                    Origin::Client
                } else {
                    Origin::Peer
                };
                let _ = pool.submit(random_draft(&mut random, &ledger).sign(), origin);
            }
        }
        pool.check();
        check(&ledger, &pool);
    }
    assert!(ledger.height() > 100, "the walk got nowhere");
}

#[test]
fn random_walks_keep_every_invariant() {
    for seed in 0..4 {
        println!("seed {seed}");
        walk(seed);
    }
}
