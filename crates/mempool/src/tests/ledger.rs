//! A ledger in memory for the pool's tests: accounts by number, blocks that move nonces and money.

use crate::{Config, Pool, Rules, form};
use alloy_consensus::{EthereumTxEnvelope, SignableTransaction, Transaction as _, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use civitas_ports::{
    AccountProof, BoxFuture, Head, LedgerStore, LogQuery, LogRecord, Seal, StateError, StateProof, StateView,
    StoreError, TransactionPool,
};
use civitas_types::{
    Account, Block, Header, Height, Omission, StateDiff, Transaction, TransactionLocation, TxEnvelope,
};
use parking_lot::Mutex;
use secp256k1::{Message, SECP256K1, SecretKey};
use std::{collections::BTreeMap, sync::Arc};

pub(super) const CHAIN_ID: u64 = 7;

/// The key of an account number.
pub(super) fn key(number: u8) -> SecretKey {
    SecretKey::from_byte_array(keccak256([number]).0).unwrap()
}

pub(super) fn address(number: u8) -> Address {
    let public = key(number).public_key(SECP256K1).serialize_uncompressed();
    Address::from_slice(&keccak256(&public[1..])[12..])
}

/// Signs anything that has a signature hash.
pub(super) fn signature(number: u8, hash: B256) -> Signature {
    let signed = SECP256K1.sign_ecdsa_recoverable(Message::from_digest(hash.0), &key(number));
    let (id, bytes) = signed.serialize_compact();
    Signature::from_bytes_and_parity(&bytes, i32::from(id) == 1)
}

/// A transaction to be signed.
#[derive(Clone)]
pub(super) struct Draft {
    number: u8,
    pub(super) fields: TxEip1559,
}

impl Draft {
    pub(super) fn new(number: u8, nonce: u64) -> Self {
        let fields = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 21_000,
            to: TxKind::Call(Address::repeat_byte(0xaa)),
            ..TxEip1559::default()
        };
        Self { number, fields }
    }

    pub(super) fn sender(&self) -> Address {
        address(self.number)
    }

    pub(super) fn value(mut self, wei: u64) -> Self {
        self.fields.value = U256::from(wei);
        self
    }

    pub(super) fn fees(mut self, fee: u128, tip: u128) -> Self {
        (self.fields.max_fee_per_gas, self.fields.max_priority_fee_per_gas) = (fee, tip);
        self
    }

    pub(super) fn input(mut self, input: Vec<u8>) -> Self {
        self.fields.input = input.into();
        self
    }

    pub(super) fn gas(mut self, gas: u64) -> Self {
        self.fields.gas_limit = gas;
        self
    }

    pub(super) fn sign(self) -> Bytes {
        let signature = signature(self.number, self.fields.signature_hash());
        let envelope: TxEnvelope = EthereumTxEnvelope::Eip1559(self.fields.into_signed(signature));
        envelope.encoded_2718().into()
    }
}

#[derive(Clone, Default)]
struct State {
    height: Height,
    accounts: BTreeMap<Address, Account>,
    codes: BTreeMap<B256, Bytes>,
    broken: bool,
}

/// The ledger.
pub(super) struct Ledger {
    state: Mutex<State>,
    numbers: BTreeMap<Address, u8>,
}

impl Ledger {
    /// Thirty-two rich accounts and a pool.
    pub(super) fn with_pool(config: Config) -> (Arc<Self>, Pool) {
        let numbers: BTreeMap<_, _> = (0..32).map(|number| (address(number), number)).collect();
        let rich = Account {
            balance: U256::from(10_u64).pow(U256::from(24)),
            ..Account::default()
        };
        let accounts = numbers.keys().map(|address| (*address, rich)).collect();
        let state = State {
            accounts,
            ..State::default()
        };
        let ledger = Arc::new(Self {
            state: Mutex::new(state),
            numbers,
        });
        let rules = Rules {
            chain_id: CHAIN_ID,
            base_fee: 0,
            transaction_bytes_max: 128 * 1024,
            transaction_gas_max: 16_777_216,
        };
        let pool = Pool::new(config, rules, ledger.clone(), Box::new(|_, _| Ok(())));
        (ledger, pool)
    }

    pub(super) fn number(&self, address: &Address) -> u8 {
        self.numbers[address]
    }

    /// The next block's state has this balance.
    pub(super) fn fund(&self, number: u8, wei: u64) {
        self.change(number, |account| account.balance = U256::from(wei));
    }

    pub(super) fn set_code(&self, number: u8, code: Bytes) {
        let hash = keccak256(&code);
        self.state.lock().codes.insert(hash, code);
        self.change(number, |account| account.code_hash = hash);
    }

    pub(super) fn change(&self, number: u8, change: impl FnOnce(&mut Account)) {
        change(self.state.lock().accounts.entry(address(number)).or_default());
    }

    pub(super) fn break_storage(&self) {
        self.state.lock().broken = true;
    }

    pub(super) fn account(&self, address: &Address) -> Account {
        self.state
            .lock()
            .accounts
            .get(address)
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn height(&self) -> u64 {
        self.state.lock().height.get()
    }

    /// Executes a block whose transactions must all be executable in their order.
    pub(super) fn execute(&self, transactions: Vec<Arc<Transaction>>, omitted: Vec<B256>) -> Block {
        let mut state = self.state.lock();
        for transaction in &transactions {
            let account = state.accounts.get_mut(&transaction.sender()).unwrap();
            assert_eq!(
                account.nonce,
                transaction.envelope().nonce(),
                "not executable in this order"
            );
            account.nonce += 1;
            account.balance = account
                .balance
                .checked_sub(form::cost(transaction.envelope()))
                .unwrap();
        }
        state.height = state.height.next();
        let header = Header {
            number: state.height.get(),
            ..Header::default()
        };
        Block {
            hash: header.hash_slow(),
            header,
            transactions,
            receipts: Vec::new(),
            ommers: Vec::new(),
            withdrawals: None,
            omitted: omitted
                .into_iter()
                .map(|transaction| Omission {
                    transaction,
                    reason: String::new(),
                })
                .collect(),
            timestamp_ms: 0,
        }
    }

    pub(super) fn apply(&self, pool: &Pool, transactions: Vec<Arc<Transaction>>, omitted: Vec<B256>) {
        pool.block_applied(&self.execute(transactions, omitted));
    }
}

impl StateView for State {
    fn height(&self) -> Height {
        self.height
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StateError> {
        if self.broken {
            return Err(StateError::Storage("broken for the test".into()));
        }
        Ok(self.accounts.get(address).copied())
    }

    fn storage(&self, _address: &Address, _slot: &U256) -> Result<U256, StateError> {
        Ok(U256::ZERO)
    }

    fn code(&self, hash: &B256) -> Result<Bytes, StateError> {
        self.codes
            .get(hash)
            .cloned()
            .ok_or(StateError::MissingCode { hash: *hash })
    }

    fn block_hash(&self, _height: Height) -> Result<Option<B256>, StateError> {
        Ok(None)
    }
}

const UNUSED: StoreError = StoreError::Unsupported {
    what: "call",
    cure: "the pool does not make it",
};

impl LedgerStore for Ledger {
    fn head(&self) -> Head {
        let height = self.state.lock().height;
        Head {
            height,
            hash: B256::ZERO,
            state_root: B256::ZERO,
            timestamp_ms: 0,
        }
    }

    fn oldest_state(&self) -> Height {
        Height::GENESIS
    }

    fn view_of_history(&self, height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        self.view(height)
    }

    fn view(&self, _height: Height) -> Result<Arc<dyn StateView>, StoreError> {
        Ok(Arc::new(self.state.lock().clone()))
    }

    fn apply<'a>(
        &'a self,
        _diff: StateDiff,
        _seal: Seal<'a>,
    ) -> BoxFuture<'a, Result<Arc<Block>, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn root_with<'a>(
        &'a self,
        _height: Height,
        _diff: &'a StateDiff,
    ) -> BoxFuture<'a, Result<B256, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn block(&self, _height: Height) -> BoxFuture<'_, Result<Option<Arc<Block>>, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn height_of(&self, _hash: B256) -> BoxFuture<'_, Result<Option<Height>, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn locate(&self, _transaction: B256) -> BoxFuture<'_, Result<Option<TransactionLocation>, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn logs<'a>(&'a self, _query: &'a LogQuery) -> BoxFuture<'a, Result<Vec<LogRecord>, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn account_proof<'a>(
        &'a self,
        _height: Height,
        _address: Address,
        _slots: &'a [U256],
    ) -> BoxFuture<'a, Result<AccountProof, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }

    fn state_proof(
        &self,
        _address: Address,
        _slot: Option<U256>,
    ) -> BoxFuture<'_, Result<StateProof, StoreError>> {
        Box::pin(async { Err(UNUSED) })
    }
}
