//! Logs, from files to what a search finds.

use super::World;
use crate::{Time, api::*};
use std::time::Duration;

async fn found(world: &World, parameters: LogParameters) -> Vec<String> {
    let page = world.monitor.logs(parameters).await.unwrap();
    page.items.into_iter().map(|line| line.message).collect()
}

fn words(q: &str) -> LogParameters {
    LogParameters {
        q: Some(q.into()),
        ..LogParameters::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_found_by_words_level_node_and_time() {
    let world = World::new().await;
    let now = crate::Clock::now(world.clock.as_ref());
    let at = |minutes: u64| now.before(Duration::from_secs(60 * minutes));
    world.log(&format!(
        "{}  INFO civitas_node::service: the node is up name=\"node0\"\n\
         {}  WARN civitas_network: Peer lost peer=0xAB\n\
         {} ERROR civitas_node: 第3轮共识超时\n  because the disk is full\n",
        at(30),
        at(20),
        at(10)
    ));
    world.pass(1).await;
    let check = async |q: &str, expected: &[&str]| {
        assert_eq!(found(&world, words(q)).await, expected, "{q}");
    };
    let (up, lost, timeout, because) = (
        "the node is up name=\"node0\"",
        "Peer lost peer=0xAB",
        "第3轮共识超时",
        "  because the disk is full",
    );
    check("共识", &[timeout]).await;
    check("超时", &[timeout]).await;
    check("轮", &[timeout]).await;
    check("时", &[timeout]).await;
    check("识共", &[]).await;
    check("共时", &[]).await;
    check("peer LOST", &[lost]).await;
    check("lost peer", &[lost]).await;
    check("\"lost peer\"", &[lost]).await;
    check("\"peer peer\"", &[]).await;
    check("0xab", &[lost]).await;
    check("civitas_network", &[lost]).await;
    check("the -disk", &[up]).await;
    check("\"", &[because, timeout, lost, up]).await;
    check("", &[because, timeout, lost, up]).await;
    check("a\\.*[", &[]).await;
    check("[", &[]).await;

    let level = LogParameters {
        level: Some(Level::Warn),
        ..LogParameters::default()
    };
    // A line without a level goes on with that of the line before.
    assert_eq!(found(&world, level).await, [because, timeout, lost]);
    let window = LogParameters {
        from: Some(at(25)),
        to: Some(at(10)),
        ..LogParameters::default()
    };
    assert_eq!(found(&world, window).await, [lost]);
    let node = |node: &str| LogParameters {
        node: Some(node.into()),
        limit: Some(1),
        ..LogParameters::default()
    };
    assert_eq!(found(&world, node("node0")).await, [because]);
    assert_eq!(found(&world, node("node1")).await, [""; 0]);
    let only_without = world.monitor.logs(words("-disk")).await.unwrap_err();
    assert_eq!(only_without.slug(), "invalid-field");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_line_once() {
    let world = World::new().await;
    let now = crate::Clock::now(world.clock.as_ref());
    let text: String = (0..450)
        .map(|number| format!("{now}  INFO a: line {number}\n"))
        .collect();
    world.log(&text);
    world.pass(1).await;
    let mut parameters = LogParameters {
        limit: Some(200),
        ..LogParameters::default()
    };
    let mut lines = Vec::new();
    let mut pages = 0;
    loop {
        let page = world.monitor.logs(parameters.clone()).await.unwrap();
        lines.extend(page.items.into_iter().map(|line| line.message));
        pages += 1;
        parameters.cursor = page.next;
        if parameters.cursor.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..450).rev().map(|number| format!("line {number}")).collect();
    assert_eq!((pages, lines), (3, expected));
    for wrong in ["x", "", "-1"] {
        parameters.cursor = Some(wrong.into());
        assert!(world.monitor.logs(parameters.clone()).await.is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_lines_do_no_harm() {
    let world = World::new().await;
    let now = crate::Clock::now(world.clock.as_ref());
    world.log("9999-12-31T23:59:59Z ERROR a: from the future <script>alert(1)</script>\n");
    world.log("1970-01-01T00:00:00Z ERROR a: from before all nodes\n");
    world.log(&format!(
        "{now} ERROR \u{1b}[31ma: red\u{1b}[0m \u{202e}turned\0\n"
    ));
    world.log(&format!("{}\n", "中".repeat(100_000)));
    world.pass(1).await;
    let page = world.monitor.logs(LogParameters::default()).await.unwrap();
    assert!(
        page.items
            .iter()
            .all(|line| line.time <= now.after(Duration::from_secs(60)))
    );
    let text: String = page.items.iter().map(|line| line.message.clone()).collect();
    assert!(text.contains("<script>") && text.contains("red \u{fffd}turned\u{fffd}"));
    assert!(
        !text.contains("before all nodes"),
        "it is older than what is kept"
    );
    assert_eq!(found(&world, words("script")).await.len(), 1);
    // The last one is longer than what is read at once: it is shown in two pieces, each cut.
    assert_eq!(page.items.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_lines_go() {
    let world = World::new().await;
    let now = crate::Clock::now(world.clock.as_ref());
    world.log(&format!("{now}  INFO a: young then\n"));
    world.pass(1).await;
    assert_eq!(found(&world, words("young")).await.len(), 1);
    world.clock.turn(16 * 86_400);
    let later: Time = crate::Clock::now(world.clock.as_ref());
    world.log(&format!("{later}  INFO a: young now\n"));
    world.monitor.follow_logs().await.unwrap();
    assert_eq!(found(&world, words("young")).await, ["young now"]);
}
