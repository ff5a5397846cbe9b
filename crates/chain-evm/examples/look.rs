//! Looks at an Ethereum-like chain as the city would: every block from one height to another, proven, one line each.
//!
//! `cargo run -p civitas-chain-evm --example look -- CHAIN_ID URL instant|finalized|DEPTH FROM [TO]`

use civitas_chain_evm::{Config, EvmChain};
use civitas_ports::{FinalityClass, ForeignChain as _};
use std::{error::Error, io::Write as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [chain_id, url, finality, from, ..] = arguments.as_slice() else {
        return Err("CHAIN_ID URL instant|finalized|DEPTH FROM [TO]".into());
    };
    let finality = match finality.as_str() {
        "instant" => FinalityClass::Instant,
        "finalized" => FinalityClass::Finalized,
        depth => FinalityClass::Depth(depth.parse()?),
    };
    let urls = url.split(',').map(str::to_owned).collect();
    let chain = EvmChain::connect(Config::new(chain_id.parse()?, urls, finality))?;
    let head = chain.head().await?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} latest {} finalized {:?}",
        chain.chain(),
        head.latest,
        head.finalized
    )?;
    let last = match arguments.get(4) {
        Some(to) => to.parse()?,
        None => head.finalized.ok_or("no block is final")?,
    };
    for height in from.parse()?..=last {
        let block = chain.block(height).await?;
        let known = block
            .transactions
            .iter()
            .filter(|item| item.sender.is_some())
            .count();
        writeln!(
            out,
            "{height} {} transactions {} senders {known} events {}",
            block.header.hash,
            block.transactions.len(),
            block.event_count()
        )?;
    }
    Ok(())
}
