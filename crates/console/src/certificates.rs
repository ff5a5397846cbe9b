//! Certificates of nodes whose folders are on this machine.

use crate::{
    api::governance::NodeCertificate,
    config::{Config, NodeConfig},
    registries::Registry,
    time::{iso, now},
};
use std::path::PathBuf;

/// A certificate of which less than this part of its life is left should be renewed; nodes renew at that time.
const EXPIRING_PART: i64 = 3;
/// Bytes of a certificate file, at most: a chain of a few certificates.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Where the certificate of a node stands.
pub fn path(node: &NodeConfig) -> Option<PathBuf> {
    Some(node.folder.as_ref()?.join("keys").join("node.pem"))
}

/// The certificates of all nodes of this machine, those that end first at the top.
pub async fn all(config: &Config, registry: &Registry) -> Vec<NodeCertificate> {
    let mut found = Vec::new();
    for node in &config.nodes {
        found.extend(of(node, registry).await);
    }
    found.sort_by_key(|certificate: &NodeCertificate| certificate.seconds_left);
    found
}

/// The certificate of a node; none if it cannot be read.
pub async fn of(node: &NodeConfig, registry: &Registry) -> Option<NodeCertificate> {
    let path = path(node)?;
    let size = tokio::fs::metadata(&path).await.ok()?.len();
    if size > FILE_BYTES_MAX {
        return None;
    }
    let text = tokio::fs::read(&path).await.ok()?;
    let organisation = registry
        .node(&node.name)
        .and_then(|entry| registry.word(&entry.organisation));
    parse(&node.name, organisation, &text, now())
}

fn parse(node: &str, organisation: Option<String>, text: &[u8], now: u64) -> Option<NodeCertificate> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(text).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let validity = certificate.validity();
    let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let left = end.saturating_sub(now);
    let status = match () {
        () if left <= 0 => "expired",
        () if now < begin => "notYetValid",
        () if left < end.saturating_sub(begin) / EXPIRING_PART => "expiring",
        () => "valid",
    };
    let time = |seconds: i64| iso(u64::try_from(seconds).unwrap_or_default());
    Some(NodeCertificate {
        node: node.to_owned(),
        organisation,
        serial: certificate.raw_serial_as_string(),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: time(begin),
        not_after: time(end),
        seconds_left: left,
        status: status.to_owned(),
    })
}
