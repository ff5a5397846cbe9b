//! The rules of one chain: which fork is active at which block, and the fork's blob parameters.
//!
//! Made from a geth genesis `config`. Our own ledgers run [`ChainSpec::osaka`]: every finished fork of Ethereum from
//! the genesis block on. Ethereum's limits are kept, also EIP-7825: from Osaka on one transaction may not have a gas
//! limit above 16,777,216 ([`ChainSpec::transaction_gas_max`]), however large the block is.
//!
//! Invariant: a [`ChainSpec`] never changes; two equal genesis configurations give equal rules on every node.

use crate::{crypto, system::SystemContracts};
use alloy_consensus::Header;
use alloy_eips::{BlobScheduleBlobParams, eip7825::MAX_TX_GAS_LIMIT_OSAKA, eip7840::BlobParams};
use alloy_evm::{eth::spec::EthExecutorSpec, spec_by_timestamp_and_block_number};
use alloy_genesis::ChainConfig;
use alloy_hardforks::{EthereumChainHardforks, EthereumHardfork, EthereumHardforks, ForkCondition};
use alloy_primitives::{Address, U256};
use civitas_system_contracts::{
    address::{GOVERNANCE, PARTITION},
    host::LedgerKind,
};
use civitas_types::{Epochs, Genesis, Height, OrderingEngine};
use revm::primitives::hardfork::SpecId;
use std::collections::BTreeMap;

/// The rules of one chain.
#[derive(Clone, Debug)]
pub struct ChainSpec {
    chain_id: u64,
    forks: EthereumChainHardforks,
    blobs: BlobScheduleBlobParams,
    deposit_contract: Option<Address>,
    /// Accounts of the genesis with storage but neither nonce nor code, each with one of its slots.
    storage_only: BTreeMap<Address, U256>,
    system_contracts: SystemContracts,
    epochs: Option<Epochs>,
    /// Whether one validator orders for ever, whatever the registry wishes.
    is_solo: bool,
}

impl ChainSpec {
    /// The rules of the chain that begins with `genesis`.
    ///
    /// It has the system contracts of a city if its genesis puts the code of Governance in place, and reads them from
    /// the main ledger's state if its genesis also keeps what a partition ledger keeps of itself.
    ///
    /// Besides its `config` they know the accounts that the genesis gives storage but neither nonce nor code: no
    /// contract can be created there (EIP-7610). No other block can make such an account since Spurious Dragon.
    pub fn from_genesis(genesis: &Genesis) -> Self {
        let mut spec = Self::from_config(&genesis.ethereum.config);
        if genesis.ethereum.alloc.contains_key(&GOVERNANCE) {
            spec.system_contracts = if genesis.ethereum.alloc.contains_key(&PARTITION) {
                SystemContracts::OfMain
            } else {
                SystemContracts::Present
            };
            spec.epochs = Some(genesis.parameters.epochs());
            spec.is_solo = genesis.parameters.ordering == OrderingEngine::Solo;
        }
        for (address, account) in &genesis.ethereum.alloc {
            let plain = account.nonce.unwrap_or(0) == 0 && account.non_empty_code().is_none();
            let slot = account.storage_slots().find(|(_, value)| !value.is_zero());
            if let (true, Some((slot, _))) = (plain, slot) {
                spec.storage_only.insert(*address, slot.into());
            }
        }
        spec
    }

    /// The rules that a genesis `config` describes.
    ///
    /// The first block after the merge is `mergeNetsplitBlock`; without it block 0 when the terminal total difficulty
    /// is zero or `terminalTotalDifficultyPassed` is set, or Shanghai is active from the start. A chain that has a
    /// merge somewhere else needs [`Self::with_merge_at`].
    pub fn from_config(config: &ChainConfig) -> Self {
        crypto::install();
        Self {
            chain_id: config.chain_id,
            forks: EthereumChainHardforks::new(fork_conditions(config)),
            blobs: config.blob_schedule_blob_params(),
            deposit_contract: config.deposit_contract_address,
            storage_only: BTreeMap::new(),
            system_contracts: SystemContracts::Absent,
            epochs: None,
            is_solo: false,
        }
    }

    /// The rules of our own ledgers: all forks up to Osaka from the genesis block on.
    pub fn osaka(chain_id: u64) -> Self {
        Self::from_config(&Self::osaka_config(chain_id))
    }

    /// The genesis `config` of our own ledgers, see [`Self::osaka`].
    pub fn osaka_config(chain_id: u64) -> ChainConfig {
        ChainConfig {
            chain_id,
            homestead_block: Some(0),
            eip150_block: Some(0),
            eip155_block: Some(0),
            eip158_block: Some(0),
            byzantium_block: Some(0),
            constantinople_block: Some(0),
            petersburg_block: Some(0),
            istanbul_block: Some(0),
            muir_glacier_block: Some(0),
            berlin_block: Some(0),
            london_block: Some(0),
            arrow_glacier_block: Some(0),
            gray_glacier_block: Some(0),
            merge_netsplit_block: Some(0),
            shanghai_time: Some(0),
            cancun_time: Some(0),
            prague_time: Some(0),
            osaka_time: Some(0),
            terminal_total_difficulty: Some(U256::ZERO),
            terminal_total_difficulty_passed: true,
            // No blob schedule: those of the forks hold, and its form in JSON cannot say all of Osaka's.
            ..ChainConfig::default()
        }
    }

    /// The same rules with `height` as the first block after the merge: for an imported chain whose genesis does not
    /// say it. It is the first block whose difficulty is zero.
    #[must_use]
    pub fn with_merge_at(mut self, height: Height) -> Self {
        let merge = (EthereumHardfork::Paris, ForkCondition::Block(height.get()));
        let others = self.activations().filter(|(fork, _)| *fork != merge.0);
        self.forks = EthereumChainHardforks::new(others.chain([merge]).collect::<Vec<_>>());
        self
    }

    /// Whether the system contracts of a city are there.
    pub const fn system_contracts(&self) -> SystemContracts {
        self.system_contracts
    }

    /// Whose rules hold.
    pub const fn ledger_kind(&self) -> LedgerKind {
        self.system_contracts.ledger_kind()
    }

    /// Whether one validator orders for ever: solo ordering has no way to hand over.
    pub const fn is_solo(&self) -> bool {
        self.is_solo
    }

    /// The epoch that begins after the block at `height`, if it is the last one of its epoch and the ledger's
    /// validators follow the registry of nodes.
    pub fn epoch_after(&self, height: Height) -> Option<u64> {
        let epochs = self.epochs?;
        let epoch = epochs.of(height);
        (epochs.last(epoch) == height).then_some(epoch + 1)
    }

    /// The chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The fork of a block by its number and time (seconds since the Unix epoch), as revm names it.
    pub fn spec_id(&self, number: u64, timestamp: u64) -> SpecId {
        spec_by_timestamp_and_block_number(self, timestamp, number)
    }

    /// The fork of the block of `header`.
    pub fn spec_id_of(&self, header: &Header) -> SpecId {
        self.spec_id(header.number, header.timestamp)
    }

    /// Whether `fork` is active in a block.
    pub fn is_active(&self, fork: EthereumHardfork, number: u64, timestamp: u64) -> bool {
        self.ethereum_fork_activation(fork)
            .active_at_timestamp_or_number(timestamp, number)
    }

    /// Blob target, maximum and price parameters at a time (EIP-7840, EIP-7892); none before Cancun.
    pub fn blob_params(&self, timestamp: u64) -> Option<BlobParams> {
        if let Some(scheduled) = self.blobs.active_scheduled_params_at_timestamp(timestamp) {
            Some(*scheduled)
        } else if self.is_osaka_active_at_timestamp(timestamp) {
            Some(self.blobs.osaka)
        } else if self.is_prague_active_at_timestamp(timestamp) {
            Some(self.blobs.prague)
        } else if self.is_cancun_active_at_timestamp(timestamp) {
            Some(self.blobs.cancun)
        } else {
            None
        }
    }

    /// The most gas that one transaction may ask for in a block at `timestamp` (EIP-7825); none before Osaka, where
    /// only the block's gas limit bounds it.
    pub fn transaction_gas_max(&self, timestamp: u64) -> Option<u64> {
        self.is_osaka_active_at_timestamp(timestamp)
            .then_some(MAX_TX_GAS_LIMIT_OSAKA)
    }

    /// Whether there may be accounts where EIP-7610 forbids a creation.
    pub(crate) fn has_storage_only_accounts(&self) -> bool {
        !self.storage_only.is_empty()
    }

    /// A slot that tells whether the storage of an account of [`Self::from_genesis`] still blocks a creation there.
    pub(crate) fn storage_only_slot(&self, address: &Address) -> Option<U256> {
        self.storage_only.get(address).copied()
    }

    /// When each fork begins, oldest first, forks that never begin left out (`eth_config`, EIP-7910).
    pub fn activations(&self) -> impl Iterator<Item = (EthereumHardfork, ForkCondition)> + '_ {
        EthereumHardfork::VARIANTS
            .iter()
            .map(|fork| (*fork, self.ethereum_fork_activation(*fork)))
            .filter(|(_, condition)| *condition != ForkCondition::Never)
    }
}

impl EthereumHardforks for ChainSpec {
    fn ethereum_fork_activation(&self, fork: EthereumHardfork) -> ForkCondition {
        self.forks.ethereum_fork_activation(fork)
    }
}

impl EthExecutorSpec for ChainSpec {
    fn deposit_contract_address(&self) -> Option<Address> {
        self.deposit_contract
    }
}

fn fork_conditions(config: &ChainConfig) -> Vec<(EthereumHardfork, ForkCondition)> {
    use EthereumHardfork as Fork;
    let dao = config.dao_fork_block.filter(|_| config.dao_fork_support);
    let blocks = [
        (Fork::Frontier, Some(0)),
        (Fork::Homestead, config.homestead_block),
        (Fork::Dao, dao),
        (Fork::Tangerine, config.eip150_block),
        (Fork::SpuriousDragon, config.eip158_block.or(config.eip155_block)),
        (Fork::Byzantium, config.byzantium_block),
        (Fork::Constantinople, config.constantinople_block),
        // A genesis without its own Petersburg block has it together with Constantinople, as in geth.
        (
            Fork::Petersburg,
            config.petersburg_block.or(config.constantinople_block),
        ),
        (Fork::Istanbul, config.istanbul_block),
        (Fork::MuirGlacier, config.muir_glacier_block),
        (Fork::Berlin, config.berlin_block),
        (Fork::London, config.london_block),
        (Fork::ArrowGlacier, config.arrow_glacier_block),
        (Fork::GrayGlacier, config.gray_glacier_block),
        (Fork::Paris, merge_block(config)),
    ];
    let times = [
        (Fork::Shanghai, config.shanghai_time),
        (Fork::Cancun, config.cancun_time),
        (Fork::Prague, config.prague_time),
        (Fork::Osaka, config.osaka_time),
        (Fork::Bpo1, config.bpo1_time),
        (Fork::Bpo2, config.bpo2_time),
        (Fork::Bpo3, config.bpo3_time),
        (Fork::Bpo4, config.bpo4_time),
        (Fork::Bpo5, config.bpo5_time),
        (Fork::Amsterdam, config.amsterdam_time),
    ];
    let blocks = blocks
        .into_iter()
        .filter_map(|(fork, block)| Some((fork, ForkCondition::Block(block?))));
    let times = times
        .into_iter()
        .filter_map(|(fork, time)| Some((fork, ForkCondition::Timestamp(time?))));
    blocks.chain(times).collect()
}

fn merge_block(config: &ChainConfig) -> Option<u64> {
    let passed = config.terminal_total_difficulty_passed
        || config.terminal_total_difficulty == Some(U256::ZERO)
        || config.shanghai_time == Some(0);
    config.merge_netsplit_block.or_else(|| passed.then_some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_ledgers_run_osaka_from_the_genesis_block() {
        let spec = ChainSpec::osaka(7);
        assert_eq!(spec.spec_id(0, 0), SpecId::OSAKA);
        assert_eq!(spec.spec_id(u64::MAX, u64::MAX), SpecId::OSAKA);
        assert_eq!(spec.transaction_gas_max(0), Some(16_777_216));
        assert_eq!(spec.blob_params(5), Some(BlobParams::osaka()));
        assert_eq!(spec.chain_id(), 7);
    }

    #[test]
    fn forks_begin_at_their_block_or_time() {
        let config = ChainConfig {
            homestead_block: Some(1),
            eip150_block: Some(2),
            eip155_block: Some(3),
            eip158_block: Some(3),
            byzantium_block: Some(4),
            constantinople_block: Some(5),
            istanbul_block: Some(6),
            berlin_block: Some(7),
            london_block: Some(8),
            merge_netsplit_block: Some(9),
            shanghai_time: Some(100),
            cancun_time: Some(110),
            prague_time: Some(120),
            osaka_time: Some(130),
            bpo1_time: Some(140),
            blob_schedule: [("bpo1".to_owned(), BlobParams::bpo1())].into(),
            ..ChainConfig::default()
        };
        let spec = ChainSpec::from_config(&config);
        let expected = [
            (0, 0, SpecId::FRONTIER),
            (1, 0, SpecId::HOMESTEAD),
            (2, 0, SpecId::TANGERINE),
            (3, 0, SpecId::SPURIOUS_DRAGON),
            (4, 0, SpecId::BYZANTIUM),
            (5, 0, SpecId::PETERSBURG),
            (6, 0, SpecId::ISTANBUL),
            (7, 0, SpecId::BERLIN),
            (8, 99, SpecId::LONDON),
            (9, 99, SpecId::MERGE),
            (10, 100, SpecId::SHANGHAI),
            (11, 110, SpecId::CANCUN),
            (12, 120, SpecId::PRAGUE),
            (13, 130, SpecId::OSAKA),
            (14, 140, SpecId::OSAKA),
        ];
        for (number, timestamp, fork) in expected {
            assert_eq!(
                spec.spec_id(number, timestamp),
                fork,
                "block {number} at {timestamp}"
            );
        }
        assert_eq!(spec.blob_params(109), None);
        assert_eq!(spec.blob_params(110), Some(BlobParams::cancun()));
        assert_eq!(spec.blob_params(139), Some(BlobParams::osaka()));
        assert_eq!(spec.blob_params(140), Some(BlobParams::bpo1()));
        assert_eq!(spec.transaction_gas_max(129), None);
        let later = spec.with_merge_at(Height::new(12));
        assert_eq!(later.spec_id(11, 99), SpecId::LONDON);
        assert_eq!(later.spec_id(12, 99), SpecId::MERGE);
    }
}
