//! A lie about one event in very many is caught (`cargo run --release -p civitas-gateway --example one_in_a_million` does the
//! same with a million).
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "other tests use what this one does not")]
mod city;
mod lies;

/// Events of a run: seconds, optimised or not.
const EVENTS: u64 = 16_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_false_event_among_many_is_caught() {
    assert!(lies::one_in(EVENTS, 1).await >= EVENTS);
}
