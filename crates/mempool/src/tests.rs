//! Tests of the pool against a ledger in memory.

mod ledger;
mod model;
mod refusals;

use crate::{Config, Pool};
use alloy_consensus::Transaction as _;
use alloy_primitives::{B256, Bytes};
use civitas_ports::{Origin, Refusal, Selection, TransactionPool};
use civitas_types::{Height, Transaction, TransactionError};
use futures::FutureExt;
use ledger::{Draft, Ledger};
use std::sync::Arc;

fn everything(ordered: Vec<B256>) -> Selection {
    Selection {
        bytes_max: usize::MAX,
        transactions_max: usize::MAX,
        gas_max: u64::MAX,
        base_fee: 0,
        ordered,
    }
}

/// Number of the sender's key and nonce of each transaction.
fn places(ledger: &Ledger, transactions: &[Arc<Transaction>]) -> Vec<(u8, u64)> {
    transactions
        .iter()
        .map(|t| (ledger.number(&t.sender()), t.envelope().nonce()))
        .collect()
}

fn submit(pool: &Pool, draft: Draft) -> Result<Arc<Transaction>, Refusal> {
    pool.submit(draft.sign(), Origin::Client)
}

#[test]
fn a_leader_takes_one_of_each_sender_before_a_second_of_any() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    for nonce in 0..4 {
        submit(&pool, Draft::new(1, nonce)).unwrap();
    }
    submit(&pool, Draft::new(2, 0)).unwrap();
    submit(&pool, Draft::new(2, 1)).unwrap();
    submit(&pool, Draft::new(3, 0)).unwrap();
    let all = pool.select(&everything(Vec::new()));
    assert_eq!(
        places(&ledger, &all),
        [(1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (1, 2), (1, 3)]
    );
    let two = pool.select(&Selection {
        transactions_max: 2,
        ..everything(Vec::new())
    });
    assert_eq!(places(&ledger, &two), [(1, 0), (2, 0)]);
    let bytes_max = two.iter().map(|transaction| transaction.raw().len() + 4).sum();
    assert_eq!(
        pool.select(&Selection {
            bytes_max,
            ..everything(Vec::new())
        }),
        two
    );
    assert_eq!(
        pool.select(&Selection {
            gas_max: 42_000,
            ..everything(Vec::new())
        }),
        two
    );
}

#[test]
fn ordered_transactions_are_skipped_and_their_senders_come_last() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    let first = submit(&pool, Draft::new(1, 0)).unwrap();
    let second = submit(&pool, Draft::new(1, 1)).unwrap();
    submit(&pool, Draft::new(1, 2)).unwrap();
    submit(&pool, Draft::new(2, 0)).unwrap();
    let ordered = vec![first.hash(), second.hash()];
    assert_eq!(
        places(&ledger, &pool.select(&everything(ordered.clone()))),
        [(2, 0), (1, 2)]
    );
    assert!(pool.has_work(&ordered));
    let all = pool
        .select(&everything(Vec::new()))
        .iter()
        .map(|transaction| transaction.hash())
        .collect::<Vec<_>>();
    assert!(!pool.has_work(&all));
}

#[test]
fn a_transaction_that_only_a_payload_brought_counts_as_ordered() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    let elsewhere = pool.recovered(&Draft::new(1, 0).sign()).unwrap();
    submit(&pool, Draft::new(1, 1)).unwrap();
    assert!(pool.select(&everything(Vec::new())).is_empty());
    let behind = pool.select(&everything(vec![elsewhere.hash()]));
    assert_eq!(places(&ledger, &behind), [(1, 1)]);
}

#[test]
fn served_senders_go_behind_the_others() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    for sender in 1..=3 {
        for nonce in 0..3 {
            submit(&pool, Draft::new(sender, nonce)).unwrap();
        }
    }
    let served = pool.select(&Selection {
        transactions_max: 2,
        ..everything(Vec::new())
    });
    ledger.apply(&pool, served, Vec::new());
    let next = pool.select(&Selection {
        transactions_max: 3,
        ..everything(Vec::new())
    });
    assert_eq!(places(&ledger, &next), [(3, 0), (1, 1), (2, 1)]);
}

#[test]
fn the_store_may_be_a_block_ahead_of_the_pool() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    submit(&pool, Draft::new(1, 0)).unwrap();
    submit(&pool, Draft::new(1, 1)).unwrap();
    let first = pool.select(&Selection {
        transactions_max: 1,
        ..everything(Vec::new())
    });
    ledger.execute(first, Vec::new());
    assert_eq!(places(&ledger, &pool.select(&everything(Vec::new()))), [(1, 1)]);
}

#[test]
fn queued_transactions_move_up_when_their_gap_closes() {
    let (_, pool) = Ledger::with_pool(Config::default());
    submit(&pool, Draft::new(1, 2)).unwrap();
    submit(&pool, Draft::new(1, 1)).unwrap();
    assert_eq!((pool.status().pending, pool.status().queued), (0, 2));
    let sender = Draft::new(1, 0).sender();
    assert_eq!(pool.next_nonce(&sender), None);
    submit(&pool, Draft::new(1, 0)).unwrap();
    assert_eq!((pool.status().pending, pool.status().queued), (3, 0));
    assert_eq!(pool.next_nonce(&sender), Some(3));
    let (pending, queued) = pool.content(Some(&sender));
    assert_eq!(pending[&sender].keys().copied().collect::<Vec<_>>(), [0, 1, 2]);
    assert!(queued.is_empty());
}

#[test]
fn what_the_balance_does_not_cover_waits_for_funds() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    ledger.fund(1, 1_000);
    ledger.apply(&pool, Vec::new(), Vec::new());
    submit(&pool, Draft::new(1, 0).value(600)).unwrap();
    submit(&pool, Draft::new(1, 1).value(600)).unwrap();
    assert_eq!((pool.status().pending, pool.status().queued), (1, 1));
    assert_eq!(pool.select(&everything(Vec::new())).len(), 1);
    let first = pool.select(&everything(Vec::new()));
    ledger.apply(&pool, first, Vec::new());
    assert_eq!((pool.status().pending, pool.status().queued), (0, 1));
    ledger.fund(1, 5_000);
    // No transaction names the account: the pool finds the money on its round over the untouched senders.
    ledger.apply(&pool, Vec::new(), Vec::new());
    ledger.apply(&pool, Vec::new(), Vec::new());
    assert_eq!((pool.status().pending, pool.status().queued), (1, 0));
}

#[test]
fn a_replacement_must_pay_more_in_both_fees() {
    for (old, new, accepted) in [
        ((0, 0), (0, 0), false),
        ((0, 0), (1, 0), false),
        ((0, 0), (1, 1), true),
        ((100, 100), (109, 109), false),
        ((100, 100), (110, 109), false),
        ((100, 100), (110, 110), true),
        ((5, 5), (6, 6), true),
    ] {
        let (_, pool) = Ledger::with_pool(Config::default());
        let first = submit(&pool, Draft::new(1, 0).fees(old.0, old.1)).unwrap();
        submit(&pool, Draft::new(1, 1)).unwrap();
        let result = submit(&pool, Draft::new(1, 0).fees(new.0, new.1).value(1));
        assert_eq!(result.is_ok(), accepted, "{old:?} by {new:?}");
        assert_eq!(pool.status().pending, 2);
        match result {
            Ok(second) => assert_eq!(pool.select(&everything(Vec::new()))[0], second),
            Err(refusal) => {
                assert_eq!(refusal, Refusal::ReplacementUnderpriced { percent: 10 });
                assert_eq!(pool.select(&everything(Vec::new()))[0], first);
            }
        }
    }
}

#[test]
fn a_full_pool_gives_up_queued_transactions_of_the_sender_with_most() {
    let (ledger, pool) = Ledger::with_pool(Config {
        transactions_max: 6,
        ..Config::default()
    });
    for nonce in 1..=4 {
        submit(&pool, Draft::new(1, nonce)).unwrap();
    }
    submit(&pool, Draft::new(2, 1)).unwrap();
    submit(&pool, Draft::new(3, 0)).unwrap();
    // Executable newcomers push queued ones out, the last nonce of the sender with most first.
    submit(&pool, Draft::new(4, 0)).unwrap();
    let queued = |pool: &Pool| {
        let (_, queued) = pool.content(None);
        queued
            .into_values()
            .flat_map(|nonces| nonces.into_values())
            .collect::<Vec<_>>()
    };
    let mut left = places(&ledger, &queued(&pool));
    left.sort_unstable();
    assert_eq!(left, [(1, 1), (1, 2), (1, 3), (2, 1)]);
    // A queued newcomer gets the room only of a sender with clearly more.
    submit(&pool, Draft::new(5, 1)).unwrap();
    assert_eq!(submit(&pool, Draft::new(1, 9)), Err(Refusal::Full { max: 6 }));
    submit(&pool, Draft::new(6, 0)).unwrap();
    submit(&pool, Draft::new(7, 0)).unwrap();
    submit(&pool, Draft::new(8, 0)).unwrap();
    submit(&pool, Draft::new(9, 0)).unwrap();
    assert_eq!((pool.status().pending, pool.status().queued), (6, 0));
    // An executable one never leaves.
    assert_eq!(submit(&pool, Draft::new(10, 0)), Err(Refusal::Full { max: 6 }));
    assert_eq!(submit(&pool, Draft::new(10, 1)), Err(Refusal::Full { max: 6 }));
}

#[test]
fn a_large_newcomer_does_not_push_out_many() {
    let small = Draft::new(1, 1).sign().len();
    let bytes_max = small * 40;
    let (_, pool) = Ledger::with_pool(Config {
        bytes_max,
        ..Config::default()
    });
    for nonce in 1..=40 {
        // Nonces from 128 on would need one more byte.
        submit(&pool, Draft::new(1, nonce)).unwrap();
    }
    let large = Draft::new(2, 0).input(vec![0; small * 18]).gas(1_000_000);
    assert!(matches!(submit(&pool, large), Err(Refusal::Full { .. })));
    assert_eq!(pool.status().queued, 40);
    let medium = Draft::new(2, 0).input(vec![0; small * 10]).gas(1_000_000);
    submit(&pool, medium).unwrap();
    assert!(pool.status().bytes <= bytes_max);
    assert_eq!(pool.status().pending, 1);
}

#[test]
fn queued_ones_of_a_sender_never_block_its_next_nonce() {
    let (_, pool) = Ledger::with_pool(Config {
        sender_transactions_max: 3,
        ..Config::default()
    });
    for nonce in 2..=4 {
        submit(&pool, Draft::new(1, nonce)).unwrap();
    }
    let full = Refusal::SenderFull {
        sender: Draft::new(1, 0).sender(),
        max: 3,
    };
    assert_eq!(submit(&pool, Draft::new(1, 5)), Err(full));
    submit(&pool, Draft::new(1, 0)).unwrap();
    submit(&pool, Draft::new(1, 1)).unwrap();
    assert_eq!((pool.status().pending, pool.status().queued), (3, 0));
}

#[test]
fn queued_transactions_expire_by_blocks_and_pending_ones_do_not() {
    let (ledger, pool) = Ledger::with_pool(Config {
        queued_blocks_max: 5,
        ..Config::default()
    });
    submit(&pool, Draft::new(1, 0)).unwrap();
    submit(&pool, Draft::new(2, 3)).unwrap();
    for _ in 0..5 {
        ledger.apply(&pool, Vec::new(), Vec::new());
    }
    assert_eq!((pool.status().pending, pool.status().queued), (1, 1));
    ledger.apply(&pool, Vec::new(), Vec::new());
    assert_eq!((pool.status().pending, pool.status().queued), (1, 0));
}

#[test]
fn omitted_transactions_stay_while_they_can_be_executed_but_not_for_ever() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    submit(&pool, Draft::new(1, 0)).unwrap();
    let second = submit(&pool, Draft::new(1, 1)).unwrap();
    for left in [2, 2, 1] {
        // A lying leader orders the second nonce without the first one.
        ledger.apply(&pool, Vec::new(), vec![second.hash()]);
        assert_eq!(pool.status().pending, left);
    }
    ledger.fund(2, 100);
    ledger.apply(&pool, Vec::new(), Vec::new());
    let unpaid = submit(&pool, Draft::new(2, 0).value(100)).unwrap();
    ledger.fund(2, 99);
    ledger.apply(&pool, Vec::new(), vec![unpaid.hash()]);
    assert_eq!(
        pool.status(),
        civitas_ports::PoolStatus {
            pending: 1,
            ..pool.status()
        }
    );
    assert_eq!(pool.status().queued, 0);
}

#[test]
fn signatures_are_recovered_once_and_only_canonical_bytes_are_transactions() {
    let (_, pool) = Ledger::with_pool(Config::default());
    let raws: Vec<Bytes> = (0..40).map(|nonce| Draft::new(1, nonce).sign()).collect();
    let first = pool.recover_all(&raws);
    let again = pool.recover_all(&raws);
    for ((one, two), raw) in first.into_iter().zip(again).zip(&raws) {
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(one.raw(), raw);
        assert!(Arc::ptr_eq(&one, &pool.recovered(raw).unwrap()));
        assert!(Arc::ptr_eq(&one, &pool.get(&one.hash()).unwrap()));
    }
    let mixed = pool.recover_all(&[Bytes::from_static(b"no"), raws[0].clone()]);
    assert!(matches!(mixed[0], Err(TransactionError::Undecodable { .. })));
    assert!(mixed[1].is_ok());
}

#[test]
fn work_and_gossip_wake_their_waiters() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    let mut accepted = pool.accepted().subscribe();
    let woken = pool.wait_for_work();
    let idle = pool.wait_for_outgoing(2);
    futures::pin_mut!(idle);
    assert!(idle.as_mut().now_or_never().is_none());
    let first = submit(&pool, Draft::new(1, 0)).unwrap();
    assert!(woken.now_or_never().is_some());
    assert_eq!(
        pool.wait_for_outgoing(2).now_or_never(),
        Some(vec![first.clone()])
    );
    let peer = pool.submit(Draft::new(2, 0).sign(), Origin::Peer).unwrap();
    assert_eq!(accepted.try_recv().unwrap(), first);
    assert_eq!(accepted.try_recv().unwrap(), peer);
    assert_eq!(pool.wait_for_outgoing(2).now_or_never(), None);
    ledger.apply(&pool, Vec::new(), Vec::new());
    assert_eq!(pool.wait_for_outgoing(2).now_or_never(), None);
    ledger.apply(&pool, Vec::new(), Vec::new());
    assert_eq!(
        pool.wait_for_outgoing(2).now_or_never(),
        Some(vec![first.clone()])
    );
    assert_eq!(pool.wait_for_outgoing(2).now_or_never(), None);
    ledger.apply(&pool, vec![first], Vec::new());
    ledger.apply(&pool, Vec::new(), Vec::new());
    ledger.apply(&pool, Vec::new(), Vec::new());
    assert_eq!(pool.wait_for_outgoing(2).now_or_never(), None);
}

#[test]
fn a_block_is_applied_once() {
    let (ledger, pool) = Ledger::with_pool(Config::default());
    let first = submit(&pool, Draft::new(1, 0)).unwrap();
    let block = ledger.execute(vec![first], Vec::new());
    pool.block_applied(&block);
    pool.block_applied(&block);
    assert_eq!(pool.status().pending, 0);
    assert_eq!(block.height(), Height::new(1));
    assert_eq!(
        submit(&pool, Draft::new(1, 0)),
        Err(Refusal::NonceTooLow { nonce: 0, next: 1 })
    );
}
