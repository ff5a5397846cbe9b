//! Waits for storage from synchronous code: revm reads the state synchronously, storage is asynchronous.
//!
//! Most reads are ready at the first poll: cached pages, and everything in the deterministic runtime, whose
//! storage is memory. A read that is not ready waits on the tokio runtime in which the store was opened, on a
//! thread that may block. Under the deterministic runtime such a read is an error: waiting would never end.
//!
//! No lock of this crate is held across an `await`; locks are held across these waits, which is sound because
//! nothing that a wait depends on takes a lock of this crate.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use thiserror::Error;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Storage was not ready and this thread must not wait for it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "storage was not ready, and this thread cannot wait for it: use a tokio runtime with several threads"
)]
pub struct WouldBlock;

/// Waits that may take a thread of the runtime each. The disk needs threads of the same pool: if waits took all of
/// them, none would ever end. Crate `node` gives the runtime twice as many.
const WAITS_MAX: usize = 256;

/// Waits under way in this process; the threads are the process's too.
static WAITS: AtomicUsize = AtomicUsize::new(0);

/// A wait that is counted until it is dropped.
struct Counted {
    before: usize,
}

impl Counted {
    fn new() -> Self {
        let before = WAITS.fetch_add(1, Ordering::Relaxed);
        Self { before }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        WAITS.fetch_sub(1, Ordering::Relaxed);
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
        let counted = Counted::new();
        match Handle::try_current() {
            Ok(current) if current.runtime_flavor() == RuntimeFlavor::CurrentThread => Err(WouldBlock),
            // Beyond the bound this thread's other tasks wait too, for the time of one read.
            Ok(_) if counted.before >= WAITS_MAX => Ok(futures::executor::block_on(future)),
            Ok(_) => Ok(tokio::task::block_in_place(|| runtime.block_on(future))),
            Err(_) => Ok(runtime.block_on(future)),
        }
    }
}
