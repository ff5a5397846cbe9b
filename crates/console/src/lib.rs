//! The console of a city: HTTP API, login, permissions, pages.

pub mod right;
