//! Waits for storage from synchronous code: revm reads the state synchronously, storage is asynchronous.
//!
//! Most reads are ready at the first poll: cached pages, and everything in the deterministic runtime, whose
//! storage is memory. A read that is not ready waits on the tokio runtime in which the store was opened, on a
//! thread that may block. Under the deterministic runtime such a read is an error: waiting would never end.
//!
//! No lock of this crate is held across an `await`; locks are held across these waits, which is sound because
//! nothing that a wait depends on takes a lock of this crate.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use thiserror::Error;
use tokio::runtime::{Handle, Id, RuntimeFlavor};

/// Storage was not ready and this thread must not wait for it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "storage was not ready, and this thread cannot wait for it: use a tokio runtime with several threads"
)]
pub struct WouldBlock;

/// Waits of one runtime that may take a thread of it each. The disk needs threads of the same pool: if waits took all
/// of them, none would ever end. Crate `node` gives every runtime twice as many.
const WAITS_MAX: usize = 256;

/// Waits under way, by the runtime whose threads they take. Not by store: the threads of a partition ledger wait for the
/// main ledger's store as well, and leave the main ledger's own threads their room.
static WAITS: LazyLock<Mutex<HashMap<Id, usize>>> = LazyLock::new(Mutex::default);

/// A wait that is counted until it is dropped.
struct Counted {
    runtime: Id,
    before: usize,
}

impl Counted {
    fn new(runtime: Id) -> Self {
        let mut waits = WAITS.lock();
        let count = waits.entry(runtime).or_default();
        let before = *count;
        *count += 1;
        Self { runtime, before }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // The runtimes of ledgers come and go: only those with waits are kept.
        if let Entry::Occupied(mut waits) = WAITS.lock().entry(self.runtime) {
            *waits.get_mut() -= 1;
            if *waits.get() == 0 {
                waits.remove();
            }
        }
    }
}

/// How to wait.
#[derive(Clone, Debug)]
pub(crate) struct Blocking {
    runtime: Option<Handle>,
}

impl Blocking {
    /// Takes the runtime of the caller, where it is tokio's.
    pub(crate) fn current() -> Self {
        let runtime = Handle::try_current().ok();
        Self {
            runtime: runtime.filter(|handle| handle.runtime_flavor() != RuntimeFlavor::CurrentThread),
        }
    }

    /// Runs `future` to its end.
    pub(crate) fn wait<F: Future>(&self, future: F) -> Result<F::Output, WouldBlock> {
        let mut future = pin!(future);
        // Storage hands work to the runtime's threads on the first poll, so the runtime must be entered.
        let entered = self.runtime.as_ref().map(Handle::enter);
        let first = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(entered);
        if let Poll::Ready(output) = first {
            return Ok(output);
        }
        let Some(runtime) = &self.runtime else {
            return Err(WouldBlock);
        };
        let Ok(current) = Handle::try_current() else {
            return Ok(runtime.block_on(future));
        };
        if current.runtime_flavor() == RuntimeFlavor::CurrentThread {
            return Err(WouldBlock);
        }
        let counted = Counted::new(current.id());
        if counted.before >= WAITS_MAX {
            // This thread's other tasks wait too, for the time of one read.
            return Ok(futures::executor::block_on(future));
        }
        Ok(tokio::task::block_in_place(|| runtime.block_on(future)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    #[test]
    fn a_runtime_whose_waits_take_all_room_leaves_the_others_theirs() {
        let runtimes = [(); 2].map(|()| Builder::new_multi_thread().worker_threads(1).build().unwrap());
        let [flooded, quiet] = runtimes.each_ref().map(|runtime| runtime.handle().id());
        let waits: Vec<Counted> = (0..WAITS_MAX).map(|_| Counted::new(flooded)).collect();
        assert_eq!(Counted::new(flooded).before, WAITS_MAX);
        assert_eq!(Counted::new(quiet).before, 0);
        drop(waits);
        let waits = WAITS.lock();
        assert!(!waits.contains_key(&flooded) && !waits.contains_key(&quiet));
    }
}
