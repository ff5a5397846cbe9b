//! The language: what is refused and where, what answers are, and that they are CEL's.

use super::*;
use crate::{
    error::RuleError,
    event::{Amount, Event, Identity, Kind, Party, SCALE},
    language::check::Windows,
    lists::Lists,
};
use std::sync::Arc;

fn lists() -> Lists {
    let mut lists = Lists::new();
    lists.insert("sanctions", 1, ["0xbad"]);
    lists
}

fn event() -> Event {
    let identity = Identity {
        did: "did:civitas:1".into(),
        kind: "person".into(),
        organisation: None,
        level: 2,
        attributes: [("region".to_owned(), "北京".into())].into(),
    };
    let mut event = Event::new("bank".into(), Kind::Transfer, "bank/0x1/0".into());
    event.time = 1_000;
    event.amount = Some(Amount(12_500_000));
    event.from = Some(Arc::new(Party {
        account: "0xbad".into(),
        identity: Some(identity.into()),
    }));
    event.content = vec!["fraud".into()];
    event
}

fn compile(source: &str, windows: Windows) -> Result<(Program, NodeId), RuleError> {
    let lists = lists();
    let mut compiler = Compiler::new("r", &lists);
    let id = compiler.part("condition", source, Type::Bool, windows)?;
    Ok((compiler.finish(), id))
}

fn answer(source: &str) -> Option<bool> {
    let (program, id) = compile(source, Windows::Refused).unwrap();
    let (event, lists) = (event(), lists());
    match Scope::new(&program, &event, &lists, &[]).value(id) {
        Ok(Value::Bool(value)) => Some(value),
        Ok(Value::Absent) | Err(_) => None,
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn expressions_answer() {
    let check = |source: &str, expected: Option<bool>| assert_eq!(answer(source), expected, "{source}");
    check("event.kind == 'transfer'", Some(true));
    check("event.amount >= 12.5 && event.amount < 13", Some(true));
    check("event.amount * 2 == 25", Some(true));
    check("event.amount / 3 == 4.166666", Some(true));
    check("7 / 2 == 3 && -7 / 2 == -3 && 7 % 3 == 1", Some(true));
    check("0.1 + 0.2 == 0.3", Some(true));
    check("from.account in lists.sanctions", Some(true));
    check("from.level in [1, 2]", Some(true));
    check("from.kind in ['organisation', 'node']", Some(false));
    check(
        "from.attributes.region == '北京' && from.attributes['region'].size() == 2",
        Some(true),
    );
    check(
        "'fraud' in event.content && !('gambling' in event.content)",
        Some(true),
    );
    check(
        "from.did.startsWith('did:civitas:') && from.did.endsWith('1') && from.did.contains('civ')",
        Some(true),
    );
    check(
        "has(from.did) && !has(to.did) && !has(event.contract)",
        Some(true),
    );
    check("max(1, min(5, 3)) == 3 && abs(-2.5) == 2.5", Some(true));
    check("event.chain + '/' + event.kind == 'bank/transfer'", Some(true));
    // What is not known decides nothing, unless the other side decides.
    check("to.account == 'x'", None);
    check("to.account == 'x' || true", Some(true));
    check("to.account == 'x' && false", Some(false));
    check("!(to.account == 'x')", None);
    check(
        "(has(to.account) ? to.account : from.account) == '0xbad'",
        Some(true),
    );
    // So do faults.
    check("1 / 0 == 1", None);
    check("1 / 0 == 1 || true", Some(true));
}

fn fault(source: &str) -> String {
    compile(source, Windows::Allowed).unwrap_err().to_string()
}

#[test]
fn faults_say_where_and_what_was_expected() {
    let check = |source: &str, expected: &str| {
        assert_eq!(
            fault(source),
            format!("rule r, condition, {expected}"),
            "{source}"
        );
    };
    check(
        "event.amount >= '50'",
        "line 1, column 17: expected decimal, found text",
    );
    check("event.amount", "line 1, column 1: expected bool, found decimal");
    check(
        "true &&\n  event.time",
        "line 2, column 3: expected bool, found int",
    );
    check(
        "'中文' == from.level",
        "line 1, column 9: expected text, found int",
    );
    check(
        "from.name == 'x'",
        "line 1, column 1: from.name is not known; there are: account, did, kind, organisation, level, attributes.NAME",
    );
    check(
        "amount > 1",
        "line 1, column 1: amount is not known; there are: event, from, to, lists",
    );
    check(
        "from.account in lists.none",
        "line 1, column 17: lists.none is not known; there are: sanctions",
    );
    check(
        "[1].all(x, x > 0)",
        "line 1, column 8: rules have no loops: `all`, `exists`, `filter` and `map` are left out, windows count instead",
    );
    check(
        "count(from.account, '1w') > 2",
        "line 1, column 21: expected a span like '10m', '24h' or '90d', at most ten years, found '1w'",
    );
    check(
        "count(from.account, 5) > 2",
        "line 1, column 21: expected a span like '10m', '24h' or '90d', at most ten years, found something that is not a text between quotes",
    );
    check(
        "count(from.account) > 2",
        "line 1, column 1: write count(key, 'span'[, condition[, at]])",
    );
    check(
        "sum(from.account, from.account, '1h') > 2",
        "line 1, column 5: expected a number, found text",
    );
    check(
        "distinct(to.account, from.account, '1h') > 600",
        "line 1, column 1: distinct() counts to 512: a limit above that is never reached",
    );
    check(
        "count(from.account, '1h', count(to.account, '1h') > 1) > 1",
        "line 1, column 27: a window cannot stand here, nor inside of another window",
    );
    check(
        "1.0000001 > 1.0",
        "line 1, column 1: a number has at most six decimals and 25 digits before them",
    );
    assert!(
        fault("1 +").starts_with("rule r, condition, line 1, column"),
        "{}",
        fault("1 +")
    );
    assert!(fault("").contains("line 1, column 1"), "{}", fault(""));
    assert!(fault(&"(".repeat(500)).starts_with("rule r, condition"));
    assert!(fault(&"1".repeat(5_000)).contains("at most 4096"));
}

#[test]
fn names_cannot_hide_work_or_windows() {
    let lists = lists();
    let mut compiler = Compiler::new("r", &lists);
    compiler.define("a00", "count(from.account, '1h')").unwrap();
    let hidden = compiler.part(
        "condition",
        "sum(a00, from.account, '1h') > 1",
        Type::Bool,
        Windows::Allowed,
    );
    assert!(
        hidden
            .unwrap_err()
            .to_string()
            .contains("a window cannot stand here")
    );
    let mut refused = None;
    for step in 1..40 {
        let source = format!("a{:02} + a{:02}", step - 1, step - 1);
        if let Err(error) = compiler.define(&format!("a{step:02}"), &source) {
            refused = Some((step, error.to_string()));
            break;
        }
    }
    let (step, message) = refused.unwrap();
    assert_eq!(step, 12);
    assert!(message.contains("it takes more than 4096 steps"), "{message}");
}

#[test]
fn nothing_that_is_written_makes_it_panic() {
    let pieces = [
        "event",
        ".",
        "amount",
        "(",
        ")",
        "[",
        "]",
        "&&",
        "||",
        "!",
        "-",
        "1",
        "'x'",
        "'",
        "sum",
        ",",
        "?",
        ":",
        " in ",
        "lists",
        "from",
        "has",
        "{",
        "}",
        "0x",
        "1e9",
        "\\",
        "中",
        "==",
        "<",
        "\n",
        "b'",
        "u",
        "9223372036854775808",
        "`",
    ];
    let mut seed = 1_u64;
    for _ in 0..3_000 {
        let mut source = String::new();
        for _ in 0..12 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            source.push_str(pieces[usize::try_from(seed >> 33).unwrap() % pieces.len()]);
        }
        let _ = compile(&source, Windows::Allowed);
    }
}

/// An expression over whole numbers and truths, by a seed.
fn arbitrary(seed: &mut u64, depth: u32, of_bool: bool) -> String {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let choice = (*seed >> 33) % 6;
    let mut below = |of_bool| arbitrary(seed, depth.saturating_sub(1), of_bool);
    match (of_bool, if depth == 0 { 0 } else { choice }) {
        (true, 0) => ["true", "false", "event.height > 3", "event.time < 2000"]
            [usize::try_from(choice % 4).unwrap()]
        .to_owned(),
        (true, 1) => format!("({} && {})", below(true), below(true)),
        (true, 2) => format!("({} || {})", below(true), below(true)),
        (true, 3) => format!("!({})", below(true)),
        (true, 4) => format!("({} <= {})", below(false), below(false)),
        (true, _) => format!("({} == {})", below(false), below(false)),
        (false, 0) => {
            ["0", "1", "7", "event.height", "event.time", "12"][usize::try_from(choice).unwrap()].to_owned()
        }
        (false, 1) => format!("({} + {})", below(false), below(false)),
        (false, 2) => format!("({} - {})", below(false), below(false)),
        (false, 3) => format!("({} * {})", below(false), below(false)),
        (false, 4) => format!("({} / {})", below(false), below(false)),
        (false, _) => format!("({} ? {} : {})", below(true), below(false), below(false)),
    }
}

#[test]
fn answers_are_those_of_cel() {
    let mut context = cel::Context::default();
    let fields = std::collections::HashMap::from([("height", 0_i64), ("time", 1_000)]);
    context.add_variable("event", fields).unwrap();
    let mut seed = 7;
    let mut compared = 0;
    for _ in 0..2_000 {
        let source = arbitrary(&mut seed, 4, true);
        let theirs = cel::Program::compile(&source).unwrap().execute(&context);
        let ours = answer(&source);
        match theirs {
            Ok(cel::Value::Bool(theirs)) => {
                assert_eq!(ours, Some(theirs), "{source}");
                compared += 1;
            }
            // Divided by zero: they fail, ours is unknown. 64 bits overflow with them, ours go on in 128.
            _ => assert!(
                ours.is_none() || source.contains('*'),
                "{source}: {theirs:?}, {ours:?}"
            ),
        }
    }
    assert!(compared > 1_000, "{compared}");
}

#[test]
fn large_figures_stay_exact() {
    let (program, id) = compile("event.amount * 3 / 2 > 1", Windows::Refused).unwrap();
    let mut event = event();
    let lists = lists();
    event.amount = Some(Amount(10_i128.pow(31)));
    assert_eq!(
        Scope::new(&program, &event, &lists, &[]).value(id),
        Ok(Value::Bool(true))
    );
    event.amount = Some(Amount(i128::MAX));
    assert!(Scope::new(&program, &event, &lists, &[]).value(id).is_err());
    assert_eq!(SCALE, 1_000_000);
}
