//! Alarms of each kind, from what is seen to what is told.

use super::{World, draft, metric, receivers::HttpSink};
use crate::{Error, LedgerEvent, api::*};
use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

fn event(world: &World, name: &str, account: &str) -> LedgerEvent {
    LedgerEvent {
        ledger: "main".into(),
        height: 12,
        time: crate::Clock::now(world.clock.as_ref()),
        transaction: "0x11".into(),
        address: "0x0000000000000000000000000000000000001003".into(),
        contract: Some("Accounts".into()),
        event: name.into(),
        arguments: BTreeMap::from([("account".into(), account.into())]),
    }
}

fn offer(world: &World, name: &str, account: &str) {
    world
        .monitor
        .offer_events("main", 12, &[event(world, name, account)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metric_over_its_threshold_rings_after_its_time_and_ends() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await;
    let condition = metric("civitas_payloads_refused_total", Comparison::Above, 3.0, 30);
    let rule = world
        .rule("拒绝过多", condition, std::slice::from_ref(&channel.id))
        .await;
    let mut stream = world.monitor.subscribe();

    world.exporter.set(Some("civitas_payloads_refused_total 3\n"));
    world.pass(5).await;
    assert_eq!(world.states(&rule), []);
    world.exporter.set(Some("civitas_payloads_refused_total 4\n"));
    world.pass(5).await;
    assert_eq!(world.states(&rule), [AlarmState::Pending]);
    world.pass(15).await;
    assert_eq!(world.states(&rule), [AlarmState::Pending]);
    assert!(sink.take().is_empty());
    world.pass(15).await;
    assert_eq!(world.states(&rule), [AlarmState::Firing]);

    let received = sink.take();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].authorization.as_deref(), Some("Bearer abc"));
    let body = &received[0].body;
    assert_eq!(
        (body["version"].as_str(), body["status"].as_str()),
        (Some("4"), Some("firing"))
    );
    assert_eq!(body["alerts"][0]["labels"]["alertname"], "拒绝过多");
    assert_eq!(body["alerts"][0]["labels"]["node"], "node0");
    assert_eq!(body["alerts"][0]["annotations"]["value"], "4");
    assert_eq!(body["alerts"][0]["annotations"]["description"], "先看磁盘");

    world.pass(5).await;
    assert!(sink.take().is_empty(), "it is told once");
    world.exporter.set(Some("civitas_payloads_refused_total 0\n"));
    world.pass(5).await;
    assert_eq!(world.states(&rule), []);
    assert_eq!(sink.take()[0].body["status"], "resolved");
    assert_eq!(
        world.changes(&rule.id),
        [
            Change::Created,
            Change::Fired,
            Change::Delivered,
            Change::Resolved,
            Change::Delivered
        ]
    );
    assert_eq!(stream.recv().await.unwrap().change, Change::Fired);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_rings_when_a_node_falls_silent() {
    let world = World::new().await;
    let condition = Condition::Absence {
        query: "civitas_block_height{node=\"node0\"}".into(),
        for_seconds: 10,
    };
    let rule = world.rule("没有高度", condition, &[]).await;
    world.exporter.set(Some("civitas_block_height 9\n"));
    world.pass(5).await;
    assert_eq!(world.states(&rule), []);
    world.exporter.set(None);
    world.pass(5).await;
    // The series has ended at once: nothing waits for the look-back of five minutes.
    assert_eq!(world.states(&rule), [AlarmState::Pending]);
    world.pass(10).await;
    assert_eq!(world.states(&rule), [AlarmState::Firing]);
    world.exporter.set(Some("civitas_block_height 10\n"));
    world.pass(5).await;
    assert_eq!(world.states(&rule), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_in_logs_ring_when_there_are_enough_in_the_window() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await;
    let condition = Condition::Log {
        words: "超时".into(),
        level: Some(Level::Warn),
        node: Some("node0".into()),
        count: 3,
        window_seconds: 60,
    };
    let rule = world.rule("共识超时", condition, &[channel.id]).await;
    let line = |world: &World, level: &str| {
        let now = crate::Clock::now(world.clock.as_ref());
        world.log(&format!("{now}  {level} civitas: 第 3 轮共识超时 round=3\n"));
    };
    line(&world, "WARN");
    line(&world, "WARN");
    line(&world, "INFO");
    world.pass(5).await;
    assert_eq!(world.states(&rule), []);
    line(&world, "ERROR");
    world.pass(5).await;
    assert_eq!(world.states(&rule), [AlarmState::Firing]);
    let value = &sink.take()[0].body["alerts"][0]["annotations"]["value"];
    assert_eq!(value, "3 · node0: 第 3 轮共识超时 round=3");
    world.pass(100).await;
    assert_eq!(world.states(&rule), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_ledger_ring_when_they_match() {
    let world = World::new().await;
    let condition = Condition::LedgerEvent {
        ledger: Some("main".into()),
        contract: Some("accounts".into()),
        event: Some("Frozen".into()),
        arguments: BTreeMap::from([("account".into(), "0xAB".into())]),
        count: 2,
        window_seconds: 60,
    };
    let rule = world.rule("账户冻结", condition, &[]).await;
    offer(&world, "Frozen", "0xab");
    offer(&world, "Frozen", "0xcd");
    offer(&world, "Unfrozen", "0xab");
    world.pass(1).await;
    assert_eq!(world.states(&rule), []);
    offer(&world, "Frozen", "0xab");
    world.pass(1).await;
    assert_eq!(world.states(&rule), [AlarmState::Firing]);
    let value = world.monitor.alarms()[0].value.clone();
    assert_eq!(value, "2 · Accounts.Frozen · main 12 · 0x11 account=0xab");
    world.pass(120).await;
    assert_eq!(world.states(&rule), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn silences_acknowledgements_repetition_and_escalation() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let near = world.webhook(&sink.url("/near")).await.id;
    let far = world.webhook(&sink.url("/far")).await.id;
    let mut wanted = draft("up", metric("up", Comparison::Below, 1.0, 0), &[near]);
    wanted.repeat_minutes = 5;
    wanted.escalation = Some(Escalation {
        after_minutes: 12,
        channels: vec![far],
    });
    let rule = world.monitor.create_rule(wanted, "0xabc").await.unwrap();
    let paths = || -> Vec<String> { sink.take().into_iter().map(|received| received.path).collect() };

    let silence = SilenceDraft {
        minutes: 4,
        comment: "维护".into(),
        ..SilenceDraft::default()
    };
    let silence = world.monitor.silence(&rule.id, silence, "0xabc").await.unwrap();
    world.pass(1).await;
    assert_eq!(world.states(&rule), [AlarmState::Firing]);
    assert_eq!(
        world.monitor.alarms()[0].silenced_by.as_deref(),
        Some(silence.id.as_str())
    );
    assert_eq!(paths(), [""; 0]);
    world.pass(240).await;
    assert_eq!(paths(), ["/near"], "the silence is over");
    world.pass(299).await;
    assert_eq!(paths(), [""; 0]);
    world.pass(1).await;
    assert_eq!(paths(), ["/near"], "it is repeated");
    world.pass(180).await;
    assert_eq!(paths(), ["/far"], "nobody has acknowledged it");
    let alarms = world
        .monitor
        .acknowledge(&rule.id, "在看", "0xdef")
        .await
        .unwrap();
    assert_eq!(alarms[0].acknowledged.as_ref().unwrap().by, "0xdef");
    world.pass(3_600).await;
    assert_eq!(paths(), [""; 0], "somebody takes care of it");
    world.exporter.set(Some(""));
    world.pass(5).await;
    let mut told = paths();
    told.sort();
    assert_eq!(told, ["/far", "/near"], "all who were told learn of its end");
    assert_eq!(
        world.changes(&rule.id),
        [
            Change::Created,
            Change::Silenced,
            Change::Fired,
            Change::Delivered,
            Change::Delivered,
            Change::Escalated,
            Change::Delivered,
            Change::Acknowledged,
            Change::Resolved,
            Change::Delivered,
            Change::Delivered
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_rules_channels_silences_alarms_and_history() {
    let world = World::new().await;
    let rule = world
        .rule("up", metric("up", Comparison::Below, 1.0, 0), &[])
        .await;
    let channel = world.webhook("http://127.0.0.1:9/secret").await;
    let silence = SilenceDraft {
        minutes: 60,
        ..SilenceDraft::default()
    };
    world.monitor.silence(&rule.id, silence, "0xabc").await.unwrap();
    world.log("2026-11-30T08:47:10Z  INFO a: first line\n");
    world.pass(5).await;
    let file = world.folder.path().join("monitor/alarms.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = (
        world.monitor.rules(),
        world.monitor.silences(),
        world.monitor.alarms(),
    );
    let history = world.monitor.history(HistoryParameters::default()).unwrap();

    let world = world.restart().await;
    assert_eq!(
        (
            world.monitor.rules(),
            world.monitor.silences(),
            world.monitor.alarms()
        ),
        before
    );
    assert_eq!(
        world.monitor.history(HistoryParameters::default()).unwrap(),
        history
    );
    assert_eq!(world.monitor.channel(&channel.id).unwrap(), channel);
    world.log("2026-11-30T08:47:11Z  INFO a: second line\n");
    world.pass(5).await;
    let found = world.monitor.logs(LogParameters::default()).await.unwrap();
    let found: Vec<String> = found.items.into_iter().map(|line| line.message).collect();
    assert_eq!(found, ["second line", "first line"], "each is there once");
    let up = InstantParameters {
        query: "count_over_time(up[1m])".into(),
        time: None,
    };
    let QueryData::Vector(up) = world.monitor.query(up).await.unwrap() else {
        panic!("no vector");
    };
    assert!(up[0].value.value >= 2.0, "metrics of before are there: {up:?}");
    assert_eq!(
        world.changes(&rule.id),
        [Change::Created, Change::Silenced, Change::Fired],
        "it did not ring twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_by_name() {
    let world = World::new().await;
    let good = metric("up", Comparison::Below, 1.0, 0);
    let rule = world.rule("up", good.clone(), &[]).await;
    let check = async |draft: RuleDraft, slug: &str| {
        let error = world.monitor.create_rule(draft, "0xabc").await.unwrap_err();
        assert_eq!(error.slug(), slug, "{error}");
    };
    check(draft("up", good.clone(), &[]), "name-taken").await;
    check(draft(" ", good.clone(), &[]), "invalid-field").await;
    check(draft("a", good.clone(), &["channel-9".into()]), "invalid-field").await;
    check(
        draft("a", metric("up{", Comparison::Below, 1.0, 0), &[]),
        "invalid-query",
    )
    .await;
    check(
        draft("a", metric("up", Comparison::Below, f64::NAN, 0), &[]),
        "invalid-field",
    )
    .await;
    check(
        draft("a", metric("up", Comparison::Below, 1.0, 1 << 40), &[]),
        "invalid-field",
    )
    .await;
    let log = |words: &str, window_seconds| Condition::Log {
        words: words.into(),
        level: None,
        node: None,
        count: 1,
        window_seconds,
    };
    check(draft("a", log("", 60), &[]), "invalid-field").await;
    check(draft("a", log("a", 0), &[]), "invalid-field").await;
    check(draft("a", log(&"a ".repeat(99), 60), &[]), "invalid-field").await;

    let changed = draft("up", metric("up", Comparison::Below, 0.5, 0), &[]);
    let replaced = world
        .monitor
        .replace_rule(&rule.id, 1, changed.clone(), "0xabc")
        .await
        .unwrap();
    assert_eq!(replaced.version, 2);
    let stale = world.monitor.replace_rule(&rule.id, 1, changed, "0xabc").await;
    assert!(matches!(stale, Err(Error::Stale { version: 2, .. })));
    assert_eq!(
        world
            .monitor
            .delete_rule("rule-9", "0xabc")
            .await
            .unwrap_err()
            .slug(),
        "not-found"
    );
    assert!(world.monitor.acknowledge(&rule.id, "", "0xabc").await.is_err());
    let mut count = 0;
    let full = loop {
        count += 1;
        let wanted = draft(&format!("rule {count}"), good.clone(), &[]);
        if let Err(error) = world.monitor.create_rule(wanted, "0xabc").await {
            break error;
        }
    };
    assert_eq!(full.slug(), "full");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cannot_be_evaluated_says_so() {
    let world = World::new().await;
    world
        .exporter
        .set(Some("civitas_a{x=\"1\"} 1\ncivitas_a{x=\"2\"} 1\n"));
    let condition = Condition::Metric {
        query: "civitas_a + on(node) civitas_a".into(),
        threshold: None,
        for_seconds: 0,
        keep_firing_seconds: 0,
    };
    let rule = world.rule("many to many", condition, &[]).await;
    world.pass(5).await;
    assert!(world.monitor.rule(&rule.id).unwrap().problem.is_some());
    assert_eq!(world.states(&rule), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_flaps_rings_on_where_the_rule_says_so() {
    let world = World::new().await;
    let condition = Condition::Metric {
        query: "civitas_a > 0".into(),
        threshold: None,
        for_seconds: 0,
        keep_firing_seconds: 60,
    };
    let rule = world.rule("flaps", condition, &[]).await;
    for value in ["1", "0", "1", "0"] {
        world.exporter.set(Some(&format!("civitas_a {value}\n")));
        world.pass(20).await;
        assert_eq!(world.states(&rule), [AlarmState::Firing]);
    }
    world.pass(60).await;
    assert_eq!(world.states(&rule), []);
    assert_eq!(
        world.changes(&rule.id),
        [Change::Created, Change::Fired, Change::Resolved]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn counted_events_outlive_the_console_and_are_those_of_the_condition_of_now() {
    let world = World::new().await;
    let condition = |event: &str| Condition::LedgerEvent {
        ledger: None,
        contract: None,
        event: Some(event.into()),
        arguments: BTreeMap::new(),
        count: 2,
        window_seconds: 600,
    };
    let rule = world.rule("frozen", condition("Frozen"), &[]).await;
    assert_eq!(world.monitor.offered_height("main"), None);
    offer(&world, "Frozen", "0xab");
    let world = world.restart().await;
    assert_eq!(world.monitor.offered_height("main"), Some(12));
    world.pass(1).await;
    assert_eq!(world.states(&rule), []);
    offer(&world, "Frozen", "0xab");
    world.pass(1).await;
    assert_eq!(
        world.states(&rule),
        [AlarmState::Firing],
        "the event of before counts"
    );

    let changed = draft("frozen", condition("Unfrozen"), &[]);
    let rule = world
        .monitor
        .replace_rule(&rule.id, 1, changed, "0xabc")
        .await
        .unwrap();
    offer(&world, "Unfrozen", "0xab");
    world.pass(1).await;
    assert_eq!(
        world.states(&rule),
        [],
        "events of another condition do not count"
    );
}
