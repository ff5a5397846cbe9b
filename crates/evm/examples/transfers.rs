//! CPU time of a block of token transfers: our executor without and with the city's gate, sealing, and revm alone on its
//! own in-memory database. In the first round the gate knows no sender, in the others all.
//!
//! `cargo run --release -p civitas-evm --example transfers` (Linux: CPU time is read from `/proc`).

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex, keccak256, map::HashMap};
use civitas_evm::{ChainSpec, EvmExecutor, StateDatabase, seal, transaction_environment};
use civitas_ports::{BlockInput, Executor, Policy, StateError, StateView};
use civitas_system_contracts::genesis::{Storage, accounts};
use civitas_types::{Account, Genesis, Height, LedgerParameters, Transaction, TxEnvelope};
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext, database::CacheDB};
use std::{error::Error, fs, hint::black_box, sync::Arc};

const ACCOUNTS: u32 = 20_000;
const TRANSACTIONS: u32 = 10_000;
const ROUNDS: u32 = 6;
const TOKEN: Address = Address::repeat_byte(0x70);
/// transfer(address,uint256) of a token without checks: balances in keccak(owner . 0), one Transfer log.
const TOKEN_CODE: [u8; 90] = hex!(
    "335f5260405f208054602435900390556004355f5260405f2080546024350190556024355f52600435337f"
    "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef60205fa360015f5260205ff3"
    "000000"
);

#[derive(Default)]
struct MemoryView {
    accounts: HashMap<Address, Account>,
    slots: HashMap<(Address, U256), U256>,
}

impl StateView for MemoryView {
    fn height(&self) -> Height {
        Height::GENESIS
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        Ok(self.accounts.get(address).copied())
    }

    fn storage(&self, address: &Address, slot: &U256) -> Result<U256, StateError> {
        Ok(self.slots.get(&(*address, *slot)).copied().unwrap_or_default())
    }

    fn code(&self, _hash: &B256) -> Result<Bytes, StateError> {
        Ok(Bytes::from_static(&TOKEN_CODE))
    }

    fn block_hash(&self, _height: Height) -> Result<Option<B256>, StateError> {
        Ok(None)
    }
}

fn owner(index: u32) -> Address {
    Address::from_word(keccak256(index.to_be_bytes()))
}

fn world() -> MemoryView {
    let mut view = MemoryView::default();
    for index in 0..ACCOUNTS {
        let owner = owner(index);
        let account = Account {
            balance: U256::from(10_u64.pow(18)),
            ..Account::default()
        };
        view.accounts.insert(owner, account);
        let mut key = [0; 64];
        key[..32].copy_from_slice(owner.into_word().as_slice());
        let slot = keccak256(key).into();
        view.slots.insert((TOKEN, slot), U256::from(1_000_000));
    }
    let token = Account {
        nonce: 1,
        code_hash: keccak256(TOKEN_CODE),
        ..Account::default()
    };
    view.accounts.insert(TOKEN, token);
    view
}

fn transfers(chain_id: u64) -> Vec<Arc<Transaction>> {
    let transfer = |index: u32| {
        let mut data = hex!("a9059cbb").to_vec();
        // A multiplier without common factor with the number of accounts spreads the holders.
        let holder = owner((index * 7_919 + 3) % ACCOUNTS);
        data.extend_from_slice(holder.into_word().as_slice());
        data.extend_from_slice(&U256::from(5).to_be_bytes::<32>());
        let transaction = TxEip1559 {
            chain_id,
            gas_limit: 100_000,
            to: TxKind::Call(TOKEN),
            input: data.into(),
            ..TxEip1559::default()
        };
        let envelope =
            TxEnvelope::Eip1559(transaction.into_signed(Signature::new(U256::ONE, U256::ONE, false)));
        Arc::new(Transaction::with_sender(envelope, owner(index)))
    };
    (0..TRANSACTIONS).map(transfer).collect()
}

/// The rules of a ledger with system contracts, whose policy says nothing.
fn city(chain_id: u64) -> ChainSpec {
    let ethereum = alloy_genesis::Genesis {
        config: ChainSpec::osaka_config(chain_id),
        alloc: accounts(&Storage::new()),
        ..alloy_genesis::Genesis::default()
    };
    ChainSpec::from_genesis(&Genesis {
        ethereum,
        parameters: LedgerParameters::default(),
        validators: Vec::new(),
    })
}

/// CPU time of this thread in nanoseconds.
fn cpu_ns() -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or("0").parse()?)
}

fn report(what: &str, since_ns: u64) -> Result<(), Box<dyn Error>> {
    let hundredths = (cpu_ns()? - since_ns) / u64::from(TRANSACTIONS) / 10;
    println!("{what}: {}.{:02} us", hundredths / 100, hundredths % 100);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let spec = Arc::new(ChainSpec::osaka(7));
    let executor = EvmExecutor::new(Arc::clone(&spec));
    let gated = EvmExecutor::new(Arc::new(city(7)));
    let view = world();
    let input = BlockInput {
        height: Height::new(1),
        parent_hash: B256::ZERO,
        timestamp_ms: 1_000,
        beneficiary: Address::repeat_byte(1),
        prev_randao: B256::ZERO,
        difficulty: U256::ZERO,
        nonce: 0,
        gas_limit: 1_000_000_000,
        base_fee: Some(0),
        extra_data: Bytes::new(),
        parent_beacon_block_root: Some(B256::ZERO),
        main: None,
        excess_blob_gas: Some(0),
        withdrawals: Some(Vec::new().into()),
        ommers: Vec::new(),
        transactions: transfers(7),
        policy: Policy::Omit,
    };
    for round in 1..=ROUNDS {
        println!("round {round}, CPU time of a transfer");
        let start = cpu_ns()?;
        let output = executor.execute(&view, &input, None)?;
        report("  execute with receipts and difference", start)?;
        println!(
            "  {} executed, {} omitted",
            output.receipts.len(),
            output.omitted.len()
        );
        let start = cpu_ns()?;
        let with_gate = gated.execute(&view, &input, None)?;
        report("  the same behind the gate", start)?;
        assert_eq!(
            with_gate.receipts.len(),
            output.receipts.len(),
            "the gate lets all pass"
        );
        let start = cpu_ns()?;
        black_box(seal(&spec, &input, output, B256::ZERO));
        report("  seal", start)?;
        let start = cpu_ns()?;
        let environment = spec.environment_of(&input);
        let mut evm = Context::mainnet()
            .with_block(environment.block_env)
            .with_cfg(environment.cfg_env)
            .with_db(CacheDB::new(StateDatabase::new(&view as &dyn StateView)))
            .build_mainnet();
        for transaction in &input.transactions {
            black_box(evm.transact_commit(transaction_environment(transaction))?);
        }
        report("  revm alone", start)?;
    }
    Ok(())
}
