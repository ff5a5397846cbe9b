//! Numbers between counts and figures that are shown.

/// A count as a figure.
#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for people: counts are far below 2^53"
)]
pub const fn float(count: u64) -> f64 {
    count as f64
}

/// Millionths, as amounts are kept, as a figure.
#[expect(
    clippy::cast_precision_loss,
    reason = "a figure for charts; the exact amount stands beside it"
)]
pub fn units(millionths: i128) -> f64 {
    millionths as f64 / 1e6
}

/// Points, rounded to whole ones.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded by the line that converts it"
)]
pub const fn whole(points: f64) -> u32 {
    points.round().clamp(0.0, 1e6) as u32
}
