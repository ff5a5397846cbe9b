//! One event in a million is dropped, invented, reordered or repeated, by an endpoint, by a gateway, and in the file of a batch:
//! each is caught, and nothing else is.
//!
//! ```text
//! cargo run --release -p civitas-gateway --example one_in_a_million -- [EVENTS] [SEED]
//! ```
#![expect(clippy::unwrap_used, reason = "a run that meets a surprise has failed")]

#[expect(dead_code, reason = "tests use what this does not")]
#[path = "../tests/city/mod.rs"]
mod city;
#[path = "../tests/lies/mod.rs"]
mod lies;

use std::time::Instant;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u64>().unwrap());
    let events = arguments.next().unwrap_or(1_000_000);
    let seed = arguments.next().unwrap_or_else(rand::random);
    let began = Instant::now();
    println!("seed {seed}");
    let events = lies::one_in(events, seed).await;
    println!(
        "four lies among {events} events: each was caught at the endpoint, among gateways and in the file, nothing else; {:.0} s",
        began.elapsed().as_secs_f64()
    );
}
