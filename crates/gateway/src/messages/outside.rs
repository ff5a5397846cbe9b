//! Who acts on the business chain.

use crate::GatewayError;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall as _;
use civitas_ports::{DigestSigner, ForeignChain, ForeignError};
use civitas_system_contracts::messages::delivery::deliveredCall;
use std::sync::Arc;

/// Who acts on the business chain, if anybody does.
#[derive(Clone)]
pub struct Outside {
    /// The chain.
    pub chain: Arc<dyn ForeignChain>,
    /// The account there; none if this gateway delivers nothing.
    pub signer: Option<DigestSigner>,
}

impl Outside {
    /// Whether a mailbox says at the newest block that it delivered a message.
    pub(super) async fn is_delivered(&self, mailbox: Address, id: B256) -> Result<bool, GatewayError> {
        let Some(outward) = self.chain.outward() else {
            return Ok(false);
        };
        let answer = outward
            .call(mailbox, deliveredCall { id }.abi_encode().into())
            .await?;
        let word = U256::try_from_be_slice(&answer).filter(|_| answer.len() == 32);
        let word = word.ok_or_else(|| ForeignError::Refused {
            reason: format!("{mailbox} answers as no mailbox does"),
        })?;
        Ok(!word.is_zero())
    }
}
