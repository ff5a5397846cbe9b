//! Calls, events and errors of the system contracts between ABI and JSON, and encodings that lie.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use alloy_json_abi::{Function, JsonAbi};
use alloy_primitives::{B256, U256, hex, keccak256};
use civitas_sdk::{
    AbiError,
    abi::{decode_call, decode_event, decode_output},
    contracts::{contract, contract_at, decode_error, named},
};
use serde_json::{Value, json};

/// A function that takes and gives back `kind`; a `tuple` has the fields `a` (`uint8`) and `b` (`string[]`).
fn echo(kind: &str) -> JsonAbi {
    let fields = match kind.starts_with("tuple") {
        true => json!([{"name": "a", "type": "uint8"}, {"name": "b", "type": "string[]"}]),
        false => json!([]),
    };
    let param = json!([{"name": "x", "type": kind, "components": fields}]);
    let function = json!({"type": "function", "name": "f", "inputs": param, "outputs": param, "stateMutability": "view"});
    serde_json::from_value(json!([function])).unwrap()
}

/// What is encoded from JSON is decoded to `expected`.
fn check(kind: &str, given: Value, expected: Value) {
    let abi = echo(kind);
    let function = abi.functions().next().unwrap();
    let input = civitas_sdk::abi::encode(function, &[given]).unwrap();
    let decoded = decode_call(&abi, &input).unwrap();
    assert_eq!(decoded.arguments[0].value, expected, "{kind}");
    assert_eq!(decode_output(function, &input[4..]).unwrap(), expected, "{kind}");
}

#[test]
fn values_of_every_kind_come_back() {
    check("uint256", json!(7), json!("7"));
    check("uint256", json!("0xff"), json!("255"));
    check("int64", json!(-5), json!("-5"));
    check("bool", json!(true), json!(true));
    check("bytes4", json!("0x01020304"), json!("0x01020304"));
    check("bytes", json!("0x"), json!("0x"));
    check("string", json!(" \"市\" "), json!(" \"市\" "));
    check(
        "address",
        json!("0x00000000000000000000000000000000c17a0001"),
        json!("0x00000000000000000000000000000000c17a0001"),
    );
    check(
        "uint8[2][]",
        json!([[1, 2], [3, 4]]),
        json!([["1", "2"], ["3", "4"]]),
    );
    check("string[]", json!(["a", "bc"]), json!(["a", "bc"]));
    check(
        "tuple",
        json!({"a": 1, "b": ["x"]}),
        json!({"a": "1", "b": ["x"]}),
    );
    check("tuple[]", json!([[1, ["x"]]]), json!([{"a": "1", "b": ["x"]}]));
}

#[test]
fn calls_of_system_contracts_go_by_name() {
    let governance = contract("governance").unwrap();
    let action = json!({"target": governance.address, "data": "0x12345678"});
    let input = governance
        .encode("propose", &[json!(B256::ZERO), json!("t"), json!([action])])
        .unwrap();
    let decoded = governance.decode_call(&input).unwrap();
    assert_eq!(decoded.name, "propose");
    assert_eq!(decoded.arguments[2].value[0]["data"], json!("0x12345678"));
    assert!(contract_at(governance.address).is_some());
    let topics = [
        keccak256("VoteCast(uint64,bytes32,address,bool,string)"),
        B256::with_last_byte(3),
        B256::ZERO,
    ];
    let mut data = vec![0; 64];
    data[63] = 1;
    data.extend_from_slice(&U256::from(96).to_be_bytes::<32>());
    data.extend_from_slice(&U256::from(2).to_be_bytes::<32>());
    data.extend_from_slice(b"ok");
    data.extend_from_slice(&[0; 30]);
    let event = governance.decode_event(&topics, &data).unwrap();
    let values: Vec<&Value> = event.arguments.iter().map(|argument| &argument.value).collect();
    assert_eq!(values[0], "3");
    assert_eq!((values[3], values[4]), (&json!(true), &json!("ok")));
    let mut refusal = keccak256("ProposalUnknown(uint64)")[..4].to_vec();
    refusal.extend_from_slice(&U256::from(9).to_be_bytes::<32>());
    let error = decode_error(&refusal).unwrap();
    assert_eq!(
        (error.name.as_str(), &error.arguments[0].value),
        ("ProposalUnknown", &json!("9"))
    );
    let text = hex!(
        "08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026e6f000000000000000000000000000000000000000000000000000000000000"
    );
    assert_eq!(decode_error(&text).unwrap().arguments[0].value, json!("no"));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let governance = named("Governance").unwrap();
    assert!(matches!(named("Nothing"), Err(AbiError::UnknownContract { .. })));
    assert!(matches!(
        governance.encode("nothing", &[]),
        Err(AbiError::UnknownFunction { .. })
    ));
    assert!(matches!(
        governance.encode("proposal", &[]),
        Err(AbiError::ArgumentCount {
            expected: 1,
            given: 0,
            ..
        })
    ));
    for given in [
        json!("x"),
        json!(-1),
        json!(null),
        json!({}),
        json!("18446744073709551616"),
        json!([1]),
    ] {
        let refused = governance.encode("proposal", std::slice::from_ref(&given));
        assert!(
            matches!(refused, Err(AbiError::Argument { ref name, .. }) if name == "id"),
            "{given}"
        );
    }
}

#[test]
fn encodings_that_lie_cost_nothing() {
    let check = |kind: &str, data: &[u8]| {
        let abi = echo(kind);
        let function = abi.functions().next().unwrap();
        assert!(decode_output(function, data).is_err(), "{kind}");
        let input = [function.selector().as_slice(), data].concat();
        assert_eq!(decode_call(&abi, &input), None);
    };
    let word = |number: u64| U256::from(number).to_be_bytes::<32>();
    check("uint256", &[0; 31]);
    check("bytes", &[word(32), word(u64::MAX)].concat());
    check("bytes", &[word(u64::MAX), word(1)].concat());
    check("uint256[]", &[word(32), word(1_000)].concat());
    check("uint256[4294967295]", &[word(1)].concat());
    // All items of each array are the next array: without a budget, 64^8 values.
    let level = |item: u64| std::iter::once(word(64)).chain(std::iter::repeat_n(word(item), 64));
    let levels = std::iter::repeat_n(64 * 32, 7).chain([0]).flat_map(level);
    let bomb: Vec<u8> = std::iter::once(word(32)).chain(levels).flatten().collect();
    check("uint256[][][][][][][][]", &bomb);
    check(&format!("uint8{}", "[]".repeat(100)), &bomb);
    let abi = echo("string");
    let topics = [B256::ZERO];
    assert_eq!(decode_event(&abi, &topics, &[]), None);
}

#[test]
fn types_that_nest_like_monsters_are_refused() {
    let stacked = |suffix: &str, count: usize| format!("uint256{}", suffix.repeat(count));
    for (kind, is_refused) in [
        (stacked("[1]", 15), false),
        (stacked("[1]", 16), true),
        (stacked("[1]", 200_000), true),
        (stacked("[]", 300_000), true),
        (format!("{}uint256{}", "(".repeat(40), ")".repeat(40)), true),
    ] {
        let function = Function::parse(&format!("f({kind})")).unwrap();
        let given = (0..15).fold(json!(1), |inner, _| json!([inner]));
        let encoded = civitas_sdk::abi::encode(&function, &[given]);
        let found = matches!(&encoded, Err(AbiError::Argument { kind, .. }) if kind.len() <= 80);
        assert_eq!(found, is_refused, "{encoded:?}");
    }
}
