//! What the store needs of a runtime: tokio in production, the deterministic one in simulation.

use commonware_runtime::{Clock, Metrics, Spawner, Storage};

/// A commonware runtime context.
pub trait Runtime: Storage + Clock + Metrics + Spawner + Send + Sync + 'static {}

impl<T: Storage + Clock + Metrics + Spawner + Send + Sync + 'static> Runtime for T {}
