//! A place on a ledger as one number: height and index in the block. Lists are ordered and paged by it.

use crate::Error;

/// Bits of the index in a block: 16 million transactions, events or transfers, more than the gas of any block buys.
const INDEX_BITS: u32 = 24;

/// Places of one block; what statements divide by to get a height.
pub(crate) const PLACES_OF_BLOCK: i64 = 1 << INDEX_BITS;

/// The highest block that has places, and one after it; far above any that a ledger reaches.
pub(crate) const HEIGHT_MAX: u64 = (1 << 39) - 2;

/// The place of something in a block.
pub(crate) fn place(height: u64, index: usize) -> Result<i64, Error> {
    let out_of_range = |what| Error::Answers { height, what };
    let index = i64::try_from(index).map_err(|_| out_of_range("too much in one block"))?;
    if index >= PLACES_OF_BLOCK {
        return Err(out_of_range("too much in one block"));
    }
    Ok(first_place(height)?.saturating_add(index))
}

/// The first place of a block.
pub(crate) fn first_place(height: u64) -> Result<i64, Error> {
    let height_number = i64::try_from(height).ok();
    height_number
        .and_then(|number| number.checked_mul(PLACES_OF_BLOCK))
        .ok_or(Error::Answers {
            height,
            what: "its height is no height",
        })
}

/// Height and index of a place.
pub(crate) fn parts(place: i64) -> (u64, u64) {
    let height = place.div_euclid(PLACES_OF_BLOCK);
    let index = place.rem_euclid(PLACES_OF_BLOCK);
    (
        u64::try_from(height).unwrap_or(0),
        u64::try_from(index).unwrap_or(0),
    )
}
