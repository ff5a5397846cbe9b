//! Messages that wait: together in one, over restarts, in their order, on a disk that fails.

use super::{World, draft, metric, receivers::HttpSink};
use crate::api::*;
use std::fs;

fn alarms(body: &serde_json::Value) -> Vec<String> {
    let alerts = body["alerts"].as_array().unwrap();
    alerts
        .iter()
        .map(|alert| alert["labels"]["x"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_of_one_rule_stand_in_one_message_and_what_blinks_is_not_told() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await.id;
    let mut wanted = draft("many", metric("civitas_a", Comparison::Above, 0.0, 0), &[channel]);
    wanted.group_seconds = 30;
    let rule = world.monitor.create_rule(wanted, "0xabc").await.unwrap();
    let set = |values: &[(&str, u8)]| {
        let lines: String = values
            .iter()
            .map(|(x, value)| format!("civitas_a{{x=\"{x}\"}} {value}\n"))
            .collect();
        world.exporter.set(Some(&lines));
    };
    set(&[("1", 1)]);
    world.pass(5).await;
    set(&[("1", 1), ("2", 1), ("3", 1)]);
    world.pass(10).await;
    set(&[("1", 1), ("2", 1), ("3", 0)]);
    world.pass(10).await;
    assert!(sink.take().is_empty(), "they wait for each other");
    world.pass(10).await;
    let told: Vec<Vec<String>> = sink
        .take()
        .iter()
        .map(|received| alarms(&received.body))
        .collect();
    assert_eq!(told, [["1", "2"]], "the third has come and gone");
    set(&[("1", 0), ("2", 1)]);
    world.pass(5).await;
    set(&[("1", 0), ("2", 0)]);
    world.pass(5).await;
    world.pass(30).await;
    let told = sink.take();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].body["status"].as_str(), alarms(&told[0].body)),
        (Some("resolved"), vec!["1".to_owned(), "2".to_owned()])
    );
    let changes = world.changes(&rule.id);
    let count = |change: Change| changes.iter().filter(|found| **found == change).count();
    assert_eq!(
        (count(Change::Fired), count(Change::Resolved)),
        (3, 3),
        "{changes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_waits_outlives_the_console_and_an_end_never_overtakes_it() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(503, "starting"), (200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await.id;
    let rule = world
        .rule("up", metric("up", Comparison::Below, 1.0, 0), &[channel])
        .await;
    world.clock.turn(5);
    world.monitor.scrape().await.unwrap();
    world.monitor.evaluate().await.unwrap();
    // The receiver is not there yet, and the console ends.
    world.monitor.send_once().await;
    assert_eq!(sink.take().len(), 1);
    world.exporter.set(Some(""));
    world.clock.turn(1);
    world.monitor.scrape().await.unwrap();
    world.monitor.evaluate().await.unwrap();
    world.monitor.send_once().await;
    assert!(sink.take().is_empty(), "the end waits behind the beginning");

    let world = world.restart().await;
    world.monitor.send_waiting().await;
    let told: Vec<String> = sink
        .take()
        .iter()
        .map(|received| received.body["status"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, ["firing", "resolved"]);
    assert_eq!(
        world.changes(&rule.id),
        [
            Change::Created,
            Change::Fired,
            Change::DeliveryDelayed,
            Change::Resolved,
            Change::Delivered,
            Change::Delivered
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_yesterday_is_not_told_and_recorded() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await.id;
    let rule = world
        .rule("up", metric("up", Comparison::Below, 1.0, 0), &[channel])
        .await;
    world.monitor.scrape().await.unwrap();
    world.monitor.evaluate().await.unwrap();
    world.clock.turn(86_401);
    world.monitor.forget_old(crate::Clock::now(world.clock.as_ref()));
    world.monitor.send_waiting().await;
    assert!(sink.take().is_empty());
    assert_eq!(
        world.changes(&rule.id),
        [Change::Created, Change::Fired, Change::DeliveryFailed]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_told_learns_that_the_rule_is_gone() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await.id;
    let rule = world
        .rule("up", metric("up", Comparison::Below, 1.0, 0), &[channel])
        .await;
    world.pass(5).await;
    assert_eq!(sink.take().len(), 1);
    world.monitor.delete_rule(&rule.id, "0xabc").await.unwrap();
    world.monitor.send_waiting().await;
    assert_eq!(sink.take()[0].body["status"], "resolved");
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_are_told_where_the_disk_fails() {
    let world = World::new().await;
    let sink = HttpSink::start(&[(200, "ok")]).await;
    let channel = world.webhook(&sink.url("/hook")).await.id;
    let rule = world
        .rule("up", metric("up", Comparison::Below, 1.0, 0), &[channel])
        .await;
    // Nothing can be written where these folders stand in the way.
    let folder = world.folder.path().join("monitor");
    for name in ["alarms.new", "outbox.new"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    world.monitor.scrape().await.unwrap();
    assert!(world.monitor.evaluate().await.is_err());
    world.monitor.send_waiting().await;
    assert_eq!(sink.take().len(), 1);
    assert!(world.monitor.delete_rule(&rule.id, "0xabc").await.is_err());
    assert!(
        world.monitor.rule(&rule.id).is_ok(),
        "what cannot be written has not happened"
    );

    for name in ["alarms.new", "outbox.new"] {
        fs::remove_dir(folder.join(name)).unwrap();
    }
    world.monitor.evaluate().await.unwrap();
    let world = world.restart().await;
    assert_eq!(world.states(&rule), [AlarmState::Firing]);
    world.pass(5).await;
    assert!(sink.take().is_empty(), "it is not told twice");
}
