//! Compares code: what a compiler made of a source with what a ledger holds.
//!
//! Equal does not mean the same bytes. The compiler leaves places open that only the deployment fills: addresses of
//! libraries, immutables, and the address of a library in its own code. And the hash of the metadata changes with every
//! comment of a source. So the places that the compiler names are set aside, and only they; then all bytes must agree.
//!
//! Rules as Sourcify has them: <https://docs.sourcify.dev/docs/full-vs-partial-match/>

use crate::metadata::{Metadata, decoded, hashes};
use alloy_primitives::{Address, Bytes, hex};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, ops::Range};

/// Bytes of an address.
const ADDRESS_BYTES: usize = 20;
/// How the code of a library begins in the compiler's answer: `PUSH20 0`, to be replaced by its own address.
const LIBRARY: [u8; 21] = {
    let mut start = [0; 21];
    start[0] = 0x73;
    start
};
/// What follows: `ADDRESS EQ`.
const LIBRARY_AFTER: [u8; 2] = [0x30, 0x14];
/// Instructions that say for which version of the EVM a code was made.
const PUSH0: u8 = 0x5f;
const MCOPY: u8 = 0x5e;
/// `PUSH1` and `PUSH32`: what follows them is no instruction.
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// How well a source fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Match {
    /// The code is equal but for the hash of the metadata: it does what the source says; comments, names of variables and
    /// settings that change no code may be others.
    Partial,
    /// The code is equal with its metadata.
    Full,
}

/// What a compiler made: `evm.bytecode` or `evm.deployedBytecode` of its answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compiled {
    code: Vec<u8>,
    /// Places of addresses, by the library (`path:Name`).
    libraries: BTreeMap<String, Vec<usize>>,
    /// Places of immutables, by the number of their declaration.
    immutables: BTreeMap<String, Vec<Range<usize>>>,
}

/// What was found in the open places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) libraries: BTreeMap<String, Address>,
    pub(crate) immutables: BTreeMap<String, Bytes>,
}

/// Where two codes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The contract of the source, `path:Name`.
    pub contract: String,
    /// Bytes of the code that was compiled.
    pub compiled_bytes: usize,
    /// Bytes of the code that is on the ledger.
    pub deployed_bytes: usize,
    /// The first byte that differs.
    pub first: usize,
    /// The release that compiled the code on the ledger, as it says itself.
    pub deployed_with: Option<String>,
    /// What may be the reason, the most likely first.
    pub hints: Vec<Hint>,
}

/// What may be the reason of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Hint {
    /// The code on the ledger was compiled by another release.
    OtherCompiler,
    /// One uses instructions that the other does not: it was compiled for another version of the EVM.
    OtherEvm,
    /// One is much longer: the optimizer, its runs, or the way by Yul (`viaIR`) may be set otherwise.
    OtherOptimizer,
    /// The same library, or the same immutable, has two values.
    Inconsistent,
    /// Nothing of this: it is another source.
    OtherSource,
}

impl Compiled {
    /// Reads a part of a compiler's answer; none if it has no code, as interfaces and abstract contracts.
    pub(crate) fn read(part: &Value) -> Option<Self> {
        let object = part.get("object")?.as_str().filter(|object| !object.is_empty())?;
        let mut compiled = Self::default();
        let mut digits = object.as_bytes().to_vec();
        for (path, names) in objects(part.get("linkReferences")) {
            for (name, places) in objects(Some(names)) {
                let places = ranges(places);
                for range in &places {
                    // Placeholders are no hexadecimal digits.
                    digits.get_mut(range.start * 2..range.end * 2)?.fill(b'0');
                }
                let starts = places.into_iter().map(|range| range.start).collect();
                compiled.libraries.insert(format!("{path}:{name}"), starts);
            }
        }
        for (id, places) in objects(part.get("immutableReferences")) {
            compiled.immutables.insert(id.clone(), ranges(places));
        }
        compiled.code = decoded(std::str::from_utf8(&digits).ok()?)?;
        Some(compiled)
    }

    /// How many bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.code.len()
    }

    /// Compares with the beginning of `deployed`, which may be followed by more where `open_end` says so (the arguments of
    /// a constructor).
    pub(crate) fn compare(&self, deployed: &[u8]) -> Result<(Match, Filled), Hint> {
        if deployed.len() != self.code.len() {
            return self.without_metadata(deployed);
        }
        let (ours, theirs, filled) = self.set_aside(deployed)?;
        if ours == theirs {
            return Ok((Match::Full, filled));
        }
        if masked(&ours, &theirs) {
            return Ok((Match::Partial, filled));
        }
        self.without_metadata(deployed)
    }

    /// Compares what stands before the metadata: their lengths can differ.
    fn without_metadata(&self, deployed: &[u8]) -> Result<(Match, Filled), Hint> {
        let body = |code: &[u8]| code.len() - Metadata::of(code).map_or(0, |metadata| metadata.bytes);
        let (own, other) = (body(&self.code), body(deployed));
        if own != other || own == 0 {
            return Err(Hint::OtherSource);
        }
        let (mut ours, mut theirs, filled) = self.set_aside(deployed)?;
        ours.truncate(own);
        theirs.truncate(own);
        if ours == theirs || masked(&ours, &theirs) {
            return Ok((Match::Partial, filled));
        }
        Err(Hint::OtherSource)
    }

    /// Both codes with zeros in the open places, and what was in them.
    fn set_aside(&self, deployed: &[u8]) -> Result<(Vec<u8>, Vec<u8>, Filled), Hint> {
        let (mut ours, mut theirs, mut filled) = (self.code.clone(), deployed.to_vec(), Filled::default());
        for (library, starts) in &self.libraries {
            for start in starts {
                let range = *start..*start + ADDRESS_BYTES;
                let found = theirs.get(range.clone()).ok_or(Hint::OtherSource)?;
                let address = Address::from_slice(found);
                let known = filled.libraries.entry(library.clone()).or_insert(address);
                if *known != address {
                    return Err(Hint::Inconsistent);
                }
                clear(&mut ours, &range);
                clear(&mut theirs, &range);
            }
        }
        for (id, ranges) in &self.immutables {
            for range in ranges {
                let value = Bytes::copy_from_slice(theirs.get(range.clone()).ok_or(Hint::OtherSource)?);
                let known = filled
                    .immutables
                    .entry(id.clone())
                    .or_insert_with(|| value.clone());
                if *known != value {
                    return Err(Hint::Inconsistent);
                }
                clear(&mut ours, range);
                clear(&mut theirs, range);
            }
        }
        let is_library = ours.starts_with(&LIBRARY)
            && ours
                .get(LIBRARY.len()..)
                .is_some_and(|rest| rest.starts_with(&LIBRARY_AFTER));
        if is_library && theirs.first() == ours.first() {
            clear(&mut theirs, &(1..LIBRARY.len()));
        }
        Ok((ours, theirs, filled))
    }

    /// Says where it parts from a code, and what may be the reason.
    pub(crate) fn difference(
        &self,
        contract: &str,
        deployed: &[u8],
        hint: Hint,
        version: &str,
    ) -> Difference {
        let (ours, theirs) = match self.set_aside(deployed) {
            Ok((ours, theirs, _)) => (ours, theirs),
            Err(_) => (self.code.clone(), deployed.to_vec()),
        };
        let equal = ours
            .iter()
            .zip(&theirs)
            .take_while(|(one, other)| one == other)
            .count();
        let deployed_with = Metadata::of(deployed).and_then(|metadata| metadata.compiler);
        let mut hints = Vec::new();
        if hint == Hint::Inconsistent {
            hints.push(hint);
        }
        if deployed_with.as_ref().is_some_and(|with| with != version) {
            hints.push(Hint::OtherCompiler);
        }
        if instructions(&ours) != instructions(&theirs) {
            hints.push(Hint::OtherEvm);
        }
        if ours.len().abs_diff(theirs.len()) > ours.len().max(theirs.len()) / 10 {
            hints.push(Hint::OtherOptimizer);
        }
        hints.push(Hint::OtherSource);
        Difference {
            contract: contract.to_owned(),
            compiled_bytes: ours.len(),
            deployed_bytes: theirs.len(),
            first: equal,
            deployed_with,
            hints,
        }
    }
}

/// Whether two codes of the same length are equal but for hashes of metadata that both have at the same places.
fn masked(ours: &[u8], theirs: &[u8]) -> bool {
    let (mut ours, mut theirs) = (ours.to_vec(), theirs.to_vec());
    let others = hashes(&theirs);
    for range in hashes(&ours).into_iter().filter(|range| others.contains(range)) {
        clear(&mut ours, &range);
        clear(&mut theirs, &range);
    }
    ours == theirs
}

fn clear(code: &mut [u8], range: &Range<usize>) {
    if let Some(part) = code.get_mut(range.clone()) {
        part.fill(0);
    }
}

/// Which of the instructions that came late a code has.
fn instructions(code: &[u8]) -> [bool; 2] {
    let mut found = [false; 2];
    let mut bytes = code.iter();
    while let Some(instruction) = bytes.next() {
        match *instruction {
            PUSH0 => found = [true, found[1]],
            MCOPY => found = [found[0], true],
            PUSH1..=PUSH32 => {
                let last = usize::from(instruction - PUSH1);
                let _ = bytes.nth(last);
            }
            // What stands behind the code is data.
            0xfe => break,
            _ => {}
        }
    }
    found
}

fn objects(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn ranges(places: &Value) -> Vec<Range<usize>> {
    let place = |place: &Value| {
        let number = |name: &str| {
            place
                .get(name)?
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
        };
        let start = number("start")?;
        Some(start..start.checked_add(number("length")?)?)
    };
    places
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(place)
        .collect()
}

/// The rest of the input of a creation behind the code that was compiled: the arguments of the constructor.
pub(crate) fn arguments(compiled: &Compiled, input: &[u8]) -> Option<(Match, Bytes)> {
    let (code, rest) = input.split_at_checked(compiled.bytes())?;
    // Only codes of the same length can be told from arguments.
    let (ours, theirs, _) = compiled.set_aside(code).ok()?;
    let fits = match (ours == theirs, masked(&ours, &theirs)) {
        (true, _) => Match::Full,
        (false, true) => Match::Partial,
        (false, false) => return None,
    };
    Some((fits, Bytes::copy_from_slice(rest)))
}

/// Hexadecimal, for messages.
pub(crate) fn shown(bytes: &[u8]) -> String {
    hex::encode_prefixed(bytes)
}

#[cfg(test)]
mod tests;
