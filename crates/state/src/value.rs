//! The values of the state, and their encoding in the store and in change sets.
//!
//! Every value carries `changed`, the height at which it last changed. It is the same on all nodes, so it is
//! part of the committed value, and it is what makes reads of old heights possible (see `view`). For the same
//! reason nothing is ever deleted from the flat state: a deleted account and a zeroed slot stay as short
//! values.
//!
//! ```text
//! account:  flags (1)  changed  [incarnation]  nonce  balance  [code hash (32)]  [storage root (32)]
//! slot:     changed  value
//! ```

use crate::wire::{Malformed, Reader, put_number, put_u256};
use alloy_primitives::{B256, KECCAK256_EMPTY, U256};
use bytes::Bytes;
use civitas_types::{Account, Height};

const EXISTS: u8 = 1;
const HAS_CODE: u8 = 2;
const HAS_STORAGE_ROOT: u8 = 4;
const HAS_INCARNATION: u8 = 8;

/// An account as the flat state holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountValue {
    /// Height at which it last changed.
    pub(crate) changed: Height,
    /// How often its storage was cleared.
    pub(crate) incarnation: u64,
    /// Root of its storage trie; none where that is empty, and always none on a `qmdb` ledger.
    pub(crate) storage_root: Option<B256>,
    /// None once it was deleted.
    pub(crate) account: Option<Account>,
}

/// A storage slot as the flat state holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotValue {
    /// Height at which it last changed.
    pub(crate) changed: Height,
    /// Its value; zero once it was deleted.
    pub(crate) value: U256,
}

impl AccountValue {
    pub(crate) fn encode(&self) -> Bytes {
        let account = self.account.unwrap_or_default();
        let mut flags = 0;
        let mut set = |condition: bool, flag: u8| flags |= if condition { flag } else { 0 };
        set(self.account.is_some(), EXISTS);
        set(account.has_code(), HAS_CODE);
        set(self.storage_root.is_some(), HAS_STORAGE_ROOT);
        set(self.incarnation != 0, HAS_INCARNATION);
        let mut bytes = vec![flags];
        put_number(&mut bytes, self.changed.get());
        if self.incarnation != 0 {
            put_number(&mut bytes, self.incarnation);
        }
        if self.account.is_some() {
            put_number(&mut bytes, account.nonce);
            put_u256(&mut bytes, &account.balance);
        }
        if account.has_code() {
            bytes.extend_from_slice(account.code_hash.as_slice());
        }
        if let Some(root) = self.storage_root {
            bytes.extend_from_slice(root.as_slice());
        }
        Bytes::from(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("an account of the state", bytes);
        let flags = reader.byte()?;
        let changed = Height::new(reader.number()?);
        let incarnation = if flags & HAS_INCARNATION == 0 {
            0
        } else {
            reader.number()?
        };
        let account = if flags & EXISTS == 0 {
            None
        } else {
            let (nonce, balance) = (reader.number()?, reader.u256()?);
            let code_hash = if flags & HAS_CODE == 0 {
                KECCAK256_EMPTY
            } else {
                reader.b256()?
            };
            Some(Account {
                nonce,
                balance,
                code_hash,
            })
        };
        let storage_root = if flags & HAS_STORAGE_ROOT == 0 {
            None
        } else {
            Some(reader.b256()?)
        };
        reader.end()?;
        Ok(Self {
            changed,
            incarnation,
            storage_root,
            account,
        })
    }
}

impl SlotValue {
    pub(crate) fn encode(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(16);
        put_number(&mut bytes, self.changed.get());
        put_u256(&mut bytes, &self.value);
        Bytes::from(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("a slot of the state", bytes);
        let value = Self {
            changed: Height::new(reader.number()?),
            value: reader.u256()?,
        };
        reader.end()?;
        Ok(value)
    }
}
