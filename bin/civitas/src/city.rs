//! A city's folder on this machine: where things stand in it, and the manifest that lists its nodes.
//!
//! ```text
//! DIR/city.json            the manifest          DIR/genesis.json   the genesis of the main ledger
//! DIR/city.toml            the founding: organisations, roles, rules
//! DIR/authority/           the city's certificate authority: its key, the book of what it issued, revocations
//! DIR/node<i>/node.toml    settings              DIR/node<i>/keys/  key, certificate, authorities
//! DIR/node<i>/data/        blocks and state      DIR/node<i>/pid    process id while `civitas up` runs it
//! ```

use alloy_primitives::{Address, keccak256};
use anyhow::{Context, ensure};
use civitas_types::NodeKey;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The manifest of a city's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Name of the city.
    pub name: String,
    /// Chain id of the main ledger.
    pub chain_id: u64,
    /// A development city: its funded accounts have keys that everyone knows.
    pub development: bool,
    /// Its nodes.
    pub nodes: Vec<CityNode>,
}

/// A node of the manifest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityNode {
    /// Its name, which is also its folder.
    pub name: String,
    /// The key in its certificate.
    pub public_key: NodeKey,
    /// JSON-RPC, HTTP and WebSocket.
    pub rpc: SocketAddr,
    /// Links to other nodes.
    pub network: SocketAddr,
    /// Prometheus metrics.
    pub metrics: SocketAddr,
}

impl CityNode {
    /// Receives the priority fees of its blocks.
    pub fn beneficiary(&self) -> Address {
        beneficiary_of(&self.public_key)
    }
}

impl City {
    /// Reads the manifest of a folder.
    pub fn load(folder: &Path) -> anyhow::Result<Self> {
        let path = manifest(folder);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}: make a city with `civitas init --dir {}`",
                path.display(),
                folder.display()
            )
        })?;
        let city: Self = serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is not the manifest of a city: restore it, or make a new city",
                path.display()
            )
        })?;
        ensure!(!city.nodes.is_empty(), "{} lists no nodes", path.display());
        Ok(city)
    }

    /// Writes the manifest.
    pub fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let path = manifest(folder);
        std::fs::write(&path, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Whether the folder holds a city.
    pub fn exists(folder: &Path) -> bool {
        manifest(folder).is_file()
    }
}

fn manifest(folder: &Path) -> PathBuf {
    folder.join("city.json")
}

/// Receives the priority fees of the blocks of a node for which nobody said otherwise: an address that is nobody's.
pub fn beneficiary_of(node: &NodeKey) -> Address {
    Address::from_word(keccak256(node))
}

/// `http://` and the address.
pub fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}
