//! `civitas status`: the nodes of a city, or one node, with the partition ledgers that they serve.

use crate::{
    city::{City, url},
    output,
};
use anyhow::ensure;
use civitas_api::ledger::LedgerPath;
use jsonrpsee_client::{
    core::client::ClientT,
    http_client::{HttpClient, HttpClientBuilder},
    rpc_params,
};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// A node that takes longer to answer counts as down.
const ANSWER_WAIT: Duration = Duration::from_secs(3);

/// Arguments of `civitas status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the city.
    #[arg(long, default_value = "city")]
    dir: PathBuf,
    /// JSON-RPC address of one node, instead of a folder.
    #[arg(long)]
    url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Asks every node and prints what it says. Fails if no node answers.
pub fn run(args: Args) -> anyhow::Result<()> {
    let targets = match &args.url {
        Some(url) => vec![(url.clone(), url.clone())],
        None => {
            let nodes = City::load(&args.dir)?.nodes;
            nodes.into_iter().map(|node| (node.name, url(node.rpc))).collect()
        }
    };
    let reports = output::block_on(ask_all(targets))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        print(&reports);
    }
    let answering = reports.iter().any(|report| report["up"] == true);
    match args.url {
        Some(url) => ensure!(
            answering,
            "no node answers at {url}: is it running, is the address right?"
        ),
        None => ensure!(
            answering,
            "no node answers: start the city with `civitas up --dir {}`",
            args.dir.display()
        ),
    }
    Ok(())
}

async fn ask_all(targets: Vec<(String, String)>) -> anyhow::Result<Vec<Value>> {
    let mut reports = Vec::new();
    for (name, url) in targets {
        let main = report(name.clone(), url.clone()).await?;
        let up = main["up"] == true;
        reports.push(main);
        for (ledger, path) in if up { partitions(&url).await? } else { Vec::new() } {
            reports.push(
                report(
                    format!("{name}/{ledger}"),
                    format!("{}{path}", url.trim_end_matches('/')),
                )
                .await?,
            );
        }
    }
    Ok(reports)
}

async fn report(name: String, url: String) -> anyhow::Result<Value> {
    let status: Result<Value, _> = client(&url)?.request("civitas_status", rpc_params![]).await;
    Ok(match status {
        Ok(status) => json!({ "name": name, "url": url, "up": true, "status": status }),
        Err(error) => json!({ "name": name, "url": url, "up": false, "error": error.to_string() }),
    })
}

/// Names and paths of the partition ledgers that a node serves.
async fn partitions(url: &str) -> anyhow::Result<Vec<(String, String)>> {
    let listed: Result<Vec<LedgerPath>, _> = client(url)?.request("civitas_ledgers", rpc_params![]).await;
    // A node of an earlier version has no such method, and no such ledgers.
    let others = listed
        .unwrap_or_default()
        .into_iter()
        .filter(|ledger| ledger.path != "/");
    Ok(others.map(|ledger| (ledger.name, ledger.path)).collect())
}

fn client(url: &str) -> anyhow::Result<HttpClient> {
    let builder = HttpClientBuilder::default().request_timeout(ANSWER_WAIT);
    Ok(builder.build(url)?)
}

fn print(reports: &[Value]) {
    let mut rows = vec![
        [
            "NODE", "STATE", "HEIGHT", "BLOCK", "PEERS", "VIEW", "VOTES", "PENDING", "VERSION",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for report in reports {
        let status = &report["status"];
        let text = |value: &Value| match value {
            Value::Null => "-".to_owned(),
            Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
            Value::String(text) if text.starts_with("0x") => text.chars().take(12).chain(['…']).collect(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let state = if report["up"] == true { "up" } else { "down" };
        let mut row = vec![text(&report["name"]), state.to_owned()];
        row.extend(
            [
                "/height",
                "/hash",
                "/peers",
                "/ordering/view",
                "/ordering/voting",
                "/pendingTransactions",
                "/version",
            ]
            .map(|place| text(status.pointer(place).unwrap_or(&Value::Null))),
        );
        rows.push(row);
    }
    output::table(&rows);
    for report in reports {
        let notices = report["status"]["notices"].as_array();
        for notice in notices.into_iter().flatten().filter_map(Value::as_str) {
            println!("{}: {notice}", report["name"].as_str().unwrap_or_default());
        }
    }
}
