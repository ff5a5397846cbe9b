//! Chains that are not the city's own, in the same tables as its ledgers.
//!
//! ```text
//!  main ledger: Anchors ── what was agreed on ──▶ ChainFollower ──▶ Batch ──▶ one transaction with the cursor
//!  gateways ───────────── files of batches ─────▶   compares
//! ```
//!
//! Only what the main ledger anchored is read: a gateway that gives anything else is refused and named, and the next one
//! is asked. What is anchored is attested by organisations, not proven.

mod anchors;
mod follower;
mod reported;

pub(crate) use anchors::followed;
pub use follower::{ChainFollower, Refusal};

use async_trait::async_trait;
use civitas_gateway::{GatewayError, client::GatewayClient};

/// Something that gives the files of batches: a gateway, or a test.
///
/// A request may be repeated and may be dropped at any time. Nothing that it gives is believed.
#[async_trait]
pub trait BatchSource: Send + Sync + 'static {
    /// What people call it: its address.
    fn name(&self) -> &str;

    /// The file of the batch of a chain that begins at this height; none while it is not there.
    ///
    /// # Errors
    /// It does not answer, or not as it should.
    async fn batch(&self, chain: &str, from_height: u64) -> Result<Option<Vec<u8>>, GatewayError>;
}

#[async_trait]
impl BatchSource for GatewayClient {
    fn name(&self) -> &str {
        self.url()
    }

    async fn batch(&self, chain: &str, from_height: u64) -> Result<Option<Vec<u8>>, GatewayError> {
        Self::batch(self, chain, from_height).await
    }
}
