//! Work that is stopped in the middle.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Polls a future so many times and drops it where it stands.
pub fn interrupt(future: impl Future, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| {
        let is_ready = matches!(future.as_mut().poll(&mut context), Poll::Ready(_));
        std::thread::yield_now();
        is_ready
    })
}
