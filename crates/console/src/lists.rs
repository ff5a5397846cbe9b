//! Lists that contracts keep by position or number: cursors for them, and bounds on how many calls a page makes.

use crate::{
    api::page::Paging,
    problem::{Kind, Problem},
};

/// Calls of contracts that are made at once for one page.
pub const CALLS_AT_ONCE: usize = 8;
/// Entries of one call of a contract, the most that they give.
pub const PAGE: u64 = 100;
/// Calls for one list, at most.
pub const PAGES_MAX: u64 = 20;

/// A place in a list: a position, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub Option<u64>);

impl Place {
    /// The place that a cursor names.
    ///
    /// # Errors
    /// The cursor is none of ours.
    pub fn read(paging: &Paging) -> Result<Self, Problem> {
        let cursor = paging.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let place = cursor.map(|cursor| cursor.strip_prefix('p').and_then(|number| number.parse().ok()));
        match place {
            None => Ok(Self(None)),
            Some(Some(place)) => Ok(Self(Some(place))),
            Some(None) => Err(Problem::new(Kind::CURSOR)),
        }
    }

    /// The cursor of a place.
    pub fn cursor(place: u64) -> String {
        format!("p{place}")
    }
}

/// The entries from a place on, and the cursor of the next.
pub fn part<T>(all: &[T], place: Place, limit: u32) -> (&[T], Option<String>) {
    let from = usize::try_from(place.0.unwrap_or_default())
        .unwrap_or(usize::MAX)
        .min(all.len());
    let end = from.saturating_add(limit as usize).min(all.len());
    let next = (end < all.len()).then(|| Place::cursor(end as u64));
    (&all[from..end], next)
}

/// Numbers of a list that begins with the newest, `count` being the newest: from the place downwards.
pub fn downwards(count: u64, place: Place) -> u64 {
    place.0.unwrap_or(count).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_join_into_the_whole() {
        let all: Vec<u32> = (0..7).collect();
        let mut place = Place(None);
        let mut seen = Vec::new();
        loop {
            let (items, next) = part(&all, place, 3);
            seen.extend_from_slice(items);
            let Some(next) = next else { break };
            let paging = Paging {
                cursor: Some(next),
                limit: None,
            };
            place = Place::read(&paging).unwrap();
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn strange_cursors_are_refused() {
        for cursor in ["x", "p", "p-1", "7"] {
            let paging = Paging {
                cursor: Some(cursor.to_owned()),
                limit: None,
            };
            assert_eq!(Place::read(&paging).unwrap_err().kind(), Kind::CURSOR, "{cursor}");
        }
        assert_eq!(part(&[1, 2], Place(Some(u64::MAX)), 5), (&[][..], None));
    }
}
