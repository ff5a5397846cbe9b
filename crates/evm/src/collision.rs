//! EIP-7610: no contract is created where an account has storage, even if it has neither nonce nor code.
//!
//! revm looks at nonce and code only, since it cannot know whether an account has storage. The accounts in question
//! can only come from a genesis ([`ChainSpec::from_genesis`](crate::ChainSpec::from_genesis)), so chains without them,
//! which is all but judges, execute without this guard.
//!
//! The guard does not repeat revm's rules of creation. Around a refused creation it gives the account a code hash of
//! zero: revm sees a collision there, and takes zero for the hash of empty code everywhere else.

use crate::{database::DatabaseError, diff::BlockState};
use alloy_primitives::{Address, B256, KECCAK256_EMPTY};
use revm::{
    Database, Inspector,
    context_interface::context::ContextError,
    handler::MainnetContext,
    interpreter::{CreateInputs, CreateOutcome},
};

/// Refuses creations where the genesis put storage.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreationGuard {
    refused: Option<Address>,
}

/// Whether `address` has storage of the genesis, and neither nonce nor code (with which revm refuses by itself).
fn is_refused(context: &mut MainnetContext<BlockState<'_>>, address: Address) -> Result<bool, DatabaseError> {
    let journal = &mut context.journaled_state;
    if !journal.database.has_genesis_storage(address)? {
        return Ok(false);
    }
    let plain = match journal.inner.state.get(&address) {
        Some(account) => account.info.has_no_code_and_nonce(),
        None => {
            let info = journal.database.basic(address)?;
            info.is_some_and(|info| info.has_no_code_and_nonce())
        }
    };
    Ok(plain)
}

fn mark(context: &mut MainnetContext<BlockState<'_>>, address: Address, code_hash: B256) {
    let journal = &mut context.journaled_state;
    if let Some(account) = journal.inner.state.get_mut(&address) {
        account.info.code_hash = code_hash;
    }
}

impl<'a> Inspector<MainnetContext<BlockState<'a>>> for CreationGuard {
    fn create(
        &mut self,
        context: &mut MainnetContext<BlockState<'a>>,
        inputs: &mut CreateInputs,
    ) -> Option<CreateOutcome> {
        let caller = context.journaled_state.inner.state.get(&inputs.caller())?;
        let address = inputs.created_address(caller.info.nonce);
        match is_refused(context, address) {
            Ok(true) => {
                self.refused = Some(address);
                context
                    .journaled_state
                    .database
                    .set_refused_creation(Some(address));
                mark(context, address, B256::ZERO);
            }
            Ok(false) => {}
            Err(error) => context.error = Err(ContextError::Db(error)),
        }
        None
    }

    /// A refused creation runs no code, so the next end is its own.
    fn create_end(
        &mut self,
        context: &mut MainnetContext<BlockState<'a>>,
        _inputs: &CreateInputs,
        _outcome: &mut CreateOutcome,
    ) {
        if let Some(address) = self.refused.take() {
            context.journaled_state.database.set_refused_creation(None);
            mark(context, address, KECCAK256_EMPTY);
        }
    }
}
