//! Batches of transactions as they travel between nodes: every transaction behind its length (u32, big-endian).

use alloy_primitives::Bytes;

/// Bytes of a batch, at most; one transaction always fits (ledger parameter `transactionBytesMax`).
pub const BATCH_BYTES_MAX: usize = 512 * 1024;

/// Packs transactions into messages of at most [`BATCH_BYTES_MAX`].
pub fn pack<'a>(raws: impl Iterator<Item = &'a Bytes>) -> Vec<Vec<u8>> {
    let mut batches: Vec<Vec<u8>> = Vec::new();
    for raw in raws {
        let Ok(length) = u32::try_from(raw.len()) else {
            continue;
        };
        match batches.last_mut() {
            Some(batch) if batch.len() + 4 + raw.len() <= BATCH_BYTES_MAX => put(batch, length, raw),
            _ => {
                let mut batch = Vec::with_capacity(4 + raw.len());
                put(&mut batch, length, raw);
                batches.push(batch);
            }
        }
    }
    batches
}

fn put(batch: &mut Vec<u8>, length: u32, raw: &Bytes) {
    batch.extend_from_slice(&length.to_be_bytes());
    batch.extend_from_slice(raw);
}

/// The transactions of a batch; `None` and the end where it is malformed.
pub fn unpack(batch: Bytes) -> impl Iterator<Item = Option<Bytes>> {
    let mut rest = Some(batch);
    std::iter::from_fn(move || {
        let batch = rest.take().filter(|batch| !batch.is_empty())?;
        let Some((prefix, body)) = batch.split_first_chunk::<4>() else {
            return Some(None);
        };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > body.len() {
            return Some(None);
        }
        rest = Some(batch.slice(4 + length..));
        Some(Some(batch.slice(4..4 + length)))
    })
}
