//! From the errors of the storage below to those of the port: is the disk failing, or are the data damaged?

use civitas_ports::{StateError, StoreError};
use std::error::Error;

/// Storage failed while the node was running.
pub(crate) fn storage(attempt: &'static str, error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Storage {
        attempt,
        source: Box::new(error),
    }
}

/// Bytes that passed the checks below do not decode, or a checksum is wrong.
pub(crate) fn damaged(partition: &str, error: impl Error) -> StoreError {
    let cure = "delete the folder of this ledger and let the node fetch it again, or restore a backup";
    let what = format!("partition {partition}: {error}; {cure}");
    StoreError::Damaged { what }
}

/// A partition could not be opened: the operating system refused, or its contents are damaged.
pub(crate) fn opening(partition: &str, error: impl Error + Send + Sync + 'static) -> StoreError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(current) = cause {
        if current.is::<std::io::Error>() {
            return storage("opening the data folder", error);
        }
        cause = current.source();
    }
    damaged(partition, error)
}

/// For readers of the state.
pub(crate) fn state(error: StoreError) -> StateError {
    match error {
        StoreError::State(error) => error,
        StoreError::Pruned { height, oldest } => StateError::Pruned { height, oldest },
        other => StateError::Storage(Box::new(other)),
    }
}
