//! The main ledger, as a partition ledger on the same node sees it.

use civitas_ports::{LedgerStore, Refusal, StateView, StoreError};
use civitas_system_contracts::ledgers::{self, Status};
use civitas_types::{Height, MainLink};
use std::sync::Arc;
use thiserror::Error;
use tokio::sync::watch;

use super::state::LinkedView;

/// The main ledger of this node, for one partition ledger.
pub struct MainLedger {
    /// Its blocks and state.
    pub store: Arc<dyn LedgerStore>,
    /// Height of its newest block.
    pub heights: watch::Receiver<Height>,
    /// Name of the partition ledger.
    pub name: String,
    /// Chain id of the partition ledger.
    pub chain_id: u64,
    /// The main block in which the partition ledger was created.
    pub created: MainLink,
}

/// Why the main block that a payload names is not acceptable.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LinkFault {
    /// No block is named.
    #[error("the payload of a partition ledger names no block of the main ledger")]
    Missing,
    /// It is below the one of the parent.
    #[error("the payload goes back to block {found} of the main ledger, its parent named {before}")]
    Backward {
        /// Height that the payload names.
        found: Height,
        /// Height that the parent named.
        before: Height,
    },
    /// This node's main ledger has not reached it within the time of a round.
    #[error("the payload names block {found} of the main ledger, which this node has not reached")]
    Unknown {
        /// Height that the payload names.
        found: Height,
    },
    /// It is another block than this node's.
    #[error("the payload names another block {found} of the main ledger than this node's")]
    OtherBlock {
        /// Height that the payload names.
        found: Height,
    },
}

impl MainLedger {
    /// The main block that a payload names after a parent that named `before` (none: the genesis): the newest one of
    /// this node, or that of the parent where this node is behind.
    pub fn newest(&self, before: Option<MainLink>) -> MainLink {
        let before = before.unwrap_or(self.created);
        let head = self.store.head();
        if head.height > before.height {
            MainLink {
                height: head.height,
                block_hash: head.hash,
            }
        } else {
            before
        }
    }

    /// The main block that a payload names, if it may follow a parent that named `before` (none: the genesis).
    ///
    /// # Errors
    /// [`LinkFault::Missing`], [`LinkFault::Backward`], [`LinkFault::OtherBlock`].
    pub fn follows(&self, before: Option<MainLink>, link: Option<MainLink>) -> Result<MainLink, LinkFault> {
        let before = before.unwrap_or(self.created);
        let link = link.ok_or(LinkFault::Missing)?;
        let found = link.height;
        if found < before.height {
            return Err(LinkFault::Backward {
                found,
                before: before.height,
            });
        }
        if found == before.height && link != before {
            return Err(LinkFault::OtherBlock { found });
        }
        Ok(link)
    }

    /// Waits until this node's main ledger has `height`. Never ends where the main ledger has stopped for good.
    pub async fn reached(&self, height: Height) {
        let mut heights = self.heights.clone();
        if self.store.head().height >= height {
            return;
        }
        if heights.wait_for(|reached| *reached >= height).await.is_err() {
            std::future::pending().await
        }
    }

    /// Compares a main block that this node has reached.
    ///
    /// # Errors
    /// What the store gives; the inner error is [`LinkFault::OtherBlock`] or [`LinkFault::Unknown`].
    pub fn compare(&self, link: MainLink) -> Result<Result<(), LinkFault>, StoreError> {
        let view = self.store.view(self.store.head().height)?;
        let found = link.height;
        Ok(match view.block_hash(found)? {
            Some(own) if own == link.block_hash => Ok(()),
            Some(_) => Err(LinkFault::OtherBlock { found }),
            None => Err(LinkFault::Unknown { found }),
        })
    }

    /// `own` with the storage of the system contracts as it is after the main block at `height`.
    pub fn over(&self, own: Arc<dyn StateView>, height: Height) -> Arc<dyn StateView> {
        Arc::new(LinkedView::new(own, &*self.store, height))
    }

    /// The door of the pool: refuses everything while the ledger takes no transactions.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::StateUnavailable`].
    pub fn admit(&self) -> Result<(), Refusal> {
        let what = match self.standing() {
            Ok(Status::Active) => return Ok(()),
            Ok(Status::Frozen) => "frozen",
            Ok(_) => "closed",
            Err(_) => return Err(Refusal::StateUnavailable),
        };
        let name = &self.name;
        Err(Refusal::Denied {
            reason: format!("the ledger {name} is {what}; Ledgers on the main ledger says why"),
        })
    }

    /// What the registry says of the partition ledger now, at the head of the main ledger.
    ///
    /// # Errors
    /// What the store gives.
    pub fn standing(&self) -> Result<Status, StoreError> {
        let head = self.store.head();
        let view = self.store.view(head.height)?;
        let chain_id = self.chain_id;
        let status = civitas_evm::ask(&*view, head.timestamp_ms, |host| {
            ledgers::standing(host, chain_id)
        })?;
        Ok(status)
    }
}
