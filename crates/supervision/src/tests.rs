//! The engine as a whole: findings explain themselves, nothing is lost silently, and the detectors reach the figures
//! that are published.

use crate::{
    Engine, Event, Finding, Kind, Limits, Lists, Mode, NoticeKind, Party, Rule, RuleError, Severity, Words,
    backtest::BackTest,
    corpus::{Corpus, Settings, score},
    detectors::{self, Detector, Office, Parameters, SANCTIONS},
    event::Amount,
};
use std::{sync::Arc, time::Duration};

fn rule(condition: &str) -> Rule {
    Rule {
        id: "large".into(),
        version: 3,
        owner: "Financial supervision".into(),
        legal_basis: "Decision 7".into(),
        severity: Severity::High,
        mode: Mode::Active,
        title: Words::new("大额", "Large"),
        text: Words::new("{subject} 付出 {total}", "{subject} paid {total}"),
        when: Some("event.kind == 'transfer'".into()),
        subject: "from.account".into(),
        define: [(
            "total".to_owned(),
            "sum(event.amount, from.account, '24h')".to_owned(),
        )]
        .into(),
        condition: Some(condition.into()),
        silence: None,
        cooldown: Some("1h".into()),
    }
}

fn payment(time: u64, from: &str, amount: u64) -> Event {
    let mut event = Event::new(
        "bank".into(),
        Kind::Transfer,
        format!("bank/{time}").as_str().into(),
    );
    event.time = time;
    event.from = Some(Arc::new(Party::unknown(from)));
    event.amount = Some(Amount::units(amount));
    event
}

fn run(engine: &mut Engine, events: &[Event]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for event in events {
        engine.observe(event, &mut findings);
    }
    findings
}

#[test]
fn a_finding_explains_itself() {
    let rules = [rule("total >= 100 && event.amount > 20")];
    let mut engine = Engine::new(&rules, Lists::new(), Limits::default()).unwrap();
    let events = [
        payment(1_000, "a", 60),
        payment(1_010, "b", 60),
        payment(1_020, "a", 60),
        payment(1_030, "a", 60),
        payment(1_040, "a", 10),
        payment(4_700, "a", 30),
    ];
    let findings = run(&mut engine, &events);
    assert_eq!(findings.len(), 2);
    let first = &findings[0];
    assert_eq!(first.subject, "a");
    assert_eq!(
        (first.rule.as_str(), first.version, first.mode),
        ("large", 3, Mode::Active)
    );
    assert_eq!(first.text, Words::new("a 付出 120", "a paid 120"));
    assert_eq!(
        first.figures[0].expression,
        "total: sum(event.amount, from.account, '24h')"
    );
    assert_eq!(
        (first.figures[0].value.as_str(), first.figures[0].limit.as_str()),
        ("120", "100")
    );
    assert_eq!(first.figures[1].expression, "event.amount");
    let evidence: Vec<&str> = first.evidence.iter().map(|id| &**id).collect();
    assert_eq!(evidence, ["bank/1000", "bank/1020"]);
    assert_eq!(findings[1].suppressed, 1);
    assert_eq!(findings[1].text.en, "a paid 220");
}

#[test]
fn what_may_be_missed_is_reported() {
    let limits = Limits {
        keys_max: 2,
        subjects_max: 10,
    };
    let rules = [rule("1 / (total - 60) > 1")];
    let mut engine = Engine::new(&rules, Lists::new(), limits).unwrap();
    let events = [
        payment(1_000, "a", 60),
        payment(1_001, "b", 1),
        payment(1_002, "c", 1),
    ];
    assert!(run(&mut engine, &events).is_empty());
    let notices: Vec<_> = engine
        .take_notices()
        .into_iter()
        .map(|notice| (notice.kind, notice.count))
        .collect();
    assert_eq!(notices, [(NoticeKind::Evicted, 1), (NoticeKind::Fault, 1)]);
    assert!(engine.take_notices().is_empty());
}

#[test]
fn rules_are_checked_when_they_are_loaded() {
    let check = |change: fn(&mut Rule), expected: &str| {
        let mut rule = rule("total > 1");
        change(&mut rule);
        let error = Engine::new(&[rule], Lists::new(), Limits::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(|it| it.id = "Größe".into(), "1 to 64 of a-z");
    check(|it| it.version = 0, "versions count from 1");
    check(|it| it.owner = " ".into(), "rule large, owner: is empty");
    check(|it| it.text.en = "{limit}".into(), "{limit} is neither {subject}");
    check(
        |it| it.cooldown = Some("soon".into()),
        "rule large, cooldown: 'soon' is no span",
    );
    check(
        |it| it.silence = Some("10m".into()),
        "either a condition or a silence",
    );
    check(|it| it.condition = None, "either a condition or a silence");
    check(
        |it| it.when = Some("count(from.account, '1h') > 1".into()),
        "a window cannot stand here",
    );
    check(
        |it| it.subject = "event.amount".into(),
        "rule large, subject, line 1, column 1: expected text, found decimal",
    );
    let twice = [rule("total > 1"), rule("total > 2")];
    assert!(matches!(
        Engine::new(&twice, Lists::new(), Limits::default()),
        Err(RuleError::Field { field: "id", .. })
    ));
    let mut retired = rule("total > 2");
    retired.mode = Mode::Retired;
    let engine = Engine::new(&[rule("total > 1"), retired], Lists::new(), Limits::default()).unwrap();
    assert_eq!(engine.rules().count(), 1);
}

#[test]
fn a_silent_chain_is_found_when_time_goes_on() {
    let office = Office {
        owner: "x".into(),
        legal_basis: "y".into(),
    };
    let rules = [Detector::ChainSilence.rule(&Parameters::default(), &office)];
    let mut engine = Engine::new(&rules, Lists::new(), Limits::default()).unwrap();
    let mut block = Event::new("bank".into(), Kind::Block, "bank/block/7".into());
    block.time = 1_000;
    let mut findings = run(&mut engine, &[block]);
    engine.advance(1_599, &mut findings);
    assert!(findings.is_empty());
    engine.advance(1_600, &mut findings);
    engine.advance(9_999, &mut findings);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].subject.as_str(), &*findings[0].event),
        ("bank", "bank/block/7")
    );
    assert_eq!(findings[0].figures[0].value, "600s");
}

#[test]
fn an_event_from_the_future_takes_nothing_from_others() {
    let mut engine = Engine::new(&[rule("total >= 100")], Lists::new(), Limits::default()).unwrap();
    let mut findings = Vec::new();
    engine.advance(10_000, &mut findings);
    engine.observe(&payment(u64::MAX, "mallory", 1), &mut findings);
    engine.observe(&payment(10_001, "a", 60), &mut findings);
    engine.observe(&payment(10_002, "a", 60), &mut findings);
    assert_eq!(findings.len(), 1);
    let notices = engine.take_notices();
    assert_eq!(
        (notices.len(), notices[0].kind, notices[0].count),
        (1, NoticeKind::Ahead, 1)
    );
    // What is less ahead than is allowed is judged as of its time.
    engine.observe(&payment(10_900, "b", 1), &mut findings);
    assert!(engine.take_notices().is_empty());
}

fn small() -> Settings {
    Settings {
        days: 260,
        persons: 300,
        purchases_max: 2,
        block_seconds: 300,
        patterns: 25,
        ..Settings::default()
    }
}

#[test]
fn the_detectors_reach_their_figures() {
    let office = Office {
        owner: "x".into(),
        legal_basis: "y".into(),
    };
    let corpus = Corpus::new(small());
    let labels = corpus.labels().to_vec();
    let rules = detectors::rules(&Parameters::default(), &office);
    let test = BackTest {
        rules: &rules,
        lists: corpus.lists(),
        limits: Limits::default(),
    };
    let mut findings = Vec::new();
    let report = test
        .run(
            corpus,
            || Duration::ZERO,
            |finding| findings.push(finding.clone()),
        )
        .unwrap();
    assert!(report.notices.is_empty(), "{:?}", report.notices);
    assert!(report.events > 100_000);
    let total: u64 = report.rules.iter().flat_map(|row| row.by_day.values()).sum();
    assert_eq!(usize::try_from(total).unwrap(), findings.len());
    let is_low = |row: &crate::corpus::Score| row.recall_percent() < 70 || row.precision_percent() < 60;
    let low: Vec<_> = score(&labels, &findings).into_iter().filter(is_low).collect();
    assert!(low.is_empty(), "{low:#?}");
}

#[test]
fn the_corpus_is_the_same_every_time() {
    let settings = || Settings { days: 40, ..small() };
    let (one, other) = (Corpus::new(settings()), Corpus::new(settings()));
    assert_eq!(one.labels(), other.labels());
    let mut last = 0;
    for (left, right) in one.zip(other) {
        assert_eq!(left, right);
        assert!(left.time >= last);
        last = left.time;
    }
}

#[test]
fn after_a_restart_findings_go_on_as_if_there_was_none() {
    let office = Office {
        owner: "x".into(),
        legal_basis: "y".into(),
    };
    let settings = Settings { days: 160, ..small() };
    let mut rules = detectors::rules(&Parameters::default(), &office);
    // Its horizon is longer than this history.
    rules.retain(|rule| rule.id != Detector::DormantThenActive.id());
    let corpus = Corpus::new(settings);
    let lists = corpus.lists();
    let events: Vec<Event> = corpus.collect();
    let mut whole = Engine::new(&rules, lists.clone(), Limits::default()).unwrap();
    let stop = events.len() * 3 / 4;
    let horizon = events[stop].time - whole.horizon_seconds();
    assert!(horizon > events[0].time);
    run(&mut whole, &events[..stop]);
    let expected = run(&mut whole, &events[stop..]);
    assert!(expected.len() > 20);
    let mut again = Engine::new(&rules, lists, Limits::default()).unwrap();
    let first = events.partition_point(|event| event.time < horizon);
    run(&mut again, &events[first..stop]);
    let mut found = run(&mut again, &events[stop..]);
    for (found, expected) in found.iter_mut().zip(&expected) {
        found.suppressed = expected.suppressed;
    }
    assert_eq!(found, expected);
}

#[test]
fn the_order_of_rules_and_their_neighbours_change_no_finding() {
    let office = Office {
        owner: "x".into(),
        legal_basis: "y".into(),
    };
    let settings = || Settings { days: 60, ..small() };
    let all = detectors::rules(&Parameters::default(), &office);
    let events: Vec<Event> = Corpus::new(settings()).collect();
    let lists = Corpus::new(settings()).lists();
    let mut together = Engine::new(&all, lists.clone(), Limits::default()).unwrap();
    let together = run(&mut together, &events);
    assert!(lists.get(SANCTIONS).is_some());
    for rule in all {
        let mut alone = Engine::new(std::slice::from_ref(&rule), lists.clone(), Limits::default()).unwrap();
        let of_rule: Vec<&Finding> = together
            .iter()
            .filter(|finding| finding.rule == rule.id)
            .collect();
        assert_eq!(run(&mut alone, &events).iter().collect::<Vec<_>>(), of_rule);
    }
}

const MANUAL: &str = include_str!("../../../docs/operator/supervision.md");

fn manual_lists() -> Lists {
    let mut lists = Lists::new();
    lists.insert(SANCTIONS, 1, ["0xbad"]);
    lists.insert("licensed", 1, ["0xgood"]);
    lists
}

#[test]
fn the_rules_of_the_manual_compile() {
    let blocks: Vec<&str> = MANUAL
        .split("```toml\n")
        .skip(1)
        .filter_map(|part| part.split("```").next())
        .collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let file: crate::RuleFile = toml::from_str(block).unwrap();
        assert!(!file.rule.is_empty());
        Engine::new(&file.rule, manual_lists(), Limits::default()).unwrap();
    }
}

#[test]
fn the_faults_of_the_manual_are_what_is_said() {
    let rows = MANUAL
        .split("| condition | what it says |\n| --- | --- |\n")
        .nth(1)
        .unwrap();
    let rows: Vec<&str> = rows.lines().take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() >= 5);
    for row in rows {
        let (condition, message) = row.trim_matches(['|', ' ']).split_once("` | ").unwrap();
        let mut rule = rule(condition.trim_start_matches('`'));
        rule.define.clear();
        rule.text = Words::new("x", "x");
        let error = Engine::new(&[rule], manual_lists(), Limits::default())
            .unwrap_err()
            .to_string();
        assert_eq!(error, format!("rule large, condition, {message}"));
    }
}

#[test]
fn the_manual_names_all_fields_windows_and_detectors() {
    for (name, _, of, meaning) in crate::language::EVENT_FIELDS {
        assert!(
            MANUAL.contains(&format!("| `{name}` | {of} | {meaning}")),
            "{name}"
        );
    }
    for (name, _, of, meaning) in crate::language::PARTY_FIELDS {
        assert!(
            MANUAL.contains(&format!("| `{name}` | {of} | {meaning}")),
            "{name}"
        );
    }
    for aggregate in crate::Aggregate::ALL {
        assert!(
            MANUAL.contains(&format!("| `{}(", aggregate.name())),
            "{aggregate:?}"
        );
    }
    for detector in Detector::ALL {
        assert!(MANUAL.contains(&format!("`{}`", detector.id())), "{detector:?}");
    }
}

#[test]
fn rules_survive_a_file() {
    let office = Office {
        owner: "x".into(),
        legal_basis: "y".into(),
    };
    let file = crate::RuleFile {
        rule: detectors::rules(&Parameters::default(), &office),
    };
    let text = toml::to_string(&file).unwrap();
    assert_eq!(toml::from_str::<crate::RuleFile>(&text).unwrap(), file);
    assert!(toml::from_str::<crate::RuleFile>(&text.replace("subject =", "subjekt =")).is_err());
}
