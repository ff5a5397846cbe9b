//! A whole block: from what a peer says to what is given, and from a file to what its own header binds.

use crate::{
    block::{contents, envelopes, hash_of, header, header_bytes, outcomes, parent_of, read_header},
    transaction::{seconds_of, transaction},
    wire::Block,
};
use alloy_primitives::Bytes;
use civitas_chain_link::LinkError;
use civitas_ports::{ForeignBlock, ForeignHeader};
use thiserror::Error;

/// What a block says of itself that does not lead to its hash.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("block {height} does not hold: {what}")]
pub struct Mismatch {
    /// The block.
    pub height: u64,
    /// What does not fit.
    pub what: String,
}

/// The header of a block, whose envelopes it binds.
///
/// # Errors
/// [`LinkError::False`].
pub(crate) fn foreign_header(block: &Block, height: u64) -> Result<ForeignHeader, LinkError> {
    let header = header(block, height)?;
    contents(header, envelopes(block))?;
    Ok(ForeignHeader {
        height,
        hash: hash_of(header),
        parent: parent_of(header),
        timestamp: seconds_of(envelopes(block)),
        state_root: None,
        raw: header_bytes(header).into(),
    })
}

/// A block with its transactions. Who signed it is not looked at.
///
/// # Errors
/// [`LinkError::False`].
pub fn foreign_block(block: Block, height: u64) -> Result<ForeignBlock, LinkError> {
    let header = foreign_header(&block, height)?;
    let outcomes = outcomes(&block, height)?;
    let raws = block.data.unwrap_or_default().data;
    let mut events = 0;
    let transactions = raws
        .into_iter()
        .zip(outcomes)
        .zip(0_u32..)
        .map(|((raw, outcome), index)| transaction(raw.into(), index, outcome, &mut events))
        .collect();
    Ok(ForeignBlock { header, transactions })
}

/// Checks a block that comes from elsewhere than from a driver, a file for example: that its header has its hash, says its height and
/// parent, and binds its transactions; and that each transaction with its events says what its bytes and its outcome say.
///
/// Signatures of orderers and outcomes are not checked: a [`ForeignBlock`] does not have what that needs.
///
/// # Errors
/// [`Mismatch`].
pub fn check(block: &ForeignBlock) -> Result<(), Mismatch> {
    let told = &block.header;
    let height = told.height;
    let wrong = |what: String| Err(Mismatch { height, what });
    let Some(said) = read_header(&told.raw) else {
        return wrong("its header cannot be read".to_owned());
    };
    if hash_of(&said) != told.hash {
        return wrong(format!("its header does not hash to {}", told.hash));
    }
    let raws: Vec<Vec<u8>> = block.transactions.iter().map(|item| item.raw.to_vec()).collect();
    if (said.number, parent_of(&said), seconds_of(&raws)) != (height, told.parent, told.timestamp) {
        return wrong("its header has another height, parent or time".to_owned());
    }
    if told.state_root.is_some() {
        return wrong("it names a root of the state, and blocks of Fabric have none".to_owned());
    }
    if let Err(error) = contents(&said, &raws) {
        return wrong(error.to_string());
    }
    let mut events = 0;
    for (told, index) in block.transactions.iter().zip(0_u32..) {
        let raw = Bytes::clone(&told.raw);
        if transaction(raw, index, told.outcome, &mut events) != *told {
            return wrong(format!("transaction {index} does not say what it is"));
        }
    }
    Ok(())
}
