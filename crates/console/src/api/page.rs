//! Lists come in pages: a page has items and, if there are more, the cursor of the next.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page, if a request names no number.
pub const LIMIT_DEFAULT: u32 = 50;
/// Items of a page, at most: a page is made in one query and shown on one screen.
pub const LIMIT_MAX: u32 = 200;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// Where in a list, and how many.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The cursor that the page before gave as `next`; none for the first page.
    #[param(max_length = 4096)]
    pub cursor: Option<String>,
    /// Items, 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl Paging {
    /// How many items: always 1 to [`LIMIT_MAX`].
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
    }
}

impl<T> Page<T> {
    /// The page with each item turned into another.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            next: self.next,
        }
    }

    /// A list that fits into one page.
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}
