//! Time that this thread spent on a processor, so that a busy machine does not blur a measurement.

use std::{sync::OnceLock, time::Duration, time::Instant};

/// Processor time of the main thread where the system tells it (Linux), else the time that passed.
pub fn now() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}
