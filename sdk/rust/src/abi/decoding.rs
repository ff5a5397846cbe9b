//! From bytes to JSON, with a budget.

use crate::AbiError;
use alloy_json_abi::{Function, JsonAbi, Param};
use alloy_primitives::{Address, B256, I256, U256, hex};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Values that may come out of a byte of input, and out of an empty one: offsets may point at the same bytes again
/// and again.
const VALUES_MIN: usize = 256;

/// How deep arrays and structs may nest; the deepest of the city's interfaces is 4.
pub(super) const DEPTH_MAX: usize = 16;

const WORD: usize = 32;

/// What an ABI says about some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Name of the function, event or error.
    pub name: String,
    /// Its signature.
    pub signature: String,
    /// Its arguments.
    pub arguments: Vec<NamedValue>,
}

/// One argument of [`Decoded`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedValue {
    /// Its name; empty where the ABI has none.
    pub name: String,
    /// Its type in Solidity.
    pub kind: String,
    /// Its value.
    pub value: Value,
}

/// A call in words: function and arguments.
pub fn decode_call(abi: &JsonAbi, input: &[u8]) -> Option<Decoded> {
    let (selector, data) = input.split_first_chunk::<4>()?;
    let function = abi.function_by_selector((*selector).into())?;
    Some(Decoded {
        name: function.name.clone(),
        signature: function.signature(),
        arguments: named(&function.inputs, data)?,
    })
}

/// A custom error in words.
pub fn decode_error(abi: &JsonAbi, data: &[u8]) -> Option<Decoded> {
    let (selector, data) = data.split_first_chunk::<4>()?;
    let error = abi.errors().find(|error| error.selector().0 == *selector)?;
    Some(Decoded {
        name: error.name.clone(),
        signature: error.signature(),
        arguments: named(&error.inputs, data)?,
    })
}

static SOLIDITY: LazyLock<JsonAbi> = LazyLock::new(|| {
    JsonAbi::parse(["error Error(string message)", "error Panic(uint256 code)"]).unwrap_or_default()
});

/// One of Solidity's own errors in words: `Error(string)` and `Panic(uint256)`.
pub fn decode_solidity_error(data: &[u8]) -> Option<Decoded> {
    decode_error(&SOLIDITY, data)
}

/// An event in words. Of an indexed argument of dynamic type only its hash is known.
pub fn decode_event(abi: &JsonAbi, topics: &[B256], data: &[u8]) -> Option<Decoded> {
    let first = topics.first()?;
    let candidates = abi
        .events()
        .filter(|event| !event.anonymous && event.selector() == *first);
    // Token standards share signatures and differ in what is indexed.
    let event = candidates
        .into_iter()
        .find(|event| event.inputs.iter().filter(|input| input.indexed).count() + 1 == topics.len())?;
    let params: Vec<Param> = event
        .inputs
        .iter()
        .map(|input| Param {
            ty: input.ty.clone(),
            name: input.name.clone(),
            components: input.components.clone(),
            internal_type: None,
        })
        .collect();
    let body: Vec<Param> = std::iter::zip(&event.inputs, &params)
        .filter(|(input, _)| !input.indexed)
        .map(|(_, param)| param.clone())
        .collect();
    let mut unindexed = Reader::new(data).tuple(&body)?.into_iter();
    let mut indexed = topics.iter().skip(1);
    let mut arguments = Vec::with_capacity(params.len());
    for (input, param) in std::iter::zip(&event.inputs, &params) {
        let value = match input.indexed {
            false => unindexed.next()?,
            true => topic_value(param, indexed.next()?)?,
        };
        arguments.push(NamedValue {
            name: input.name.clone(),
            kind: param.selector_type().into_owned(),
            value,
        });
    }
    Some(Decoded {
        name: event.name.clone(),
        signature: event.signature(),
        arguments,
    })
}

/// An indexed argument: its value where it fits in a word, else its hash.
fn topic_value(param: &Param, topic: &B256) -> Option<Value> {
    let is_word = param.components.is_empty()
        && !matches!(param.ty.as_str(), "string" | "bytes")
        && !param.ty.ends_with(']');
    if is_word {
        word_value(&param.ty, topic)
    } else {
        Some(json!(topic))
    }
}

/// What a function gave back: the value itself where it is one, else an object (or array, without names) of all.
///
/// # Errors
/// [`AbiError::Undecodable`].
pub fn decode_output(function: &Function, output: &[u8]) -> Result<Value, AbiError> {
    let undecodable = || AbiError::Undecodable {
        what: format!("what {} gives back", function.name),
    };
    let values = Reader::new(output)
        .tuple(&function.outputs)
        .ok_or_else(undecodable)?;
    match <[Value; 1]>::try_from(values) {
        Ok([single]) => Ok(single),
        Err(values) => Ok(composed(&function.outputs, values)),
    }
}

fn named(params: &[Param], data: &[u8]) -> Option<Vec<NamedValue>> {
    let values = Reader::new(data).tuple(params)?;
    let arguments = std::iter::zip(params, values).map(|(param, value)| NamedValue {
        name: param.name.clone(),
        kind: param.selector_type().into_owned(),
        value,
    });
    Some(arguments.collect())
}

/// An object by the names of the fields; an array where one has none.
fn composed(params: &[Param], values: Vec<Value>) -> Value {
    if params.iter().any(|param| param.name.is_empty()) {
        return Value::Array(values);
    }
    let names = params.iter().map(|param| param.name.clone());
    Value::Object(names.zip(values).collect::<Map<_, _>>())
}

/// The type of an array's items, and how many there are if that is fixed.
fn item_of(kind: &str) -> Option<(&str, Option<usize>)> {
    let open = kind.strip_suffix(']')?.rfind('[')?;
    let count = &kind[open + 1..kind.len() - 1];
    match count {
        "" => Some((&kind[..open], None)),
        count => Some((&kind[..open], Some(count.parse().ok()?))),
    }
}

/// Bytes of a type of fixed size; none for one whose size is in the data.
fn fixed_size(kind: &str, components: &[Param], depth: usize) -> Option<Option<usize>> {
    if depth > DEPTH_MAX {
        return None;
    }
    if let Some((item, count)) = item_of(kind) {
        let item = fixed_size(item, components, depth + 1)?;
        return Some(match (item, count) {
            (Some(size), Some(count)) => Some(size.checked_mul(count)?),
            _ => None,
        });
    }
    match kind {
        "bytes" | "string" => Some(None),
        "tuple" => {
            let mut total = 0_usize;
            for component in components {
                match fixed_size(&component.ty, &component.components, depth + 1)? {
                    Some(size) => total = total.checked_add(size)?,
                    None => return Some(None),
                }
            }
            Some(Some(total))
        }
        _ => Some(Some(WORD)),
    }
}

/// Reads an encoding; every value costs a piece of the budget.
struct Reader<'a> {
    data: &'a [u8],
    budget: usize,
}

impl<'a> Reader<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            budget: data.len().saturating_add(VALUES_MIN),
        }
    }

    fn spend(&mut self, cost: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(cost)?;
        Some(())
    }

    fn tuple(&mut self, params: &[Param]) -> Option<Vec<Value>> {
        self.fields(params, 0, 0)
    }

    fn word(&self, at: usize) -> Option<&'a [u8; WORD]> {
        self.data.get(at..at.checked_add(WORD)?)?.first_chunk()
    }

    /// A number that is a place or a length within the data.
    fn extent(&self, at: usize) -> Option<usize> {
        let value = usize::try_from(U256::from_be_bytes(*self.word(at)?)).ok()?;
        (value <= self.data.len()).then_some(value)
    }

    fn fields(&mut self, params: &[Param], base: usize, depth: usize) -> Option<Vec<Value>> {
        let mut head = base;
        let mut values = Vec::with_capacity(params.len());
        for param in params {
            values.push(self.field(&param.ty, &param.components, (base, &mut head), depth)?);
        }
        Some(values)
    }

    /// A value that stands at `head`, or to which an offset from `base` stands there.
    fn field(
        &mut self,
        kind: &str,
        components: &[Param],
        place: (usize, &mut usize),
        depth: usize,
    ) -> Option<Value> {
        let (base, head) = place;
        match fixed_size(kind, components, depth)? {
            Some(size) => {
                let value = self.value(kind, components, *head, depth)?;
                *head = head.checked_add(size)?;
                Some(value)
            }
            None => {
                let at = base.checked_add(self.extent(*head)?)?;
                *head = head.checked_add(WORD)?;
                self.value(kind, components, at, depth)
            }
        }
    }

    fn value(&mut self, kind: &str, components: &[Param], at: usize, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.spend(1)?;
        if let Some((item, count)) = item_of(kind) {
            let (count, base) = match count {
                Some(count) => (count, at),
                None => (self.extent(at)?, at.checked_add(WORD)?),
            };
            let mut head = base;
            let mut values = Vec::new();
            for _ in 0..count {
                values.push(self.field(item, components, (base, &mut head), depth + 1)?);
            }
            return Some(Value::Array(values));
        }
        match kind {
            "tuple" => {
                let values = self.fields(components, at, depth + 1)?;
                Some(composed(components, values))
            }
            "bytes" | "string" => {
                let length = self.extent(at)?;
                let start = at.checked_add(WORD)?;
                let bytes = self.data.get(start..start.checked_add(length)?)?;
                self.spend(length)?;
                Some(match kind {
                    "bytes" => Value::String(hex::encode_prefixed(bytes)),
                    _ => Value::String(String::from_utf8_lossy(bytes).into_owned()),
                })
            }
            _ => word_value(kind, self.word(at)?.into()),
        }
    }
}

/// A value that fits in a word.
fn word_value(kind: &str, word: &B256) -> Option<Value> {
    if let Some(size) = kind.strip_prefix("bytes") {
        let size: usize = size.parse().ok()?;
        return Some(Value::String(hex::encode_prefixed(word.get(..size)?)));
    }
    if kind.starts_with("uint") {
        return Some(Value::String(U256::from_be_bytes(word.0).to_string()));
    }
    if kind.starts_with("int") {
        return Some(Value::String(
            I256::from_raw(U256::from_be_bytes(word.0)).to_string(),
        ));
    }
    match kind {
        "address" => Some(json!(Address::from_word(*word))),
        "bool" => Some(Value::Bool(!word.is_zero())),
        "function" => Some(Value::String(hex::encode_prefixed(&word[..24]))),
        // The type of an enum or contract that a library's ABI names by its Solidity name.
        _ => Some(Value::String(U256::from_be_bytes(word.0).to_string())),
    }
}
