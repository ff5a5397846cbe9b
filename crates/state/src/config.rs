//! Settings of a store. They never change what is committed to.

use civitas_types::{Block, StateCommitment, StateDiff};
use std::num::NonZeroUsize;

/// Memory that accounts, slots, code and pages of the state take together by default, in MiB.
pub const CACHE_MIB_DEFAULT: usize = 40;

/// Settings of a store.
#[derive(Clone, Debug)]
pub struct Config {
    /// Prefix of every storage partition: one for each ledger in a data folder.
    pub partition: String,
    /// What the state root of a header is (a ledger parameter; it must not change on a used folder).
    pub commitment: StateCommitment,
    /// States of this many blocks before the newest can be read; all of them when none.
    pub history_blocks: Option<u64>,
    /// Accounts kept in memory, at most (about 200 bytes each).
    pub cached_accounts_max: usize,
    /// Storage slots kept in memory, at most (about 200 bytes each).
    pub cached_slots_max: usize,
    /// Bytes of contract code kept in memory, at most.
    pub cached_code_bytes_max: u64,
    /// Bytes of decoded blocks kept in memory, at most.
    pub cached_block_bytes_max: u64,
    /// Changed keys in the decoded change sets kept in memory, at most (about 250 bytes each); they serve reads
    /// of old heights.
    pub cached_changes_max: u64,
    /// Pages of the state (4 KiB each) kept in memory, at most.
    pub cached_pages_max: NonZeroUsize,
    /// Bytes of the write buffer of each file that is written.
    pub write_buffer_bytes: NonZeroUsize,
    /// State and indexes are flushed after this many blocks; as many are executed again at most after a
    /// crash.
    pub flush_blocks: u64,
    /// State and indexes are flushed after this many changed keys and index entries, so that memory is
    /// bounded.
    pub flush_entries: usize,
    /// Changed keys that an Ethereum proof or state root at an old height may have to revert, at most.
    pub proof_changes_max: usize,
    /// Blocks that a log query may open, at most.
    pub query_blocks_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            partition: "ledger".to_owned(),
            commitment: StateCommitment::Qmdb,
            history_blocks: Some(100_000),
            cached_accounts_max: 65_536,
            cached_slots_max: 65_536,
            cached_code_bytes_max: 8 * 1024 * 1024,
            cached_block_bytes_max: 16 * 1024 * 1024,
            cached_changes_max: 32_768,
            cached_pages_max: NonZeroUsize::MIN.saturating_add(2_047),
            write_buffer_bytes: NonZeroUsize::MIN.saturating_add(256 * 1024 - 1),
            flush_blocks: 64,
            flush_entries: 200_000,
            proof_changes_max: 50_000,
            query_blocks_max: 1_000_000,
        }
    }
}

impl Config {
    /// Lets accounts, slots, code and pages of the state take `mib` together, each as much of it as by default.
    /// Decoded blocks and change sets keep what they have, since they are as large as the blocks, however large the state;
    /// so do the nodes of an `mpt` ledger's trie (24 MiB).
    #[must_use]
    pub fn with_cache_mib(self, mib: usize) -> Self {
        let default = Self::default();
        let scaled = |max: usize| max.saturating_mul(mib) / CACHE_MIB_DEFAULT;
        let code = usize::try_from(default.cached_code_bytes_max).unwrap_or(usize::MAX);
        let pages = scaled(default.cached_pages_max.get());
        Self {
            cached_accounts_max: scaled(default.cached_accounts_max),
            cached_slots_max: scaled(default.cached_slots_max),
            cached_code_bytes_max: scaled(code) as u64,
            cached_pages_max: NonZeroUsize::new(pages).unwrap_or(NonZeroUsize::MIN),
            ..self
        }
    }
}

/// Makes the genesis block once its state root is known.
pub type GenesisSeal = Box<dyn FnOnce(alloy_primitives::B256) -> Block + Send>;

/// What a ledger begins with.
pub struct GenesisInput {
    /// The first accounts, with their storage and code.
    pub diff: StateDiff,
    /// Makes the genesis block.
    pub seal: GenesisSeal,
}

impl std::fmt::Debug for GenesisInput {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("GenesisInput")
            .field("diff", &self.diff)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_of_the_state_take_the_memory_that_they_are_given() {
        for mib in [1, 10, CACHE_MIB_DEFAULT, 1_000] {
            let config = Config::default().with_cache_mib(mib);
            let values = 200 * (config.cached_accounts_max + config.cached_slots_max);
            let pages = 4_096 * config.cached_pages_max.get();
            let bytes = values + pages + config.cached_code_bytes_max as usize;
            let asked = mib * 1024 * 1024;
            assert!(bytes.abs_diff(asked) < asked / 20, "{mib} MiB: {bytes} bytes");
        }
        let default = Config::default();
        let same = Config::default().with_cache_mib(CACHE_MIB_DEFAULT);
        assert_eq!(format!("{same:?}"), format!("{default:?}"));
    }
}
