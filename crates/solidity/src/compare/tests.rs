//! Codes that fit, and codes that do not.

use super::*;
use serde_json::json;

const HASH: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const OTHER: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn code(body: &str, hash: &str) -> String {
    format!("{body}fea2646970667358221220{hash}64736f6c634300081e0033")
}

fn compiled(part: &Value) -> Compiled {
    Compiled::read(part).unwrap()
}

fn check(ours: &Value, theirs: &str, expected: Result<Match, Hint>) {
    let found = compiled(ours).compare(&hex::decode(theirs).unwrap());
    assert_eq!(found.map(|(fits, _)| fits), expected, "{ours} {theirs}");
}

#[test]
fn metadata_make_the_difference_between_full_and_partial() {
    let ours = json!({ "object": code("6001600255", HASH) });
    check(&ours, &code("6001600255", HASH), Ok(Match::Full));
    check(&ours, &code("6001600255", OTHER), Ok(Match::Partial));
    check(&ours, "6001600255fea164736f6c634300081e000a", Ok(Match::Partial));
    check(&ours, "6001600255fe", Ok(Match::Partial));
    check(&ours, &code("6001600355", HASH), Err(Hint::OtherSource));
    check(&ours, &code("600160025500", HASH), Err(Hint::OtherSource));
    check(&ours, "", Err(Hint::OtherSource));
    // A contract within a contract has a hash of its own.
    let inner = |hash: &str| code(&format!("6001{}", code("6005", hash)), HASH);
    check(
        &json!({ "object": inner(HASH) }),
        &inner(OTHER),
        Ok(Match::Partial),
    );
}

#[test]
fn open_places_are_set_aside_and_only_they() {
    let immutable = json!({
        "object": "60015f0000000060025f00000000",
        "immutableReferences": { "7": [{ "start": 3, "length": 4 }, { "start": 10, "length": 4 }] },
    });
    check(&immutable, "60015faabbccdd60025faabbccdd", Ok(Match::Full));
    check(
        &immutable,
        "60015faabbccdd60025faabbccde",
        Err(Hint::Inconsistent),
    );
    check(&immutable, "60015faabbccdd60035faabbccdd", Err(Hint::OtherSource));
    let (_, filled) = compiled(&immutable)
        .compare(&hex::decode("60015faabbccdd60025faabbccdd").unwrap())
        .unwrap();
    assert_eq!(
        filled.immutables["7"],
        Bytes::from_static(&[0xaa, 0xbb, 0xcc, 0xdd])
    );
    let linked = json!({
        "object": "73__$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$__6000",
        "linkReferences": { "a.sol": { "Lib": [{ "start": 1, "length": 20 }] } },
    });
    let address = "ab".repeat(20);
    let (fits, filled) = compiled(&linked)
        .compare(&hex::decode(format!("73{address}6000")).unwrap())
        .unwrap();
    assert_eq!(fits, Match::Full);
    assert_eq!(filled.libraries["a.sol:Lib"], Address::repeat_byte(0xab));
    check(&linked, &format!("73{address}6001"), Err(Hint::OtherSource));
    let library = json!({ "object": format!("73{}30146000", "00".repeat(20)) });
    check(&library, &format!("73{address}30146000"), Ok(Match::Full));
    check(&library, &format!("73{address}30156000"), Err(Hint::OtherSource));
}

#[test]
fn places_beyond_the_code_are_refused() {
    let immutable = json!({
        "object": "6000",
        "immutableReferences": { "7": [{ "start": 1, "length": 4 }] },
    });
    check(&immutable, "6000", Err(Hint::OtherSource));
    let linked =
        json!({ "object": "6000", "linkReferences": { "a": { "L": [{ "start": 9, "length": 20 }] } } });
    assert!(Compiled::read(&linked).is_none());
    for nothing in [json!({}), json!({ "object": "" }), json!({ "object": "xy" })] {
        assert!(Compiled::read(&nothing).is_none());
    }
}

#[test]
fn differences_come_with_their_likely_reason() {
    let check = |ours: &str, theirs: &str, version: &str, expected: Hint| {
        let theirs = hex::decode(theirs).unwrap();
        let ours = compiled(&json!({ "object": ours }));
        let found = ours.difference("a.sol:A", &theirs, Hint::OtherSource, version);
        assert_eq!(found.hints[0], expected, "{found:?}");
    };
    let theirs = code("6001600255", HASH);
    check(&code("6001600355", HASH), &theirs, "0.8.30", Hint::OtherSource);
    check(&code("6001600355", HASH), &theirs, "0.8.29", Hint::OtherCompiler);
    check(&code("5f5f600355", HASH), &theirs, "0.8.30", Hint::OtherEvm);
    // What is pushed is no instruction.
    check(&code("605f605f55", HASH), &theirs, "0.8.30", Hint::OtherSource);
    check(
        &code(&"6001".repeat(20), HASH),
        &theirs,
        "0.8.30",
        Hint::OtherOptimizer,
    );
    let ours = compiled(&json!({ "object": code("6001600355", HASH) }));
    let found = ours.difference(
        "a.sol:A",
        &hex::decode(theirs).unwrap(),
        Hint::OtherSource,
        "0.8.30",
    );
    assert_eq!((found.first, found.deployed_with.as_deref()), (3, Some("0.8.30")));
}

#[test]
fn arguments_of_a_constructor_stand_behind_its_code() {
    let compiled = compiled(&json!({ "object": code("6001", HASH) }));
    let input = |hash: &str, more: &str| hex::decode(format!("{}{more}", code("6001", hash))).unwrap();
    let found = arguments(&compiled, &input(HASH, "0007"));
    assert_eq!(found, Some((Match::Full, Bytes::from_static(&[0, 7]))));
    let found = arguments(&compiled, &input(OTHER, ""));
    assert_eq!(found, Some((Match::Partial, Bytes::new())));
    assert_eq!(arguments(&compiled, &[0x60]), None);
}
