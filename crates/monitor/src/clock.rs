//! Where time comes from: the system, or a test that turns it by hand.

use crate::Time;
use futures::future::BoxFuture;
use std::time::{Duration, SystemTime};

/// A source of time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Time;

    /// Ends after this duration. May be dropped at any time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        SystemTime::now().into()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
