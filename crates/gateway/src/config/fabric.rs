//! Settings of a channel of Hyperledger Fabric: what its peers ask for, and what everything is proven from.

use civitas_chain_fabric::caip2;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// `[chains.fabric]`. Files are PEM, but for the config block.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FabricConfig {
    /// The channel's own name.
    pub channel: String,
    /// A config block of the channel, as Fabric's tools write it: the block that a trust root of the chain names, or one before it.
    pub config_block: PathBuf,
    /// The member service provider of the organisation that asks: `Org1MSP`.
    pub msp: String,
    /// Certificate of the identity that asks: one that the organisation issued for this gateway.
    pub certificate: PathBuf,
    /// Its key, a file of its owner alone.
    pub key: PathBuf,
    /// Certificates that may sign those of the peers; needed for addresses of `grpcs`.
    #[serde(default)]
    pub tls_roots: Option<PathBuf>,
    /// Certificate that the gateway shows, where peers ask for one.
    #[serde(default)]
    pub tls_certificate: Option<PathBuf>,
    /// Its key, a file of its owner alone.
    #[serde(default)]
    pub tls_key: Option<PathBuf>,
}

impl FabricConfig {
    /// Paths are relative to the folder of the settings.
    pub(super) fn place(&mut self, folder: &Path) {
        for path in [&mut self.config_block, &mut self.certificate, &mut self.key] {
            *path = folder.join(&*path);
        }
        for path in [&mut self.tls_roots, &mut self.tls_certificate, &mut self.tls_key] {
            *path = path.take().map(|path| folder.join(path));
        }
    }

    /// What is wrong with the section of the chain with this name and these addresses.
    pub(super) fn faults(&self, name: &str, urls: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        let named = caip2(&self.channel);
        expect(
            named == name,
            format!("{name}: channel {} has the name {named}", self.channel),
        );
        expect(!self.msp.is_empty(), format!("{name}: fabric.msp is not empty"));
        let has_tls = urls.iter().any(|url| url.starts_with("grpcs://"));
        expect(
            self.tls_roots.is_some() || !has_tls,
            format!("{name}: addresses of grpcs need fabric.tls_roots"),
        );
        expect(
            self.tls_certificate.is_some() == self.tls_key.is_some(),
            format!("{name}: fabric.tls_certificate and fabric.tls_key go together"),
        );
        faults
    }
}
