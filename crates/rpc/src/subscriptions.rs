//! `eth_subscribe` over WebSocket.
//!
//! A slow client delays only itself: what it missed is read from the store, up to [`CATCH_UP_BLOCKS_MAX`] blocks;
//! then its subscription ends with an error. Waiting transactions that it missed are lost, as they are for
//! anybody who was not connected.

use crate::{Backend, RpcError, convert};
use alloy_rpc_types_eth::{
    Filter,
    pubsub::{Params as Options, SubscriptionKind},
};
use civitas_types::{Block, Height, Transaction};
use jsonrpsee::{
    core::RegisterMethodError,
    server::{
        PendingSubscriptionSink, RpcModule, SubscriptionCloseResponse, SubscriptionMessage, SubscriptionSink,
    },
    types::{ErrorObjectOwned, Params},
};
use serde::Serialize;
use serde_json::value::to_raw_value;
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError};

/// Blocks that a slow client may be behind.
const CATCH_UP_BLOCKS_MAX: u64 = 10_000;

/// Registers `eth_subscribe` and `eth_unsubscribe`.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "eth_subscribe",
        "eth_subscription",
        "eth_unsubscribe",
        |params, pending, backend, _| serve(params, pending, backend),
    )?;
    Ok(())
}

/// What a client subscribed to.
#[derive(Debug)]
enum Wish {
    Heads,
    Logs(Box<Filter>),
    Pending { full: bool },
}

impl Wish {
    fn read(params: &Params<'_>) -> Result<Self, RpcError> {
        let mut arguments = crate::Arguments::new(params)?;
        let kind: SubscriptionKind = arguments.required("kind")?;
        let options: Option<Options> = arguments.optional("options")?;
        arguments.end()?;
        match (kind, options.unwrap_or_default()) {
            (SubscriptionKind::NewHeads, _) => Ok(Self::Heads),
            (SubscriptionKind::Logs, Options::Logs(filter)) => Ok(Self::Logs(filter)),
            (SubscriptionKind::Logs, Options::None) => Ok(Self::Logs(Box::default())),
            (SubscriptionKind::NewPendingTransactions, Options::None) => Ok(Self::Pending { full: false }),
            (SubscriptionKind::NewPendingTransactions, Options::Bool(full)) => Ok(Self::Pending { full }),
            (SubscriptionKind::Logs | SubscriptionKind::NewPendingTransactions, _) => Err(RpcError::invalid(
                format!("invalid argument 1 (options) of a subscription to {kind}"),
            )),
            (SubscriptionKind::Syncing | SubscriptionKind::TransactionReceipts, _) => Err(RpcError::invalid(
                format!("no subscription to {kind}: use newHeads, logs or newPendingTransactions"),
            )),
        }
    }
}

/// Why a subscription ends.
enum End {
    /// The client is gone, or the node stops.
    Silent,
    /// The client is told.
    Failed(RpcError),
}

impl From<RpcError> for End {
    fn from(error: RpcError) -> Self {
        Self::Failed(error)
    }
}

async fn serve(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    backend: Arc<Backend>,
) -> SubscriptionCloseResponse {
    let wish = match Wish::read(&params) {
        Ok(wish) => wish,
        Err(error) => {
            pending.reject(ErrorObjectOwned::from(error)).await;
            return SubscriptionCloseResponse::None;
        }
    };
    // Subscribed before the client knows its id, so that nothing falls between.
    let heads = backend.sources.heads.subscribe();
    let waiting = backend.sources.pending.subscribe();
    let sent = backend.store().head().height;
    let Ok(sink) = pending.accept().await else {
        return SubscriptionCloseResponse::None;
    };
    let end = match wish {
        Wish::Pending { full } => {
            drop(heads);
            follow_pool(&sink, waiting, full).await
        }
        wish => {
            drop(waiting);
            follow_heads(
                &sink,
                &backend,
                Followed {
                    heads,
                    sent,
                    known: sent,
                },
                &wish,
            )
            .await
        }
    };
    match end {
        End::Silent => SubscriptionCloseResponse::None,
        End::Failed(error) => match to_raw_value(&error.to_string()) {
            Ok(text) => SubscriptionCloseResponse::NotifErr(text.into()),
            Err(_) => SubscriptionCloseResponse::None,
        },
    }
}

/// The stream of blocks, without gaps.
struct Followed {
    heads: broadcast::Receiver<Arc<Block>>,
    /// Height of the newest block that was given out.
    sent: Height,
    /// Height of the newest block that is known.
    known: Height,
}

impl Followed {
    /// The next block. Those that the stream dropped are read from the store.
    async fn next(&mut self, backend: &Backend) -> Result<Arc<Block>, End> {
        while self.known <= self.sent {
            match self.heads.recv().await {
                Ok(block) if block.height() == self.sent.next() => {
                    self.known = block.height();
                    self.sent = block.height();
                    return Ok(block);
                }
                Ok(block) => self.known = self.known.max(block.height()),
                Err(RecvError::Lagged(_)) => self.known = backend.store().head().height,
                Err(RecvError::Closed) => return Err(End::Silent),
            }
        }
        if self.known.above(self.sent) > CATCH_UP_BLOCKS_MAX {
            let what = "the number of blocks that this subscription is behind";
            return Err(RpcError::LimitExceeded {
                what,
                max: CATCH_UP_BLOCKS_MAX,
            }
            .into());
        }
        let next = self.sent.next();
        let block = backend.store().block(next).await.map_err(RpcError::from)?;
        self.sent = next;
        block.ok_or(End::Failed(RpcError::Interrupted))
    }
}

async fn follow_heads(
    sink: &SubscriptionSink,
    backend: &Backend,
    mut followed: Followed,
    wish: &Wish,
) -> End {
    loop {
        let block = tokio::select! {
            () = sink.closed() => return End::Silent,
            block = followed.next(backend) => match block {
                Ok(block) => block,
                Err(end) => return end,
            },
        };
        if let Err(end) = announce(sink, &block, wish).await {
            return end;
        }
    }
}

async fn announce(sink: &SubscriptionSink, block: &Block, wish: &Wish) -> Result<(), End> {
    match wish {
        Wish::Logs(filter) => {
            if !filter.matches_bloom(block.header.logs_bloom) {
                return Ok(());
            }
            for log in convert::logs(block).filter(|log| filter.matches(&log.inner)) {
                send(sink, &log).await?;
            }
            Ok(())
        }
        Wish::Heads | Wish::Pending { .. } => send(sink, &convert::header(block)).await,
    }
}

async fn follow_pool(
    sink: &SubscriptionSink,
    mut waiting: broadcast::Receiver<Arc<Transaction>>,
    full: bool,
) -> End {
    loop {
        let transaction = tokio::select! {
            () = sink.closed() => return End::Silent,
            received = waiting.recv() => match received {
                Ok(transaction) => transaction,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return End::Silent,
            },
        };
        let sent = if full {
            send(sink, &convert::waiting(&transaction)).await
        } else {
            send(sink, &transaction.hash()).await
        };
        if let Err(end) = sent {
            return end;
        }
    }
}

async fn send<T: Serialize>(sink: &SubscriptionSink, item: &T) -> Result<(), End> {
    let message = to_raw_value(item).map_err(|_| End::Failed(RpcError::Interrupted))?;
    sink.send(SubscriptionMessage::from(message))
        .await
        .map_err(|_| End::Silent)
}
