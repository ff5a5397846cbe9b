//! The genesis of a partition ledger: derived from its record in the registry, and so the same on every node.
//!
//! Its time is that of the main block that created it. Nobody owns anything: with a base fee of zero that stops
//! nobody, other ledgers give out what they have by withdrawals of their own rules (there are none yet).

use alloy_eips::{eip2935, eip4788};
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, LogData, U256};
use civitas_evm::ChainSpec;
use civitas_ports::StateView;
use civitas_system_contracts::{
    address::PARTITION,
    fault::Fault,
    genesis::{Storage, accounts},
    host::{BlockContext, Host, LedgerKind},
    ledgers::LedgerRecord,
    partition,
};
use civitas_types::{Genesis, MainLink, Validator};
use std::collections::BTreeMap;
use thiserror::Error;

/// Code at the place of the ledger's own storage: the instruction INVALID, never executed. With it the account is not
/// empty, so that it stays (EIP-161).
const CODE: [u8; 1] = [0xfe];
/// Milliseconds in a second.
const MILLISECONDS_PER_SECOND: u64 = 1_000;

/// Why there is no genesis.
#[derive(Debug, Error)]
pub enum GenesisFault {
    /// The main ledger's state at the creation does not say who orders the ledger, or is no longer kept.
    #[error(
        "the genesis of the ledger {name} cannot be derived from the main ledger's state at its creation"
    )]
    State {
        /// The ledger.
        name: String,
        /// What the registry gave.
        #[source]
        source: Fault,
    },
    /// The registry commits to another genesis block.
    #[error(
        "the registry commits the ledger {name} to the genesis block {committed}, but its record gives {derived}: nobody \
         can run it; close it, and create another one without the commitment"
    )]
    OtherHash {
        /// The ledger.
        name: String,
        /// What the registry says.
        committed: B256,
        /// What follows from the record.
        derived: B256,
    },
}

/// The genesis of the ledger of `record`, created in the main block `created` at `timestamp_ms`; `state` is the main
/// ledger's after that block.
///
/// # Errors
/// [`GenesisFault::State`].
pub fn derive(
    record: &LedgerRecord,
    created: MainLink,
    timestamp_ms: u64,
    state: &dyn StateView,
) -> Result<Genesis, GenesisFault> {
    let timestamp = timestamp_ms / MILLISECONDS_PER_SECOND;
    let mut draft = Draft {
        state,
        written: BTreeMap::new(),
        block: BlockContext {
            chain_id: record.chain_id,
            height: created.height.get(),
            timestamp,
            ledger: LedgerKind::Partition,
        },
    };
    let validators = partition::set_main(&mut draft, created.height.get(), created.block_hash)
        .and_then(|()| partition::seal_genesis(&mut draft))
        .and_then(|()| partition::validators(&mut draft, 0));
    let validators = validators.map_err(|source| GenesisFault::State {
        name: record.name.clone(),
        source,
    })?;
    let parameters = record.parameters.clone();
    let ethereum = alloy_genesis::Genesis {
        config: ChainSpec::osaka_config(record.chain_id),
        timestamp,
        extra_data: Bytes::copy_from_slice(record.name.as_bytes()),
        gas_limit: parameters.block_gas_max,
        base_fee_per_gas: Some(parameters.base_fee.into()),
        excess_blob_gas: Some(0),
        blob_gas_used: Some(0),
        alloc: allocation(draft.written),
        ..alloy_genesis::Genesis::default()
    };
    Ok(Genesis {
        ethereum,
        parameters,
        validators: validators.into_iter().map(Validator::from).collect(),
    })
}

/// Compares the hash of the genesis block with the one that the registry commits to, if it does.
///
/// # Errors
/// [`GenesisFault::OtherHash`].
pub fn check_commitment(record: &LedgerRecord, derived: B256) -> Result<(), GenesisFault> {
    match record.genesis_hash {
        Some(committed) if committed != derived => Err(GenesisFault::OtherHash {
            name: record.name.clone(),
            committed,
            derived,
        }),
        _ => Ok(()),
    }
}

/// What the rules of the ledger need: the system contracts, the ledger's own storage, the contracts of EIP-2935 and
/// EIP-4788 (which gives contracts the hashes of the main ledger's blocks).
fn allocation(own: BTreeMap<U256, U256>) -> BTreeMap<Address, GenesisAccount> {
    let contract = |code: Bytes| {
        GenesisAccount::default()
            .with_nonce(Some(1))
            .with_code(Some(code))
    };
    let mut alloc = accounts(&Storage::new());
    alloc.insert(
        eip2935::HISTORY_STORAGE_ADDRESS,
        contract(eip2935::HISTORY_STORAGE_CODE.clone()),
    );
    alloc.insert(
        eip4788::BEACON_ROOTS_ADDRESS,
        contract(eip4788::BEACON_ROOTS_CODE.clone()),
    );
    let slots = own
        .into_iter()
        .map(|(slot, value)| (B256::from(slot), B256::from(value)));
    let place = contract(Bytes::from_static(&CODE)).with_storage(Some(slots.collect()));
    alloc.insert(PARTITION, place);
    alloc
}

/// The main ledger's state, and what the new ledger writes over it.
struct Draft<'a> {
    state: &'a dyn StateView,
    written: BTreeMap<U256, U256>,
    block: BlockContext,
}

impl Host for Draft<'_> {
    fn block(&self) -> BlockContext {
        self.block
    }

    fn charge(&mut self, _: u64) -> Result<(), Fault> {
        Ok(())
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, Fault> {
        if contract == PARTITION {
            return Ok(self.written.get(&slot).copied().unwrap_or_default());
        }
        self.state
            .storage(&contract, &slot)
            .map_err(|error| Fault::State(error.to_string()))
    }

    fn store(&mut self, contract: Address, slot: U256, value: U256) -> Result<(), Fault> {
        if contract != PARTITION {
            return Err(Fault::ReadOnly);
        }
        self.written.insert(slot, value);
        Ok(())
    }

    fn emit(&mut self, _: Address, _: LogData) -> Result<(), Fault> {
        Err(Fault::ReadOnly)
    }

    fn block_hash(&mut self, _: u64) -> Result<B256, Fault> {
        Ok(B256::ZERO)
    }
}
