//! `civitas export`: writes the blocks of a node as an Ethereum chain file.

use crate::output;
use alloy_primitives::{Bytes, U64};
use anyhow::{Context, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use jsonrpsee_client::{
    core::{client::ClientT, params::BatchRequestBuilder},
    http_client::{HttpClient, HttpClientBuilder},
    rpc_params,
};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

/// Blocks that are asked for at a time.
const BATCH_BLOCKS: u64 = 50;

/// Arguments of `civitas export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON-RPC address of the node.
    #[arg(long, default_value = "http://127.0.0.1:8545")]
    url: String,
    /// File to write: RLP-encoded blocks one after another. Must not exist. `civitas import` takes back the blocks of
    /// Ethereum chains; those of our own ledgers are for archives, since Ethereum's rules of time and state root do
    /// not hold for them.
    #[arg(long)]
    out: PathBuf,
    /// First block.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Last block; the newest if it is not given.
    #[arg(long)]
    to: Option<u64>,
}

/// Writes the file.
pub fn run(args: Args) -> anyhow::Result<()> {
    output::block_on(export(args))
}

async fn export(args: Args) -> anyhow::Result<()> {
    let client = HttpClientBuilder::default()
        .max_response_size(u32::MAX)
        .build(&args.url)?;
    let newest: U64 = client
        .request("eth_blockNumber", rpc_params![])
        .await
        .with_context(|| format!("no answer from {}: is the node running?", args.url))?;
    let to = args.to.unwrap_or_else(|| newest.to());
    ensure!(
        to <= newest.to::<u64>(),
        "--to {to} is above the newest block, {newest}"
    );
    ensure!(args.from <= to, "--from {} is above --to {to}", args.from);
    let file = File::create_new(&args.out)
        .with_context(|| format!("cannot make {}: give --out a new file", args.out.display()))?;
    let mut file = BufWriter::new(file);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} blocks, {eta} left")?;
    let bar = ProgressBar::new(to - args.from + 1).with_style(style);
    let mut next = args.from;
    while next <= to {
        let last = to.min(next + BATCH_BLOCKS - 1);
        for block in fetch(&client, next, last).await? {
            file.write_all(&block)?;
            bar.inc(1);
        }
        next = last + 1;
    }
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    bar.finish_and_clear();
    println!("{} blocks written to {}.", to - args.from + 1, args.out.display());
    Ok(())
}

async fn fetch(client: &HttpClient, from: u64, to: u64) -> anyhow::Result<Vec<Bytes>> {
    let mut batch = BatchRequestBuilder::new();
    for height in from..=to {
        batch.insert("debug_getRawBlock", rpc_params![U64::from(height)])?;
    }
    let answers = client.batch_request::<Bytes>(batch).await?;
    answers
        .into_iter()
        .enumerate()
        .map(|(offset, answer)| {
            answer.map_err(|error| anyhow::anyhow!("block {}: {}", from + offset as u64, error.message()))
        })
        .collect()
}
