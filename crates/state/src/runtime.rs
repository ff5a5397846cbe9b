//! What the store needs of a runtime: tokio in production, the deterministic one in simulation.

use crate::failure::opening;
use civitas_ports::StoreError;
use commonware_runtime::{Clock, Error, Metrics, Spawner, Storage};
use std::num::{NonZeroU64, NonZeroUsize};

/// Keys remembered while an index in memory is built at opening, at least and at most (41 bytes each, given back
/// afterwards). With fewer than the log holds, each update of a key costs a read of its update before.
const INIT_CACHE_KEYS_MIN: usize = 1 << 16;
const INIT_CACHE_KEYS_MAX: usize = 1 << 22;

/// A commonware runtime context.
pub trait Runtime: Storage + Clock + Metrics + Spawner + Send + Sync + 'static {}

impl<T: Storage + Clock + Metrics + Spawner + Send + Sync + 'static> Runtime for T {}

/// How many keys to remember while the index of a log is built: as many as its files hold.
pub(crate) async fn init_cache<E: Runtime>(
    context: &E,
    log: &str,
    file_items: NonZeroU64,
) -> Result<NonZeroUsize, StoreError> {
    let partition = format!("{log}_data");
    let files = match context.scan(&partition).await {
        Ok(names) => names.len(),
        Err(Error::PartitionMissing(_)) => 0,
        Err(error) => return Err(opening(&partition, error)),
    };
    let items = usize::try_from(file_items.get())
        .unwrap_or(usize::MAX)
        .saturating_mul(files);
    let keys = items.clamp(INIT_CACHE_KEYS_MIN, INIT_CACHE_KEYS_MAX);
    Ok(NonZeroUsize::MIN.saturating_add(keys - 1))
}
