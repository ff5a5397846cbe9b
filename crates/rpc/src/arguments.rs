//! Positional arguments of a call, with messages that say which one is wrong and why.
//!
//! Ethereum's clients send arrays only. A `null` or missing optional argument is its default; surplus arguments
//! are refused, so that a misplaced one is noticed.

use crate::RpcError;
use alloy_eips::BlockId;
use alloy_primitives::{B256, U256};
use alloy_rpc_types_eth::BlockNumberOrTag;
use jsonrpsee::types::Params;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Characters of a wrong argument that an error message repeats, at most.
const ECHO_CHARACTERS_MAX: usize = 80;

/// The arguments of one call, taken from first to last.
#[derive(Debug)]
pub struct Arguments {
    values: std::vec::IntoIter<Box<RawValue>>,
    position: usize,
}

impl Arguments {
    /// Reads the array.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if the parameters are no array.
    pub fn new(params: &Params<'_>) -> Result<Self, RpcError> {
        let values: Vec<Box<RawValue>> = match params.as_str() {
            None => Vec::new(),
            Some(text) => serde_json::from_str(text)
                .map_err(|_| RpcError::invalid("the parameters must be an array: [first, second, ...]"))?,
        };
        Ok(Self {
            values: values.into_iter(),
            position: 0,
        })
    }

    /// The next argument, which must be there.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if it is missing, null or of another type.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, RpcError> {
        let position = self.position;
        self.optional(name)?.ok_or_else(|| {
            RpcError::invalid(format!("missing value for required argument {position} ({name})"))
        })
    }

    /// The next argument, none if it is missing or null.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if it is of another type.
    pub fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, RpcError> {
        let position = self.position;
        self.position += 1;
        let Some(value) = self.values.next() else {
            return Ok(None);
        };
        serde_json::from_str(value.get()).map_err(|error| {
            let shown: String = value.get().chars().take(ECHO_CHARACTERS_MAX).collect();
            let reason = error.to_string();
            // The position within the argument helps nobody.
            let reason = reason.split(" at line ").next().unwrap_or_default();
            RpcError::invalid(format!("invalid argument {position} ({name}) {shown}: {reason}"))
        })
    }

    /// The next argument as a block: number, tag, hash or `{blockHash, requireCanonical}` (EIP-1898); the newest
    /// one if it is missing.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if it is none of them.
    pub fn block(&mut self) -> Result<BlockId, RpcError> {
        Ok(self
            .optional("block")?
            .unwrap_or(BlockId::Number(BlockNumberOrTag::Latest)))
    }

    /// The next argument as a storage slot: at most 32 bytes in hexadecimal, leading zeros may be left out.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if it is none.
    pub fn slot(&mut self) -> Result<U256, RpcError> {
        let text: String = self.required("storage key")?;
        Slot::parse(&text).map(|slot| slot.value)
    }

    /// Asserts that no argument is left.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if one is.
    pub fn end(mut self) -> Result<(), RpcError> {
        match self.values.next() {
            None => Ok(()),
            Some(_) => Err(RpcError::invalid(format!(
                "too many arguments, want at most {}",
                self.position
            ))),
        }
    }
}

/// A storage slot as a client wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The slot.
    pub value: U256,
    /// Whether all 32 bytes were written: `eth_getProof` repeats the key in the form it was given.
    pub full_width: bool,
}

impl Slot {
    /// Reads hexadecimal text.
    ///
    /// # Errors
    /// [`RpcError::InvalidParams`] if it is no hexadecimal number of at most 32 bytes.
    pub fn parse(text: &str) -> Result<Self, RpcError> {
        let shown: String = text.chars().take(ECHO_CHARACTERS_MAX).collect();
        let digits = text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .unwrap_or(text);
        if digits.len() > 64 {
            return Err(RpcError::invalid(format!(
                "storage key too long (want at most 32 bytes): {shown:?}"
            )));
        }
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(RpcError::invalid(format!(
                "invalid hex in storage key: {shown:?}"
            )));
        }
        let value = match digits {
            "" => U256::ZERO,
            digits => U256::from_str_radix(digits, 16)
                .map_err(|error| RpcError::invalid(format!("invalid storage key {shown:?}: {error}")))?,
        };
        Ok(Self {
            value,
            full_width: digits.len() == 64,
        })
    }

    /// The slot as 32 bytes.
    pub fn as_b256(&self) -> B256 {
        B256::from(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;

    fn arguments(text: &'static str) -> Arguments {
        Arguments::new(&Params::new(Some(text))).unwrap()
    }

    #[track_caller]
    fn message<T: std::fmt::Debug>(result: Result<T, RpcError>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.code(), -32602);
        error.to_string()
    }

    #[test]
    fn wrong_arguments_are_named() {
        let block = |text| message(arguments(text).block());
        assert!(
            block(r#"["2"]"#).starts_with("invalid argument 0 (block) \"2\": hex string without 0x prefix")
        );
        assert!(block(r#"["newest"]"#).starts_with("invalid argument 0 (block)"));
        let missing = message(arguments("[]").required::<Address>("address"));
        assert_eq!(missing, "missing value for required argument 0 (address)");
        let surplus = message(arguments("[1]").end());
        assert_eq!(surplus, "too many arguments, want at most 0");
        assert!(message(Arguments::new(&Params::new(Some("{}")))).contains("must be an array"));
    }

    #[test]
    fn slots_are_read_as_geth_does() {
        assert_eq!(Slot::parse("0x").unwrap().value, U256::ZERO);
        assert_eq!(
            Slot::parse("0x00").unwrap(),
            Slot {
                value: U256::ZERO,
                full_width: false
            }
        );
        assert_eq!(Slot::parse("0xff").unwrap().value, U256::from(255));
        assert!(Slot::parse(&format!("0x{}", "0".repeat(64))).unwrap().full_width);
        assert!(message(Slot::parse(&format!("0x{}", "0".repeat(65)))).contains("too long"));
        assert!(message(Slot::parse("0xasdf")).contains("invalid hex"));
    }

    #[test]
    fn a_missing_block_is_the_newest() {
        for text in ["[]", "[null]", r#"["latest"]"#] {
            assert_eq!(arguments(text).block().unwrap(), BlockId::latest(), "{text}");
        }
    }
}
