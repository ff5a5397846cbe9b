//! The account of a gateway on the main ledger: one transaction at a time.

use crate::{Fate, GatewayError, Intent, MainLedger, Signer};
use alloy_primitives::Address;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, sleep},
};

/// How long an act may take until it is in a block; some blocks of the main ledger, also of a slow one.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// Time between two looks for it: less than a block.
const SETTLED_POLL: Duration = Duration::from_millis(100);

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Whether it did what it should. The ledger would have done it before; another one may have been first.
    pub succeeded: bool,
    /// Gas that it used.
    pub gas_used: u64,
    /// What it cost, in wei of the main ledger.
    pub fee: u128,
}

/// The account of a gateway. All that it does takes turns: one transaction waits at a time, so that none takes the nonce of another.
#[derive(Clone)]
pub struct Account {
    pub(crate) signer: Arc<dyn Signer>,
    turns: Arc<Mutex<()>>,
}

impl Account {
    /// The account behind a signer.
    pub fn new(signer: Arc<dyn Signer>) -> Self {
        Self {
            signer,
            turns: Arc::default(),
        }
    }

    /// Its address.
    pub fn address(&self) -> Address {
        self.signer.account()
    }

    /// Waits for the turn. It ends when what is given is dropped.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turns.clone().lock_owned().await
    }

    /// Sends a transaction and waits until it is in a block. Nothing of it is kept: only for what can be done twice without harm, since the
    /// ledger refuses the second one.
    ///
    /// # Errors
    /// [`GatewayError::Refused`] where the ledger would refuse it now: nothing was sent. [`GatewayError::Unsettled`] if it is in no block in
    /// time: it may still come.
    pub async fn act(&self, ledger: &dyn MainLedger, intent: &Intent) -> Result<Acted, GatewayError> {
        let _turn = self.turn().await;
        let unsigned = ledger.prepare(self.address(), intent).await?;
        let (raw, hash) = self.signer.sign(&unsigned).map_err(GatewayError::Signer)?;
        ledger.send(&raw).await?;
        let end = Instant::now() + SETTLED_WITHIN;
        loop {
            if let Fate::Executed {
                succeeded,
                gas_used,
                fee,
            } = ledger.fate(hash).await?
            {
                return Ok(Acted {
                    succeeded,
                    gas_used,
                    fee,
                });
            }
            if Instant::now() >= end {
                return Err(GatewayError::Unsettled { what: intent.what });
            }
            sleep(SETTLED_POLL).await;
        }
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Account({})", self.signer.account())
    }
}
