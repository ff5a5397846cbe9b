//! Typed storage over the slots of a system contract.
//!
//! The layout is Solidity's where Solidity has one, one value a slot: a mapping's value stands at
//! `keccak256(key ++ slot)`, elements of a list from `keccak256(slot)` on with the length in `slot`, bytes as
//! their length in `slot` and their words from `keccak256(slot)` on. It is frozen by `spec/vectors`: a field keeps
//! its number for ever.
//!
//! Invariant: a layout names every slot once; [`layout!`] numbers the fields of a contract or record explicitly.

use crate::{
    fault::{Fault, invalid},
    host::{Host, gas},
};
use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256};
use std::marker::PhantomData;

/// Bytes of a stored string, at most, unless a contract sets less.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// Bytes of anything that is stored, at most.
pub const BLOB_BYTES_MAX: usize = 65_536;

/// A place in the storage of a contract: where a layout begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The contract.
    pub contract: Address,
    /// The slot.
    pub slot: U256,
}

impl Place {
    /// The first slot of `contract`.
    pub const fn root(contract: Address) -> Self {
        Self {
            contract,
            slot: U256::ZERO,
        }
    }

    /// `offset` slots further.
    pub fn offset(self, offset: u64) -> Self {
        Self {
            slot: self.slot.wrapping_add(U256::from(offset)),
            ..self
        }
    }

    fn hashed(self) -> Self {
        Self {
            slot: keccak256(self.slot.to_be_bytes::<32>()).into(),
            ..self
        }
    }

    fn load(self, host: &mut dyn Host) -> Result<U256, Fault> {
        host.charge(gas::LOAD)?;
        host.load(self.contract, self.slot)
    }

    fn store(self, host: &mut dyn Host, value: U256) -> Result<(), Fault> {
        host.charge(gas::LOAD)?;
        let before = host.load(self.contract, self.slot)?;
        // A value that stays costs as much as one that changes: a time or height that an estimate finds unchanged
        // in the newest block has changed in the next one.
        host.charge(if before.is_zero() && !value.is_zero() {
            gas::STORE_NEW
        } else {
            gas::STORE_CHANGE
        })?;
        if before == value {
            return Ok(());
        }
        host.store(self.contract, self.slot, value)
    }
}

/// Something that begins at a place: a value, a record, a mapping, a list.
pub trait Layout {
    /// Slots that it takes where it stands in a record or list.
    const SLOTS: u64;

    /// It, at `place`.
    fn at(place: Place) -> Self;
}

/// How a record stands in storage, for the frozen vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLayout {
    /// Name of the record.
    pub name: &'static str,
    /// Slots that it takes.
    pub slots: u64,
    /// Name, slot and type of every field.
    pub fields: &'static [(&'static str, u64, &'static str)],
}

/// A value of one slot.
pub trait Word: Copy {
    /// The slot's content.
    fn to_word(self) -> U256;
    /// What the slot's content says. Only what [`Word::to_word`] wrote is read.
    fn from_word(word: U256) -> Self;
}

/// A key of a mapping: 32 bytes, as Solidity pads it.
pub trait Key {
    /// The padded key.
    fn to_key(&self) -> B256;
}

macro_rules! integer_words {
    ($($integer:ty),*) => {$(
        impl Word for $integer {
            fn to_word(self) -> U256 {
                U256::from(self)
            }
            fn from_word(word: U256) -> Self {
                word.wrapping_to()
            }
        }
        impl Key for $integer {
            fn to_key(&self) -> B256 {
                U256::from(*self).into()
            }
        }
    )*};
}
integer_words!(u8, u16, u32, u64, u128);

impl Word for U256 {
    fn to_word(self) -> U256 {
        self
    }
    fn from_word(word: U256) -> Self {
        word
    }
}

impl Word for bool {
    fn to_word(self) -> U256 {
        U256::from(u8::from(self))
    }
    fn from_word(word: U256) -> Self {
        !word.is_zero()
    }
}

impl Word for B256 {
    fn to_word(self) -> U256 {
        self.into()
    }
    fn from_word(word: U256) -> Self {
        word.into()
    }
}

impl Word for Address {
    fn to_word(self) -> U256 {
        self.into_word().into()
    }
    fn from_word(word: U256) -> Self {
        Self::from_word(word.into())
    }
}

impl Word for FixedBytes<4> {
    fn to_word(self) -> U256 {
        U256::from(u32::from_be_bytes(self.0))
    }
    fn from_word(word: U256) -> Self {
        Self(u32::from_word(word).to_be_bytes())
    }
}

impl Key for B256 {
    fn to_key(&self) -> B256 {
        *self
    }
}

impl Key for U256 {
    fn to_key(&self) -> B256 {
        (*self).into()
    }
}

impl Key for Address {
    fn to_key(&self) -> B256 {
        self.into_word()
    }
}

impl Key for FixedBytes<4> {
    fn to_key(&self) -> B256 {
        self.to_word().into()
    }
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub struct Value<T> {
    place: Place,
    word: PhantomData<T>,
}

impl<T: Word> Layout for Value<T> {
    const SLOTS: u64 = 1;

    fn at(place: Place) -> Self {
        Self {
            place,
            word: PhantomData,
        }
    }
}

impl<T: Word> Value<T> {
    /// Reads it.
    ///
    /// # Errors
    /// What the host gives.
    pub fn get(&self, host: &mut dyn Host) -> Result<T, Fault> {
        Ok(T::from_word(self.place.load(host)?))
    }

    /// Writes it.
    ///
    /// # Errors
    /// What the host gives.
    pub fn set(&self, host: &mut dyn Host, value: T) -> Result<(), Fault> {
        self.place.store(host, value.to_word())
    }
}

/// Bytes of any length, or text.
#[derive(Clone, Copy, Debug)]
pub struct Blob {
    place: Place,
}

impl Layout for Blob {
    const SLOTS: u64 = 1;

    fn at(place: Place) -> Self {
        Self { place }
    }
}

impl Blob {
    /// Reads it.
    ///
    /// # Errors
    /// What the host gives.
    pub fn get(&self, host: &mut dyn Host) -> Result<Bytes, Fault> {
        let length = self.length(host)?;
        let mut bytes = Vec::with_capacity(length.next_multiple_of(32));
        let mut place = self.place.hashed();
        while bytes.len() < length {
            bytes.extend_from_slice(&place.load(host)?.to_be_bytes::<32>());
            place = place.offset(1);
        }
        bytes.truncate(length);
        Ok(bytes.into())
    }

    /// A length that nobody wrote (a call can override storage) ends the call before memory is set aside for it.
    fn length(&self, host: &mut dyn Host) -> Result<usize, Fault> {
        let length = self.place.load(host)?;
        match usize::try_from(length) {
            Ok(length) if length <= BLOB_BYTES_MAX => Ok(length),
            _ => Err(Fault::OutOfGas),
        }
    }

    /// Reads it as text.
    ///
    /// # Errors
    /// What the host gives.
    pub fn text(&self, host: &mut dyn Host) -> Result<String, Fault> {
        Ok(String::from_utf8_lossy(&self.get(host)?).into_owned())
    }

    /// Writes it; words that it no longer needs become zero.
    ///
    /// # Errors
    /// What the host gives.
    pub fn set(&self, host: &mut dyn Host, bytes: &[u8]) -> Result<(), Fault> {
        let before = self.length(host)?;
        self.place.store(host, U256::from(bytes.len()))?;
        let mut place = self.place.hashed();
        for chunk in bytes.chunks(32) {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            place.store(host, U256::from_be_bytes(word))?;
            place = place.offset(1);
        }
        for _ in bytes.len().div_ceil(32)..before.div_ceil(32) {
            place.store(host, U256::ZERO)?;
            place = place.offset(1);
        }
        Ok(())
    }

    /// Writes text of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// `InvalidArgument` of `name` where it is longer.
    pub fn set_text(
        &self,
        host: &mut dyn Host,
        name: &str,
        text: &str,
        bytes_max: usize,
    ) -> Result<(), Fault> {
        if text.len() > bytes_max {
            return Err(invalid(name, &format!("at most {bytes_max} bytes")));
        }
        self.set(host, text.as_bytes())
    }
}

/// Values by key.
#[derive(Clone, Copy, Debug)]
pub struct Mapping<K, V> {
    place: Place,
    entry: PhantomData<(K, V)>,
}

impl<K: Key, V: Layout> Layout for Mapping<K, V> {
    const SLOTS: u64 = 1;

    fn at(place: Place) -> Self {
        Self {
            place,
            entry: PhantomData,
        }
    }
}

impl<K: Key, V: Layout> Mapping<K, V> {
    /// The value of `key`.
    pub fn of(&self, key: &K) -> V {
        let mut preimage = [0; 64];
        preimage[..32].copy_from_slice(key.to_key().as_slice());
        preimage[32..].copy_from_slice(&self.place.slot.to_be_bytes::<32>());
        V::at(Place {
            slot: keccak256(preimage).into(),
            ..self.place
        })
    }
}

/// Values by index, appended at the end.
#[derive(Clone, Copy, Debug)]
pub struct List<V> {
    place: Place,
    element: PhantomData<V>,
}

impl<V: Layout> Layout for List<V> {
    const SLOTS: u64 = 1;

    fn at(place: Place) -> Self {
        Self {
            place,
            element: PhantomData,
        }
    }
}

impl<V: Layout> List<V> {
    /// Number of elements.
    ///
    /// # Errors
    /// What the host gives.
    pub fn length(&self, host: &mut dyn Host) -> Result<u64, Fault> {
        Ok(u64::from_word(self.place.load(host)?))
    }

    /// The element at `index`; the caller checks the length.
    pub fn element(&self, index: u64) -> V {
        V::at(self.place.hashed().offset(index.wrapping_mul(V::SLOTS)))
    }

    /// Makes the list one longer and gives the new element with its index.
    ///
    /// # Errors
    /// What the host gives.
    pub fn append(&self, host: &mut dyn Host) -> Result<(u64, V), Fault> {
        let index = self.length(host)?;
        self.place.store(host, U256::from(index) + U256::ONE)?;
        Ok((index, self.element(index)))
    }

    /// Sets the length: shorter lists leave what stood behind them, which [`List::append`] shows again.
    ///
    /// # Errors
    /// What the host gives.
    pub fn truncate(&self, host: &mut dyn Host, length: u64) -> Result<(), Fault> {
        let shorter = length.min(self.length(host)?);
        self.place.store(host, U256::from(shorter))
    }
}

/// A set of words that can be listed: a list, and each member's position in it.
#[derive(Clone, Copy, Debug)]
pub struct Set<T> {
    members: List<Value<T>>,
    positions: Mapping<B256, Value<u64>>,
}

impl<T: Word> Layout for Set<T> {
    const SLOTS: u64 = 2;

    fn at(place: Place) -> Self {
        Self {
            members: List::at(place),
            positions: Mapping::at(place.offset(1)),
        }
    }
}

impl<T: Word> Set<T> {
    /// Position of a member, counted from one; zero for what is no member.
    fn position(&self, member: T) -> Value<u64> {
        self.positions.of(&member.to_word().into())
    }

    /// Whether `member` is in the set.
    ///
    /// # Errors
    /// What the host gives.
    pub fn contains(&self, host: &mut dyn Host, member: T) -> Result<bool, Fault> {
        Ok(self.position(member).get(host)? != 0)
    }

    /// Number of members.
    ///
    /// # Errors
    /// What the host gives.
    pub fn length(&self, host: &mut dyn Host) -> Result<u64, Fault> {
        self.members.length(host)
    }

    /// Adds a member; `false` if it was there.
    ///
    /// # Errors
    /// What the host gives.
    pub fn insert(&self, host: &mut dyn Host, member: T) -> Result<bool, Fault> {
        if self.contains(host, member)? {
            return Ok(false);
        }
        let (index, element) = self.members.append(host)?;
        element.set(host, member)?;
        self.position(member).set(host, index + 1)?;
        Ok(true)
    }

    /// Takes a member away, the last one moves into its place; `false` if it was not there.
    ///
    /// # Errors
    /// What the host gives.
    pub fn remove(&self, host: &mut dyn Host, member: T) -> Result<bool, Fault> {
        let position = self.position(member).get(host)?;
        if position == 0 {
            return Ok(false);
        }
        let last_index = self.members.length(host)?.saturating_sub(1);
        let last = self.members.element(last_index).get(host)?;
        self.members.element(position - 1).set(host, last)?;
        self.position(last).set(host, position)?;
        self.position(member).set(host, 0)?;
        let tail = self.members.element(last_index);
        tail.place.store(host, U256::ZERO)?;
        self.members.truncate(host, last_index)?;
        Ok(true)
    }

    /// The members from index `from` on, at most `count_max`.
    ///
    /// # Errors
    /// What the host gives.
    pub fn members(&self, host: &mut dyn Host, from: u64, count_max: u64) -> Result<Vec<T>, Fault> {
        let end = self.members.length(host)?.min(from.saturating_add(count_max));
        (from..end)
            .map(|index| self.members.element(index).get(host))
            .collect()
    }
}

/// Declares a record: accessors for its fields, each at its own slot number.
///
/// ```
/// use civitas_system_contracts::{layout, storage::{Blob, Layout, Mapping, Place, Set, Value}};
/// use alloy_primitives::{Address, B256};
/// layout! {
///     /// A club.
///     pub struct Club (4) {
///         /// What it is called.
///         0 => name: Blob,
///         /// Who is in it.
///         1 => members: Set<Address>,
///         /// Fee by member.
///         3 => fees: Mapping<Address, Value<u64>>,
///     }
/// }
/// let club = Club::at(Place::root(Address::ZERO));
/// let _ = club.fees().of(&Address::ZERO);
/// ```
#[macro_export]
macro_rules! layout {
    ($(#[$meta:meta])* pub struct $name:ident ($slots:literal) {
        $($(#[$field_meta:meta])* $number:literal => $field:ident : $type:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name($crate::storage::Place);

        impl $crate::storage::Layout for $name {
            const SLOTS: u64 = $slots;

            fn at(place: $crate::storage::Place) -> Self {
                Self(place)
            }
        }

        impl $name {
            /// How it stands in storage. Frozen.
            pub const LAYOUT: $crate::storage::RecordLayout = $crate::storage::RecordLayout {
                name: stringify!($name),
                slots: $slots,
                fields: &[$((stringify!($field), $number, stringify!($type))),*],
            };

            $($(#[$field_meta])* pub fn $field(&self) -> $type {
                <$type as $crate::storage::Layout>::at(self.0.offset($number))
            })*
        }
    };
}
