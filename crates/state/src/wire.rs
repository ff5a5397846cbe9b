//! The primitives of this crate's encodings: integers as LEB128, byte strings behind their length, numbers
//! without leading zeros.
//!
//! Decoding checks every length against what is there, so damaged bytes give [`Malformed`], never a panic and
//! never an allocation above the input's length.

use alloy_primitives::{Address, B256, U256};
use thiserror::Error;

/// Bytes that are not an encoding of this crate.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{what} is malformed")]
pub struct Malformed {
    /// What was being decoded.
    pub what: &'static str,
}

pub(crate) fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

pub(crate) fn put_count(bytes: &mut Vec<u8>, count: usize) {
    put_number(bytes, count as u64);
}

pub(crate) fn put_bytes(bytes: &mut Vec<u8>, field: &[u8]) {
    put_count(bytes, field.len());
    bytes.extend_from_slice(field);
}

/// A 256-bit number as its length and its bytes without leading zeros, big-endian.
pub(crate) fn put_u256(bytes: &mut Vec<u8>, number: &U256) {
    let whole = number.to_be_bytes::<32>();
    put_bytes(bytes, &whole[number.leading_zeros() / 8..]);
}

/// Reads fields off the front of a slice.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) const fn malformed(&self) -> Malformed {
        Malformed { what: self.what }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let Some((head, tail)) = self.rest.split_at_checked(count) else {
            return Err(self.malformed());
        };
        self.rest = tail;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let what = self.what;
        self.take(N)?.try_into().map_err(|_| Malformed { what })
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(self.malformed());
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.malformed())
    }

    /// A number of items that take at least one byte each, so it is never above what is left.
    pub(crate) fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| self.malformed())?;
        if count <= self.rest.len() {
            Ok(count)
        } else {
            Err(self.malformed())
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.count()?;
        self.take(count)
    }

    pub(crate) fn u256(&mut self) -> Result<U256, Malformed> {
        let bytes = self.bytes()?;
        U256::try_from_be_slice(bytes).ok_or(self.malformed())
    }

    pub(crate) fn b256(&mut self) -> Result<B256, Malformed> {
        Ok(B256::new(self.array()?))
    }

    pub(crate) fn address(&mut self) -> Result<Address, Malformed> {
        Ok(Address::new(self.array()?))
    }
}
