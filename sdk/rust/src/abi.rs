//! Calls, events and errors between ABI and JSON.
//!
//! In JSON, numbers are decimal strings, addresses and bytes hexadecimal with 0x, structs objects by the names of
//! their fields (arrays where a field has none), enums numbers as strings. Arguments may also be JSON numbers.
//!
//! Decoding is bounded: what is decoded stays in proportion to the bytes, whatever their offsets point at.

mod decoding;
mod encoding;

pub use decoding::{
    Decoded, NamedValue, decode_call, decode_error, decode_event, decode_output, decode_solidity_error,
};
pub use encoding::encode;
