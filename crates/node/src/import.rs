//! Takes in an Ethereum chain: executes every block, checks every root, and keeps the result as a ledger.
//!
//! The chain is a file of RLP-encoded blocks one after another (geth's `export`), with a geth genesis. It judges
//! our execution: a block whose roots come out different is refused by name.

use alloy_consensus::{Block as EthereumBlock, transaction::SignerRecoverable};
use alloy_genesis::ChainConfig;
use alloy_primitives::{Address, Bytes, U256};
use alloy_rlp::Decodable;
use civitas_evm::{
    ChainSpec, EvmExecutor, HeaderError, ImportError, block_input_of, check_header, check_sealed,
};
use civitas_ports::{BoxError, ExecutionError, Executor, LedgerStore, StoreError};
use civitas_types::{Genesis, Height, StateCommitment, StateDiff, TxEnvelope};
use rayon::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use thiserror::Error;

/// A block of the file with the senders of its transactions.
pub struct ChainBlock {
    block: EthereumBlock<TxEnvelope>,
    senders: Vec<Address>,
}

/// Why a chain cannot be taken in.
#[derive(Debug, Error)]
pub enum ChainError {
    /// The file is not a chain.
    #[error("the chain file is damaged at byte {offset} (after {blocks} blocks)")]
    Undecodable {
        /// Where.
        offset: usize,
        /// Blocks before it.
        blocks: usize,
        /// What the decoder met.
        #[source]
        source: alloy_rlp::Error,
    },
    /// A transaction is not signed.
    #[error("transaction {index} of block {height} has no valid signature")]
    Signature {
        /// Height of the block.
        height: Height,
        /// Position of the transaction.
        index: usize,
    },
    /// A fork's name or time is not known.
    #[error("the forks file: {name} is {value:?}, which is not a number")]
    Fork {
        /// The entry.
        name: String,
        /// Its value.
        value: String,
    },
    /// A header breaks a rule.
    #[error("block {height} has a bad header")]
    Header {
        /// Height of the block.
        height: Height,
        /// The rule.
        #[source]
        source: HeaderError,
    },
    /// The block cannot be executed, or its result is not the one that its header says.
    #[error("block {height} was refused")]
    Block {
        /// Height of the block.
        height: Height,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The store refused or failed.
    #[error("the chain cannot be stored")]
    Store(#[from] StoreError),
}

/// Decodes a file of blocks and recovers every sender.
///
/// # Errors
/// [`ChainError::Undecodable`] and [`ChainError::Signature`].
pub fn decode_chain(mut rest: &[u8]) -> Result<Vec<ChainBlock>, ChainError> {
    let total = rest.len();
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let offset = total - rest.len();
        let block =
            EthereumBlock::<TxEnvelope>::decode(&mut rest).map_err(|source| ChainError::Undecodable {
                offset,
                blocks: blocks.len(),
                source,
            })?;
        blocks.push(block);
    }
    blocks.into_par_iter().map(with_senders).collect()
}

fn with_senders(block: EthereumBlock<TxEnvelope>) -> Result<ChainBlock, ChainError> {
    let height = Height::new(block.header.number);
    let recover = |(index, transaction): (usize, &TxEnvelope)| {
        // Before Homestead a high `s` was valid, so the chain's own rules decide, not EIP-2.
        transaction
            .recover_signer_unchecked()
            .map_err(|_| ChainError::Signature { height, index })
    };
    let senders = block
        .body
        .transactions
        .iter()
        .enumerate()
        .map(recover)
        .collect::<Result<_, _>>()?;
    Ok(ChainBlock { block, senders })
}

/// The genesis of an imported chain: Ethereum's trie, so that the roots of its headers can be checked.
pub fn chain_genesis(mut genesis: Genesis, forks: &BTreeMap<String, String>) -> Result<Genesis, ChainError> {
    apply_forks(&mut genesis.ethereum.config, forks)?;
    genesis.parameters.state_commitment = StateCommitment::Mpt;
    Ok(genesis)
}

/// Sets forks from the variables by which hive describes them (`HIVE_SHANGHAI_TIMESTAMP` and so on).
fn apply_forks(config: &mut ChainConfig, forks: &BTreeMap<String, String>) -> Result<(), ChainError> {
    for (name, value) in forks {
        let bad = || ChainError::Fork {
            name: name.clone(),
            value: value.clone(),
        };
        let number = || value.parse::<u64>().map_err(|_| bad());
        match name.as_str() {
            "HIVE_CHAIN_ID" => config.chain_id = number()?,
            "HIVE_TERMINAL_TOTAL_DIFFICULTY" => {
                config.terminal_total_difficulty = Some(value.parse::<U256>().map_err(|_| bad())?);
            }
            _ => {
                if let Some(fork) = fork_field(config, name) {
                    *fork = Some(number()?);
                }
            }
        }
    }
    Ok(())
}

fn fork_field<'a>(config: &'a mut ChainConfig, name: &str) -> Option<&'a mut Option<u64>> {
    let field = match name {
        "HIVE_FORK_HOMESTEAD" => &mut config.homestead_block,
        "HIVE_FORK_TANGERINE" => &mut config.eip150_block,
        "HIVE_FORK_SPURIOUS" => &mut config.eip158_block,
        "HIVE_FORK_BYZANTIUM" => &mut config.byzantium_block,
        "HIVE_FORK_CONSTANTINOPLE" => &mut config.constantinople_block,
        "HIVE_FORK_PETERSBURG" => &mut config.petersburg_block,
        "HIVE_FORK_ISTANBUL" => &mut config.istanbul_block,
        "HIVE_FORK_MUIR_GLACIER" => &mut config.muir_glacier_block,
        "HIVE_FORK_BERLIN" => &mut config.berlin_block,
        "HIVE_FORK_LONDON" => &mut config.london_block,
        "HIVE_FORK_ARROW_GLACIER" => &mut config.arrow_glacier_block,
        "HIVE_FORK_GRAY_GLACIER" => &mut config.gray_glacier_block,
        "HIVE_MERGE_BLOCK_ID" => &mut config.merge_netsplit_block,
        "HIVE_SHANGHAI_TIMESTAMP" => &mut config.shanghai_time,
        "HIVE_CANCUN_TIMESTAMP" => &mut config.cancun_time,
        "HIVE_PRAGUE_TIMESTAMP" => &mut config.prague_time,
        "HIVE_OSAKA_TIMESTAMP" => &mut config.osaka_time,
        "HIVE_BPO1_TIMESTAMP" => &mut config.bpo1_time,
        "HIVE_BPO2_TIMESTAMP" => &mut config.bpo2_time,
        _ => return None,
    };
    Some(field)
}

/// Executes the blocks above the head of `store` and keeps them. `progress` is told each height.
///
/// # Errors
/// See [`ChainError`]; the blocks before the bad one stay.
pub async fn import(
    store: &Arc<dyn LedgerStore>,
    spec: &Arc<ChainSpec>,
    blocks: Vec<ChainBlock>,
    progress: &dyn Fn(Height),
) -> Result<(), ChainError> {
    let executor = EvmExecutor::new(spec.clone());
    for ChainBlock { block, senders } in blocks {
        let height = Height::new(block.header.number);
        if height > store.head().height {
            import_block(store, &executor, block, &senders).await?;
        }
        progress(height);
    }
    Ok(())
}

async fn import_block(
    store: &Arc<dyn LedgerStore>,
    executor: &EvmExecutor,
    block: EthereumBlock<TxEnvelope>,
    senders: &[Address],
) -> Result<(), ChainError> {
    let spec = executor.spec().clone();
    let height = Height::new(block.header.number);
    let refused = |source: BoxError| ChainError::Block { height, source };
    let head = store.head();
    let parent = store.block(head.height).await?.ok_or(StoreError::Unknown {
        height,
        head: head.height,
    })?;
    let header = block.header.clone();
    check_header(&spec, &parent.header, parent.hash, &header)
        .map_err(|source| ChainError::Header { height, source })?;
    let input = block_input_of(block, senders).map_err(|error: ImportError| refused(Box::new(error)))?;
    let view = store.view(head.height)?;
    // Receipts before Byzantium hold the state root after each transaction.
    let root = |diff: &StateDiff| {
        futures::executor::block_on(store.root_with(head.height, diff)).map_err(|error| {
            ExecutionError::InvalidBlock {
                reason: error.to_string(),
            }
        })
    };
    let mut output = executor
        .execute(view.as_ref(), &input, Some(&root))
        .map_err(|error| refused(Box::new(error)))?;
    let diff = std::mem::take(&mut output.diff);
    let seal = Box::new(move |state_root| {
        let sealed = civitas_evm::seal(&spec, &input, output, state_root);
        check_sealed(&header, &sealed.header).map_err(|error| Box::new(error) as BoxError)?;
        Ok(sealed)
    });
    store.apply(diff, seal).await?;
    Ok(())
}

/// The RLP of a block as Ethereum's chain files hold it.
pub fn encode_block(block: &civitas_types::Block) -> Bytes {
    let body = alloy_consensus::BlockBody {
        transactions: block
            .transactions
            .iter()
            .map(|transaction| transaction.envelope().clone())
            .collect(),
        ommers: block.ommers.clone(),
        withdrawals: block.withdrawals.clone(),
    };
    alloy_rlp::encode(EthereumBlock {
        header: block.header.clone(),
        body,
    })
    .into()
}
