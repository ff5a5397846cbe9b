//! What arguments become.

use super::{super::catalog::catalog, *};

/// A contract with one parameter of every kind that the system contracts have.
fn parameter(name: &str, kind: &str) -> Param {
    Param {
        ty: kind.to_owned(),
        name: name.to_owned(),
        components: Vec::new(),
        internal_type: None,
    }
}

fn read(contract: &str, parameter: &Param, text: &str) -> Result<DynSolValue, String> {
    let nodes = [("node0".to_owned(), B256::repeat_byte(7))].into();
    let reader = ArgumentReader {
        catalog: catalog(),
        contract: catalog().named(contract).unwrap(),
        nodes: &nodes,
        now: 1_000,
    };
    reader.read(parameter, text).map_err(|error| error.rule)
}

fn word(name: &str, text: &str) -> Result<DynSolValue, String> {
    read("Governance", &parameter(name, "bytes32"), text)
}

fn number(name: &str, text: &str) -> Result<DynSolValue, String> {
    read("Governance", &parameter(name, "uint64"), text)
}

fn uint(number: u64) -> Result<DynSolValue, String> {
    Ok(DynSolValue::Uint(U256::from(number), 64))
}

/// The parameter of a function of a system contract.
fn declared(contract: &str, function: &str, index: usize) -> Param {
    let contract = catalog().named(contract).unwrap();
    contract.function(function).unwrap().inputs[index].clone()
}

#[test]
fn numbers_durations_and_times() {
    assert_eq!(number("level", "1_000"), uint(1_000));
    assert_eq!(number("level", "0x10"), uint(16));
    assert_eq!(number("votingSeconds", "72h"), uint(259_200));
    assert_eq!(number("timelockSeconds", "30d"), uint(2_592_000));
    assert_eq!(number("heartbeatMs", "2s"), uint(2_000));
    assert_eq!(number("expiry", "0"), uint(0));
    assert_eq!(number("expiry", "now"), uint(1_000));
    assert_eq!(number("expiry", "in 30d"), uint(2_593_000));
    assert_eq!(number("validUntil", "1970-01-02T00:00:00Z"), uint(86_400));
    for (name, text) in [
        ("level", "72h"),
        ("level", ""),
        ("level", "in 3d"),
        ("expiry", "tomorrow"),
    ] {
        assert!(number(name, text).is_err(), "{name} {text}");
    }
    let small = parameter("level", "uint8");
    assert_eq!(
        read("Governance", &small, "256"),
        Err("a number of 8 bits".to_owned())
    );
}

#[test]
fn enums_are_given_by_name_or_number() {
    let kind = declared("Organisations", "join", 1);
    let business = Ok(DynSolValue::Uint(U256::from(2), 8));
    for text in ["Business", "business", "2"] {
        assert_eq!(read("Organisations", &kind, text), business);
    }
    let error = read("Organisations", &kind, "Bank").unwrap_err();
    assert_eq!(error, "one of None, Governance, Business, Provider, Supporter");
    assert!(read("Organisations", &kind, "5").is_err());
}

#[test]
fn words_are_names_keys_parties_or_hexadecimal() {
    let hexadecimal = format!("{}", B256::repeat_byte(5));
    let exact = |word: B256| Ok(DynSolValue::FixedBytes(word, 32));
    for name in [
        "organisation",
        "subject",
        "key",
        "fingerprint",
        "identity",
        "value",
    ] {
        assert_eq!(word(name, &hexadecimal), exact(B256::repeat_byte(5)), "{name}");
    }
    assert_eq!(word("organisation", "City Bank"), exact(keccak256("City Bank")));
    assert_eq!(word("role", "Auditor"), exact(keccak256("Auditor")));
    let account = DEVELOPMENT_ACCOUNTS[3].into_word();
    assert_eq!(word("subject", "dev3"), exact(account));
    let did = format!("did:civitas:{}", "05".repeat(32));
    assert_eq!(word("subject", &did), exact(B256::repeat_byte(5)));
    assert_eq!(word("identity", &did), exact(B256::repeat_byte(5)));
    assert_eq!(word("key", "node0"), exact(B256::repeat_byte(7)));
    assert_eq!(word("value", "1337"), exact(U256::from(1_337).into()));
    assert_eq!(word("value", "Provider"), exact(keccak256("Provider")));
    for (name, text) in [
        ("subject", "Alice"),
        ("identity", "Alice"),
        ("key", "node9"),
        ("fingerprint", "Alice"),
        ("documents", "@no-such-file"),
        ("organisation", "0x12"),
    ] {
        assert!(word(name, text).is_err(), "{name} {text}");
    }
}

#[test]
fn accounts_and_functions() {
    let account = parameter("account", "address");
    let address = |address| Ok(DynSolValue::Address(address));
    assert_eq!(
        read("Control", &account, "dev1"),
        address(DEVELOPMENT_ACCOUNTS[1])
    );
    let control = catalog().named("Control").unwrap().system.address;
    assert_eq!(read("Control", &account, "Control"), address(control));
    assert_eq!(read("Control", &account, "any"), address(Address::ZERO));
    assert!(read("Control", &account, "dev12").is_err());
    let selector = parameter("selector", "bytes4");
    let transfer = B256::right_padding_from(&hex!("a9059cbb"));
    for text in ["0xa9059cbb", "transfer(address,uint256)"] {
        let expected = Ok(DynSolValue::FixedBytes(transfer, 4));
        assert_eq!(read("Control", &selector, text), expected);
    }
    assert!(read("Control", &selector, "Control.freezeAccount").is_ok());
    assert!(read("Control", &selector, "Control.nothing").is_err());
}

#[test]
fn structs_and_arrays_are_json() {
    let rule = declared("Governance", "setRule", 1);
    let by_name =
        r#"{"approvalPercent": 60, "approvalsMin": 2, "votingSeconds": "3d", "timelockSeconds": "1h"}"#;
    let by_place = r#"[60, "2", 259200, 3600]"#;
    let expected = read("Governance", &rule, by_name);
    assert!(expected.is_ok());
    assert_eq!(read("Governance", &rule, by_place), expected);
    let missing = read("Governance", &rule, r#"{"approvalPercent": 60}"#).unwrap_err();
    assert!(missing.contains("approvalsMin is missing"), "{missing}");
    let unknown = read("Governance", &rule, r#"{"percent": 60}"#).unwrap_err();
    assert!(unknown.contains("no field percent"), "{unknown}");
    assert!(read("Governance", &rule, "60").is_err());

    let accounts = parameter("accounts", "address[]");
    let listed = read("Control", &accounts, "dev0, dev1");
    assert_eq!(read("Control", &accounts, r#"["dev0","dev1"]"#), listed);
    assert_eq!(read("Control", &accounts, ""), Ok(DynSolValue::Array(Vec::new())));
    assert!(read("Control", &accounts, "dev0,nobody").is_err());
    let pair = parameter("pair", "uint64[2]");
    assert!(read("Control", &pair, "1,2").is_ok());
    assert!(read("Control", &pair, "1").is_err());
}

#[test]
fn a_choice_with_a_word_is_written_with_a_colon() {
    let mut scope = parameter("scope", "tuple");
    let mut kind = declared("Organisations", "join", 1);
    // Any enum will do; this one has no `Contract`, so its values stand in for those of scopes.
    kind.name = "kind".to_owned();
    scope.components = vec![kind, parameter("value", "bytes32")];
    let pair = |kind: u64, word: B256| {
        Ok(DynSolValue::Tuple(vec![
            DynSolValue::Uint(U256::from(kind), 8),
            DynSolValue::FixedBytes(word, 32),
        ]))
    };
    assert_eq!(read("Governance", &scope, "None"), pair(0, B256::ZERO));
    let named = pair(2, keccak256("City Bank"));
    assert_eq!(read("Governance", &scope, "Business:City Bank"), named);
    assert_eq!(read("Governance", &scope, r#"["Business", "City Bank"]"#), named);
    let object = r#"{"value": "City Bank", "kind": "Business"}"#;
    assert_eq!(read("Governance", &scope, object), named);
    assert_eq!(
        read("Governance", &scope, r#"{"kind": "Provider", "value": 1337}"#),
        pair(3, U256::from(1_337).into())
    );
    assert!(read("Governance", &scope, "Bank:City Bank").is_err());
}

#[test]
fn bytes_come_from_hexadecimal_or_files() {
    let data = parameter("certificate", "bytes");
    assert_eq!(
        read("Organisations", &data, "0x0102"),
        Ok(DynSolValue::Bytes(vec![1, 2]))
    );
    let path = std::env::temp_dir().join(format!("civitas-argument-{}.pem", std::process::id()));
    fs::write(
        &path,
        "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let text = format!("@{}", path.display());
    assert_eq!(
        read("Organisations", &data, &text),
        Ok(DynSolValue::Bytes(vec![1, 2, 3]))
    );
    fs::remove_file(path).unwrap();
    assert!(read("Organisations", &data, "certificate").is_err());
}
