//! The pool as clients see it (`txpool_`).

use crate::{Backend, convert, registry::add_instant};
use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, U64};
use civitas_api::ethereum::{BySender, PoolContent as ContentAnswer, PoolStatus, SenderContent};
use civitas_ports::PoolContent;
use civitas_types::Transaction;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use std::collections::BTreeMap;

/// Registers the methods of this module.
pub(crate) fn register(module: &mut RpcModule<Backend>) -> Result<(), RegisterMethodError> {
    add_instant(module, "txpool_status", |backend, arguments| {
        arguments.end()?;
        let status = backend.pool().status();
        Ok(PoolStatus {
            pending: U64::from(status.pending),
            queued: U64::from(status.queued),
        })
    })?;
    add_instant(module, "txpool_content", |backend, arguments| {
        arguments.end()?;
        Ok(content(backend, convert::waiting))
    })?;
    add_instant(module, "txpool_inspect", |backend, arguments| {
        arguments.end()?;
        Ok(content(backend, in_words))
    })?;
    add_instant(module, "txpool_contentFrom", |backend, mut arguments| {
        let sender: Address = arguments.required("address")?;
        arguments.end()?;
        let (pending, queued) = backend.pool().content(Some(&sender));
        let of_sender = |content: PoolContent| -> BTreeMap<u64, _> {
            let transactions = content.into_values().flatten();
            transactions
                .map(|(nonce, transaction)| (nonce, convert::waiting(&transaction)))
                .collect()
        };
        Ok(SenderContent {
            pending: of_sender(pending),
            queued: of_sender(queued),
        })
    })
}

fn content<T>(backend: &Backend, show: fn(&Transaction) -> T) -> ContentAnswer<T> {
    let (pending, queued) = backend.pool().content(None);
    ContentAnswer {
        pending: by_sender(pending, show),
        queued: by_sender(queued, show),
    }
}

fn by_sender<T>(content: PoolContent, show: fn(&Transaction) -> T) -> BySender<T> {
    let senders = content.into_iter().map(|(sender, transactions)| {
        let shown = transactions
            .into_iter()
            .map(|(nonce, transaction)| (nonce, show(&transaction)));
        (sender.to_checksum(None), shown.collect())
    });
    senders.collect()
}

/// In the form of geth: `address: value wei + gas gas x price wei`.
fn in_words(transaction: &Transaction) -> String {
    let fields = transaction.envelope();
    let to = fields
        .to()
        .map_or_else(|| "contract creation".to_owned(), |to| to.to_checksum(None));
    let (value, gas, price) = (fields.value(), fields.gas_limit(), fields.max_fee_per_gas());
    format!("{to}: {value} wei + {gas} gas \u{d7} {price} wei")
}
