//! What the settings of storage mean for the stores of a node's ledgers.

use civitas_node::config::StorageConfig;
use civitas_types::StateCommitment;

fn accounts(storage: &StorageConfig) -> usize {
    let store = storage.of_store("main", StateCommitment::Qmdb);
    store.cached_accounts_max
}

#[test]
fn the_memory_for_cached_state_reaches_the_stores() {
    let default = StorageConfig::default();
    let check = |cache_mib, main_factor: usize, partition_mib| {
        let storage = StorageConfig {
            cache_mib,
            ..default.clone()
        };
        assert_eq!(
            accounts(&storage),
            main_factor * accounts(&default),
            "{cache_mib} MiB"
        );
        let partition = storage.of_partition();
        assert_eq!(partition.cache_mib, partition_mib, "{cache_mib} MiB");
        assert_eq!(partition.history_blocks, storage.history_blocks);
    };
    check(default.cache_mib, 1, default.cache_mib / 4);
    check(10 * default.cache_mib, 10, 10 * default.cache_mib / 4);
    assert!(accounts(&default.of_partition()) < accounts(&default));
    let small = StorageConfig {
        cache_mib: 1,
        ..default
    };
    assert_eq!(small.of_partition().cache_mib, 4);
}

#[test]
fn an_archive_node_keeps_every_state() {
    let kept = |history_blocks| {
        let storage = StorageConfig {
            history_blocks,
            ..StorageConfig::default()
        };
        storage.of_store("main", StateCommitment::Qmdb).history_blocks
    };
    assert_eq!(kept(0), None);
    assert_eq!(kept(7), Some(7));
}
