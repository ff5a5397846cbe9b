//! What the driver of a channel of Fabric is told: the files that the settings name, read.

use civitas_chain_fabric::{Channel, Config, KeyPair, caip2};
use civitas_gateway::config::{ChainConfig, FabricConfig};
use civitas_ports::{FinalityClass, ForeignError};
use serde_json::json;
use std::path::Path;

/// Prints what a config block says.
pub(super) fn show(file: &Path) -> anyhow::Result<()> {
    let channel = Channel::decode(&read(file)?)?;
    let told = json!({
        "chain": caip2(&channel.name),
        "channel": channel.name,
        "height": channel.height,
        "hash": channel.hash,
        "ordering": channel.ordering,
        "proven": channel.is_proven(),
        "quorum": channel.quorum(),
    });
    println!("{told}");
    Ok(())
}

fn wrong(path: &Path, error: impl std::fmt::Display) -> ForeignError {
    ForeignError::Settings {
        what: format!("cannot read {}: {error}", path.display()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ForeignError> {
    std::fs::read(path).map_err(|error| wrong(path, error))
}

/// A certificate with its key, which nobody but the owner may read.
fn pair(certificate: &Path, key: &Path) -> Result<KeyPair, ForeignError> {
    let secret = civitas_crypto::read_private_file(key).map_err(|error| wrong(key, error))?;
    Ok(KeyPair {
        certificate: read(certificate)?,
        key: secret.trim().as_bytes().to_vec(),
    })
}

/// Settings of the driver.
pub(super) fn settings(
    chain: &ChainConfig,
    fabric: &FabricConfig,
    finality: FinalityClass,
) -> Result<Config, ForeignError> {
    let block = read(&fabric.config_block)?;
    let identity = pair(&fabric.certificate, &fabric.key)?;
    let tls = match (&fabric.tls_certificate, &fabric.tls_key) {
        (Some(certificate), Some(key)) => Some(pair(certificate, key)?),
        _ => None,
    };
    Ok(Config {
        chain: chain.chain.clone(),
        urls: chain.urls.clone(),
        tls_roots: fabric.tls_roots.as_deref().map_or_else(|| Ok(Vec::new()), read)?,
        tls,
        finality,
        request_time_max: chain.request_time_max(),
        ..Config::new(&fabric.channel, block, &fabric.msp, identity)
    })
}
