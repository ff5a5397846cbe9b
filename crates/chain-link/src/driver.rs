//! The frame of a driver: what is asked of the endpoints for each question of the port.

use crate::{Link, LinkError, Links};
use alloy_primitives::{B256, Bytes};
use civitas_ports::{
    BoxFuture, ConsensusState, FOREIGN_HEADERS_MAX, FinalityClass, ForeignBlock, ForeignChain,
    ForeignEndpoint, ForeignError, ForeignHead, ForeignHeader, Outward,
};
use std::{ops::Deref, sync::Arc};

/// One kind of chain: how one endpoint of it is asked, and what of its answers holds.
///
/// Every method asks `link` alone and gives only what was checked; the [`Driver`] turns to another endpoint.
pub trait Protocol: Send + Sync + Sized {
    /// What the driver of one chain is told.
    type Config;
    /// An endpoint.
    type Link: Link;
    /// The method that [`Protocol::send`] asks, for errors.
    const SEND_METHOD: &'static str;

    /// Acting on the chain, for kinds of chains where that is possible.
    fn outward(&self) -> Option<&dyn Outward> {
        None
    }

    /// Prepares the endpoints; nothing is sent yet.
    ///
    /// # Errors
    /// [`ForeignError::Settings`].
    fn prepare(config: Self::Config) -> Result<Self, ForeignError>;

    /// The endpoints.
    fn links(&self) -> &Links<Self::Link>;

    /// When blocks are final.
    fn finality_class(&self) -> FinalityClass;

    /// How far the endpoint says that the chain is.
    fn head_of<'a>(&'a self, link: &'a Self::Link) -> BoxFuture<'a, Result<ForeignHead, LinkError>>;

    /// `count` headers from `from` on, all of them final as another endpoint may have said.
    fn headers_of<'a>(
        &'a self,
        link: &'a Self::Link,
        from: u64,
        count: u64,
    ) -> BoxFuture<'a, Result<Vec<ForeignHeader>, LinkError>>;

    /// A block that is final as another endpoint may have said.
    fn block_of<'a>(
        &'a self,
        link: &'a Self::Link,
        height: u64,
    ) -> BoxFuture<'a, Result<ForeignBlock, LinkError>>;

    /// What shows that a block was agreed on.
    fn consensus_of<'a>(
        &'a self,
        link: &'a Self::Link,
        height: u64,
    ) -> BoxFuture<'a, Result<ConsensusState, LinkError>>;

    /// Sends a transaction: its hash, or why the chain does not take it.
    fn send<'a>(
        &'a self,
        link: &'a Self::Link,
        transaction: &'a Bytes,
    ) -> BoxFuture<'a, Result<Result<B256, String>, LinkError>>;
}

/// A driver of one kind of chain. What only that kind has is behind the [`Protocol`] that it dereferences to.
#[derive(Debug)]
pub struct Driver<P> {
    protocol: P,
}

impl<P> Deref for Driver<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.protocol
    }
}

impl<P: Protocol> Driver<P> {
    /// Prepares the driver of a chain; nothing is sent yet.
    ///
    /// # Errors
    /// [`ForeignError::Settings`].
    pub fn connect(config: P::Config) -> Result<Arc<Self>, ForeignError> {
        let protocol = P::prepare(config)?;
        Ok(Arc::new(Self { protocol }))
    }

    async fn require_final(&self, height: u64) -> Result<u64, ForeignError> {
        self.links()
            .require_final(height, |link| self.head_of(link))
            .await
    }
}

impl<P: Protocol> ForeignChain for Driver<P> {
    fn chain(&self) -> &str {
        self.links().chain()
    }

    fn finality(&self) -> FinalityClass {
        self.finality_class()
    }

    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>> {
        Box::pin(self.links().look(|link| self.head_of(link)))
    }

    fn headers(&self, from: u64, count: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>> {
        Box::pin(async move {
            let finalized = self.require_final(from).await?;
            let count = count.clamp(1, FOREIGN_HEADERS_MAX).min(finalized - from + 1);
            let request = format!("headers from {from} on");
            self.links()
                .first(&request, |link| self.headers_of(link, from, count))
                .await
        })
    }

    fn block(&self, height: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>> {
        Box::pin(async move {
            self.require_final(height).await?;
            let request = format!("block {height}");
            self.links()
                .first(&request, |link| self.block_of(link, height))
                .await
        })
    }

    fn consensus_state(&self, height: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>> {
        Box::pin(async move {
            self.require_final(height).await?;
            let request = format!("the votes for block {height}");
            self.links()
                .first(&request, |link| self.consensus_of(link, height))
                .await
        })
    }

    fn submit(&self, transaction: Bytes) -> BoxFuture<'_, Result<B256, ForeignError>> {
        Box::pin(async move {
            let transaction = &transaction;
            self.links()
                .submit(P::SEND_METHOD, |link| self.send(link, transaction))
                .await
        })
    }

    fn outward(&self) -> Option<&dyn Outward> {
        self.protocol.outward()
    }

    fn endpoints(&self) -> Vec<ForeignEndpoint> {
        self.links().count()
    }
}
