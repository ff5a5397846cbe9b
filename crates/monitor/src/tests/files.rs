//! Rules as files, and metrics on their way to other programs.

use super::{World, draft, metric, receivers};
use crate::{Clock, Config, Monitor, NodeTarget, OtlpSettings, Settings, api::*};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

#[tokio::test(flavor = "multi_thread")]
async fn rules_go_out_as_a_file_and_come_back_the_same() {
    let world = World::new().await;
    let channel = world.webhook("http://127.0.0.1:9/hook").await;
    let mut all = draft(
        "大小 · {{ braces }}",
        metric("a - b{c=\"d\"}", Comparison::AtMost, -0.5, 90),
        std::slice::from_ref(&channel.id),
    );
    all.note = "see {{ the manual }}".into();
    all.labels = BTreeMap::from([("team".to_owned(), "yes".to_owned())]);
    all.enabled = false;
    all.repeat_minutes = 5;
    all.group_seconds = 7;
    all.escalation = Some(Escalation {
        after_minutes: 9,
        channels: vec![channel.id],
    });
    let conditions = [
        Condition::Absence {
            query: "up{node=\"node9\"}".into(),
            for_seconds: 60,
        },
        Condition::Log {
            words: "超时 -\"a: b\"".into(),
            level: Some(Level::Warn),
            node: None,
            count: 3,
            window_seconds: 60,
        },
        Condition::LedgerEvent {
            ledger: Some("main".into()),
            contract: None,
            event: Some("Frozen".into()),
            arguments: BTreeMap::from([("account".into(), "0x00".into())]),
            count: 2,
            window_seconds: 60,
        },
        Condition::Metric {
            query: "up == 0".into(),
            threshold: None,
            for_seconds: 0,
            keep_firing_seconds: 30,
        },
    ];
    world.monitor.create_rule(all, "0xabc").await.unwrap();
    for (number, condition) in conditions.into_iter().enumerate() {
        world.rule(&format!("no: {number}"), condition, &[]).await;
    }
    let before: Vec<RuleDraft> = world.monitor.rules().into_iter().map(|rule| rule.draft).collect();
    let text = world.monitor.export_rules().unwrap();

    let planned = world.monitor.would_import_rules(&text, "0xdef").await.unwrap();
    // A threshold in the query becomes one of the rule, which is the same.
    assert_eq!(
        (planned.created.len(), planned.changed.as_slice()),
        (0, &["no: 3".to_owned()][..]),
        "{text}"
    );
    assert_eq!(planned.unchanged.len(), before.len() - 1);

    for rule in world.monitor.rules() {
        world.monitor.delete_rule(&rule.id, "0xabc").await.unwrap();
    }
    let done = world.monitor.import_rules(&text, "0xdef").await.unwrap();
    assert_eq!(done.created.len(), before.len());
    let after = world.monitor.rules();
    assert!(after.iter().all(|rule| rule.changed_by == "0xdef"));
    let mut after: Vec<RuleDraft> = after.into_iter().map(|rule| rule.draft).collect();
    let mut before = before;
    for rules in [&mut before, &mut after] {
        rules.retain(|rule| rule.name != "no: 3");
        rules.sort_by(|a, b| a.name.cmp(&b.name));
    }
    assert_eq!(before, after, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_for_prometheus_are_taken_in_as_they_are() {
    let world = World::new().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/prometheus/alerts.yml");
    let text = fs::read_to_string(path).unwrap();
    let done = world.monitor.import_rules(&text, "0xabc").await.unwrap();
    assert_eq!(done.created.len(), text.matches("- alert:").count());
    assert!(done.recording.is_empty() && done.missing_channels.is_empty());
    let rules = world.monitor.rules();
    let rule = |name: &str| &rules.iter().find(|rule| rule.draft.name == name).unwrap().draft;
    assert_eq!(
        rule("CivitasNodeDown").condition,
        metric("up", Comparison::Equal, 0.0, 30)
    );
    assert_eq!(rule("CivitasNodeDown").severity, Severity::Critical);
    assert!(rule("CivitasRenewalFails").note.starts_with("See its log"));
    world.pass(5).await;
    let node_down = rules
        .iter()
        .find(|rule| rule.draft.name == "CivitasNodeDown")
        .unwrap();
    assert_eq!(world.states(node_down), [AlarmState::Pending]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_file_all_is_taken_or_nothing() {
    let world = World::new().await;
    let before = world.monitor.rules();
    let check = async |second: &str, slug: &str| {
        let text = format!("groups: [{{name: a, rules: [{{alert: good, expr: up}}, {second}]}}]");
        let error = world.monitor.import_rules(&text, "0xabc").await.unwrap_err();
        assert_eq!(error.slug(), slug, "{error}");
        assert_eq!(world.monitor.rules(), before);
    };
    check("{alert: bad, expr: 'up{'}", "invalid-query").await;
    check("{alert: ' ', expr: up}", "invalid-field").await;
    check("{alert: bad, expr: up, for: 1y}", "invalid-field").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_of_opentelemetry_gets_what_was_read() {
    let folder = super::Folder::new();
    let exporter = receivers::Exporter::start().await;
    exporter.set(Some("civitas_payloads_refused_total 4\nup 0\n"));
    let (collector, received) = receivers::collector().await;
    let headers = folder.path().join("headers");
    fs::write(&headers, "authorization: Bearer abc\n").unwrap();
    let clock = Arc::new(super::HandClock::default());
    let config = Config {
        folder: folder.path().join("monitor"),
        nodes: vec![NodeTarget {
            name: "node0".into(),
            metrics: Some(exporter.url()),
            folder: None,
        }],
        settings: Settings {
            // Everything, so that what a node may not say is left out for that reason.
            metrics_kept: vec![String::new()],
            otlp: Some(OtlpSettings {
                endpoint: format!("http://{collector}/"),
                headers_file: Some(headers),
                seconds: 1,
            }),
            ..Settings::default()
        },
    };
    let monitor = Monitor::open(config, clock.clone() as Arc<dyn Clock>)
        .await
        .unwrap();
    monitor.scrape().await.unwrap();
    monitor.export_once().await;
    let (path, authorization, body) = received.lock().pop().unwrap();
    assert_eq!(
        (path.as_str(), authorization.as_str()),
        ("/v1/metrics", "Bearer abc")
    );
    let request = ExportMetricsServiceRequest::decode(body.as_slice()).unwrap();
    let text = format!("{request:?}");
    assert!(text.contains("civitas_payloads_refused_total") && text.contains("host_memory_bytes"));
    let up = InstantParameters {
        query: "up".into(),
        time: None,
    };
    let QueryData::Vector(up) = monitor.query(up).await.unwrap() else {
        panic!("no vector");
    };
    assert_eq!(
        up[0].value.value, 1.0,
        "a node does not say itself whether it is up"
    );
    let text = monitor.exposition();
    assert!(
        text.contains("host_memory_bytes{") && text.contains("civitas_console_alarms{"),
        "{text}"
    );
}
