//! Between the engine's callbacks and the [`Application`] port.
//!
//! # Why `marshal::standard::Inline`
//! The engine's wrappers `Inline` and `Deferred` are marked ALPHA upstream, the parts below them BETA. They
//! own rules that are easy to get subtly wrong: a proposal is staged before its digest is voted on, its write
//! overlaps the vote, and the final vote waits until the payload is on disk; a payload that was notarised
//! while this node was away is fetched before it is certified. Using them and pinning the release exactly is
//! safer than writing them again. Only this file and `engine.rs` would change if they went away.
//!
//! `Inline` rather than `Deferred`: `Deferred` votes before the application has judged the payload and judges
//! it while votes travel, but it needs the round inside the payload. Our payload's digest must not depend on
//! the round, since the payload is also proof material and the same on every engine; and judging takes no
//! execution (order first, execute after), so there is little to hide.

use crate::{
    block::{Block, BlockLimits},
    config::UNEXECUTED_PAYLOADS_MAX,
    status::Status,
    types::{Activity, Context, Scheme},
};
use civitas_ports::{Application, ProposalContext};
use civitas_types::{NodeKey, Payload};
use commonware_actor::Feedback;
use commonware_consensus::{Reporter, marshal::ancestry::Ancestry};
use commonware_cryptography::Digested;
use futures::StreamExt as _;
use std::sync::Arc;
use tracing::error;

/// The application, as the engine's wrapper calls it.
#[derive(Clone)]
pub(crate) struct Adapter {
    pub application: Arc<dyn Application>,
    pub proposer: NodeKey,
    pub limits: BlockLimits,
    pub status: Arc<Status>,
}

impl Adapter {
    /// Collects the parent and what lies between it and the executed head.
    async fn context(&self, mut ancestry: impl Ancestry<Block>) -> Option<ProposalContext> {
        let newest = ancestry.next().await?.inner().payload();
        let delivered = self.application.delivered();
        let mut unexecuted = Vec::new();
        let mut payload = newest.clone();
        while payload.header().height > delivered && unexecuted.len() < UNEXECUTED_PAYLOADS_MAX {
            unexecuted.push(payload);
            match ancestry.next().await {
                Some(block) => payload = block.inner().payload(),
                None => break,
            }
        }
        unexecuted.reverse();
        Some(ProposalContext {
            proposer: self.proposer,
            parent: newest,
            finalized: self.status.report().finalized,
            unexecuted,
        })
    }

    /// The engine and the network trust a proposal of this node, so a broken one must end here.
    fn admit(&self, payload: &Payload, parent: &Payload) -> bool {
        let header = payload.header();
        let follows = header.height == parent.header().height.next() && header.parent == parent.digest();
        let fits = self.limits.admit(payload);
        if !follows || !fits {
            error!(
                height = header.height.get(),
                follows, fits, "the application made an unusable payload"
            );
        }
        follows && fits
    }
}

impl<E: Send + 'static> commonware_consensus::Application<E> for Adapter {
    type SigningScheme = Scheme;
    type Context = Context;
    type Block = Block;
    type Input = ();

    async fn propose(
        &mut self,
        _: (E, Context),
        ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Option<Digested<Block>> {
        let context = self.context(ancestry).await?;
        let parent = context.parent.clone();
        let payload = self.application.propose(context).await?;
        self.admit(&payload, &parent)
            .then(|| Block::from(Arc::new(payload)).digested())
    }

    async fn verify(&mut self, _: (E, Context), mut ancestry: impl Ancestry<Block>) -> bool {
        let (Some(block), Some(parent)) = (ancestry.next().await, ancestry.next().await) else {
            // The ancestors cannot be had at the moment. That is no verdict: abstain until the engine gives
            // up.
            return std::future::pending().await;
        };
        let (payload, parent) = (block.inner().payload(), parent.inner().payload());
        self.application.verify(payload, parent).await
    }
}

/// Watches what the engine reports.
#[derive(Clone)]
pub(crate) struct Observer {
    pub status: Arc<Status>,
}

impl Reporter for Observer {
    type Activity = Activity;

    fn report(&mut self, activity: Activity) -> Feedback {
        self.status.observe(&activity);
        Feedback::Ok
    }
}
