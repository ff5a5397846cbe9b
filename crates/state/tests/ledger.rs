//! The store against a model that keeps every state in full: reads at all heights, roots, proofs, logs,
//! crashes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod model;

use alloy_primitives::{Address, B256, U256};
use civitas_ports::{LedgerStore, LogQuery, StateError, StoreError};
use civitas_state::{Store, slot_key, verify_proof};
use civitas_types::{Height, StateCommitment, StateDiff};
use commonware_runtime::{Runner as _, Supervisor as _, deterministic, tokio};
use model::{Model, Random, config};
use std::sync::Arc;

async fn open<E: civitas_state::Runtime>(
    context: E,
    model: &Model,
    settings: civitas_state::Config,
) -> Result<Arc<dyn LedgerStore>, StoreError> {
    Store::open(context, settings, model.genesis()).await
}

async fn check_all(store: &dyn LedgerStore, model: &mut Model) {
    model.meet(store).await;
    let head = store.head();
    assert_eq!(head.height, model.head());
    for height in 0..=head.height.get() {
        let height = Height::new(height);
        let block = store.block(height).await.unwrap().unwrap();
        assert_eq!(*block, *model.block(height), "block {height}");
        assert_eq!(store.height_of(block.hash).await.unwrap(), Some(height));
        for (index, transaction) in (0..).zip(&block.transactions) {
            let place = store.locate(transaction.hash()).await.unwrap().unwrap();
            assert_eq!((place.height, place.index), (height, index));
        }
        if height >= store.oldest_state() {
            model.check_view(&*store.view(height).unwrap(), height);
        } else {
            assert!(matches!(store.view(height), Err(StoreError::Pruned { .. })));
        }
    }
    assert_eq!(store.locate(B256::repeat_byte(1)).await.unwrap(), None);
    assert_eq!(store.height_of(B256::repeat_byte(1)).await.unwrap(), None);
}

fn run_model(commitment: StateCommitment, seed: u64, blocks: u64) {
    deterministic::Runner::seeded(seed).start(|context| async move {
        let mut model = Model::new(commitment, seed);
        let store = open(context.child("first"), &model, config(commitment))
            .await
            .unwrap();
        for _ in 0..blocks {
            model.advance(&*store).await;
        }
        check_all(&*store, &mut model).await;
        drop(store);
        let store = open(context.child("second"), &model, config(commitment))
            .await
            .unwrap();
        check_all(&*store, &mut model).await;
        for _ in 0..10 {
            model.advance(&*store).await;
        }
        check_all(&*store, &mut model).await;
    });
}

#[test]
fn reads_at_all_heights_agree_with_the_model_qmdb() {
    for seed in 0..2 {
        run_model(StateCommitment::Qmdb, seed, 45);
    }
}

#[test]
fn reads_and_roots_agree_with_the_model_mpt() {
    for seed in 0..2 {
        run_model(StateCommitment::Mpt, seed, 45);
    }
}

#[test]
fn history_is_bounded_by_the_retention() {
    deterministic::Runner::seeded(1).start(|context| async move {
        let mut model = Model::new(StateCommitment::Qmdb, 1);
        let settings = civitas_state::Config {
            history_blocks: Some(7),
            ..config(StateCommitment::Qmdb)
        };
        let store = open(context, &model, settings).await.unwrap();
        for _ in 0..5 {
            model.advance(&*store).await;
        }
        let view = store.view(Height::new(2)).unwrap();
        for _ in 0..20 {
            model.advance(&*store).await;
        }
        assert_eq!(store.oldest_state(), Height::new(18));
        let refused = view.account(&Address::repeat_byte(1));
        assert!(matches!(refused, Err(StateError::Pruned { height, .. }) if height == Height::new(2)));
        assert!(matches!(
            store.view(Height::new(26)),
            Err(StoreError::Unknown { .. })
        ));
        check_all(&*store, &mut model).await;
    });
}

#[test]
fn a_view_does_not_see_later_blocks() {
    deterministic::Runner::seeded(2).start(|context| async move {
        let mut model = Model::new(StateCommitment::Qmdb, 2);
        let store = open(context, &model, config(StateCommitment::Qmdb))
            .await
            .unwrap();
        let mut views = vec![store.view(Height::GENESIS).unwrap()];
        for _ in 0..30 {
            model.advance(&*store).await;
            views.push(store.view(store.head().height).unwrap());
            for view in &views {
                model.check_view(&**view, view.height());
            }
        }
    });
}

#[test]
fn a_refused_block_changes_nothing() {
    deterministic::Runner::seeded(3).start(|context| async move {
        let mut model = Model::new(StateCommitment::Mpt, 3);
        let store = open(context, &model, config(StateCommitment::Mpt)).await.unwrap();
        model.advance(&*store).await;
        let before = store.head();
        let (diff, _) = model.propose();
        let refused = store.apply(diff, Box::new(|_| Err("no".into()))).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))));
        let (diff, block) = model.propose();
        let wrong = store
            .apply(diff, Box::new(move |_| Ok(block(B256::repeat_byte(9)))))
            .await;
        assert!(matches!(wrong, Err(StoreError::Refused(_))));
        assert_eq!(store.head(), before);
        model.advance(&*store).await;
        check_all(&*store, &mut model).await;
    });
}

#[test]
fn the_root_of_a_difference_is_known_before_it_is_applied() {
    for commitment in [StateCommitment::Qmdb, StateCommitment::Mpt] {
        deterministic::Runner::seeded(4).start(|context| async move {
            let mut model = Model::new(commitment, 4);
            let store = open(context, &model, config(commitment)).await.unwrap();
            model.meet(&*store).await;
            for _ in 0..10 {
                let (diff, block) = model.propose();
                let root = store.root_with(store.head().height, &diff).await.unwrap();
                let applied = store
                    .apply(diff.clone(), Box::new(move |root| Ok(block(root))))
                    .await
                    .unwrap();
                assert_eq!(applied.header.state_root, root);
                model.accept(&diff, applied);
            }
        });
    }
}

#[test]
fn the_root_of_a_difference_is_known_at_every_height() {
    for seed in [14, 15] {
        deterministic::Runner::seeded(seed).start(|context| async move {
            let mut model = Model::new(StateCommitment::Mpt, seed);
            let store = open(context, &model, config(StateCommitment::Mpt)).await.unwrap();
            model.meet(&*store).await;
            let mut diffs = Vec::new();
            for _ in 0..40 {
                let (diff, block) = model.propose();
                let applied = store
                    .apply(diff.clone(), Box::new(move |root| Ok(block(root))))
                    .await
                    .unwrap();
                model.accept(&diff, applied);
                diffs.push(diff);
            }
            let head = store.head();
            for number in 0..=head.height.get() {
                let height = Height::new(number);
                let same = store.root_with(height, &StateDiff::default()).await.unwrap();
                assert_eq!(same, model.block(height).header.state_root);
                // The difference of the next block gives its root; those of all others give the model's.
                for (applied_on, diff) in (0..).zip(&diffs) {
                    let root = store.root_with(height, diff).await.unwrap();
                    assert_eq!(root, model.root_with(height, diff), "{applied_on} on {height}");
                    if applied_on == number {
                        assert_eq!(root, model.block(height.next()).header.state_root);
                    }
                }
            }
            assert_eq!(store.head(), head);
            model.advance(&*store).await;
            check_all(&*store, &mut model).await;
        });
    }
}

#[test]
fn roots_at_old_heights_are_bounded() {
    let diff = StateDiff::default();
    let settings = |commitment| civitas_state::Config {
        history_blocks: Some(7),
        proof_changes_max: 1,
        ..config(commitment)
    };
    for commitment in [StateCommitment::Qmdb, StateCommitment::Mpt] {
        let diff = &diff;
        deterministic::Runner::seeded(16).start(|context| async move {
            let mut model = Model::new(commitment, 16);
            let store = open(context, &model, settings(commitment)).await.unwrap();
            for _ in 0..20 {
                model.advance(&*store).await;
            }
            let head = store.head();
            assert!(store.root_with(head.height, diff).await.is_ok());
            let above = store.root_with(head.height.next(), diff).await;
            assert!(matches!(above, Err(StoreError::Unknown { .. })));
            let pruned = store.root_with(Height::new(12), diff).await;
            assert!(matches!(pruned, Err(StoreError::Pruned { .. })));
            let old = store.root_with(Height::new(13), diff).await;
            match commitment {
                StateCommitment::Qmdb => assert!(matches!(old, Err(StoreError::Unsupported { .. }))),
                StateCommitment::Mpt => assert!(matches!(old, Err(StoreError::TooMuch { max: 1, .. }))),
            }
        });
    }
}

#[test]
fn another_genesis_is_refused() {
    deterministic::Runner::seeded(5).start(|context| async move {
        let model = Model::new(StateCommitment::Qmdb, 5);
        drop(
            open(context.child("first"), &model, config(StateCommitment::Qmdb))
                .await
                .unwrap(),
        );
        for other in [Model::new(StateCommitment::Qmdb, 6), model.with_other_alloc()] {
            match open(context.child("other"), &other, config(StateCommitment::Qmdb)).await {
                Err(StoreError::Damaged { what }) => assert!(what.contains("another genesis"), "{what}"),
                Err(other) => panic!("{other:?}"),
                Ok(_) => panic!("another genesis was taken"),
            }
        }
        drop(
            open(context.child("again"), &model, config(StateCommitment::Qmdb))
                .await
                .unwrap(),
        );
    });
}

#[test]
fn logs_are_found_as_by_reading_every_block() {
    deterministic::Runner::seeded(7).start(|context| async move {
        let mut model = Model::new(StateCommitment::Qmdb, 7);
        let store = open(context, &model, config(StateCommitment::Qmdb))
            .await
            .unwrap();
        for _ in 0..150 {
            model.advance(&*store).await;
        }
        let mut random = Random::new(8);
        for _ in 0..200 {
            let query = model.random_query(&mut random);
            assert_eq!(store.logs(&query).await.unwrap(), model.logs(&query), "{query:?}");
        }
        let all = LogQuery {
            to: store.head().height,
            results_max: usize::MAX,
            ..LogQuery::default()
        };
        let count = store.logs(&all).await.unwrap().len();
        assert!(count > 100);
        let refused = store
            .logs(&LogQuery {
                results_max: count - 1,
                ..all.clone()
            })
            .await;
        assert!(matches!(refused, Err(StoreError::TooMuch { what: "logs", .. })));
        let above = LogQuery {
            to: store.head().height.next(),
            ..all
        };
        assert!(matches!(
            store.logs(&above).await,
            Err(StoreError::Unknown { .. })
        ));
    });
}

/// The verifier that clients have shares no code with the library that makes the proofs: they agree on logs of every
/// length, so with chunks that are full, grafted, waiting or begun.
#[test]
fn the_verifier_of_clients_says_the_same_of_every_proof() {
    let light = |root: &B256, key: &B256, value: &[u8], proof: &[u8]| {
        civitas_light::qmdb::verify(&root.0, &key.0, value, proof).is_ok()
    };
    deterministic::Runner::seeded(11).start(|context| async move {
        let mut model = Model::new(StateCommitment::Qmdb, 11);
        let store = open(context, &model, config(StateCommitment::Qmdb))
            .await
            .unwrap();
        let mut proven = 0;
        for round in 0..120_usize {
            model.advance(&*store).await;
            let root = store.head().state_root;
            for (address, slot) in model.keys().into_iter().skip(round % 5).step_by(5) {
                let Ok(proof) = store.state_proof(address, slot).await else {
                    continue;
                };
                proven += 1;
                let (key, value) = (&proof.key, &proof.value);
                assert!(light(&root, key, value, &proof.proof), "round {round}");
                let mut bytes = proof.proof.to_vec();
                let position = (proven * 31) % bytes.len();
                bytes[position] ^= 1 << (proven % 8);
                let verdict = verify_proof(&root, key, value, &bytes);
                assert_eq!(
                    light(&root, key, value, &bytes),
                    verdict,
                    "round {round}, byte {position}"
                );
            }
        }
        assert!(proven > 1_000, "{proven}");
    });
}

#[test]
fn state_proofs_verify_and_tampered_ones_do_not() {
    deterministic::Runner::seeded(9).start(|context| async move {
        let mut model = Model::new(StateCommitment::Qmdb, 9);
        let store = open(context, &model, config(StateCommitment::Qmdb))
            .await
            .unwrap();
        for _ in 0..40 {
            model.advance(&*store).await;
        }
        let root = store.head().state_root;
        let mut proven = 0;
        for (address, slot) in model.keys() {
            let Ok(proof) = store.state_proof(address, slot).await else {
                continue;
            };
            proven += 1;
            assert_eq!((proof.state_root, proof.height), (root, store.head().height));
            if let Some(slot) = slot {
                assert!((0..9).any(|incarnation| slot_key(&address, incarnation, &slot) == proof.key));
            }
            assert!(verify_proof(&root, &proof.key, &proof.value, &proof.proof));
            assert!(!verify_proof(
                &B256::repeat_byte(3),
                &proof.key,
                &proof.value,
                &proof.proof
            ));
            assert!(!verify_proof(
                &root,
                &B256::repeat_byte(3),
                &proof.value,
                &proof.proof
            ));
            let mut value = proof.value.to_vec();
            value[1] ^= 1;
            assert!(!verify_proof(&root, &proof.key, &value, &proof.proof));
            for position in (0..proof.proof.len()).step_by(7) {
                let mut bytes = proof.proof.to_vec();
                bytes[position] ^= 1;
                assert!(
                    !verify_proof(&root, &proof.key, &proof.value, &bytes),
                    "byte {position} is not covered"
                );
            }
        }
        assert!(proven > 20);
        let unsupported = store.account_proof(store.head().height, Address::ZERO, &[]).await;
        assert!(matches!(unsupported, Err(StoreError::Unsupported { .. })));
    });
}

#[test]
fn ethereum_proofs_verify_at_every_height() {
    for seed in [10, 11, 12] {
        deterministic::Runner::seeded(seed).start(|context| async move {
            let mut model = Model::new(StateCommitment::Mpt, seed);
            let store = open(context, &model, config(StateCommitment::Mpt)).await.unwrap();
            for _ in 0..40 {
                model.advance(&*store).await;
            }
            for height in 0..=store.head().height.get() {
                model.check_account_proofs(&*store, Height::new(height)).await;
            }
        });
    }
}

/// Cuts power after every block count up to `blocks`, with unsynced writes lost, kept or torn at random.
fn run_crashes(commitment: StateCommitment, seed: u64) {
    let mut model = Model::new(commitment, seed);
    let mut random = Random::new(seed);
    let mut checkpoint = None;
    for _round in 0..12 {
        let runner = match checkpoint.take() {
            None => deterministic::Runner::new(deterministic::Config::new().with_seed(seed)),
            Some(checkpoint) => deterministic::Runner::from(checkpoint),
        };
        let blocks = random.below(14);
        let torn = random.below(3);
        let (after, next) = runner.start_and_recover(move |context| async move {
            *context.storage_fault_config().write() = model::faults(torn);
            let store = open(context, &model, config(commitment)).await.unwrap();
            // What was acknowledged is there.
            model.check_newest(&*store).await;
            for _ in 0..blocks {
                model.advance(&*store).await;
            }
            model
        });
        model = after;
        checkpoint = Some(next);
    }
    assert!(model.head() > Height::new(20));
    let Some(checkpoint) = checkpoint else { return };
    deterministic::Runner::from(checkpoint).start(|context| async move {
        let store = open(context, &model, config(commitment)).await.unwrap();
        check_all(&*store, &mut model).await;
    });
}

#[test]
fn nothing_acknowledged_is_lost_in_a_power_cut() {
    for seed in 20..26 {
        run_crashes(StateCommitment::Qmdb, seed);
        run_crashes(StateCommitment::Mpt, seed);
    }
}

#[test]
fn a_view_of_an_unknown_slot_is_zero() {
    deterministic::Runner::seeded(13).start(|context| async move {
        let model = Model::new(StateCommitment::Qmdb, 13);
        let store = open(context, &model, config(StateCommitment::Qmdb))
            .await
            .unwrap();
        let view = store.view(Height::GENESIS).unwrap();
        assert_eq!(
            view.storage(&Address::repeat_byte(77), &U256::from(5)).unwrap(),
            U256::ZERO
        );
        assert!(matches!(
            view.code(&B256::repeat_byte(1)),
            Err(StateError::MissingCode { .. })
        ));
        assert_eq!(view.block_hash(Height::new(1)).unwrap(), None);
        assert_eq!(view.block_hash(Height::GENESIS).unwrap(), Some(store.head().hash));
    });
}

/// A folder that is removed at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Self(std::env::temp_dir().join(format!("civitas-state-{name}-{}", std::process::id())));
        let _ = std::fs::remove_dir_all(&folder.0);
        folder
    }

    fn runner(&self) -> tokio::Runner {
        tokio::Runner::new(
            tokio::Config::new()
                .with_storage_directory(self.0.clone())
                .with_worker_threads(2),
        )
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    files.push(path)
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn files_on_disk_serve_readers_while_blocks_are_applied() {
    for commitment in [StateCommitment::Qmdb, StateCommitment::Mpt] {
        let folder = Folder::new("readers");
        let model = folder.runner().start(|context| async move {
            let mut model = Model::new(commitment, 30);
            // One page of memory, so that reads really wait for the disk.
            let settings = civitas_state::Config {
                cached_pages_max: std::num::NonZeroUsize::MIN,
                ..config(commitment)
            };
            let store = open(context.child("store"), &model, settings).await.unwrap();
            model.meet(&*store).await;
            for _ in 0..10 {
                model.advance(&*store).await;
            }
            let reader = {
                let (model, view) = (model.snapshot(), store.view(Height::new(5)).unwrap());
                use commonware_runtime::Spawner as _;
                context.child("reader").spawn(async move |_| {
                    for _ in 0..20 {
                        model.check_view(&*view, Height::new(5));
                    }
                })
            };
            for _ in 0..20 {
                model.advance(&*store).await;
            }
            reader.await.unwrap();
            check_all(&*store, &mut model).await;
            model
        });
        folder.runner().start(|context| async move {
            let mut model = model;
            let store = open(context.child("store"), &model, config(commitment))
                .await
                .unwrap();
            check_all(&*store, &mut model).await;
        });
    }
}

#[test]
fn a_flipped_byte_never_gives_a_wrong_answer() {
    for commitment in [StateCommitment::Qmdb, StateCommitment::Mpt] {
        let folder = Folder::new("flipped");
        let model = folder.runner().start(|context| async move {
            let mut model = Model::new(commitment, 31);
            let store = open(context.child("store"), &model, config(commitment))
                .await
                .unwrap();
            for _ in 0..20 {
                model.advance(&*store).await;
            }
            model
        });
        let pristine: Vec<_> = folder
            .files()
            .into_iter()
            .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
            .collect();
        let mut random = Random::new(31);
        let (mut refused, mut served) = (0, 0);
        for (path, bytes) in pristine.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            for _ in 0..3 {
                std::fs::remove_dir_all(&folder.0).unwrap();
                for (path, bytes) in &pristine {
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, bytes).unwrap();
                }
                let mut damaged = bytes.clone();
                damaged[random.below(bytes.len() as u64) as usize] ^= 0x10;
                std::fs::write(path, damaged).unwrap();
                let model = model.snapshot();
                let outcome = folder.runner().start(|context| async move {
                    let store = open(context.child("store"), &model, config(commitment)).await?;
                    model.check_what_is_served(&*store).await
                });
                match outcome {
                    Ok(()) => served += 1,
                    Err(StoreError::Damaged { what }) => {
                        assert!(what.contains("test"), "{what}");
                        refused += 1;
                    }
                    Err(StoreError::Storage { .. } | StoreError::State(_)) => refused += 1,
                    Err(other) => panic!("{}: {other:?}", path.display()),
                }
            }
        }
        assert!(refused > 5, "{refused} refused, {served} served");
    }
}
