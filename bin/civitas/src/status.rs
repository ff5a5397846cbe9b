//! `civitas status`: the nodes of a city, or one node.

use crate::{
    city::{City, url},
    output,
};
use anyhow::ensure;
use jsonrpsee_client::{core::client::ClientT, http_client::HttpClientBuilder, rpc_params};
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
        let client = HttpClientBuilder::default()
            .request_timeout(ANSWER_WAIT)
            .build(&url)?;
        let status: Result<Value, _> = client.request("civitas_status", rpc_params![]).await;
        reports.push(match status {
            Ok(status) => json!({ "name": name, "url": url, "up": true, "status": status }),
            Err(error) => json!({ "name": name, "url": url, "up": false, "error": error.to_string() }),
        });
    }
    Ok(reports)
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
}
