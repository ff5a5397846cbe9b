//! Chance from a seed: SplitMix64 (Steele, Lea and Flood, 2014), so that a corpus is the same everywhere and for ever.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to below `high`, which must be above it; the slight bias of the remainder does not matter here.
    pub(crate) const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    /// An index of a list that is not empty.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap_or(0) % count.max(1)
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// True so many times in a thousand.
    pub(crate) const fn per_mille(&mut self, times: u64) -> bool {
        self.next() % 1_000 < times
    }

    /// A price: most are small, few are large, between `low` and `low * 2^doublings`.
    pub(crate) const fn price(&mut self, low: u64, doublings: u64) -> u64 {
        let mut amount = low;
        let mut step = 0;
        while step < doublings && self.per_mille(550) {
            amount *= 2;
            step += 1;
        }
        amount + self.next() % amount
    }
}
