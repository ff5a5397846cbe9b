//! Reads parts from the front of a byte string, with an error instead of a panic for one that ends too early. The one
//! place that knows how numbers are written.

use sha2::{Digest, Sha256};
use thiserror::Error;

/// Why bytes cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BytesError {
    /// The bytes end before the part.
    #[error("{needed} bytes are needed at {at}, {found} are there")]
    Truncated {
        /// Where the part begins.
        at: usize,
        /// Its length.
        needed: usize,
        /// Bytes that are left.
        found: usize,
    },
    /// A number is not in its shortest form, or does not fit 64 bits.
    #[error("the number at {at} is not an unsigned LEB128 number of 64 bits in its shortest form")]
    NotShortest {
        /// Where it begins.
        at: usize,
    },
    /// A yes or no that is neither.
    #[error("the byte at {at} is neither 0 nor 1")]
    NotBoolean {
        /// Where it stands.
        at: usize,
    },
    /// Bytes follow the last part.
    #[error("{found} bytes follow the end")]
    Trailing {
        /// How many.
        found: usize,
    },
}

/// Bytes of a LEB128 number of 64 bits, at most.
const VARINT_BYTES_MAX: usize = 10;

/// What is left of a byte string.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Begins at the front of `all`.
    pub const fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`BytesError::Truncated`].
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], BytesError> {
        let rest = self.all.get(self.at..).unwrap_or_default();
        let Some(part) = rest.get(..count) else {
            return Err(BytesError::Truncated {
                at: self.at,
                needed: count,
                found: rest.len(),
            });
        };
        self.at += count;
        Ok(part)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`BytesError::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], BytesError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next eight bytes, big-endian.
    ///
    /// # Errors
    /// [`BytesError::Truncated`].
    pub fn eight(&mut self) -> Result<u64, BytesError> {
        self.array().map(u64::from_be_bytes)
    }

    /// The next four bytes, big-endian.
    ///
    /// # Errors
    /// [`BytesError::Truncated`].
    pub fn four(&mut self) -> Result<u32, BytesError> {
        self.array().map(u32::from_be_bytes)
    }

    /// An unsigned LEB128 number.
    ///
    /// # Errors
    /// [`BytesError::Truncated`] and [`BytesError::NotShortest`].
    pub fn varint(&mut self) -> Result<u64, BytesError> {
        let at = self.at;
        let mut number = 0_u128;
        for index in 0..VARINT_BYTES_MAX {
            let [byte] = self.array()?;
            number |= u128::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                let shortest = byte != 0 || index == 0;
                return match u64::try_from(number) {
                    Ok(number) if shortest => Ok(number),
                    _ => Err(BytesError::NotShortest { at }),
                };
            }
        }
        Err(BytesError::NotShortest { at })
    }

    /// A byte that is 0 or 1.
    ///
    /// # Errors
    /// [`BytesError::Truncated`] and [`BytesError::NotBoolean`].
    pub fn boolean(&mut self) -> Result<bool, BytesError> {
        let at = self.at;
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [_] => Err(BytesError::NotBoolean { at }),
        }
    }

    /// That nothing is left.
    ///
    /// # Errors
    /// [`BytesError::Trailing`].
    pub const fn done(self) -> Result<(), BytesError> {
        let found = self.all.len() - self.at;
        if found == 0 {
            Ok(())
        } else {
            Err(BytesError::Trailing { found })
        }
    }
}

/// Appends an unsigned LEB128 number in its shortest form.
pub fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// SHA-256 of parts behind one another.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            push_varint(&mut bytes, number);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.varint(), Ok(number));
            assert_eq!(reader.done(), Ok(()));
        }
        let long: &[&[u8]] = &[
            &[0x80, 0],
            &[0x81, 0],
            &[0xff; 10],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
        ];
        for bytes in long {
            assert_eq!(
                Reader::new(bytes).varint(),
                Err(BytesError::NotShortest { at: 0 }),
                "{bytes:?}"
            );
        }
        assert!(matches!(
            Reader::new(&[0x80]).varint(),
            Err(BytesError::Truncated { .. })
        ));
    }

    #[test]
    fn what_is_not_there_is_not_read() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.array(), Ok([1, 2]));
        assert_eq!(
            reader.take(2),
            Err(BytesError::Truncated {
                at: 2,
                needed: 2,
                found: 1
            })
        );
        assert_eq!(reader.done(), Err(BytesError::Trailing { found: 1 }));
        assert_eq!(reader.boolean(), Err(BytesError::NotBoolean { at: 2 }));
        assert!(Reader::new(&[9]).take(usize::MAX).is_err());
    }
}
