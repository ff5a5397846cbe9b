//! Reads a `soljson.js`, as the npm package `solc` ships it: the WebAssembly module in it, and the names that the build
//! of that release gave to its imports and exports.
//!
//! Emscripten shortens the names of imports and exports anew in every release (`"a"`, `"Ab"`), so that only the
//! JavaScript beside the module says which is which. Nothing of that JavaScript is run: three patterns are read from it.
//! Releases from 0.6.0 on have them; those from 0.8.20 on carry the module packed by LZ4, older ones as it is.

use crate::error::BundleError;
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use std::collections::BTreeMap;

/// Bytes of a `soljson.js`, at most: the largest so far has 24 MB.
pub(crate) const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of the module, at most: the largest so far has 22 MB.
const MODULE_BYTES_MAX: usize = 96 * 1024 * 1024;
/// Characters between a name and the export that it stands for.
const NAME_DISTANCE_MAX: usize = 96;
/// Where the packed module begins, after the functions that unpack it.
const PACKED: &str = "function uncompress(";
/// Where a module begins that is not packed.
const PLAIN: &str = "data:application/octet-stream;base64,";
/// How the part of a version begins that names its commit.
const COMMIT: &[u8] = b"commit.";
/// A version that the module carries beside its own.
const UNNUMBERED: &[u8] = b"0.0.0";
/// Hexadecimal digits of a commit in a version.
const COMMIT_DIGITS: usize = 8;

/// What a `soljson.js` consists of.
pub(crate) struct Bundle {
    /// The WebAssembly module.
    pub(crate) module: Vec<u8>,
    pub(crate) names: Names,
    /// As compilers write it: `0.8.30+commit.73712a01`.
    pub(crate) version: String,
}

/// What the short names of a release mean.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Meaning of each import, by its short name.
    pub(crate) imports: BTreeMap<String, String>,
    /// Short name of each export, by its meaning.
    pub(crate) exports: BTreeMap<String, String>,
}

impl Bundle {
    /// Takes a `soljson.js` apart.
    pub(crate) fn read(text: &str) -> Result<Self, BundleError> {
        let (module, script) = match text.find(PACKED) {
            Some(at) => packed(text, at)?,
            None => plain(text)?,
        };
        let version = version(&module).ok_or(BundleError::Pattern {
            what: "the version of the compiler",
        })?;
        Ok(Self {
            names: names(script)?,
            version,
            module,
        })
    }
}

/// The module that is packed, and the script after it. `at` is where the functions that unpack it begin.
fn packed(text: &str, at: usize) -> Result<(Vec<u8>, &str), BundleError> {
    const MISSING: BundleError = BundleError::Pattern {
        what: "the packed module",
    };
    let rest = text.get(at..).ok_or(MISSING)?;
    let (_, rest) = rest.split_once("})(\"").ok_or(MISSING)?;
    let (data, rest) = rest.split_once('"').ok_or(MISSING)?;
    let (size, script) = rest.split_once(')').ok_or(MISSING)?;
    let size: usize = size
        .trim_matches([',', ' '])
        .parse()
        .ok()
        .filter(|size| *size <= MODULE_BYTES_MAX)
        .ok_or(MISSING)?;
    let blocks = decode(data)?;
    Ok((unpacked(&blocks, size)?, script))
}

/// Blocks of LZ4, each with four bytes of length before it; a length of zero ends them.
fn unpacked(mut blocks: &[u8], size: usize) -> Result<Vec<u8>, BundleError> {
    let mut module = vec![0; size];
    let mut filled = 0;
    while let Some((length, rest)) = blocks.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length == 0 {
            break;
        }
        let (block, rest) = rest.split_at_checked(length).ok_or(BundleError::Packing)?;
        let target = module.get_mut(filled..).unwrap_or_default();
        filled += lz4_flex::block::decompress_into(block, target).map_err(|_| BundleError::Packing)?;
        blocks = rest;
    }
    if filled != size {
        return Err(BundleError::Packing);
    }
    Ok(module)
}

/// The module that is not packed, and the script around it.
fn plain(text: &str) -> Result<(Vec<u8>, &str), BundleError> {
    const MISSING: BundleError = BundleError::Pattern { what: "the module" };
    let data = text
        .match_indices(PLAIN)
        .filter_map(|(at, prefix)| text.get(at + prefix.len()..)?.split_once('"'))
        .map(|(data, _)| data)
        .max_by_key(|data| data.len())
        .filter(|data| data.len() > 1 && data.len() / 4 * 3 <= MODULE_BYTES_MAX)
        .ok_or(MISSING)?;
    Ok((decode(data)?, text))
}

fn decode(data: &str) -> Result<Vec<u8>, BundleError> {
    let engine = if data.ends_with('=') {
        STANDARD
    } else {
        STANDARD_NO_PAD
    };
    engine.decode(data).map_err(|_| BundleError::Packing)
}

fn names(script: &str) -> Result<Names, BundleError> {
    const MISSING: BundleError = BundleError::Pattern {
        what: "the names of the imports",
    };
    let object = ["asmLibraryArg", "wasmImports"].into_iter().find_map(|name| {
        script.match_indices(name).find_map(|(at, name)| {
            let rest = script.get(at + name.len()..)?.trim_start().strip_prefix('=')?;
            let (object, _) = rest.trim_start().strip_prefix('{')?.split_once('}')?;
            Some(object)
        })
    });
    let quotes: &[char] = &['"', '\'', ' ', '\n', '\r', '\t'];
    let pairs = object.ok_or(MISSING)?.split(',').filter_map(|pair| {
        let (short, meaning) = pair.split_once(':')?;
        Some((
            short.trim_matches(quotes).to_owned(),
            meaning.trim_matches(quotes).to_owned(),
        ))
    });
    let imports: BTreeMap<String, String> = pairs.collect();
    let mut exports = BTreeMap::new();
    for (at, prefix) in script.match_indices("asm[\"") {
        let short = script
            .get(at + prefix.len()..)
            .and_then(|rest| rest.split_once('"'));
        if let (Some((short, _)), Some(meaning)) = (short, meaning(script, at)) {
            exports
                .entry(meaning.to_owned())
                .or_insert_with(|| short.to_owned());
        }
    }
    Ok(Names { imports, exports })
}

/// The name that is given to an export: `Module["_malloc"] = asm["Lb"]`.
fn meaning(script: &str, at: usize) -> Option<&str> {
    let mut from = at.saturating_sub(NAME_DISTANCE_MAX);
    while !script.is_char_boundary(from) {
        from += 1;
    }
    let before = script.get(from..at)?.trim_end().strip_suffix('=')?;
    let (_, name) = before.trim_end().strip_suffix("\"]")?.rsplit_once("Module[\"")?;
    Some(name)
}

/// The version that the module carries: its numbers and its commit are texts of their own there.
fn version(module: &[u8]) -> Option<String> {
    let texts = || module.split(|byte| *byte == 0);
    let commit = texts().find(|text| {
        let digits = text.strip_prefix(COMMIT).unwrap_or_default();
        digits.len() == COMMIT_DIGITS && digits.iter().all(u8::is_ascii_hexdigit)
    })?;
    let numbers = texts().find(|text| {
        let mut parts = text.split(|byte| *byte == b'.');
        let is_number = |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
        let three = parts.by_ref().take(3).filter(|part| is_number(part)).count() == 3;
        text.starts_with(b"0.") && *text != UNNUMBERED && three && parts.next().is_none()
    })?;
    String::from_utf8([numbers, b"+", commit].concat()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(module: &str) -> String {
        format!(
            "{module}\nvar asmLibraryArg = {{ \"Da\": _abort, \"b\": invoke_vii }};\nvar asm = createWasm();\n\
             var _malloc = Module[\"_malloc\"] = asm[\"Lb\"];\naddOnInit(Module[\"asm\"][\"Cb\"]);"
        )
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let found = Bundle::read(text).map(|bundle| bundle.version);
        match expected {
            Ok(version) => assert_eq!(found.unwrap(), version),
            Err(part) => {
                let error = found.unwrap_err().to_string();
                assert!(error.contains(part), "{error}");
            }
        }
    }

    #[test]
    fn files_are_taken_apart_or_refused() {
        let module =
            b"\0asm rest\x000.0.0\x000.8.30\0PUSH20\0commit.73712a01.Emscripten.clang\0commit.73712a01\0";
        let plain = format!("var wasmBinaryFile=\"{PLAIN}{}\"", STANDARD.encode(module));
        check(&script(&plain), Ok("0.8.30+commit.73712a01"));
        // One block of literals: 15 in the token, the others in the byte after it.
        let mut blocks = vec![0, 0, 0, 0, 0xf0, u8::try_from(module.len() - 15).unwrap()];
        blocks.extend(module);
        let length = u32::try_from(blocks.len() - 4).unwrap();
        blocks[..4].copy_from_slice(&length.to_le_bytes());
        let packed = |size: usize| {
            let data = STANDARD.encode(&blocks);
            format!("{PACKED}a) {{ }} return uncompress(a);\n}})(\"{data}\", {size});")
        };
        check(&script(&packed(module.len())), Ok("0.8.30+commit.73712a01"));
        check(&script(&packed(module.len() + 1)), Err("damaged"));
        check(&script(&packed(usize::MAX)), Err("packed module"));
        check(&packed(module.len()), Err("names of the imports"));
        check("", Err("the module"));
        let nameless = format!(
            "var wasmBinaryFile=\"{PLAIN}{}\"",
            STANDARD.encode("\0asm\x000.8.30\0commit.zz\0")
        );
        check(&script(&nameless), Err("version"));
    }

    #[test]
    fn short_names_are_understood() {
        let names = names(&script("")).unwrap();
        assert_eq!(names.imports["b"], "invoke_vii");
        assert_eq!(names.imports["Da"], "_abort");
        assert_eq!(
            names.exports,
            BTreeMap::from([("_malloc".to_owned(), "Lb".to_owned())])
        );
    }
}
