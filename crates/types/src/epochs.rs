//! The epochs of a ledger: runs of heights that the same validators order.

use crate::Height;
use std::num::NonZeroU64;

/// How the heights of a ledger are divided into epochs of equal length.
///
/// Epoch `e` of length `n` has the heights `e n` to `e n + n - 1`; the genesis block is the first of epoch 0.
/// Who orders epoch `e + 1` is decided by the state after the last block of epoch `e`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs(NonZeroU64);

impl Epochs {
    /// Epochs of `blocks` heights.
    pub const fn new(blocks: NonZeroU64) -> Self {
        Self(blocks)
    }

    /// Heights of an epoch.
    pub const fn blocks(self) -> NonZeroU64 {
        self.0
    }

    /// The epoch that `height` belongs to.
    pub const fn of(self, height: Height) -> u64 {
        height.get() / self.0.get()
    }

    /// The last height of an epoch.
    pub const fn last(self, epoch: u64) -> Height {
        Height::new(
            epoch
                .saturating_mul(self.0.get())
                .saturating_add(self.0.get() - 1),
        )
    }

    /// The last height before an epoch, on which its first block is built; the genesis block for epoch 0.
    pub const fn base(self, epoch: u64) -> Height {
        match epoch.checked_sub(1) {
            Some(before) => self.last(before),
            None => Height::GENESIS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_divided_without_gaps() {
        let epochs = Epochs::new(NonZeroU64::new(6).unwrap());
        let check = |epoch, base: u64, last: u64| {
            assert_eq!(epochs.base(epoch), Height::new(base), "base of {epoch}");
            assert_eq!(epochs.last(epoch), Height::new(last), "last of {epoch}");
            assert_eq!(epochs.of(Height::new(last)), epoch);
            assert_eq!(epochs.of(Height::new(last + 1)), epoch + 1);
        };
        check(0, 0, 5);
        check(1, 5, 11);
        check(7, 41, 47);
        assert_eq!(epochs.of(Height::GENESIS), 0);
        assert_eq!(epochs.last(u64::MAX), Height::new(u64::MAX));
    }
}
