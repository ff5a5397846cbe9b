//! Real compilers, as `scripts/compilers` installs them, on real and on hostile sources.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

use alloy_primitives::{Address, Bytes, U256, hex};
use civitas_solidity::{
    Claim, Compilers, Error, Hint, INPUT_BYTES_MAX, Input, Match, Refusal, Release, SingleFile, Verified,
    verify,
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

/// The release that compiled the contracts of the repository.
const VERSION: &str = "0.8.30+commit.73712a01";

fn folder() -> PathBuf {
    let cache = std::env::var_os("CIVITAS_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/civitas"),
        PathBuf::from,
    );
    cache.join("compilers")
}

fn compilers() -> Compilers {
    let compiled = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compilers");
    Compilers::new(folder(), compiled)
}

/// The compilers and a release of them that is ready. Making it so takes a minute, once in a target folder.
static READY: LazyLock<(Compilers, Arc<Release>)> = LazyLock::new(|| {
    // So patient that no busy machine fails a test; the one about time has a time of its own.
    let compilers = compilers().with_time_max(Duration::from_secs(600));
    let release = compilers.release(VERSION);
    let release = release.unwrap_or_else(|error| panic!("{error}: run scripts/compilers first"));
    compilers.prepare(&release).unwrap();
    assert!(compilers.is_ready(&release));
    (compilers, release)
});

fn compile(sources: &[(&str, &str)], settings: Value) -> Result<Value, Error> {
    let (compilers, release) = &*READY;
    compilers.compile(release, standard(sources, settings).value())
}

fn standard(sources: &[(&str, &str)], settings: Value) -> Input {
    let sources: serde_json::Map<String, Value> = sources
        .iter()
        .map(|(path, text)| ((*path).to_owned(), json!({ "content": text })))
        .collect();
    Input::standard(json!({ "language": "Solidity", "sources": sources, "settings": settings })).unwrap()
}

fn code(output: &Value, path: &str, name: &str, part: &str) -> Vec<u8> {
    let object = output["contracts"][path][name]["evm"][part]["object"].as_str();
    hex::decode(object.unwrap_or_else(|| panic!("no {part} of {name}: {}", output["errors"]))).unwrap()
}

fn claim(input: Input, deployed: Vec<u8>) -> Claim {
    Claim {
        input,
        contract: None,
        deployed: deployed.into(),
        creation: None,
        arguments: None,
    }
}

fn judge(claim: &Claim) -> Result<Verified, Refusal> {
    let (compilers, release) = &*READY;
    verify(compilers, release, claim)
}

const COUNTER: &str = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.20;\ncontract Counter {\n    uint256 public immutable step;\n    \
    uint256 public count;\n    constructor(uint256 by) { step = by; }\n    function next() external { count += step; }\n}\n";

#[test]
fn every_file_is_a_version() {
    let compilers = compilers();
    let found = compilers.found();
    let versions: Vec<String> = found
        .releases
        .iter()
        .map(|release| release.version.to_string())
        .collect();
    assert!(found.unusable.is_empty(), "{:?}", found.unusable);
    assert_eq!(versions.len(), 2, "{versions:?}: run scripts/compilers first");
    assert!(
        versions[0].starts_with("0.8.37+commit.") && versions[1] == VERSION,
        "{versions:?}"
    );
    assert_eq!(compilers.release("0.8.30").unwrap().version.to_string(), VERSION);
    assert!(matches!(
        compilers.release("0.8.3"),
        Err(Error::UnknownVersion { .. })
    ));
}

#[test]
fn code_is_byte_for_byte_what_node_makes() {
    let read = |name: &str| {
        std::fs::read_to_string(format!(
            "{}/../../contracts/bench/{name}",
            env!("CARGO_MANIFEST_DIR")
        ))
        .unwrap()
    };
    let expected: Value = serde_json::from_str(&read("contracts.json")).unwrap();
    assert_eq!(expected["compiler"], format!("{VERSION}.Emscripten.clang"));
    for name in ["Certificates", "Distributor"] {
        let path = format!("{name}.sol");
        let settings = json!({
            "evmVersion": "istanbul",
            "optimizer": { "enabled": true, "runs": 200 },
            "metadata": { "bytecodeHash": "none" },
        });
        let output = compile(&[(&path, &read(&path))], settings).unwrap();
        let found = hex::encode_prefixed(code(&output, &path, name, "bytecode"));
        assert_eq!(expected["contracts"][name]["bytecode"], found, "{name}");
        assert_eq!(
            expected["contracts"][name]["abi"],
            output["contracts"][&path][name]["abi"]
        );
    }
}

#[test]
fn a_source_fits_with_its_immutables_and_arguments() {
    let settings = json!({ "optimizer": { "enabled": true, "runs": 1 } });
    let output = compile(&[("Counter.sol", COUNTER)], settings.clone()).unwrap();
    let mut deployed = code(&output, "Counter.sol", "Counter", "deployedBytecode");
    let places =
        &output["contracts"]["Counter.sol"]["Counter"]["evm"]["deployedBytecode"]["immutableReferences"];
    let step = U256::from(7).to_be_bytes::<32>();
    for place in places
        .as_object()
        .unwrap()
        .values()
        .flat_map(|places| places.as_array().unwrap())
    {
        let start = usize::try_from(place["start"].as_u64().unwrap()).unwrap();
        deployed[start..start + 32].copy_from_slice(&step);
    }
    let creation = [code(&output, "Counter.sol", "Counter", "bytecode"), step.to_vec()].concat();
    let mut full = claim(
        standard(&[("Counter.sol", COUNTER)], settings.clone()),
        deployed.clone(),
    );
    full.creation = Some(creation.into());
    full.arguments = Some(step.to_vec().into());
    let verified = judge(&full).unwrap();
    assert_eq!(
        (verified.fits, verified.creation),
        (Match::Full, Some(Match::Full))
    );
    assert_eq!(
        (verified.path.as_str(), verified.name.as_str()),
        ("Counter.sol", "Counter")
    );
    assert_eq!(verified.arguments, Some(Bytes::from(step)));
    assert_eq!(verified.immutables.values().next(), Some(&Bytes::from(step)));
    assert_eq!(verified.compiler, VERSION);
    full.arguments = Some(Bytes::new());
    assert!(matches!(judge(&full), Err(Refusal::Arguments { found }) if found.ends_with("07")));
    full.creation = None;
    assert!(matches!(judge(&full), Err(Refusal::ArgumentsUnknown)));
    // A comment changes the hash of the metadata and nothing else.
    let commented = COUNTER.replace("contract Counter", "// counts\ncontract Counter");
    let partial = claim(
        standard(&[("Counter.sol", &commented)], settings),
        deployed.clone(),
    );
    assert_eq!(judge(&partial).unwrap().fits, Match::Partial);
    // The same by one file and its settings.
    let file: SingleFile = serde_json::from_value(json!({
        "source": COUNTER, "path": "Counter.sol", "optimizer": true, "runs": 1,
    }))
    .unwrap();
    let single = Input::single(file, &deployed, [0, 8, 30]).unwrap();
    assert_eq!(judge(&claim(single, deployed)).unwrap().fits, Match::Full);
}

#[test]
fn libraries_are_linked_as_the_ledger_says() {
    let source = "pragma solidity ^0.8.20;\nlibrary Sums { function add(uint a, uint b) external pure returns (uint) { return a + b; } }\n\
                  contract Book { function sum(uint a) external pure returns (uint) { return Sums.add(a, 1); } }\n";
    let output = compile(&[("Book.sol", source)], json!({})).unwrap();
    let object = output["contracts"]["Book.sol"]["Book"]["evm"]["deployedBytecode"]["object"]
        .as_str()
        .unwrap();
    let start = object.find("__$").unwrap();
    let address = Address::repeat_byte(0xab);
    let linked = format!(
        "{}{}{}",
        &object[..start],
        hex::encode(address),
        &object[start + 40..]
    );
    let verified = judge(&claim(
        standard(&[("Book.sol", source)], json!({})),
        hex::decode(linked).unwrap(),
    ))
    .unwrap();
    assert_eq!((verified.fits, verified.name.as_str()), (Match::Full, "Book"));
    assert_eq!(verified.libraries["Book.sol:Sums"], address);
    let mut library = code(&output, "Book.sol", "Sums", "deployedBytecode");
    library[1..21].copy_from_slice(address.as_slice());
    let verified = judge(&claim(standard(&[("Book.sol", source)], json!({})), library)).unwrap();
    assert_eq!((verified.fits, verified.name.as_str()), (Match::Full, "Sums"));
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let output = compile(&[("Counter.sol", COUNTER)], json!({})).unwrap();
    let deployed = code(&output, "Counter.sol", "Counter", "deployedBytecode");
    let check = |source: &str, settings: Value, deployed: &[u8], expected: Hint| {
        let refusal = judge(&claim(
            standard(&[("Counter.sol", source)], settings),
            deployed.to_vec(),
        ))
        .unwrap_err();
        let Refusal::Mismatch { difference } = refusal else {
            panic!("{refusal}");
        };
        assert_eq!(difference.hints[0], expected, "{difference:?}");
        assert_eq!(difference.deployed_bytes, deployed.len());
    };
    check(
        &COUNTER.replace("+=", "-="),
        json!({}),
        &deployed,
        Hint::OtherSource,
    );
    check(
        COUNTER,
        json!({ "evmVersion": "paris" }),
        &deployed,
        Hint::OtherEvm,
    );
    check(
        COUNTER,
        json!({ "optimizer": { "enabled": true } }),
        &deployed,
        Hint::OtherOptimizer,
    );
    let mut other = deployed.clone();
    let version = other.len() - 3;
    other[version] = 29;
    other[20] ^= 1;
    check(COUNTER, json!({}), &other, Hint::OtherCompiler);
    let mut named = claim(standard(&[("Counter.sol", COUNTER)], json!({})), deployed);
    named.contract = Some("Other".to_owned());
    match judge(&named) {
        Err(Refusal::NoContract { contracts, .. }) => assert_eq!(contracts, ["Counter.sol:Counter"]),
        other => panic!("{other:?}"),
    }
    named.contract = Some("Counter.sol:Counter".to_owned());
    assert_eq!(judge(&named).unwrap().fits, Match::Full);
    named.deployed = Bytes::new();
    assert!(matches!(judge(&named), Err(Refusal::NoCode)));
}

/// What the compiler says first, with its place.
fn said(source: &str) -> (String, usize, String) {
    let refusal = judge(&claim(standard(&[("a.sol", source)], json!({})), vec![0])).unwrap_err();
    let Refusal::NotCompiled { messages } = refusal else {
        panic!("{refusal}");
    };
    let first = messages.into_iter().next().unwrap();
    assert_eq!(first.severity, "error");
    (first.kind, first.line, first.text)
}

#[test]
fn errors_of_the_source_come_with_their_line() {
    let check = |source: &str, kind: &str, line: usize, part: &str| {
        let found = said(source);
        assert_eq!((found.0.as_str(), found.1), (kind, line), "{found:?}");
        assert!(found.2.contains(part), "{found:?}");
    };
    check(
        "pragma solidity ^0.8.0;\ncontract A {\n  uint x\n}\n",
        "ParserError",
        4,
        "Expected",
    );
    check(
        "pragma solidity ^0.8.0;\ncontract A { function f() public { g(); } }",
        "DeclarationError",
        2,
        "Undeclared",
    );
    check(
        "pragma solidity ^0.7.0;\ncontract A {}",
        "ParserError",
        1,
        "different compiler version",
    );
    check(
        "import \"https://example.org/a.sol\";",
        "ParserError",
        1,
        "not found",
    );
    check("import \"/etc/passwd\";", "ParserError", 1, "not found");
}

#[test]
fn hostile_sources_cost_no_more_than_the_bounds() {
    let (compilers, release) = &*READY;
    let large = json!({ "a": "x".repeat(INPUT_BYTES_MAX) });
    assert!(matches!(
        compilers.compile(release, &large),
        Err(Error::InputTooLarge { .. })
    ));
    // Deeper than the compiler reads: an error of the source, or the end of its stack; never of ours.
    for deep in [
        format!(
            "contract A {{ uint x = {}1{}; }}",
            "(".repeat(50_000),
            ")".repeat(50_000)
        ),
        format!(
            "contract A {{ function f() public {} }}",
            "{".repeat(50_000) + &"}".repeat(50_000)
        ),
    ] {
        match compile(&[("a.sol", &deep)], json!({})) {
            Ok(output) => assert_eq!(output["errors"][0]["severity"], "error", "{}", output["errors"]),
            Err(error) => assert!(matches!(error, Error::Depth), "{error:?}"),
        }
    }
    // A long chain is no deep one for its parser, but for what comes after it.
    let long = format!("contract A {{ uint x = 1{}; }}", " + 1".repeat(20_000));
    match compile(&[("a.sol", &long)], json!({})) {
        Ok(output) => assert!(output["sources"]["a.sol"]["id"].is_u64(), "{output}"),
        Err(error) => assert!(matches!(error, Error::Depth), "{error:?}"),
    }
    // Files that include each other are read once each.
    let files: Vec<(String, String)> = (0..30)
        .map(|at| {
            let imports: String = (0..30)
                .map(|other| format!("import \"{other}.sol\";\n"))
                .collect();
            (format!("{at}.sol"), format!("{imports}contract C{at} {{}}"))
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let output = compile(&files, json!({})).unwrap();
    assert!(!code(&output, "29.sol", "C29", "bytecode").is_empty());
}

#[test]
fn a_compilation_that_takes_too_long_is_stopped() {
    READY.1.version.to_string();
    let impatient = compilers().with_time_max(Duration::from_millis(100));
    let functions: String = (0..3_000)
        .map(|at| {
            format!("function f{at}(uint a) public pure returns (uint) {{ return a * {at} + a / 3; }}\n")
        })
        .collect();
    let source = format!("contract A {{ {functions} }}");
    let input = standard(&[("a.sol", &source)], json!({ "optimizer": { "enabled": true } }));
    let begun = Instant::now();
    let outcome = impatient.compile(&READY.1, input.value());
    assert!(matches!(outcome, Err(Error::Deadline { .. })), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
