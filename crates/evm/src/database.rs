//! The state of a ledger as revm reads it.
//!
//! [`StateDatabase`] only reads and keeps nothing, so it can stand under any of revm's caches (`CacheDB`, `State`) and
//! under the overlay of the block executor.

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use civitas_ports::{StateError, StateView};
use civitas_types::{Account, Height};
use revm::{
    Database, DatabaseRef, bytecode::Bytecode, database_interface::DBErrorMarker, state::AccountInfo,
};
use std::{fmt, ops::Deref};
use thiserror::Error;

/// The state could not be read: a [`StateError`] in the form that revm asks for.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct DatabaseError(#[from] pub StateError);

impl DBErrorMarker for DatabaseError {}

/// Reads a [`StateView`] for revm. `V` points to the view: `&dyn StateView` or `Arc<dyn StateView>`.
#[derive(Clone, Copy)]
pub struct StateDatabase<V> {
    view: V,
}

impl<V> StateDatabase<V> {
    /// Reads through `view`.
    pub const fn new(view: V) -> Self {
        Self { view }
    }

    /// The view below.
    pub const fn view(&self) -> &V {
        &self.view
    }
}

impl<V> fmt::Debug for StateDatabase<V>
where
    V: Deref,
    V::Target: StateView,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StateDatabase")
            .field("height", &self.view.height())
            .finish()
    }
}

impl<V> DatabaseRef for StateDatabase<V>
where
    V: Deref,
    V::Target: StateView,
{
    type Error = DatabaseError;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        Ok(self.view.account(&address)?.map(account_info))
    }

    fn code_by_hash_ref(&self, hash: B256) -> Result<Bytecode, Self::Error> {
        if hash == KECCAK256_EMPTY || hash.is_zero() {
            return Ok(Bytecode::default());
        }
        let code = self.view.code(&hash)?;
        // Code from before EIP-3541 may begin like an EIP-7702 designator without being one: it is ordinary code.
        Ok(Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code)))
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        Ok(self.view.storage(&address, &slot)?)
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Self::Error> {
        Ok(self.view.block_hash(Height::new(number))?.unwrap_or_default())
    }
}

impl<V> Database for StateDatabase<V>
where
    V: Deref,
    V::Target: StateView,
{
    type Error = DatabaseError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        self.basic_ref(address)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Self::Error> {
        self.code_by_hash_ref(hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Self::Error> {
        self.storage_ref(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        self.block_hash_ref(number)
    }
}

/// revm's form of an account. Its code is loaded by hash when it is needed.
pub fn account_info(account: Account) -> AccountInfo {
    AccountInfo {
        balance: account.balance,
        nonce: account.nonce,
        code_hash: account.code_hash,
        code: None,
        ..AccountInfo::default()
    }
}

/// Our form of a revm account. A code hash of zero, which revm allows for empty code, becomes that of empty code.
pub fn account_of(info: &AccountInfo) -> Account {
    Account {
        nonce: info.nonce,
        balance: info.balance,
        code_hash: if info.code_hash.is_zero() {
            KECCAK256_EMPTY
        } else {
            info.code_hash
        },
    }
}
