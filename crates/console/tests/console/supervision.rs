//! Supervision over rows of a real index, on SQLite and on PostgreSQL: every detector that such rows can feed finds its
//! pattern, and whoever stops it when, nothing is found twice or lost.

use crate::{
    databases::{Folder, Postgres},
    story::{Deed, IDENTITY, Story, account, deployed},
};
use civitas_console::supervision::{
    backtests::{BackTests, Outcome, Test},
    findings::Wanted,
    judge::{Circumstances, Judge, JudgeError, Round},
    rules::Change,
    store::{Store, StoreError},
};
use civitas_supervision::{Lists, Mode, Rule, Severity, Words};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::pin,
    task::Poll,
};

const DAY: u64 = 86_400;
/// When the stories begin.
const BEGIN: u64 = 1_700_000_000;

/// An index with what supervision keeps beside it.
struct Bench {
    index: civitas_indexer::Store,
    store: Store,
    now: u64,
}

impl Bench {
    async fn open(url: &str) -> Self {
        let index = civitas_indexer::Store::open(url).await.unwrap();
        let store = Store::open(url).await.unwrap();
        store.draft().await.unwrap();
        Self {
            index,
            store,
            now: BEGIN + 400 * DAY,
        }
    }

    fn judge(&self) -> Judge {
        Judge::new(self.index.reader(), self.store.clone())
    }

    fn circumstances(&self) -> Circumstances {
        Circumstances {
            millis: self.now * 1_000,
            is_index_current: true,
        }
    }

    /// Judges until nothing is left.
    async fn finish(&self, judge: &mut Judge) -> Round {
        let mut all = Round::default();
        loop {
            let round = judge.round(self.circumstances()).await.unwrap();
            all.judged += round.judged;
            all.replayed += round.replayed;
            all.found += round.found;
            if round.judged == 0 && round.replayed == 0 {
                return all;
            }
        }
    }

    /// Everything that was found: rule, version, subject, event, text.
    async fn found(&self) -> BTreeSet<(String, u32, String, String, String)> {
        let wanted = Wanted {
            limit: 10_000,
            ..Wanted::default()
        };
        let found = self.store.findings(&wanted).await.unwrap();
        let keys: BTreeSet<_> = found
            .iter()
            .map(|kept| {
                let finding = &kept.finding;
                (
                    finding.rule.clone(),
                    finding.version,
                    finding.subject.clone(),
                    finding.event.to_string(),
                    finding.text.en.clone(),
                )
            })
            .collect();
        assert_eq!(keys.len(), found.len(), "a finding is there twice");
        keys
    }

    async fn subjects(&self, rule: &str) -> BTreeSet<String> {
        let found = self.found().await.into_iter();
        found
            .filter(|finding| finding.0 == rule)
            .map(|finding| finding.2)
            .collect()
    }
}

fn text(number: u64) -> String {
    format!("{:#x}", account(number))
}

const fn pay(from: u64, to: u64, whole: u64) -> Deed {
    Deed::Pay { from, to, whole }
}

/// Blocks of quiet days, in which an account pays a little now and then.
fn quiet(story: &mut Story, from: u64, days: u64, start: u64) -> u64 {
    for day in 0..days {
        story.at(start + day * DAY, vec![pay(from, 900, 1_000)]);
    }
    start + days * DAY
}

/// A story with a pattern for each detector.
fn patterns() -> Story {
    let mut story = Story::default();
    story.at(BEGIN, vec![pay(70, 900, 30_000)]);
    let time = quiet(&mut story, 10, 20, BEGIN + DAY);
    // An unusual amount.
    let time = story_at(&mut story, time, vec![pay(10, 900, 40_000)]);
    // Just below the threshold, by two accounts of one identity.
    let mut time = time;
    for number in 0..6 {
        time = story_at(&mut story, time, vec![pay(1 + number % 2, 901, 45_000)]);
    }
    // Many pay one, who pays it on; one pays many.
    let many = (0..25).map(|payer| pay(100 + payer, 30, 2_500)).collect();
    time = story_at(&mut story, time, many);
    time = story_at(&mut story, time, vec![pay(30, 902, 61_000)]);
    let many = (0..25).map(|payee| pay(40, 200 + payee, 2_000)).collect();
    time = story_at(&mut story, time, many);
    // A contract into which much flows at once.
    let height = story.at(time + 60, vec![Deed::Deploy { from: 50 }]);
    let contract = deployed(height, 0);
    let flow = Deed::Into {
        from: 51,
        contract,
        whole: 600_000,
    };
    time = story_at(&mut story, time + 120, vec![flow]);
    // Calls that fail, of one and of several.
    time = story_at(&mut story, time, vec![Deed::Fail { from: 60, contract }; 35]);
    let other = contract.create(1);
    let failing = (0..36).map(|call| Deed::Fail {
        from: 300 + call % 6,
        contract: other,
    });
    time = story_at(&mut story, time, failing.collect());
    // One who pays usually once a day pays without end.
    let mut burst = quiet(&mut story, 80, 25, time + DAY);
    for _ in 0..30 {
        burst += 30;
        story.at(burst, vec![pay(80, 903, 10)]);
    }
    // Somebody wakes up, and one whom a list names.
    let late = BEGIN + 300 * DAY;
    story.at(late, vec![pay(70, 904, 25_000)]);
    let sanctioned = Deed::Coins {
        from: 90,
        to: 91,
        whole: 1,
    };
    story.at(late + 60, vec![sanctioned]);
    story
}

/// Adds a block an hour after a time; gives its time.
fn story_at(story: &mut Story, time: u64, deeds: Vec<Deed>) -> u64 {
    story.at(time + 3_600, deeds);
    time + 3_600
}

async fn each_detector_finds_its_pattern(url: &str) {
    let bench = Bench::open(url).await;
    let sanctioned = [text(91)];
    let change = bench
        .store
        .write_list("sanctions", &sanctioned, 1, "officer")
        .await;
    assert_eq!(change.unwrap(), Change::Done);
    let story = patterns();
    story.index(&bench.index, "main").await;
    let mut judge = bench.judge();
    let round = bench.finish(&mut judge).await;
    assert_eq!(round.judged as usize, story.blocks.len());
    assert_eq!(judge.faulty(), []);
    let did = format!("did:civitas:{}", alloy_primitives::hex::encode(IDENTITY));
    let expected = [
        ("volume-outlier", text(10)),
        ("frequency-outlier", text(80)),
        ("structuring", did),
        ("fan-in", text(30)),
        ("fan-out", text(40)),
        ("pass-through", text(30)),
        ("dormant-then-active", text(70)),
        ("failed-calls", text(60)),
        ("sanctioned-party", text(91)),
        ("chain-silence", "main".to_owned()),
    ];
    for (rule, subject) in expected {
        let subjects = bench.subjects(rule).await;
        assert!(subjects.contains(&subject), "{rule}: {subjects:?}");
    }
    assert!(!bench.subjects("new-contract-flow").await.is_empty());
    assert!(!bench.subjects("failing-contract").await.is_empty());
    // What was found once is not found again, by this one or the next.
    let before = bench.found().await;
    bench.finish(&mut judge).await;
    bench.finish(&mut bench.judge()).await;
    assert_eq!(bench.found().await, before);
}

#[tokio::test]
async fn each_detector_finds_its_pattern_on_sqlite() {
    let folder = Folder::new();
    each_detector_finds_its_pattern(&folder.sqlite()).await;
}

#[tokio::test]
async fn each_detector_finds_its_pattern_on_postgres() {
    let server = Postgres::start();
    each_detector_finds_its_pattern(&server.database().await).await;
}

/// Polls a future so many times, then drops it.
async fn stopped_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn stopped_often_it_is_as_in_one_go(once: &str, often: &str) {
    let (first, second) = (Bench::open(once).await, Bench::open(often).await);
    let story = patterns();
    let mut other = Story::default();
    for block in 0..200 {
        other.at(BEGIN + block * DAY, vec![pay(1, 2 + block % 30, 46_000)]);
    }
    for bench in [&first, &second] {
        story.index(&bench.index, "main").await;
        other.index(&bench.index, "harbour").await;
    }
    let whole = first.finish(&mut first.judge()).await;
    let mut stops = 0;
    // Grows block by block, so that stops fall between and into rounds.
    let mut polls = 1;
    loop {
        let mut judge = second.judge();
        let round = stopped_after(polls, judge.round(second.circumstances())).await;
        polls = polls % 97 + 3;
        match round.map(Result::unwrap) {
            Some(round) if round == Round::default() => {}
            Some(_) => continue,
            None => {
                stops += 1;
                if stops < 50 {
                    continue;
                }
            }
        }
        if stops >= 50 {
            break;
        }
    }
    second.finish(&mut second.judge()).await;
    assert!(whole.found > 0 && stops >= 50);
    assert_eq!(first.found().await, second.found().await);
    assert_eq!(
        first.store.judged().await.unwrap(),
        second.store.judged().await.unwrap()
    );
}

#[tokio::test]
async fn stopped_often_it_is_as_in_one_go_on_sqlite() {
    let folder = Folder::new();
    stopped_often_it_is_as_in_one_go(&folder.sqlite(), &folder.sqlite()).await;
}

#[tokio::test]
async fn stopped_often_it_is_as_in_one_go_on_postgres() {
    let server = Postgres::start();
    let (once, often) = (server.database().await, server.database().await);
    stopped_often_it_is_as_in_one_go(&once, &often).await;
}

/// A rule whose window spans a restart.
fn busy(condition: &str) -> Rule {
    Rule {
        id: "busy".to_owned(),
        version: 1,
        owner: "Office".to_owned(),
        legal_basis: "Decision 7".to_owned(),
        severity: Severity::Critical,
        mode: Mode::Shadow,
        title: Words::new("繁忙", "Busy"),
        text: Words::new("{subject} {count}", "{subject} paid {count} times"),
        when: Some("event.kind == 'transfer'".to_owned()),
        subject: "from.account".to_owned(),
        define: BTreeMap::from([("count".to_owned(), "count(from.account, '7d')".to_owned())]),
        condition: Some(condition.to_owned()),
        silence: None,
        cooldown: Some("30d".to_owned()),
    }
}

#[tokio::test]
async fn windows_outlive_a_restart_and_a_new_version_is_tried_beside_the_active_one() {
    let folder = Folder::new();
    let mut bench = Bench::open(&folder.sqlite()).await;
    bench.now = BEGIN + 20;
    assert_eq!(
        bench
            .store
            .write_rule(&busy("count == 5"), 0, "author")
            .await
            .unwrap(),
        Change::Done
    );
    let written = bench.store.versions("busy").await.unwrap();
    let change = bench
        .store
        .set_mode(&written[0], Mode::Active, "officer", "tested")
        .await;
    assert_eq!(change.unwrap(), Change::Done);
    let mut story = Story::default();
    for payment in 0..4 {
        story.at(BEGIN + payment, vec![pay(5, 6, 1)]);
    }
    story.index(&bench.index, "main").await;
    bench.finish(&mut bench.judge()).await;
    assert!(bench.subjects("busy").await.is_empty());
    story.at(BEGIN + 10, vec![pay(5, 6, 1)]);
    story.index(&bench.index, "main").await;
    // The fifth payment is found by one that has seen only it since it began.
    let round = bench.finish(&mut bench.judge()).await;
    assert_eq!((round.judged, round.replayed, round.found), (1, 4, 1));
    // A second version on trial, beside the first, which still counts.
    let mut second = busy("count == 6");
    second.version = 2;
    assert_eq!(
        bench.store.write_rule(&second, 0, "author").await.unwrap(),
        Change::Overtaken
    );
    assert_eq!(
        bench.store.write_rule(&second, 1, "author").await.unwrap(),
        Change::Done
    );
    let modes: Vec<_> = bench.store.versions("busy").await.unwrap();
    let modes: Vec<_> = modes
        .iter()
        .map(|version| (version.rule.version, version.rule.mode))
        .collect();
    assert_eq!(modes, [(2, Mode::Shadow), (1, Mode::Active)]);
    story.at(BEGIN + 12, vec![pay(5, 6, 1)]);
    story.index(&bench.index, "main").await;
    bench.finish(&mut bench.judge()).await;
    let found: Vec<_> = bench
        .found()
        .await
        .into_iter()
        .filter(|found| found.0 == "busy")
        .collect();
    let versions: Vec<_> = found.iter().map(|found| found.1).collect();
    assert_eq!(versions, [1, 2]);
    let written = bench.store.versions("busy").await.unwrap();
    let change = bench
        .store
        .set_mode(&written[0], Mode::Active, "officer", "better")
        .await;
    assert_eq!(change.unwrap(), Change::Done);
    let modes: Vec<_> = bench.store.versions("busy").await.unwrap();
    let modes: Vec<_> = modes.iter().map(|version| version.rule.mode).collect();
    assert_eq!(modes, [Mode::Active, Mode::Retired]);
    let history = bench.store.acts("rule", "busy", 100).await.unwrap();
    assert_eq!(history.len(), 5);
}

/// A rule that changes while it is judged: the windows of the new version hold what was before it, and the rules at work go
/// on meanwhile.
#[tokio::test]
async fn windows_are_full_before_a_new_version_takes_over() {
    let folder = Folder::new();
    let mut bench = Bench::open(&folder.sqlite()).await;
    bench.now = BEGIN + 20;
    let mut judge = bench.judge();
    let mut story = Story::default();
    for payment in 0..4 {
        story.at(BEGIN + payment, vec![pay(5, 6, 1)]);
    }
    story.index(&bench.index, "main").await;
    bench.finish(&mut judge).await;
    bench
        .store
        .write_rule(&busy("count == 5"), 0, "author")
        .await
        .unwrap();
    let round = bench.finish(&mut judge).await;
    assert_eq!((round.judged, round.replayed), (0, 4));
    story.at(BEGIN + 10, vec![pay(5, 6, 1)]);
    story.index(&bench.index, "main").await;
    bench.finish(&mut judge).await;
    assert_eq!(bench.subjects("busy").await, BTreeSet::from([text(5)]));
    // What is retired finds nothing more, from the same moment on.
    let written = bench.store.versions("busy").await.unwrap();
    let change = bench
        .store
        .set_mode(&written[0], Mode::Retired, "officer", "no use")
        .await;
    assert_eq!(change.unwrap(), Change::Done);
    for payment in 0..5 {
        story.at(BEGIN + 11 + payment, vec![pay(7, 6, 1)]);
    }
    story.index(&bench.index, "main").await;
    bench.finish(&mut judge).await;
    assert_eq!(bench.subjects("busy").await, BTreeSet::from([text(5)]));
}

#[tokio::test]
async fn of_two_that_judge_one_gives_way_and_nothing_is_doubled() {
    let server = Postgres::start();
    let bench = Bench::open(&server.database().await).await;
    let mut story = Story::default();
    for payment in 0..40 {
        story.at(BEGIN + payment, vec![pay(5, 6, 45_000)]);
    }
    story.index(&bench.index, "main").await;
    let (mut one, mut other) = (bench.judge(), bench.judge());
    bench.finish(&mut one).await;
    bench.finish(&mut other).await;
    story.at(BEGIN + 100, vec![pay(5, 6, 45_000)]);
    story.index(&bench.index, "main").await;
    bench.finish(&mut one).await;
    let late = other.round(bench.circumstances()).await;
    assert!(
        matches!(late, Err(JudgeError::Store(StoreError::Overtaken { .. }))),
        "{late:?}"
    );
    let before = bench.found().await;
    bench.finish(&mut other).await;
    assert_eq!(bench.found().await, before);
}

#[tokio::test]
async fn a_back_test_finds_what_was_found() {
    let folder = Folder::new();
    let bench = Bench::open(&folder.sqlite()).await;
    patterns().index(&bench.index, "main").await;
    bench.finish(&mut bench.judge()).await;
    let rules = bench.store.rules_at_work().await.unwrap();
    let fan_out = rules
        .into_iter()
        .find(|version| version.rule.id == "fan-out")
        .unwrap();
    let test = |from, until| Test {
        rule: fan_out.rule.clone(),
        lists: Lists::new(),
        from,
        until,
        ledgers: Vec::new(),
        actor: "officer".to_owned(),
    };
    let back_tests = BackTests::default();
    for (from, until, expected) in [
        (0, u64::MAX - 1, 1),
        (BEGIN + 100 * DAY, u64::MAX - 1, 0),
        (0, BEGIN, 0),
    ] {
        let job = back_tests.start(bench.index.reader(), test(from, until)).unwrap();
        while matches!(job.outcome(), Outcome::Running) {
            tokio::task::yield_now().await;
        }
        let Outcome::Done(report, false) = job.outcome() else {
            unreachable!("it is done: {:?}", job.outcome());
        };
        assert_eq!(report.rules[0].statistics.findings, expected, "{from} {until}");
    }
    let cancelled = back_tests
        .start(bench.index.reader(), test(0, u64::MAX - 1))
        .unwrap();
    back_tests.cancel(cancelled.number).unwrap();
    while matches!(cancelled.outcome(), Outcome::Running) {
        tokio::task::yield_now().await;
    }
    assert!(matches!(cancelled.outcome(), Outcome::Cancelled));
}

/// A ledger that comes late with an old history is judged in the order of time, with nothing lost.
#[tokio::test]
async fn a_ledger_that_is_attached_late_is_judged_from_its_first_block() {
    let folder = Folder::new();
    let mut bench = Bench::open(&folder.sqlite()).await;
    patterns().index(&bench.index, "main").await;
    let mut judge = bench.judge();
    bench.finish(&mut judge).await;
    let mut late = Story::default();
    for payment in 0..8 {
        late.at(BEGIN + 40 * DAY + payment * 3_600, vec![pay(500, 501, 44_000)]);
    }
    late.index(&bench.index, "eip155:31337").await;
    // It may still be coming in.
    bench.finish(&mut judge).await;
    assert!(
        bench
            .subjects("structuring")
            .await
            .iter()
            .all(|subject| *subject != text(500))
    );
    bench.now += 20;
    bench.finish(&mut judge).await;
    assert!(bench.subjects("structuring").await.contains(&text(500)));
    let judged = bench.store.judged().await.unwrap();
    assert_eq!(judged["eip155:31337"].height, 7);
}

#[tokio::test]
async fn a_finding_is_dismissed_once_with_a_reason() {
    let folder = Folder::new();
    let bench = Bench::open(&folder.sqlite()).await;
    patterns().index(&bench.index, "main").await;
    bench.finish(&mut bench.judge()).await;
    let dismiss = |by: &'static str| bench.store.dismiss(1, by, "a test of the office");
    assert_eq!(dismiss("one").await.unwrap(), Change::Done);
    assert_eq!(dismiss("other").await.unwrap(), Change::Overtaken);
    let history = bench.store.acts("finding", "1", 10).await.unwrap();
    assert_eq!((history.len(), history[0].actor.as_str()), (1, "one"));
    let open = Wanted {
        state: Some("open".to_owned()),
        limit: 1_000,
        ..Wanted::default()
    };
    let found = bench.store.findings(&open).await.unwrap();
    assert!(found.iter().all(|kept| kept.number != 1) && !found.is_empty());
}
