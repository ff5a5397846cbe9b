//! Acting on a chain that is not ours: what a driver offers beside reading it, where chains of its kind have accounts, contracts with
//! Ethereum's encoding, and proofs of their state.

use crate::{BoxError, BoxFuture, ForeignError};
use alloy_primitives::{Address, B256, Bytes};
use std::{fmt, sync::Arc};

type SignDigest = dyn Fn(B256) -> Result<[u8; 65], BoxError> + Send + Sync;

/// An account (secp256k1) that signs hashes; where its key is, only who made it knows.
#[derive(Clone)]
pub struct DigestSigner {
    account: Address,
    sign: Arc<SignDigest>,
}

impl DigestSigner {
    /// `sign` gives the signature of a hash by the key of `account`: r, s in its low form, and 27 or 28.
    pub fn new(
        account: Address,
        sign: impl Fn(B256) -> Result<[u8; 65], BoxError> + Send + Sync + 'static,
    ) -> Self {
        let sign = Arc::new(sign);
        Self { account, sign }
    }

    /// The account.
    pub const fn account(&self) -> Address {
        self.account
    }

    /// The signature of a hash: r, s in its low form, and 27 or 28.
    ///
    /// # Errors
    /// The signer's own.
    pub fn sign_digest(&self, digest: B256) -> Result<[u8; 65], BoxError> {
        (self.sign)(digest)
    }
}

impl fmt::Debug for DigestSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DigestSigner({})", self.account)
    }
}

/// What is to be done on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutwardCall {
    /// Whom it calls; none creates a contract.
    pub to: Option<Address>,
    /// Selector and arguments, or the code that creates.
    pub input: Bytes,
    /// Gas that it may use at most: a chain that asks for more gets nothing.
    pub gas_max: u64,
}

/// What became of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The transaction with this hash is on its way.
    New {
        /// Its hash.
        hash: B256,
    },
    /// Nothing was sent: a transaction of the account waits, and not long enough to be replaced.
    Waits,
}

/// A transaction that is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutwardReceipt {
    /// Whether it did what it should.
    pub succeeded: bool,
    /// Height of its block.
    pub height: u64,
    /// The contract that it created.
    pub created: Option<Address>,
}

/// What shows the state of a contract after a block (EIP-1186).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutwardProof {
    /// The header of the block in the encoding whose Keccak-256 is its hash.
    pub header: Bytes,
    /// Nodes of the state trie from its root to the account.
    pub account: Vec<Bytes>,
    /// Nodes of the account's trie from its root to the slot.
    pub storage: Vec<Bytes>,
    /// What the endpoint says that the slot holds. The proof shows it, or not.
    pub value: B256,
}

/// Acting on a chain. Nothing is kept: whoever acts asks the chain what was done, and does it again if it was not; what must not happen twice,
/// the contract on the chain refuses.
///
/// - **Retries.** Another endpoint is asked before there is an error; [`Outward::send`] may be repeated.
/// - **Cancellation.** Dropping a future leaves nothing behind, but for [`Outward::send`], whose transaction may have been sent.
/// - **Restarts.** The number of an account's transactions comes from the chain, every time.
pub trait Outward: Send + Sync {
    /// What a contract answers at the newest block.
    ///
    /// # Errors
    /// [`ForeignError::Refused`] if it reverts; see [`ForeignError`].
    fn call(&self, to: Address, input: Bytes) -> BoxFuture<'_, Result<Bytes, ForeignError>>;

    /// The code of an account at the newest block; empty if it has none.
    ///
    /// # Errors
    /// See [`ForeignError`].
    fn code(&self, account: Address) -> BoxFuture<'_, Result<Bytes, ForeignError>>;

    /// Proof of a slot of a contract after the final block at `height`.
    ///
    /// # Errors
    /// [`ForeignError::Refused`] where the endpoints give no proofs, or none of a block that old; see [`ForeignError`].
    fn proof(
        &self,
        contract: Address,
        slot: B256,
        height: u64,
    ) -> BoxFuture<'_, Result<OutwardProof, ForeignError>>;

    /// Signs and sends a transaction of the signer's account: with the fees that the chain asks for, and in the place of one that waits for
    /// too long.
    ///
    /// # Errors
    /// [`ForeignError::Refused`] if it would revert, or the chain does not take it; [`ForeignError::TooLarge`] if it needs more gas than it
    /// may use, or a higher price than the driver may pay; see [`ForeignError`].
    fn send<'a>(
        &'a self,
        call: &'a OutwardCall,
        signer: &'a DigestSigner,
    ) -> BoxFuture<'a, Result<Sent, ForeignError>>;

    /// What became of a transaction; none while it is in no block.
    ///
    /// # Errors
    /// See [`ForeignError`].
    fn receipt(&self, hash: B256) -> BoxFuture<'_, Result<Option<OutwardReceipt>, ForeignError>>;
}
