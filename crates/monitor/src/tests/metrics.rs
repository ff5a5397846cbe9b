//! Metrics, from exporters to answers in Prometheus's form; and what dashboards and rules ask for.

use super::World;
use crate::{Told, alarms::defaults, api::*, series::bounds};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf};

/// What a node of a running city exported, as far as it is kept.
const NODE_METRICS: &str = include_str!("../../tests/vectors/node-metrics.txt");

async fn ask(world: &World, query: &str) -> crate::Result<QueryData> {
    let parameters = InstantParameters {
        query: query.into(),
        time: None,
    };
    world.monitor.query(parameters).await
}

async fn asked(world: &World, query: &str) -> Value {
    let answer = Answer::from(ask(world, query).await);
    serde_json::to_value(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_form_of_prometheus() {
    let world = World::new().await;
    for value in [0, 10, 20] {
        let text = format!(
            "civitas_a_total{{method=\"x\"}} {value}\ncivitas_a_total{{method=\"y\"}} {}\n\
             civitas_h_bucket{{le=\"1\"}} {value}\ncivitas_h_bucket{{le=\"+Inf\"}} {value}\n",
            2 * value
        );
        world.exporter.set(Some(&text));
        world.pass(10).await;
    }
    let now = crate::Clock::now(world.clock.as_ref());
    let time = serde_json::to_value(now.seconds()).unwrap();
    assert_eq!(
        asked(&world, "civitas_a_total{method=\"x\"}").await,
        json!({ "status": "success", "data": { "resultType": "vector", "result": [
            { "metric": { "__name__": "civitas_a_total", "method": "x", "node": "node0" }, "value": [time, "20"] }
        ] } })
    );
    let check = async |query: &str, expected: &str| {
        let answer = asked(&world, query).await;
        assert_eq!(
            answer["data"]["result"][0]["value"][1], expected,
            "{query}: {answer}"
        );
    };
    check("sum(civitas_a_total)", "60").await;
    check("sum by (node) (civitas_a_total)", "60").await;
    check("increase(civitas_a_total{method=\"x\"}[20s]) > bool 0", "1").await;
    check("histogram_quantile(0.5, civitas_h_bucket)", "0.5").await;
    check("up", "1").await;
    let scalar = asked(&world, "1 / 0").await;
    assert_eq!(scalar["data"]["resultType"], "scalar");
    assert_eq!(scalar["data"]["result"][1], "+Inf");

    let range = RangeParameters {
        query: "civitas_a_total{method=\"y\"}".into(),
        start: (now.seconds() - 20.0).to_string(),
        end: now.to_string(),
        step: "10s".into(),
    };
    let answer = world.monitor.query_range(range).await;
    let answer = serde_json::to_value(Answer::from(answer)).unwrap();
    assert_eq!(answer["data"]["resultType"], "matrix");
    let values = answer["data"]["result"][0]["values"].as_array().unwrap();
    let values: Vec<&Value> = values.iter().map(|value| &value[1]).collect();
    assert_eq!(values, ["0", "20", "40"]);

    let selection = |matches: &[&str]| SelectionParameters {
        matches: matches.iter().map(|text| (*text).to_owned()).collect(),
        ..SelectionParameters::default()
    };
    let names = world
        .monitor
        .labels(selection(&["civitas_a_total"]))
        .await
        .unwrap();
    assert_eq!(names, ["__name__", "method", "node"]);
    let values = world
        .monitor
        .label_values("method", selection(&[]))
        .await
        .unwrap();
    assert_eq!(values, ["x", "y"]);
    let series = world
        .monitor
        .series(selection(&["{method=~\"x|z\"}", "up"]))
        .await
        .unwrap();
    assert_eq!(series.len(), 2);
    assert!(world.monitor.series(selection(&[])).await.is_err());
    let error = serde_json::to_value(Answer::from(ask(&world, "rate(").await)).unwrap();
    assert_eq!(
        (&error["status"], &error["errorType"]),
        (&json!("error"), &json!("bad_data"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_queries_are_refused_and_others_go_on() {
    let world = World::new().await;
    world.exporter.set(Some("civitas_a 1\n"));
    world.pass(1).await;
    let deep = |open: &str, close: &str| {
        let count = (bounds::QUERY_BYTES_MAX - 1) / (open.len() + close.len());
        format!("{}1{}", open.repeat(count), close.repeat(count))
    };
    let queries = [
        deep("(", ")"),
        deep("(", ""),
        deep("-", ""),
        deep("1+", ""),
        deep("1^", ""),
        deep("abs(", ")"),
        deep("sum(", ")"),
        "x".repeat(bounds::QUERY_BYTES_MAX + 1),
        "civitas_a[1000000000y]".into(),
        "{__name__=~\"(((((a*)*)*)*)*)*b\"}".into(),
        "civitas_a{x=~\"(\"}".into(),
        "max_over_time(civitas_a[10000d:1s])".into(),
        "\u{0}\u{202e}共识".into(),
        "\"text\"".into(),
        String::new(),
    ];
    for query in queries {
        // Whatever the answer is: there is one, and the next query is answered.
        let answer = ask(&world, &query).await;
        if let Err(error) = answer {
            assert!(
                matches!(error.slug(), "invalid-query" | "invalid-field"),
                "{error}"
            );
        }
        assert_eq!(asked(&world, "civitas_a").await["status"], "success");
    }
    let heavy = RangeParameters {
        query: "max_over_time(civitas_a[10000d:1s])".into(),
        start: "1796027400".into(),
        end: "1796031000".into(),
        step: "1s".into(),
    };
    let error = world.monitor.query_range(heavy).await.unwrap_err();
    assert_eq!(error.slug(), "invalid-query");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_named_metrics_are_kept_and_the_rest_is_counted() {
    let world = World::new().await;
    let many: String = (0..9_000)
        .map(|number| format!("civitas_many{{n=\"{number}\"}} 1\n"))
        .collect();
    world.exporter.set(Some(&format!(
        "state_state_any 1\nruntime_tasks_running{{name=\"a\"}} 1\n{many}"
    )));
    world.pass(1).await;
    let value = |answer: Value| answer["data"]["result"][0]["value"][1].clone();
    assert_eq!(value(asked(&world, "scrape_samples_kept").await), "5000");
    assert_eq!(value(asked(&world, "scrape_samples_dropped").await), "4002");
    assert_eq!(
        asked(&world, "state_state_any").await["data"]["result"],
        json!([])
    );
    let console = asked(&world, "process_resident_memory_bytes{node=\"console\"} > 0").await;
    assert_eq!(console["data"]["result"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboards_and_rules_ask_for_metrics_that_are_there() {
    let world = World::new().await;
    // What the console tells of itself.
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    world.monitor.tell(vec![Told {
        name: "civitas_findings_open".into(),
        labels: vec![label("severity", "critical"), label("mode", "active")],
        value: 0.0,
    }]);
    for _ in 0..3 {
        world.exporter.set(Some(NODE_METRICS));
        world.pass(5).await;
    }
    let all = SelectionParameters::default();
    let names: BTreeSet<String> = world
        .monitor
        .label_values("__name__", all)
        .await
        .unwrap()
        .into_iter()
        .collect();
    let mut queries = deployed_queries();
    queries.extend(
        defaults::rules()
            .into_iter()
            .filter_map(|rule| match rule.condition {
                Condition::Metric { query, .. } | Condition::Absence { query, .. } => {
                    Some((rule.name, query))
                }
                Condition::Log { .. } | Condition::LedgerEvent { .. } => None,
            }),
    );
    assert!(queries.len() > 30, "{queries:?}");
    for (place, query) in queries {
        for name in metric_names(&query) {
            assert!(names.contains(&name), "{place}: there is no metric {name}");
        }
        let answer = ask(&world, &query).await;
        assert!(answer.is_ok(), "{place}: {query}: {answer:?}");
    }
}

/// Names in a query that are followed by neither a bracket of a call nor by a word of PromQL.
fn metric_names(query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = query;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        let word = &rest[start..];
        let end = word
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
            .unwrap_or(word.len());
        let known = [
            "civitas_", "host_", "process_", "ledger_", "network_", "runtime_", "links_", "state_", "scrape_",
        ];
        if word[..end] == *"up" || known.iter().any(|prefix| word[..end].starts_with(prefix)) {
            names.push(word[..end].to_owned());
        }
        rest = &word[end..];
    }
    names
}

/// Queries of the dashboards for Grafana and of the rules for Prometheus, and where they stand.
fn deployed_queries() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let mut queries = Vec::new();
    for entry in fs::read_dir(root.join("grafana")).unwrap() {
        let path = entry.unwrap().path();
        let dashboard: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                let query = target["expr"].as_str().unwrap().replace("$node", ".*");
                queries.push((path.display().to_string(), query));
            }
        }
    }
    let rules = fs::read_to_string(root.join("prometheus/alerts.yml")).unwrap();
    for line in rules.lines() {
        if let Some(query) = line.trim().strip_prefix("expr: ") {
            queries.push(("alerts.yml".into(), query.into()));
        }
    }
    queries
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_sends_too_much_or_leads_elsewhere_is_down() {
    let world = World::new().await;
    world.exporter.set(Some(&"# filler\n".repeat(1_000_000)));
    world.pass(1).await;
    let value = |answer: Value| answer["data"]["result"][0]["value"][1].clone();
    assert_eq!(value(asked(&world, "up").await), "0");
}
